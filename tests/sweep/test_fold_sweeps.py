"""Cross-validation as it is typed: a sweep over the folds, gone on with and widened."""

from pathlib import Path

import pytest
from running import run_in
from sweeps import table, words, write_data


@pytest.mark.slow
def test_folds_are_swept_and_not_trained_twice(tmp_path: Path) -> None:
    said = words(write_data(tmp_path), "training.folds=3", "hydra.sweep.dir=cv")
    first = run_in(tmp_path, "train", *said)
    assert first.returncode == 0, first.stderr
    assert "mean over training.fold" in first.stdout
    assert {*table(tmp_path / "cv")} == {f"training.fold={k}" for k in range(3)}
    again = run_in(tmp_path, "resume", "cv")
    assert "3 jobs, 3 of them done before" in again.stdout
    more = run_in(tmp_path, "train", "-m", *said, "optim.lr=0.001,0.01")
    assert "6 jobs, 3 of them done before" in more.stdout, more.stdout + more.stderr
    rows = more.stdout.split("behind the first")[1]
    assert "0.001" in rows
    compared = run_in(tmp_path, "compare", "cv", "--group", "training.fold")
    assert "folds share most of their training rows" in compared.stdout
