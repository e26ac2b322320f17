"""Runs of every task: killed and resumed to the same bits for each loss, sampler and weight, and
used by all that is made for runs."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import STEPS, Ending, begin, go_on, state_of, tiny_config

from mlp_scratch.config.registry import REGISTRIES
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.experiment.session import draw_pictures
from mlp_scratch.export.formats import export
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.inference.predict_table import predict_table
from mlp_scratch.runs import recorder
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_config, load_network

LOSSES = [name for name in REGISTRIES["loss"] if name != "auto"]
N, FEATURES = 140, 5
DATA = {  # by the task of a loss: the columns of its label
    "classification": "[species]",
    "regression": "[width,height]",
    "multilabel": "[red,round]",
}


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with columns for every task; of the third species there are few rows."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, FEATURES))
    sums = x @ rng.standard_normal((FEATURES, 4))
    columns = {
        "width": np.exp(sums[:, 0] / 4).round(4),
        "height": (100 + 20 * sums[:, 1] ** 2).round(3),
        "red": (sums[:, 2] > 0).astype(int),
        "round": (sums[:, 3] > 0).astype(int),
        "species": np.where(sums[:, 0] > 2, "rare", np.where(sums[:, 1] > 0, "cat", "dog")),
        "weight": rng.integers(0, 4, N),
        **{f"x{i}": x[:, i].round(4) for i in range(FEATURES)},
    }
    path = tmp_path_factory.mktemp("tables") / "all.csv"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def config_for(table: Path, loss: str, tmp_path: Path, *words: str) -> ExperimentConfig:
    """With the columns of its task's label, the weights, and the features alone in the table."""
    label = DATA[REGISTRIES["loss"][loss].task]
    wanted = [*label.strip("[]").split(","), "weight", *(f"x{i}" for i in range(FEATURES))]
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    path = tmp_path / "table.csv"
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, wanted, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    given = ["data=csv", f"data.label={label}", f"loss={loss}", "data.weight=weight"]
    return tiny_config(path, [*given, *words])


