"""From a config to the objects of an experiment."""

import logging

import numpy as np
import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.registry import REGISTRIES
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.resolve_task import asked_task
from mlp_scratch.experiment.settle import settle

BUILT_GROUPS = [*sorted(REGISTRIES), "model", "regularization", "training"]


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


def small_images(task: str = "classification") -> Dataset:
    """Whose targets suit the task."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(256, size=(300, 784)).astype(np.uint8), np.arange(300) % 10
    names = tuple("0123456789")
    if task != "classification":
        y, names = np.eye(10)[y], ()
    targets = names or tuple(f"y{i}" for i in range(10))
    made = ("made", x, y, x[:50], y[:50], names, (28, 28), "0" * 64, "made")
    return Dataset(*made, task=task, target_names=targets)


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize(
    ("group", "choice"), [(group, choice) for group in BUILT_GROUPS for choice in choices(group)]
)
def test_every_choice_builds(group: str, choice: str) -> None:
    words = [f"{group}={choice}"]
    if (group, choice) == ("optim", "lion"):
        words.append("optim.lr=0.001")
    if (group, choice) == ("optim", "lbfgs"):
        words.append("training.batch_size=full")
    config = compose_config(words)
    if group in REGISTRIES:
        assert getattr(config, group)["name"] == choice
    task = asked_task(config)
    task = "classification" if task == "auto" else task
    settled = settle(config, small_images(task))
    experiment = build(settled)
    outputs = 10 * getattr(experiment.task.new_loss(), "per_target", 1)
    assert experiment.network.sizes == (784, 128, 64, outputs)
    assert settled.config.model.layers == [784, 128, 64, outputs]
    rate = experiment.trainer.learning_rate(0)
    assert 0 < rate <= config.optim["lr"]


@pytest.mark.parametrize(
    ("layers", "fix"),
    [
        ("[783,16,10]", "[784,16,10] or [null,16,10]"),
        ("[784,16,9]", "[784,16,10] or [784,16,null]"),
    ],
)
def test_layers_that_do_not_fit_the_data(layers: str, fix: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settle(compose_config([f"model.layers={layers}"]), small_images())
    assert fix in str(caught.value)
    assert "'made' has" in str(caught.value)


@pytest.mark.parametrize(("rows", "full"), [("270", False), ("271", True), ("full", True)])
def test_a_batch_larger_than_the_data_is_full(
    rows: str, full: bool, caplog: pytest.LogCaptureFixture
) -> None:
    config = compose_config([f"training.batch_size={rows}"])
    with caplog.at_level(logging.INFO):
        trainer = build(settle(config, small_images())).trainer
    assert (trainer.settings.batch_size is None) == full
    assert trainer.n_batches == 1
    assert str(config.training.batch_size) == rows
    said = "training.batch_size=271: larger than the 270 training rows, taken as full"
    assert (said in caplog.text) == (rows == "271")


def test_augmentation_needs_images() -> None:
    dataset = small_images()
    flat = Dataset(**{**dataset.__dict__, "image_shape": None})
    with pytest.raises(ConfigError, match="augment=affine"):
        build(settle(compose_config(["augment=affine"]), flat))


def test_split_and_normalization_never_see_validation_or_test() -> None:
    dataset = small_images()
    dataset.x_train[:] = 1
    dataset.x_train[::2] = 3
    config = compose_config(["data.normalize=standardize"])
    experiment = build(settle(config, dataset))
    train, validation = experiment.trainer.train, experiment.trainer.validation
    assert validation is not None
    assert not set(train.numbers) & set(validation.numbers)
    assert len(train) + len(validation) == 300
    rows = dataset.x_train[train.numbers].astype(float)
    np.testing.assert_allclose(experiment.normalizer.shift, rows.mean(axis=0))
