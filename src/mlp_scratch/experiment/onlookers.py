"""Who looks on while a run trains, beside recorder, console and tracker: what the config asks for
to see inside the network. Nobody of them changes a bit of the training.
"""

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.engine.observer import Observer
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.runs.folder import RunFolder


def onlookers(
    config: ExperimentConfig, experiment: Experiment, folder: RunFolder
) -> list[Observer]:
    """Observers for a run in ``folder``; a resumed run goes on with their files."""
    return []
