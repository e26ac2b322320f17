"""A run's network at the moments of its training that snapshots were taken of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import DataError, RunError
from mlp_scratch.experiment.build import Experiment, build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.settle import settle
from mlp_scratch.experiment.warm_start import encoder_before
from mlp_scratch.inference.run_data import saved_config
from mlp_scratch.insight.rows_at_hand import evenly, sample
from mlp_scratch.insight.snapshots import Snapshots, read_snapshots
from mlp_scratch.runs.folder import RunFolder, command
from mlp_scratch.runs.saved_run import copy_parameters

MOST_MOMENTS = 100  # shown


@dataclass(frozen=True)
class Learner:
    """experiment: as it was built, with the run's rows. last: the last checkpoint, or None where
    the last snapshot is no older or the checkpoint is no finite network."""

    experiment: Experiment
    snapshots: Snapshots
    last: Checkpoint | None

    @property
    def steps(self) -> list[int]:
        """Of the moments that are shown, from the first to the last."""
        steps: list[int] = self.snapshots.steps.tolist()
        steps = [steps[i] for i in evenly(len(steps), MOST_MOMENTS)]
        return steps if self.last is None else [*steps, _step(self.last)]

    def moments(self) -> Iterator[str]:
        """What moment it is, in words, each time with the network as it then was."""
        network = self.experiment.network
        for i in evenly(len(self.snapshots.steps), MOST_MOMENTS):
            self.snapshots.put(int(i), network)
            yield self._words(int(self.snapshots.steps[i]))
        if self.last is not None:
            copy_parameters(self.last, network)
            yield self._words(_step(self.last))

    def put_last(self) -> None:
        """Give the network what it learned in the end."""
        if self.last is not None:
            copy_parameters(self.last, self.experiment.network)
        else:
            self.snapshots.put(len(self.snapshots.steps) - 1, self.experiment.network)

    def rows(self, most: int) -> tuple[str, Rows]:
        """At most so many of the test rows, evenly chosen, and what they are called; of the
        training rows where there are no others."""
        name, rows = "test", self.experiment.test
        if rows is None:
            name, rows = "training", self.experiment.trainer.train
        n, some = len(rows), sample(rows, most)
        return f"{n:,} {name} rows" if some is rows else f"{most:,} of {n:,} {name} rows", some

    def _words(self, step: int) -> str:
        return f"step {step:,} (epoch {step / self.snapshots.epoch_steps:.3g})"


def learner(folder: RunFolder, overrides: Sequence[str]) -> Learner:
    """Read a run's snapshots, and its data, which must be the same as then.

    overrides: of ``data``, such as where it lies. Raises MlpScratchError.
    """
    if not folder.snapshots.exists():
        again = command("rerun", folder.path, "training.snapshots=24")
        raise RunError(
            f"{folder.path}: a run without snapshots; take some in a run like it: {again}"
        )
    last = read_checkpoint(folder.last)
    config = saved_config(folder, overrides)
    dataset = load_data(config)
    if last.meta["data_digest"] != dataset.digest:
        raise DataError(f"{dataset.source}: not the data that {folder.path} was trained on")
    experiment = build(settle(config, dataset, encoder_before(config, last)))
    network = experiment.network
    try:
        snapshots = read_snapshots(folder.snapshots, network)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder.snapshots}: cannot be used ({error})") from error
    copy_parameters(last, network)  # they must fit
    newer = not len(snapshots.steps) or _step(last) > snapshots.steps[-1]
    finite = np.isfinite(network.parameters.values).all()
    found = Learner(experiment, snapshots, last if newer and finite else None)
    if len(found.steps) < 2:
        raise RunError(f"{folder.snapshots}: too few snapshots of finite numbers to be a film")
    return found


def _step(checkpoint: Checkpoint) -> int:
    return int(checkpoint.meta["trainer"]["step"])
