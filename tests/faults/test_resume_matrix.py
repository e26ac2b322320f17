"""A run that was killed, stopped and resumed has the bits of one that never was: for every
optimizer and schedule, with dropout, augmentation, batch normalization, early stopping and with
checkpoints inside an epoch."""

import itertools
import os
import random
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import STEPS, Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.config.registry import REGISTRIES
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.runs import recorder
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network

# L-BFGS wants all rows and nothing drawn: experiment/test_lbfgs_runs.py
OPTIMIZERS = tuple(name for name in REGISTRIES["optim"] if name != "lbfgs")
SCHEDULES = tuple(REGISTRIES["schedule"])
SWITCHES = ("dropout", "augment", "batch_norm", "early_stopping", "mid_epoch")
LAST = Path("undisturbed", "checkpoints", "last.npz")
SETTINGS = list(itertools.product([False, True], repeat=len(SWITCHES)))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody pulls the plug here, and there are thousands of files."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


def configured(data: Path, optimizer: str, schedule: str, on: dict[str, bool]) -> ExperimentConfig:
    config = tiny_config(data)
    config.optim = tiny_config(data, [f"optim={optimizer}"]).optim
    quick = {"step": ["schedule.step_epochs=2"], "plateau": ["schedule.patience=0"]}
    config.schedule = tiny_config(
        data, [f"schedule={schedule}", "schedule.warmup_epochs=0.5", *quick.get(schedule, [])]
    ).schedule
    if on["dropout"]:
        config.regularization.dropout = 0.3
        config.regularization.input_dropout = 0.1
    if on["augment"]:
        config.augment = tiny_config(data, ["augment=affine"]).augment
    config.model.batch_norm = on["batch_norm"]
    if on["early_stopping"]:
        config.training.early_stopping.metric = "val_loss"
        config.training.early_stopping.patience = 2
    config.training.checkpoint_every_steps = 3 if on["mid_epoch"] else None
    return config


def check(config: ExperimentConfig, folder: Path, seed: int) -> int:
    """Disturb a run two or three times; return how often it went on from inside an epoch."""
    undisturbed = begin(config, folder / "undisturbed")
    dice = random.Random(seed)
    disturbed, inside = folder / "disturbed", 0
    ending = Ending(dice.randint(1, 2 * STEPS), "kill")
    result = begin(config, disturbed, ending)
    for how in ("stop", "kill"):
        if result is not None:  # early stopping came first
            break
        inside += _is_inside(disturbed)
        result = go_on(disturbed, Ending(dice.randint(1, 2 * STEPS), how))
        if result is not None and result.status != "interrupted":
            break
        inside += _is_inside(disturbed)
        result = None
    if result is None:
        result = go_on(disturbed)
    assert result is not None
    assert undisturbed is not None
    assert result.status == undisturbed.status
    expected, found = state_of(folder / "undisturbed"), state_of(disturbed)
    assert found["metrics"] == expected["metrics"]
    assert found["last"] == expected["last"]
    assert found["best"] == expected["best"]
    assert found["layers"] == expected["layers"]
    assert result.summary is not None
    assert undisturbed.summary is not None
    assert result.summary["test"] == undisturbed.summary["test"]
    return inside


def _is_inside(run: Path) -> bool:
    last = run / "checkpoints" / "last.npz"
    return last.exists() and read_checkpoint(last).meta["trainer"]["batch"] > 0


@pytest.mark.slow
def test_every_optimizer_and_every_schedule(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each several times: a third of all pairs, the switches taking their settings in turn."""
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    inside = 0
    pairs = list(itertools.product(OPTIMIZERS, SCHEDULES))[::3]
    assert set(OPTIMIZERS) == {o for o, _ in pairs}
    assert set(SCHEDULES) == {s for _, s in pairs}
    for i, (optimizer, schedule) in enumerate(pairs):
        on = dict(zip(SWITCHES, SETTINGS[i * 5 % 32], strict=True))
        config = configured(data, optimizer, schedule, on)
        try:
            inside += check(config, tmp_path / f"{optimizer}-{schedule}", seed=i)
        except AssertionError as error:
            raise AssertionError(f"{optimizer}, {schedule}, {on}: {error}") from error
    assert inside >= 5


@pytest.mark.slow
@pytest.mark.marathon
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_everything_with_everything(
    optimizer: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole product: 7 schedules and 32 settings for each optimizer."""
    for i, (schedule, switches) in enumerate(itertools.product(SCHEDULES, SETTINGS)):
        monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0 if i % 2 else 1.0)
        on = dict(zip(SWITCHES, switches, strict=True))
        check(configured(data, optimizer, schedule, on), tmp_path / str(i), seed=i)


