"""The rows that a run was trained, judged and tested on, read again."""

from collections.abc import Sequence

from mlp_scratch.errors import DataError
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.resolve_task import resolve_task
from mlp_scratch.experiment.split_rows import SplitRows, split_rows
from mlp_scratch.inference.matching_data import saved_config
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork


def own_rows(folder: RunFolder, trained: TrainedNetwork, overrides: Sequence[str]) -> SplitRows:
    """The run's rows, divided, encoded, normalized and scaled as they were when it was trained.

    overrides: of its ``data``, such as where it lies now. Raises MlpScratchError, also where the
    data is not what it was: other rows would be divided otherwise.
    """
    config = saved_config(folder, overrides)
    dataset = load_data(config)
    if dataset.digest != trained.data_digest:
        raise DataError(
            f"{dataset.source}: is not what {folder.path} was trained on; put the old data back, "
            "or say where it lies with data.dir=FOLDER or data.path=FILE"
        )
    resolve_task(config, dataset)
    return split_rows(config, dataset, trained.encoder)
