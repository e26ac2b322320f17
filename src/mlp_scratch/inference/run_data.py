"""A run's data read again: its test rows, or all rows divided as they were when it was trained; and
whether they match a network that was trained before.
"""

from collections.abc import Sequence

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.resolve_task import resolve_task
from mlp_scratch.experiment.settle import WHAT
from mlp_scratch.experiment.split_rows import SplitRows, split_rows
from mlp_scratch.inference.trained_features import features_of
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_config
from mlp_scratch.streams import note


def test_data(folder: RunFolder, trained: TrainedNetwork, overrides: Sequence[str]) -> Dataset:
    """The run's data set, with its test rows. Raises MlpScratchError."""
    config = saved_config(folder, overrides)
    dataset = load_data(config)
    ours, theirs = ((d.image_shape, d.reader) for d in (dataset, trained))
    if trained.reader is not None and ours != theirs:  # other pictures, of another size or colour
        assert trained.image_shape is not None
        data, shape = config.data, trained.image_shape
        data.image_size, data.reader = [*shape[:2]], trained.reader
        data.colors = "grey" if len(shape) == 2 else "color"
        dataset = load_data(config)
    if dataset.x_test is None:
        raise DataError(f"{dataset.source}: has no test rows; give data.test_path=FILE")
    check_fits(dataset, folder, trained)
    return dataset


def saved_config(folder: RunFolder, overrides: Sequence[str]) -> ExperimentConfig:
    """The run's config, with overrides of its data. Raises MlpScratchError."""
    for word in overrides:
        if not word.startswith("data."):
            raise ConfigError(f"{word}: only data.* can be given here, such as data.dir=FOLDER")
    return load_config(folder, overrides)


def check_fits(dataset: Dataset, folder: RunFolder, trained: TrainedNetwork) -> None:
    """Raise DataError if the data is not of the run's kind; say so if it is not the run's own."""
    encoder, columns = trained.encoder, dataset.columns
    width = trained.network.sizes[0] if encoder is None else len(encoder.columns)
    if encoder is not None and columns is not None:
        encoder.places(columns, dataset.source)
    elif dataset.n_features != width:
        raise DataError(
            f"{dataset.source}: {dataset.n_features} features, but {folder.path} was trained on "
            f"{width}"
        )
    if not trained.task.reconstructs and dataset.output_names != trained.task.names:
        what = WHAT[trained.task.name]
        raise DataError(f"{dataset.source}: other {what} than {folder.path} was trained on")
    names = (dataset.feature_names, trained.feature_names)
    if encoder is None and None not in names and names[0] != names[1]:
        raise DataError(f"{dataset.source}: other columns than {folder.path} was trained on")
    if dataset.digest != trained.data_digest:
        note(f"{folder.path} was trained with other data, which may hold some of these test rows")


def test_rows(dataset: Dataset, trained: TrainedNetwork) -> Rows:
    """The test rows, encoded, normalized and scaled as the network was trained."""
    assert dataset.x_test is not None
    assert dataset.y_test is not None
    targets = trained.task.targets(dataset.y_test, trained.network.dtype)
    x_test = dataset.x_test[:]  # of a large table they are made now
    x = features_of(trained, x_test, dataset.columns, dataset.offset, dataset.source)
    return Rows(x, targets, trained.normalizer, all_weights=dataset.weights_test)


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
    return split_rows(resolve_task(config, dataset), dataset, trained.encoder)