CASES = [
    *((loss, ()) for loss in LOSSES),
    ("cross_entropy", ("training.sampler=balanced",)),
    ("cross_entropy", ("regularization.class_weight=balanced", "regularization.dropout=0.2")),
    ("cross_entropy", ("regularization.class_weight={rare: 5.0}", "adversarial=linf")),
    ("cross_entropy", ("adversarial=vat", "training.dtype=float64")),
    ("squared_error", ("training.batch_size=full", "training.metrics=[rmse]")),
    ("huber", ("training.kernels=plain", "training.early_stopping.metric=val_mae")),
    ("squared_error", ("data.normalize_target=false", "model.layer_norm=true")),
]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(("loss", "words"), CASES, ids=lambda v: "-".join(v) if v else "")
def test_killed_and_resumed_to_the_same_bits(
    loss: str, words: tuple, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    config = config_for(table, loss, tmp_path, "training.checkpoint_every_steps=2", *words)
    undisturbed = begin(config, tmp_path / "undisturbed")
    assert undisturbed.status == "finished"
    steps = undisturbed.summary["steps_done"]
    assert begin(config, tmp_path / "killed", Ending(max(2, steps // 2), "kill")) is None
    result = go_on(tmp_path / "killed")
    expected, found = state_of(tmp_path / "undisturbed"), state_of(tmp_path / "killed")
    assert found == expected
    assert result.summary["test"] == undisturbed.summary["test"]
    losses = [row["train_loss"] for row in undisturbed.experiment.trainer.history]
    assert losses[-1] < losses[0]


WRITTEN = {
    "cross_entropy": {"confusion_matrix.png", "misclassified.npz"},
    "gaussian_nll": {"regression.png", "answers.npz", "worst_rows.csv"},
    "binary_cross_entropy": {"labels.png", "answers.npz"},
}


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("loss", WRITTEN)
def test_what_a_run_leaves_is_used_by_everything(
    loss: str, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config, folder = config_for(table, loss, tmp_path), RunFolder(tmp_path / "run")
    result = begin(config, folder.path)
    draw_pictures(result, folder)
    assert WRITTEN[loss] <= {path.name for path in folder.path.iterdir()}
    summary = json.loads(folder.summary.read_text())
    task = REGISTRIES["loss"][loss].task
    assert (summary["task"], summary["loss"]) == (task, loss)
    assert load_config(folder).task == task  # for a resume or rerun nothing is left to decide
    assert summary["test"]["weighted"] is True
    trained = load_network(folder)
    said = "\n".join(evaluate_runs([folder], "best", []))
    for name in ("loss", *trained.task.tested):
        assert f"{name} {summary['test']['best'][name]:.4f}" in said
    assert "weighted" in said

    rows = tmp_path / "new.csv"
    rows.write_text("x4,x3,x2,x1,x0\n" + "0,0.5,1,-1,2\n" * 3)  # in another order
    assert list(predict_table(trained, rows, None, 0.5)) == [
        "3 rows of " + str(rows) + " -> new_predictions.csv"
    ]
    header, first, *_ = csv.reader(Path("new_predictions.csv").read_text().splitlines())
    if task == "regression":
        deviations = [f"{name} deviation" for name in ("width", "height")]
        assert header == ["row", "width", deviations[0], "height", deviations[1]]
        assert float(first[4]) > 0
    elif task == "multilabel":
        assert header == ["row", "red", "round", "red probability", "round probability"]
        assert (float(first[3]) >= 0.5) == (first[1] == "1")
    else:
        assert header == ["row", "label"]
    for form in ("npz", "safetensors", "onnx"):
        if (form, loss) == ("onnx", "gaussian_nll"):
            with pytest.raises(ConfigError, match="cannot be exported"):
                export(str(folder.path), form, "best", None)
        else:
            pytest.importorskip({"npz": "numpy"}.get(form, form))
            assert export(str(folder.path), form, "best", None).stat().st_size > 100


def test_predictions_and_errors_are_in_the_targets_own_units(table: Path, tmp_path: Path) -> None:
    config = config_for(table, "squared_error", tmp_path, "training.epochs=30", "optim.lr=0.02")
    result = begin(config, tmp_path / "run")
    answers = np.load(tmp_path / "run" / "answers.npz")
    weights = result.experiment.test.weights
    errors = np.average((answers["predicted"] - answers["true"]) ** 2, axis=0, weights=weights)
    rmse = result.summary["test"]["best"]["rmse"]
    assert rmse == pytest.approx(float(np.sqrt(errors).mean()), rel=1e-5)
    assert answers["true"][:, 1].mean() > 100  # heights, not standardized ones
    assert answers["predicted"][:, 1].mean() == pytest.approx(answers["true"][:, 1].mean(), rel=0.3)
    worst = list(csv.DictReader((tmp_path / "run" / "worst_rows.csv").open()))
    first = worst[0]
    residual = float(first["height true"]) - float(first["height predicted"])
    assert float(first["height residual"]) == pytest.approx(residual, rel=1e-3, abs=1e-3)
    assert {f"x{i}" for i in range(FEATURES)} <= first.keys()


AUTOENCODER = ("task=autoencoder", "activation=identity", "optim.lr=0.03", "training.epochs=60")


def test_an_autoencoder_learns_its_inputs(tmp_path: Path, table: Path) -> None:
    config = config_for(table, "squared_error", tmp_path, *AUTOENCODER)
    result = begin(config, tmp_path / "run")
    losses = [row["val_loss"] for row in result.experiment.trainer.history]
    assert result.experiment.network.sizes == (FEATURES, 6, FEATURES)
    assert losses[-1] < losses[0] / 2
    answers = np.load(tmp_path / "run" / "answers.npz")
    mean = answers["images"].astype(float).mean(axis=0)
    rest = ((answers["predicted"] - answers["images"]) ** 2).sum()
    assert rest < ((answers["images"] - mean) ** 2).sum() / 2


@pytest.mark.parametrize(
    ("share", "line"),
    [
        (0.4, "diagnosis: a class never predicted: recall 0 in the test: "),
        (0.05, "never recognised in the test, recall 0: cat (of "),
    ],
)
def test_a_class_that_is_never_recognised_is_said(
    share: float,
    line: str,
    table: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mlp_scratch.runs.console.log.propagate", True)
    caplog.set_level("INFO")
    config = config_for(table, "cross_entropy", tmp_path, "training.epochs=60", "optim.lr=0.02")
    config.regularization.class_weight, config.data.test_fraction = {"cat": 0.0}, share
    begin(config, tmp_path / "run")
    assert line in caplog.text


REFUSED = {
    "loss=huber": ("cross_entropy", "loss=huber: is for task=regression"),
    "training.metrics=[rmse]": ("cross_entropy", "training.metrics=rmse: must be one of accuracy"),
    "training.early_stopping.metric=val_r2": ("focal", "early_stopping.metric=val_r2: must be"),
    "training.sampler=balanced": ("huber", "needs targets that are classes"),
    "regularization.class_weight=balanced": ("pinball", "needs targets that are classes"),
    "regularization.class_weight={cow: 2}": ("focal", "class_weight=cow: must be one of"),
    "regularization.label_smoothing=0.1": ("focal", "label_smoothing=0.1: not with loss=focal"),
    "adversarial=vat": ("huber", "adversarial=vat: needs targets that are classes"),
}


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("word", REFUSED)
def test_what_does_not_go_together_is_refused(word: str, table: Path, tmp_path: Path) -> None:
    loss, message = REFUSED[word]
    words = ["task=classification", word] if word.startswith("loss=") else [word]
    config = config_for(table, loss, tmp_path, *words)
    with pytest.raises((ConfigError, DataError)) as error:
        begin(config, tmp_path / "run")
    assert message in str(error.value)


def test_steps_of_an_epoch_are_as_the_support_says(table: Path, tmp_path: Path) -> None:
    """Else the kills above would hit nothing."""
    result = begin(config_for(table, "focal", tmp_path), tmp_path / "run")
    assert result.summary["steps_done"] == 4 * STEPS
