"""A run on a table of words, gaps and dates: resumed to the same bits, used by everything."""

import logging
import os
from pathlib import Path

import numpy as np
import pytest
from mixed_tables import answer, config_for, made, written
from tiny_runs import Ending, begin, go_on, state_of

from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.resolve_task import resolve_task
from mlp_scratch.experiment.settle import layer_sizes, settle
from mlp_scratch.experiment.split_rows import sized
from mlp_scratch.experiment.warm_start import encoder_before
from mlp_scratch.export.formats import export
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.neural_net import NeuralNet
from mlp_scratch.runs import recorder
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_config, load_network


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)
    monkeypatch.chdir(tmp_path)


CASES = [("lived",), ("fare", "data.missing=mean"), ("lived", "data.missing=drop", "data.rare=1")]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("words", CASES, ids=lambda words: "-".join(words))
def test_killed_and_resumed_to_the_same_bits(
    words: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    config = config_for(*words, "training.checkpoint_every_steps=2")
    undisturbed = begin(config, tmp_path / "undisturbed")
    steps = undisturbed.summary["steps_done"]
    assert begin(config, tmp_path / "killed", Ending(steps // 2, "kill")) is None
    result = go_on(tmp_path / "killed")
    assert state_of(tmp_path / "killed") == state_of(tmp_path / "undisturbed")
    assert result.summary["test"] == undisturbed.summary["test"]
    kept = load_config(RunFolder("undisturbed"))
    assert kept.model.layers[:2] == [None, 6]  # another seed may come to other features
    begin(kept, tmp_path / "again")
    assert state_of(tmp_path / "again") == state_of(tmp_path / "undisturbed")


def test_an_autoencoder_of_words_and_gaps() -> None:
    config = config_for("lived", "task=autoencoder", "training.epochs=1")
    begin(config, Path("run"))
    trained = load_network(RunFolder("run"))
    _, answers = answer(trained, made(5))
    assert answers[0][:4] == ["PersonId", "error", "sex=male", "age"]
    seconds = answers[0].index("seconds")
    assert all(1_699_990_000 < float(row[seconds]) < 1_700_010_000 for row in answers[1:])


@pytest.fixture
def trained() -> TrainedNetwork:
    folder = RunFolder("run")
    begin(config_for("lived", "training.epochs=20", "optim.lr=0.02"), folder.path)
    return load_network(folder)


@pytest.mark.parametrize("start", [(), ("model.init_from=run",)], ids=["fresh", "init_from"])
def test_a_sweep_knows_how_wide_its_jobs_are(trained: TrainedNetwork, start: tuple) -> None:
    config = config_for("lived", *start)
    config.data.path = str(written(Path("other.csv"), made(seed=3)[:40]))
    dataset = load_data(config)
    config = resolve_task(config, dataset)
    (width, *_) = layer_sizes(config, sized(config, dataset))
    assert width == build(settle(config, dataset, encoder_before(config))).network.sizes[0]
    assert (width == trained.network.sizes[0]) == bool(start)


def test_a_run_is_evaluated_exported_and_started_from(
    trained: TrainedNetwork, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    line, *_ = evaluate_runs([RunFolder("run")], "best", ())
    again, *_ = evaluate_runs([RunFolder("run"), RunFolder("run")], "best", ())
    assert line == again
    pd, file = pytest.importorskip("pandas"), written(Path("later.csv"), made(60, seed=2))
    net = NeuralNet.load("run")
    frame = pd.read_csv(file)
    _, answers = answer(trained, made(60, seed=2))
    assert net.predict(frame[frame.columns[::-1]]).tolist() == [row[1] for row in answers[1:]]
    with np.load(export("run", "npz", "best", None)) as arrays:
        assert arrays["encoder_fill"].shape == (6,)
        assert '"Bonn"' in str(arrays["description"])
    config = config_for("lived", "model.init_from=run", "model.freeze=1", "training.epochs=2")
    wider = [row | {"more": i % 7} for i, row in enumerate(made(60, seed=2))]
    config.data.path = str(written(Path("wider.csv"), wider))
    with caplog.at_level(logging.INFO):
        begin(config, tmp_path / "tuned")
    assert "it knows nothing of more: not used" in caplog.text
    tuned = load_network(RunFolder("tuned"))
    assert tuned.encoder.codes == trained.encoder.codes
    assert "init_from" in (tmp_path / "tuned" / "config.yaml").read_text()


def test_onnx_takes_encoded_features(trained: TrainedNetwork) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(export("run", "onnx", "best", None))
    assert [given.name for given in model.graph.input] == ["features"]
    said = {prop.key: prop.value for prop in model.metadata_props}
    assert '"sex=male"' in said["feature_names"]
    assert "1700000" in said["offset"]
