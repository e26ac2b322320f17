"""The process dies at every single file operation in turn, writes torn in half.

Whatever lies on the disk then, resuming ends with the bits of a run that nothing happened to.
"""

from pathlib import Path

import pytest
from injection import Counter, injected
from tiny_runs import Killed, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import RunError
from mlp_scratch.runs import recorder

WORDS = (
    "training.epochs=2",
    "training.checkpoint_every_steps=4",
    "regularization.dropout=0.2",
    "schedule=cosine",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def crash_at(nth: int | None, data: Path, run: Path) -> Counter:
    counter = Counter(run, nth, Killed)
    config = tiny_config(data, WORDS)
    with injected(counter):
        result = begin(config, run)
    assert (result is None) == (nth is not None)
    return counter


def check_all(every: int, data: Path, tmp_path: Path) -> int:
    operations = crash_at(None, data, tmp_path / "undisturbed").seen
    expected = state_of(tmp_path / "undisturbed")
    kinds = {(o, n.split(".")[1] if n[0] == "." else n) for o, n in operations}
    assert {("write", "last"), ("replace", "last.npz"), ("write", "metrics.csv")} <= kinds
    tried = 0
    for nth in range(2, len(operations) + 1, every):  # the first is the folder itself
        run = tmp_path / f"run{nth}"
        crash_at(nth, data, run)
        what = f"operation {nth}, {operations[nth - 1]}"
        last = run / "checkpoints" / "last.npz"
        if last.exists():
            read_checkpoint(last)  # whole at every moment
        if not (run / "config.yaml").exists():  # nothing was begun, and that is what is said
            with pytest.raises(RunError, match="start it again with train"):
                go_on(run)
            continue
        result = go_on(run)
        assert result is not None, what
        assert state_of(run) == expected, what
        left = [p.name for p in run.rglob(".*") if p.name not in (".lock",)]
        assert not left, what
        tried += 1
    return tried


@pytest.mark.slow
def test_dying_at_some_operations(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    assert check_all(4, data, tmp_path) >= 12


@pytest.mark.marathon
@pytest.mark.slow
def test_dying_at_every_operation(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    assert check_all(1, data, tmp_path) >= 50
