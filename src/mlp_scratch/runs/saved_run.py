"""Reading back what a run left: its config, its checkpoints, its network.

A run's folder may come from a stranger. Its YAML is read as plain data (an interpolation is refused
rather than resolved) and merged onto the schema; its checkpoints are verified arrays. Nothing in it
is unpickled, instantiated or evaluated.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hydra.core.override_parser.types import OverrideType
from numpy.typing import DTypeLike
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlp_scratch.config.command_line import CommandLine, as_typed, parsed_overrides
from mlp_scratch.config.compose import composed_section
from mlp_scratch.config.file_words import keys_of
from mlp_scratch.config.registry import construct
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.structure import network_arguments
from mlp_scratch.config.typed import typed
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.data.tables.encoder.encoder_record import NUMBERS, arrays_of, encoder_of
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint
from mlp_scratch.engine.metrics import METRICS
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import CheckpointError, ConfigError, MlpScratchError, RunError
from mlp_scratch.nested import flat, texts
from mlp_scratch.nn.kernels import kernels
from mlp_scratch.nn.network import Network
from mlp_scratch.runs.config_file import config_path, read_config
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.own_places import use_own_places
from mlp_scratch.runs.run_state import state_of
from mlp_scratch.typos import did_you_mean

DOUBLE = ("shift", "scale", "offset", *NUMBERS)  # arrays that are float64 for any network
# An interpolation, or what would do something to a terminal that a message is printed on
_SUSPECT = re.compile(r"\$\{|[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def load_config(folder: RunFolder, overrides: Sequence[str] = ()) -> ExperimentConfig:
    """The run's checked config, with ``key=value`` overrides. Raises RunError or ConfigError.

    Its data is read where it says; what is written goes to places of the user's own.
    """
    path = config_path(folder.path)
    if path is None:
        raise RunError(
            f"{folder.path}: holds no config.yaml, so nothing was begun; start it again with train"
        )
    try:
        plain = read_config(path)
    except (OSError, ValueError) as error:
        raise RunError(f"{path}: cannot be read ({error})") from error
    if any(map(_SUSPECT.search, texts(plain))):
        raise RunError(f"{path}: not a run's config (it must be plain values)")
    plain.pop("hydra", None)
    try:
        config = typed(_overridden(plain, overrides))
    except ConfigError as error:
        raise (error if overrides else RunError(f"{path}: {error}")) from error
    use_own_places(config, keys_of(overrides))
    return config


def _overridden(plain: dict[str, Any], overrides: Sequence[str]) -> DictConfig:
    try:
        config = OmegaConf.create(plain)
    except RecursionError:
        raise ConfigError("not a config (nested too deeply)") from None
    except (OmegaConfBaseException, ValueError, TypeError) as error:
        raise ConfigError(f"not a config ({' '.join(str(error).split())})") from error
    line = as_typed(CommandLine(list(overrides)))
    parsed = parsed_overrides(line.overrides)
    for override in sorted(parsed, key=lambda o: "." in o.key_or_group):  # groups first
        word, key, value = str(override.input_line), override.key_or_group, override.value()
        if override.type is not OverrideType.CHANGE or override.is_sweep_override():
            raise ConfigError(f"{word}: not an override with one value; write key=value")
        if not _has(config, key):
            raise ConfigError(f"{word}: no such key{did_you_mean(key, flat(plain))}")
        if line.is_choice(override) and re.fullmatch(r"\w+", str(value)):
            config[key] = composed_section(key, str(value))
            continue
        if any("${" in text for text in texts(value)):
            raise ConfigError(f"{word}: must be a plain value")
        try:
            OmegaConf.update(config, key, value)
        except (OmegaConfBaseException, ValueError, TypeError) as error:
            raise ConfigError(f"{word}: cannot be read; quote the value") from error
    return config


def _has(config: DictConfig, key: str) -> bool:
    missing = object()
    try:
        return OmegaConf.select(config, key, default=missing) is not missing
    except (OmegaConfBaseException, ValueError, TypeError):  # layers[99], a..b, [
        return False


@dataclass(frozen=True)
class TrainedNetwork:
    """A network out of a checkpoint, with all that is needed to use it.

    network: in evaluation, of ``dtype`` as trained. task: what its outputs mean. normalizer: for
    rows as stored. image_shape: None when its rows are not images. reader: how the pictures of a
    folder became rows, None for other data. feature_names: of the columns of the table that it was
    trained on, if they had any. encoder: of a table, what makes features of its columns.
    target_names, ids: of the columns of what is predicted, and of those that only told rows apart.
    epoch: after which it was saved. activations: name and hyperparameters, as in the config, of one
    for each block that has one.
    """

    network: Network
    task: Task
    normalizer: Normalizer
    image_shape: tuple[int, ...] | None
    reader: str | None
    feature_names: tuple[str, ...] | None
    data_name: str
    data_digest: str
    epoch: int
    encoder: TableEncoder | None = None
    target_names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    activations: tuple[dict[str, Any], ...] = ()

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """All arrays that belong to it beside its parameters."""
        encoder = {} if self.encoder is None else arrays_of(self.encoder)
        return self.normalizer.arrays() | self.task.arrays() | encoder


def load_network(
    folder: RunFolder, which: str = "best", dtype: DTypeLike | None = None
) -> TrainedNetwork:
    """The network of ``best.npz`` or ``last.npz``, from the checkpoint alone.

    dtype: to compute in, None for that of the training. Raises CheckpointError.
    """
    path = folder.best if which == "best" else folder.last
    if not path.exists():
        raise CheckpointError(f"{folder.path}: a run without {path.name}{_failure(folder)}")
    checkpoint = read_checkpoint(path)
    return network_of(checkpoint if dtype is None else in_dtype(checkpoint, dtype), str(path))


def in_dtype(checkpoint: Checkpoint, dtype: DTypeLike) -> Checkpoint:
    """The same, its network's parameters in another precision."""
    arrays = {
        name: a if name in DOUBLE or a.dtype.kind != "f" else a.astype(dtype)
        for name, a in checkpoint.arrays.items()
    }
    return Checkpoint(arrays, checkpoint.meta)


