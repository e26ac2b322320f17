"""Who looks on while a run trains, beside recorder, console and tracker: what the config asks for
to see inside the network. Nobody of them changes a bit of the training.
"""

from typing import NamedTuple

from mlp_scratch.engine.observer import Observer
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.insight.layers.layer_watch import LayerWatch
from mlp_scratch.insight.snapshots import LARGEST, SnapshotWatch, room_for
from mlp_scratch.runs.console import log
from mlp_scratch.runs.folder import RunFolder


class LookInside(NamedTuple):
    """What a run is to record of its network, as ``training`` has it."""

    record_layers: bool | str
    snapshots: int


def onlookers(wanted: LookInside, experiment: Experiment, folder: RunFolder) -> list[Observer]:
    """Observers for a run in ``folder``; a resumed run goes on with their files. Raises OSError.

    They are told of an epoch before the recorder is, and of a checkpoint before it is written.
    """
    observers: list[Observer] = []
    if asked := wanted.record_layers:
        observers.append(LayerWatch(folder, experiment.trainer, closely=asked is True))
    if n := _snapshots(wanted.snapshots, experiment):
        observers.append(SnapshotWatch(folder.snapshots, experiment.trainer, n))
    return observers


def _snapshots(asked: int, experiment: Experiment) -> int:
    """How many are taken: as many as are asked for, unless the network is too large for it."""
    most = room_for(experiment.network)
    if asked <= most:
        return asked
    size = experiment.network.parameters.size
    most = most if most > 1 else 0  # one alone shows nothing
    log.warning(
        f"training.snapshots={asked}: {most or 'none'} of them, as a file of "
        f"{LARGEST >> 20} MB holds no more of {size:,} parameters"
    )
    return most
