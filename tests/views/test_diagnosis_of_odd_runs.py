"""``inspect RUN`` as a user types it, and beside data that is gone and folders of strangers."""

import json
from pathlib import Path

import pytest
from tiny_runs import begin, tiny_config

from mlp_scratch.inspect import main

ROWS = "".join(f"{i % 17},{i % 5},{['yes', 'no', 'other'][i % 3]}\n" for i in range(90))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a table."""
    folder = tmp_path_factory.mktemp("diagnosed")
    (folder / "table.csv").write_text("a,b,answer\n" + ROWS)
    words = ["data=table", "data.label=answer", "model.layers=[null,4,null]"]
    begin(tiny_config(folder / "table.csv", words), folder / "run")
    counts = [[20, 0, 0], [20, 0, 0], [0, 0, 20]]
    summary = json.loads((folder / "run" / "summary.json").read_text())
    summary["test"]["confusion_matrix"] = counts
    summary["test"]["best"]["accuracy"] = 0.67
    (folder / "run" / "summary.json").write_text(json.dumps(summary))
    return folder / "run"


def test_a_lost_class_has_its_name_when_the_data_is_gone(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, moved = run.parent / "table.csv", run.parent / "moved.csv"
    table.rename(moved)
    try:
        assert main([str(run)]) == 0
        gone = capsys.readouterr().out
        assert main([str(run), f"data.path={moved}"]) == 0
        found = capsys.readouterr().out
    finally:
        moved.rename(table)
    assert "recall 0 in the test: other (0 of 20 rows)" in gone
    assert "without data and network nothing is said of rows" in gone
    assert "without data and network" not in found


def test_counts_of_more_classes_than_there_are_are_not_believed(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run / "summary.json"
    whole = path.read_text()
    summary = json.loads(whole)
    summary["test"]["confusion_matrix"] = [[9] + [0] * 6] * 7
    path.write_text(json.dumps(summary))
    try:
        assert main([str(run)]) == 0
    finally:
        path.write_text(whole)
    assert "never predicted" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["data.pth=x.csv"], "did you mean data.path?"),
        (["--output", "x.png"], "the diagnosis draws no picture"),
        (["--checkpoint", "last"], "the diagnosis is of the best one"),
    ],
)
def test_what_it_cannot_heed_is_refused(
    words: list[str], error: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(run), *words]) == 2
    assert error in capsys.readouterr().err
