"""Runs on two features and on one: their pictures, and all that is done with a run afterwards."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.session import draw_pictures
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.inference.predict_table import predict_table
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_config, load_network

SLOW = pytest.mark.slow
MADE = {"decision.png", "fit.png"}


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)


def world(name: str, tmp_path: Path, *words: str) -> ExperimentConfig:
    here = [f"data={name}", "data.path=null", "data.n=200", "optim.lr=0.02"]
    config = tiny_config(tmp_path / "none", [*here, *words])
    config.data.path = None
    return config


def pictures_of(config: ExperimentConfig, path: Path) -> set[str]:
    draw_pictures(begin(config, path), RunFolder(path))
    return MADE & {file.name for file in path.glob("*.png")}


@pytest.mark.parametrize(
    ("name", "picture", "metric", "header", "row", "words"),
    [
        ("moons", "decision.png", "accuracy", "x2,x1", "1.5,0.0", []),  # found by their names
        pytest.param("sine", "fit.png", "rmse", "x", "1.5", [], marks=SLOW),
        ("sine", "fit.png", "rmse", "x", "1.5", ["loss=gaussian_nll", "training.dtype=float64"]),
    ],
)
def test_from_training_to_prediction(name, picture, metric, header, row, words, tmp_path) -> None:
    folder = RunFolder(tmp_path / "run")
    result = begin(world(name, tmp_path, *words), folder.path)
    draw_pictures(result, folder)
    assert MADE & {file.name for file in folder.path.glob("*.png")} == {picture}
    assert (folder.path / picture).stat().st_size > 10_000
    test = result.summary["test"]["best"]
    assert f"{metric} {test[metric]:.4f}" in "\n".join(evaluate_runs([folder], "best", [], None))

    (tmp_path / "new.csv").write_text(f"{header}\n{row}\n")
    trained = load_network(folder)
    answers = tmp_path / "answers.csv"
    [*predict_table(trained, tmp_path / "new.csv", answers, 0.5, Reading(), False)]
    x = np.array([[0.0, 1.5]]) if name == "moons" else np.array([[1.5]])
    x = ((x - trained.normalizer.shift) * trained.normalizer.scale).astype(trained.network.dtype)
    outputs = trained.network.forward(x, False)[0]
    with open(answers, newline="") as file:
        (answer,) = csv.DictReader(file)
    if name == "moons":
        assert "01"[int(outputs.argmax())] in answer.values()
    else:
        mean = outputs[0] * trained.task.scale[0] + trained.task.shift[0]
        np.testing.assert_allclose(float(answer["y"]), mean, rtol=1e-4)

    assert load_config(folder).data.n == 200
    begin(load_config(folder), tmp_path / "again")
    assert state_of(tmp_path / "again") == state_of(folder.path)
    with pytest.raises(MlpScratchError, match=r"data\.noise"):
        go_on(folder.path, words=["data.noise=0.5"])
    assert go_on(folder.path, words=["training.epochs=5"]).summary["epochs_done"] == 5


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("name", ["spirals", pytest.param("steps", marks=SLOW)])
def test_killed_and_resumed_to_the_same_bits(name, tmp_path) -> None:
    config = world(name, tmp_path, "training.checkpoint_every_steps=2")
    begin(config, tmp_path / "undisturbed")
    assert begin(config, tmp_path / "killed", Ending(12, "kill")) is None
    go_on(tmp_path / "killed")
    assert state_of(tmp_path / "killed") == state_of(tmp_path / "undisturbed")


@pytest.mark.parametrize(
    ("label", "words", "pictures"),
    [
        ("c", [], {"decision.png"}),
        pytest.param("b", ["data.drop=[c]"], {"fit.png"}, marks=SLOW),
        pytest.param("a", [], {"decision.png"}, marks=SLOW),
        pytest.param("[a,b]", [], {"fit.png"}, marks=SLOW),
        ("c", ["task=autoencoder"], set()),
        pytest.param("c", ["data.drop=[a]", "data.categorical=[b]"], set(), marks=SLOW),
        pytest.param("c", ["data.test_fraction=0"], {"decision.png"}, marks=SLOW),
    ],
)
def test_a_table_of_few_features(label, words, pictures, tmp_path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.1f},{int(a > b)}" for a, b in rng.random((120, 2))]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c", *rows]) + "\n")
    config = tiny_config(tmp_path / "t.csv", ["data=csv", f"data.label={label}", *words])
    assert pictures_of(config, tmp_path / "run") == pictures
