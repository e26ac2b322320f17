"""Runs of a fraction of a second inside this process, ended at a step of one's choice.

``Killed`` is a BaseException that nothing in the package catches: after it no file is written, just
as after SIGKILL. What a run leaves is compared by ``state_of``.
"""

import copy
import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.override_parser.types import OverrideType
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mlp_scratch.config.command_line import CommandLine, as_typed, parsed_overrides
from mlp_scratch.config.compose import compose_config, composed
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.engine.epoch_sums import TIMINGS
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.run import Result, run_experiment
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import prepare

STEPS = 7  # an epoch: 112 training rows in batches of 16


class Killed(BaseException):
    """The process is gone."""


class Ending:
    """Stands in for the signals: ends the training around a step of this process.

    how: "kill" before the step's update is made, or "stop" as Ctrl-C does, after the step.
    """

    received = None

    def __init__(self, at: int | None = None, how: str = "kill") -> None:
        self._at, self._how, self._steps = at, how, 0

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "trainer" and value is not None and self._at is not None:
            workers = value.descent.workers
            self._update, workers.update = workers.update, self._step

    def _step(self, *args: Any) -> None:
        self._steps += 1
        if self._steps == self._at:
            if self._how == "kill":
                raise Killed
            self.trainer.stop_requested = True
        self._update(*args)


def write_data(folder: Path, seed: int = 0) -> Path:
    """140 training and 30 test pictures of 8x8, of three classes that can almost be told apart."""
    rng = np.random.default_rng(seed)
    y = np.arange(170) % 3
    x = rng.integers(0, 200, (170, 8, 8)).astype(np.uint8)
    x[np.arange(170), y * 2] = np.minimum(255, x[np.arange(170), y * 2] + np.uint8(60))
    path = folder / "tiny.npz"
    np.savez(path, x_train=x[:140], y_train=y[:140], x_test=x[140:], y_test=y[140:])
    return path


@cache
def composed_of(words: tuple[str, ...]) -> ExperimentConfig:
    """What `compose_config` makes of them; do not change it. Hydra, which takes a fifth of a second
    each time, composes once for each set of choices; plain values are put in."""
    try:
        parsed = parsed_overrides(as_typed(CommandLine([*words])).overrides)
        plain = [o for o in parsed if o.type is OverrideType.CHANGE and _is_value(o.key_or_group)]
        config = copy.deepcopy(_chosen(tuple(str(o.input_line) for o in parsed if o not in plain)))
        for override in plain:
            OmegaConf.update(config, override.key_or_group, override.value())
    except (OmegaConfBaseException, MlpScratchError):
        return compose_config(words)  # with the answer that a user gets
    return typed(config)


def _is_value(key: str) -> bool:
    return "." in key or key in ("seed", "name", "task")


@cache
def _chosen(words: tuple[str, ...]) -> DictConfig:
    return composed(CommandLine([*words]))


def tiny_config(data: Path, words: Sequence[str] = ()) -> ExperimentConfig:
    """A config for ``data``; the composed one is kept, the caller gets a copy."""
    base = ("data=npz", "data.path=x", "model.layers=[null,6,null]", "training.batch_size=16")
    base += ("training.validation_fraction=0.2", "training.epochs=4")
    config = copy.deepcopy(composed_of((*base, *words)))
    config.data.path = str(data)
    config.data.cache_dir = str(data.parent / "cache")
    return config


def decided(config: ExperimentConfig) -> ExperimentConfig:
    """With what data of classes decides, in the place of ``auto``."""
    config.task, config.loss = "classification", {"name": "cross_entropy"}
    config.training.early_stopping.metric = "val_accuracy"
    return config


def begin(config: ExperimentConfig, path: Path, ending: Ending | None = None) -> Result | None:
    """Start a run in a new folder; None when it was killed."""
    path.mkdir(parents=True)
    return _run(copy.deepcopy(config), RunFolder(path), None, ending or Ending())


def go_on(path: Path, ending: Ending | None = None, words: Sequence[str] = ()) -> Result | None:
    """Resume a run; None when it was killed again."""
    folder = RunFolder(path)
    config, checkpoint, _ = prepare(folder, words)
    return _run(config, folder, checkpoint, ending or Ending())


def _run(config: Any, folder: RunFolder, checkpoint: Any, ending: Ending) -> Result | None:
    try:
        with folder.locked():
            return run_experiment(config, folder, ending, checkpoint)  # type: ignore[arg-type]
    except Killed:
        return None


def state_of(run: Path) -> dict[str, Any]:
    """What must be the same to the bit: metrics without timings, both checkpoints, and what was
    seen in the layers."""
    with open(run / "metrics.csv", newline="") as file:
        rows = [{k: v for k, v in r.items() if k not in TIMINGS} for r in csv.DictReader(file)]
    checkpoints = {n: (run / "checkpoints" / f"{n}.npz").read_bytes() for n in ("last", "best")}
    layers = {n: (run / n).read_bytes() for n in ("layers.csv", "histograms.npz")}
    return {"metrics": rows, **checkpoints, "layers": layers}