@pytest.mark.mostly_slow(9)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_that_two_processes_share(
    optimizer: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    for i, augment in enumerate((False, True)):
        on = dict.fromkeys(SWITCHES, False) | {"augment": augment, "mid_epoch": True}
        config = configured(data, optimizer, "cosine", on)
        config.training.threads, config.training.batch_size = 2, 32
        config.training.clip_norm = 1.0 if augment else None
        check(config, tmp_path / str(i), seed=i)
        assert read_checkpoint(tmp_path / str(i) / LAST).meta["threads"] == 2


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize(
    "words",
    [
        ["average=ema", "average.decay=0.9"],
        ["average=swa", "average.start_epoch=2", "model.batch_norm=true"],
        ["adversarial=linf", "regularization.dropout=0.2"],
        ["adversarial=vat", "model.batch_norm=true", "average=ema"],
        ["adversarial=l2", "training.threads=2", "training.batch_size=32", "average=ema"],
        ["model.layer_norm=true", "regularization.dropout=0.2"],
        ["model.layer_norm=true", "training.threads=2", "training.batch_size=32"],
        ["model.layers=[null,8,8,null]", "model.residual=plain", "model.batch_norm=true"],
        ["model.layers=[null,8,8,null]", "model.residual=inverted", "model.activations=[gelu]"],
        ["model.parametrization=mup", "model.base_width=2"],
        ["model.parametrization=mup", "model.base_width=2", "optim=sgd", "model.layer_norm=true"],
    ],
    ids=" ".join,
)
def test_averages_adversaries_and_parts_of_the_network(
    words: list[str], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    if "model.batch_norm=true" in words:
        words = [*words, "model.bn_recompute=true"]
    config = tiny_config(data, [*words, "training.checkpoint_every_steps=3"])
    inside = sum(check(config, tmp_path / str(seed), seed) for seed in range(2))
    assert inside >= 1


@pytest.mark.parametrize("recompute", [False, True])
def test_more_epochs_later_are_the_same_as_more_at_once(
    recompute: bool, data: Path, tmp_path: Path
) -> None:
    words = ["schedule=exponential", "regularization.dropout=0.2"]
    if recompute:
        words += ["model.batch_norm=true", "model.bn_recompute=true", "average=ema"]
    begin(tiny_config(data, [*words, "training.epochs=5"]), tmp_path / "once")
    begin(tiny_config(data, [*words, "training.epochs=2"]), tmp_path / "twice")
    go_on(tmp_path / "twice", words=["training.epochs=5"])
    assert state_of(tmp_path / "twice") == state_of(tmp_path / "once")


def test_more_patience_later_is_the_same_as_more_at_once(data: Path, tmp_path: Path) -> None:
    words = ["model.batch_norm=true", "model.bn_recompute=true", "training.epochs=12"]
    patience = "training.early_stopping.patience"
    begin(tiny_config(data, [*words, f"{patience}=3"]), tmp_path / "once")
    first = begin(tiny_config(data, [*words, f"{patience}=1"]), tmp_path / "twice")
    assert first is not None
    assert first.status == "stopped_early"
    go_on(tmp_path / "twice", words=[f"{patience}=3"])
    assert state_of(tmp_path / "twice") == state_of(tmp_path / "once")


@pytest.mark.parametrize("epochs", [1, 40], ids=["the last epoch is the best", "an earlier one"])
def test_recomputed_statistics_are_in_the_best_checkpoint_too(
    epochs: int, data: Path, tmp_path: Path
) -> None:
    words = ["model.batch_norm=true", "model.bn_recompute=true", "average=ema", "optim.lr=0.3"]
    words += [f"training.epochs={epochs}", "training.early_stopping.patience=1"]
    config = tiny_config(data, words)
    result = begin(config, tmp_path / "run")
    assert result is not None
    assert result.summary is not None
    assert result.experiment is not None
    test = result.summary["test"]
    assert (test["best"]["epoch"] == test["last"]["epoch"]) == (epochs == 1)
    for which in ("best", "last"):
        trained = load_network(RunFolder(tmp_path / "run"), which)
        scores = evaluate(trained.network, result.experiment.test, trained.task)
        assert test[which]["loss"] == pytest.approx(scores["loss"], rel=1e-6)
        assert test[which]["accuracy"] == scores["accuracy"]
        statistics = result.experiment.trainer.kept.recomputed_statistics(
            trained.network.parameters.arrays()
        )
        for name, array in trained.network.buffers.items():
            np.testing.assert_array_equal(array, statistics[name])


def test_more_epochs_within_a_planned_horizon(data: Path, tmp_path: Path) -> None:
    words = ["schedule=onecycle", "schedule.total_epochs=5"]
    begin(tiny_config(data, [*words, "training.epochs=5"]), tmp_path / "once")
    begin(tiny_config(data, [*words, "training.epochs=2"]), tmp_path / "twice")
    go_on(tmp_path / "twice", words=["training.epochs=5"])
    assert state_of(tmp_path / "twice") == state_of(tmp_path / "once")


def test_a_finished_run_stays_as_it_is(data: Path, tmp_path: Path) -> None:
    begin(tiny_config(data), tmp_path / "run")
    before = state_of(tmp_path / "run")
    result = go_on(tmp_path / "run")
    assert result is not None
    assert result.status == "finished"
    assert state_of(tmp_path / "run") == before


def test_a_batch_larger_than_the_data_is_full_after_a_stop_too(data: Path, tmp_path: Path) -> None:
    words = ["training.batch_size=999", "regularization.dropout=0.2", "training.epochs=16"]
    config = tiny_config(data, words)
    check(config, tmp_path / "larger", seed=1)
    check(tiny_config(data, [*words, "training.batch_size=full"]), tmp_path / "full", seed=2)
    larger, full = (tmp_path / name / "disturbed" for name in ("larger", "full"))
    assert state_of(larger)["metrics"] == state_of(full)["metrics"]
    assert "batch_size: 999" in (larger / "config.yaml").read_text()
