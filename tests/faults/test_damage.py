"""What a crash, a bad disk or a hand can do to a run's folder, and what resuming then does."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from mlp_scratch.errors import CheckpointError, MlpScratchError
from mlp_scratch.runs import recorder
from mlp_scratch.runs.console import logging_to
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import prepare

WORDS = ("training.epochs=4", "training.checkpoint_every_steps=4", "regularization.dropout=0.2")
STOP_AT = 26  # inside the last epoch, behind a checkpoint


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def expected(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    begin(tiny_config(data, WORDS), path)
    return state_of(path)


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was killed in its last epoch."""
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    begin(tiny_config(data, WORDS), tmp_path / "run", Ending(STOP_AT))
    return tmp_path / "run"


def flipped(contents: bytes) -> bytes:
    middle = len(contents) // 2
    return contents[:middle] + bytes([contents[middle] ^ 1]) + contents[middle + 1 :]


def foreign(contents: bytes) -> bytes:
    import io

    file = io.BytesIO()
    np.savez(file, W0=np.ones((2, 2)))
    return file.getvalue()


DAMAGES = {
    "cut in half": lambda contents: contents[: len(contents) // 2],
    "last byte gone": lambda contents: contents[:-1],
    "one bit": flipped,
    "nothing left": lambda contents: b"",
    "zeros": lambda contents: b"\0" * len(contents),
    "somebody else's": foreign,
    "a text": lambda contents: b"epoch,step\n1,2\n",
}


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_last_checkpoint(damage, run: Path, expected: dict) -> None:
    last = run / "checkpoints" / "last.npz"
    last.write_bytes(damage(last.read_bytes()))
    _, checkpoint, warnings = prepare(RunFolder(run))
    assert checkpoint is not None
    (warning,) = warnings
    assert "last.npz" in warning
    assert f"the state after epoch {checkpoint.epoch}" in warning
    go_on(run)
    assert state_of(run) == expected


def test_a_missing_last_checkpoint(run: Path, expected: dict) -> None:
    (run / "checkpoints" / "last.npz").unlink()
    assert "missing" in prepare(RunFolder(run))[2][0]
    go_on(run)
    assert state_of(run) == expected


def test_both_checkpoints_damaged(run: Path) -> None:
    for name in ("last.npz", "best.npz"):
        (run / "checkpoints" / name).write_bytes(b"PK")
    with pytest.raises(CheckpointError, match=r"training is lost: python -m mlp_scratch\.rerun"):
        prepare(RunFolder(run))


@pytest.mark.parametrize("damage", [None, *DAMAGES.values()], ids=["missing", *DAMAGES])
def test_a_damaged_best_checkpoint(damage, run: Path, expected: dict, tmp_path: Path) -> None:
    """The training goes on unchanged; the best is chosen among what is still to come."""
    best = run / "checkpoints" / "best.npz"
    if damage is None:
        best.unlink()
    else:
        best.write_bytes(damage(best.read_bytes()))
    done = read_checkpoint(run / "checkpoints" / "last.npz").epoch
    with logging_to(tmp_path / "log", quiet=True):
        result = go_on(run)
    assert result is not None
    assert result.summary is not None
    assert result.summary["best"]["epoch"] > done
    assert "best.npz" in (tmp_path / "log").read_text()
    assert state_of(run)["metrics"] == expected["metrics"]
    (run / "checkpoints" / "as it should be.npz").write_bytes(expected["last"])
    whole = read_checkpoint(run / "checkpoints" / "as it should be.npz").arrays
    found = read_checkpoint(run / "checkpoints" / "last.npz").arrays
    assert found.keys() == whole.keys()
    assert all(np.array_equal(found[name], whole[name], equal_nan=True) for name in whole)


def test_the_best_is_newer_than_the_last(run: Path, data: Path, tmp_path: Path, expected) -> None:
    """Killed between the two writes: best.npz is of an epoch that last.npz does not know."""
    begin(tiny_config(data, WORDS), tmp_path / "earlier", Ending(10))
    shutil.copy(tmp_path / "earlier" / "checkpoints" / "last.npz", run / "checkpoints")
    last, best = (read_checkpoint(run / "checkpoints" / f"{n}.npz") for n in ("last", "best"))
    assert best.epoch > last.epoch
    go_on(run)
    assert state_of(run) == expected


TORN = {
    "a torn row": lambda text: text[:-9],
    "a row torn in its first cell": lambda text: text + "4",
    "a torn row that looks whole": lambda text: text[:-4] + "\n",
    "rows of later epochs": lambda text: text + "4,28,1,2,3,4,5,6,7,8,9\n",
    "zeros where a row was": lambda text: text[:-30] + "\0" * 30,
    "a row lost in the middle": lambda text: text.replace(text.splitlines()[2] + "\n", ""),
    "another number": lambda text: text.replace("\n2,14,", "\n2,15,"),
    "rows twice": lambda text: text + text.partition("\n")[2],
    "nothing": lambda text: "",
    "a foreign table": lambda text: "a,b\n1,2\n",
    "no text": lambda text: "\udcff\udcfe" * 50,
}


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("tear", TORN.values(), ids=TORN)
def test_metrics_torn_or_altered(tear, run: Path, expected: dict) -> None:
    path = run / "metrics.csv"
    text = tear(path.read_text())
    path.write_bytes(text.encode(errors="surrogateescape"))
    go_on(run)
    assert state_of(run) == expected
    assert path.read_text().endswith("\n")


def test_timings_of_the_rows_that_are_whole_are_kept(run: Path) -> None:
    before = (run / "metrics.csv").read_text().splitlines()
    go_on(run)
    after = (run / "metrics.csv").read_text().splitlines()
    assert after[: len(before)] == before
    assert all(len(line.split(",")) == len(after[0].split(",")) for line in after)


def test_temporary_files_of_the_dead_are_removed(run: Path, expected: dict) -> None:
    for path in (run / "checkpoints" / ".last.npz.00aa.tmp", run / ".summary.json.00.tmp"):
        path.write_bytes(b"half")
    go_on(run)
    assert not list(run.rglob("*.tmp"))
    assert state_of(run) == expected


def test_data_that_changed(run: Path, data: Path, tmp_path: Path) -> None:
    other = write_data(tmp_path, seed=5)
    moved = tmp_path / "moved.npz"
    shutil.copy(data, moved)
    before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    with pytest.raises(CheckpointError, match="the data has changed since the run started"):
        go_on(run, words=[f"data.path={other}"])
    assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before
    result = go_on(run, words=[f"data.path={moved}"])  # the same data in another place
    assert result is not None
    assert result.status == "finished"


def alter(checkpoint: Checkpoint, **trainer) -> Checkpoint:
    return Checkpoint(
        checkpoint.arrays,
        checkpoint.meta | {"trainer": checkpoint.meta["trainer"] | trainer},
    )


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": -1},
        {"epoch": 2},
        {"epoch": True},
        {"batch": 7},
        {"batch": 2},
        {"step": 10**30},
        {"step": 3},
        {"monitor": {}},
        {"monitor": None},
        {"monitor": {"best": "x", "best_epoch": 1, "reference": 0, "waited": 0}},
        {"loss_sum": []},
        {"seen": None},
    ],
    ids=str,
)
def test_a_position_that_cannot_be(changes: dict, run: Path) -> None:
    """Written with the right digest, as somebody could on purpose."""
    last = run / "checkpoints" / "last.npz"
    write_checkpoint(last, alter(read_checkpoint(last), **changes))
    (run / "checkpoints" / "best.npz").unlink()
    with pytest.raises(CheckpointError):
        go_on(run)


def test_a_resume_that_fails_leaves_the_results(data: Path, tmp_path: Path) -> None:
    begin(tiny_config(data), tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    before = folder.summary.read_bytes()
    with pytest.raises(MlpScratchError):
        go_on(folder.path, words=["data.path=nowhere.npz"])
    assert folder.summary.read_bytes() == before


def test_equal_checkpoints_are_equal_files(run: Path, tmp_path: Path) -> None:
    last = run / "checkpoints" / "last.npz"
    os.utime(last, (0, 0))
    write_checkpoint(tmp_path / "again.npz", read_checkpoint(last))
    again, first = read_checkpoint(tmp_path / "again.npz"), read_checkpoint(last)
    assert again.meta == first.meta
    with np.load(last, allow_pickle=False) as arrays:  # any NumPy reads it
        assert arrays["W0"].shape == (64, 6)
        assert arrays["W0"].dtype == np.float32
        assert {"W0", "b0", "W1", "b1", "optim_m", "history", "meta", "digest"} <= set(arrays)
        for name, array in again.arrays.items():
            assert np.array_equal(arrays[name], array, equal_nan=array.dtype.kind == "f")
