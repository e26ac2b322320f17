"""Answers for the rows of a table."""

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mixed_tables import answer, config_for, made, without
from tiny_runs import begin

from mlp_scratch.data.tables.text import text_table
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.inference.predict_table import predict_table
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_network


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def trained() -> TrainedNetwork:
    folder = RunFolder("run")
    begin(config_for("lived", "training.epochs=20", "optim.lr=0.02"), folder.path)
    return load_network(folder)


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