def _failure(folder: RunFolder) -> str:
    """Why the run failed, as its summary says in its first line, which may be a stranger's."""
    state = state_of(folder)
    if state.status != "failed":
        return ""
    lines = str(state.summary.get("message")).splitlines() or [""]
    return f"; it failed: {lines[0][:300]}"


def network_of(checkpoint: Checkpoint, origin: str) -> TrainedNetwork:
    """The network of a checkpoint; ``origin`` names it in errors. Raises CheckpointError."""
    meta, arrays = checkpoint.meta, checkpoint.arrays
    misfit = f"{origin}: its arrays do not fit its description"
    try:
        sizes = meta["sizes"]
        norm, values = meta["batch_norm"], dict(meta["activation"])
        trained_with = kernels(meta["experiment"].get("training", {}).get("kernels", "fast"))
        network = Network(
            sizes,
            **network_arguments(checkpoint.structure, values, trained_with),
            rng=np.random.default_rng(0),
            batch_norm=norm["on"],
            bn_eps=norm["eps"],
            bn_momentum=norm["momentum"],
            dtype=arrays["W0"].dtype,
            kernels=trained_with,
        )
        copy_parameters(checkpoint, network)
        shape, names = meta["image_shape"], meta.get("feature_names")
        bends = sum(block.activation is not None for block in network.blocks)
        trained = TrainedNetwork(
            network=network,
            task=_task_in(checkpoint),
            normalizer=Normalizer.from_arrays(meta["normalize"], arrays),
            image_shape=None if shape is None else tuple(shape),
            reader=meta.get("reader"),
            feature_names=None if names is None else tuple(names),
            data_name=meta["data_name"],
            data_digest=meta["data_digest"],
            epoch=checkpoint.epoch,
            encoder=None if (said := meta.get("columns")) is None else encoder_of(said, arrays),
            target_names=tuple(meta.get("target_names") or ()),
            ids=tuple(meta.get("ids") or ()),
            activations=tuple(checkpoint.structure["activations"] or [values] * bends),
        )
        if trained.task.outputs != sizes[-1]:
            raise CheckpointError(f"{sizes[-1]} outputs for {trained.task.outputs}")
    except ConfigError as error:  # an activation that is not here
        raise CheckpointError(f"{origin}: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, MlpScratchError) as error:
        raise CheckpointError(f"{misfit} ({error})") from error
    return trained


def _task_in(checkpoint: Checkpoint) -> Task:
    """The task of a checkpoint; one of before there were others is of classes."""
    meta, arrays = checkpoint.meta, checkpoint.arrays
    said = meta.get("task")
    if said is None:
        return Task(names=tuple(meta["class_names"]))
    loss = said["loss"]
    task = Task(
        said["name"],
        loss["name"],
        type(construct("loss", loss)),
        {key: value for key, value in loss.items() if key != "name"},
        tuple(said["names"]),
        metrics=tuple(name for name in said["metrics"] if name in METRICS),
    )
    if task.name == "regression":
        return task.with_scale(arrays["target_shift"], arrays["target_scale"])
    return task


def copy_parameters(
    checkpoint: Checkpoint, network: Network, besides: Collection[str] = ()
) -> None:
    """Copy a checkpoint's parameters, ``besides`` these, into ``network``.

    Raises CheckpointError on a misfit.
    """
    for name, live in {**network.parameters.arrays(), **network.buffers}.items():
        if name in besides:
            continue
        saved = checkpoint.arrays.get(name)
        if saved is None or saved.shape != live.shape or saved.dtype != live.dtype:
            found = "nothing" if saved is None else f"{saved.shape} of {saved.dtype}"
            raise CheckpointError(
                f"the checkpoint does not fit the network: {name} should be {live.shape} of "
                f"{live.dtype} but is {found}"
            )
        live[...] = saved
