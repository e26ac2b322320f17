"""Who looks on while a run trains, beside recorder, console and tracker: what the config asks for
to see inside the network. Nobody of them changes a bit of the training.
"""

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.engine.observer import Observer
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.insight.layers.layer_watch import LayerWatch
from mlp_scratch.runs.folder import RunFolder


def onlookers(
    config: ExperimentConfig, experiment: Experiment, folder: RunFolder
) -> list[Observer]:
    """Observers for a run in ``folder``; a resumed run goes on with their files. Raises OSError.

    They are told of an epoch before the recorder is, and of a checkpoint before it is written.
    """
    observers: list[Observer] = []
    if asked := config.training.record_layers:
        observers.append(LayerWatch(folder, experiment.trainer, closely=asked is True))
    return observers
