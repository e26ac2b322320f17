"""Starting from the weights of another run: ``model.init_from``."""

from collections.abc import Mapping
from typing import Any

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.tables.column_roles import some
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.data.tables.encoder.encoder_record import encoder_of
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint
from mlp_scratch.errors import CheckpointError, ConfigError
from mlp_scratch.nn.network import Network
from mlp_scratch.runs.console import log
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import copy_parameters


def resolve_init_from(config: ExperimentConfig, run: RunFolder | None = None) -> None:
    """Replace a name, or ``latest``, by the path of the run that is meant, so that it stays meant.

    run: the one that is to begin, which is never meant. Raises RunError.
    """
    if config.model.init_from is not None:
        found = find_run(config.model.init_from, besides=run.path if run else None)
        config.model.init_from = str(found.path)


def encoder_before(
    config: ExperimentConfig, checkpoint: Checkpoint | None = None
) -> TableEncoder | None:
    """What makes features of a table's columns for the weights that a run starts from, if any: its
    layers know no others. checkpoint: that the run goes on from, which has it already."""
    if config.model.init_from is None:
        return None
    if checkpoint is None:
        checkpoint = read_checkpoint(RunFolder(config.model.init_from).best)
    said = checkpoint.meta.get("columns")
    return None if said is None else encoder_of(said, checkpoint.arrays)


def say_encoding(encoder: TableEncoder | None, dataset: Dataset) -> None:
    """Log that the columns of a table are encoded as the run has it that the weights come from, and
    which of them it knows nothing of."""
    if encoder is None or dataset.columns is None:
        return
    known = {column.name for column in encoder.columns}
    new = [column.name for column in dataset.columns if column.name not in known]
    unused = f"; it knows nothing of {some(new)}: not used" if new else ""
    log.info(f"model.init_from: columns become features as in that run{unused}")


def warm_start(network: Network, path: str, structure: Mapping[str, Any]) -> None:
    """Start from the weights of the best checkpoint of the run in ``path``.

    structure: how ``network`` is put together; the weights would mean something else in another.
    Behind layers of the same sizes a last one of another size keeps its fresh weights.
    Raises ConfigError.
    """
    checkpoint = read_checkpoint(RunFolder(path).best)
    ours, theirs = list(network.sizes), checkpoint.meta["sizes"]
    last, head = len(ours) - 2, tuple[str, ...]()
    if last > 0 and ours[:-1] == theirs[:-1] and ours[-1] != theirs[-1]:
        head = (f"W{last}", f"b{last}")
    try:
        copy_parameters(checkpoint, network, besides=head)
        if checkpoint.meta.get("batch_norm", {}).get("on") and not network.buffers:
            raise CheckpointError("it has batch normalization, and the network has not")
        before = checkpoint.structure
        for key in ("layer_norm", "residual", "mup"):
            if before[key] != structure[key]:
                raise CheckpointError(
                    f"the weights mean something else: {key} is {before[key]} there and "
                    f"{structure[key]} here"
                )
    except CheckpointError as error:
        raise ConfigError(f"model.init_from={path}: {error}") from error
    if head:
        pair, wanted = ("-".join(map(str, sizes[-2:])) for sizes in (theirs, ours))
        log.info(f"model.init_from: the last layer ({pair}) starts anew: the run has {wanted}")
