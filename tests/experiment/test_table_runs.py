"""A run on a table of words, gaps and dates: resumed to the same bits, used by everything."""

import csv
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.tables.text import text_table
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.resolve_task import resolve_task
from mlp_scratch.experiment.settle import layer_sizes, settle
from mlp_scratch.experiment.split_rows import sized
from mlp_scratch.experiment.warm_start import encoder_before
from mlp_scratch.export.formats import export
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.inference.predict_table import predict_table
from mlp_scratch.neural_net import NeuralNet
from mlp_scratch.runs import recorder
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_config, load_network

N = 140
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)
    monkeypatch.chdir(tmp_path)


def made(n: int = N, seed: int = 0) -> Rows:
    rng, rows = np.random.default_rng(seed), []
    for i in range(n):
        sex, age = rng.choice(["male", "female"]), int(rng.integers(1, 90))
        rows.append(
            {
                "PersonId": 1000 + 7 * i,
                "sex": sex,
                "age": age if rng.random() < 0.8 else "",
                "town": rng.choice(["Bonn", "Ulm", ""], p=[0.5, 0.4, 0.1]),
                "when": f"2024-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
                "seconds": 1_700_000_000 + int(rng.integers(0, 500)),
                "fare": round(float(rng.exponential(9)) + (age > 40) * 9, 2),
                "lived": "yes" if (sex == "female") != (age > 80) else "no",
            }
        )
    return rows


def written(path: Path, rows: Rows) -> Path:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def config_for(label: str, *words: str) -> ExperimentConfig:
    path = written(Path.cwd() / "people.csv", made())
    return tiny_config(path, ["data=csv", f"data.label={label}", *words])


CASES = [("lived",), ("fare", "data.missing=mean"), ("lived", "data.missing=drop", "data.rare=1")]


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


def answer(trained: TrainedNetwork, rows: Rows, **more: Any) -> tuple[list[str], list[list[str]]]:
    file = written(Path("new.csv"), rows)
    lines = list(predict_table(trained, file, None, 0.5, Reading(), **more))
    return lines, [*csv.reader(Path("new_predictions.csv").read_text().splitlines())]


def without(rows: Rows, *names: str) -> Rows:
    return [{k: v for k, v in row.items() if k not in names} for row in rows]


def test_rows_are_answered_by_the_names_of_their_columns(trained: TrainedNetwork) -> None:
    rows = made(40, seed=1)
    lines, answers = answer(trained, without(rows, "PersonId", "lived"))
    assert lines == ["40 rows of new.csv -> new_predictions.csv"]
    assert answers[0] == ["row", "label"]
    right = [given[1] == row["lived"] for given, row in zip(answers[1:], rows, strict=True)]
    assert np.mean(right) > 0.7
    turned = [{"more": 1} | dict(reversed(row.items())) for row in rows]
    _, kept = answer(trained, turned, probabilities=True)
    assert kept[0] == ["PersonId", "lived", "no probability", "yes probability"]
    assert [row[1] for row in kept] == ["lived", *(row[1] for row in answers[1:])]
    assert [int(row[0]) for row in kept[1:]] == [row["PersonId"] for row in rows]
    assert all(abs(float(row[2]) + float(row[3]) - 1) < 1e-5 for row in kept[1:])


def test_ids_are_kept_of_other_forms_too(trained: TrainedNetwork) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    rows = made(40, seed=1)
    _, expected = answer(trained, rows)
    pd.read_csv("new.csv", parse_dates=["when"]).to_parquet("new.parquet")
    assert [*predict_table(trained, Path("new.parquet"), None, 0.5, Reading())]
    found = [*csv.reader(Path("new_predictions.csv").read_text().splitlines())]
    assert found == expected
    assert found[0][0] == "PersonId"


def test_columns_without_names_are_said_to_be_taken_by_place(trained: TrainedNetwork) -> None:
    names = [column.name for column in trained.encoder.columns]
    rows = [{name: row[name] for name in names} for row in made(20, seed=1)]
    _, named = answer(trained, rows)
    file = Path("new.csv")
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    lines = [*predict_table(trained, file, None, 0.5, Reading())]
    assert lines[0] == f"new.csv: no header: its columns are taken for {', '.join(names)}"
    assert [*csv.reader(Path("new_predictions.csv").read_text().splitlines())] == named


def test_what_training_did_not_have_is_said(trained: TrainedNetwork) -> None:
    rows = made(20, seed=1)
    rows[0] |= {"sex": "\x1b[1mx", "fare": ""}
    lines, _ = answer(trained, rows)
    assert lines[:2] == [
        "new.csv: 'sex': 1 row with words that training did not have ('\\\\x1b[1mx'), "
        "taken for 'female'",
        f"new.csv: 'fare': 1 gap, taken for {trained.encoder.codes[-1].fill:.6g}",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: without(rows, "sex"), "new.csv: no column 'sex', which the network"),
        (lambda rows: [row | {"fare": "much"} for row in rows], "'fare'.*'much' is not a number"),
        (lambda rows: [row | {"when": "soon"} for row in rows], "'when'.*'soon' is not a date"),
    ],
)
def test_a_column_that_does_not_fit_is_named(
    trained: TrainedNetwork, change: Any, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        answer(trained, change(made(20, seed=1)))


def test_very_many_ids_are_not_kept(
    trained: TrainedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_table, "_MOST_NAMES", (5, 100))
    for first, expected in (("1", "1"), ("x", "row"), ("9" * 20, "row")):
        rows = made(20)
        rows[0]["PersonId"] = first
        lines, answers = answer(trained, rows)
        told = "new.csv: PersonId: cannot be kept, rows are numbered" in lines
        assert told == (expected == "row")
        assert [answers[0][0], answers[2][0]] == (["row", "2"] if told else ["PersonId", "1007"])


@pytest.mark.parametrize("start", [(), ("model.init_from=run",)], ids=["fresh", "init_from"])
def test_a_sweep_knows_how_wide_its_jobs_are(trained: TrainedNetwork, start: tuple) -> None:
    config = config_for("lived", *start)
    config.data.path = str(written(Path("other.csv"), made(seed=3)[:40]))
    dataset = load_data(config)
    config = resolve_task(config, dataset)
    (width, *_) = layer_sizes(config, sized(config, dataset))
    assert width == build(settle(config, dataset, encoder_before(config))).network.sizes[0]
    assert (width == trained.network.sizes[0]) == bool(start)


def test_a_run_does_not_start_from_one_of_other_columns(trained: TrainedNetwork) -> None:
    config = config_for("lived", "model.init_from=run")
    config.data.path = str(written(Path("fewer.csv"), without(made(), "age")))
    with pytest.raises(DataError, match="no column 'age', which the network was trained on"):
        begin(config, Path("tuned"))


def test_probabilities_are_of_classes() -> None:
    begin(config_for("fare", "training.epochs=1"), Path("run"))
    with pytest.raises(ConfigError, match="--probabilities: "):
        answer(load_network(RunFolder("run")), made(20), probabilities=True)
    with open("run/worst_rows.csv", newline="") as file:
        first = next(csv.DictReader(file))
    assert first["sex"] in ("male", "female")
    assert 1_700_000_000 <= float(first["seconds"]) <= 1_700_000_500
    assert first["when"].startswith("2024-")
    assert first["lived"] in ("yes", "no")


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
