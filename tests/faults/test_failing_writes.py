"""Writes fail: no space, no permission, a broken disk, at each file that a run writes.

The answer is one line and exit status 1, the last good checkpoint stays readable, and once the
fault is gone the run goes on to the bits of one that was never disturbed.
"""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from injection import Failing, injected
from matplotlib.backends.backend_agg import FigureCanvasAgg
from running import run_in
from tiny_runs import begin, state_of, tiny_config, write_data

from mlp_scratch import files
from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.experiment.session import train
from mlp_scratch.runs import recorder
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import prepare

WORDS = ("training.epochs=3", "training.checkpoint_every_steps=5", "regularization.dropout=0.2")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT)
# (file, operation, how often it goes well before)
CASES = [
    ("config.yaml", "open", 0),
    ("config.yaml", "fsync", 0),
    ("summary.json", "write", 0),
    ("summary.json", "replace", 1),
    ("train.log", "open", 0),
    ("metrics.csv", "write", 0),
    ("metrics.csv", "write", 2),
    ("checkpoints", "mkdir", 0),
    ("last.npz", "open", 2),
    ("last.npz", "write", 20),
    ("last.npz", "fsync", 3),
    ("last.npz", "replace", 4),
    ("best.npz", "write", 9),
    ("best.npz", "replace", 1),
    ("misclassified.npz", "write", 1),
    ("curves.png", "open", 0),
    ("weights.png", "write", 0),
    ("confusion_matrix.png", "write", 0),
    ("misclassified.png", "replace", 0),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def expected(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    run = tmp_path_factory.mktemp("undisturbed") / "run"
    begin(tiny_config(data, WORDS), run)
    return state_of(run)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many checkpoints, and pictures that are written but blank: what is in them is not asked."""
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(FigureCanvasAgg, "draw", FigureCanvasAgg.get_renderer)


def claimed(folder: Path, data: Path) -> RunFolder:
    """A run's folder as it is when the training begins: with Hydra's copy of the config."""
    from dataclasses import asdict

    import yaml

    (folder / ".hydra").mkdir(parents=True)
    config = asdict(tiny_config(data, WORDS))
    (folder / ".hydra" / "config.yaml").write_text(yaml.safe_dump(config))
    return RunFolder(folder)


def goes_on(folder: RunFolder, expected: dict) -> None:
    """The fault is gone: resuming ends with the expected bits and every file in its place."""
    config, checkpoint, _ = prepare(folder)
    with folder.locked():
        assert train(config, folder, checkpoint) == 0
    assert state_of(folder.path) == expected
    names = {path.name for path in folder.path.iterdir()}
    assert {"curves.png", "weights.png", "misclassified.png", "misclassified.npz"} <= names
    assert folder.read_summary()["status"] == "finished"
    assert not [name for name in names if name.endswith(".tmp")]


def fail(
    case: tuple[str, str, int], number: int, data: Path, tmp_path: Path, capsys, expected: dict
) -> None:
    name, operation, well = case
    folder = claimed(tmp_path / "run", data)
    failing = Failing(operation, name, number, well + 1)
    with folder.locked(), injected(failing):
        status = train(tiny_config(data, WORDS), folder)
    assert failing.hits, "the fault was never met"
    told = capsys.readouterr().err
    assert status == 1
    assert os.strerror(number) in told
    assert told.count("error: ") == 1
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) <= 3
    if folder.last.exists():
        read_checkpoint(folder.last)
    if name not in ("summary.json", "train.log"):
        assert folder.read_summary()["status"] in ("failed", "finished")
    goes_on(folder, expected)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(("i", "case"), list(enumerate(CASES)), ids=lambda c: str(c))
def test_one_error_at_each_file(
    i: int, case: tuple[str, str, int], data: Path, tmp_path: Path, capsys, expected: dict
) -> None:
    fail(case, ERRORS[i % len(ERRORS)], data, tmp_path, capsys, expected)


@pytest.mark.marathon
@pytest.mark.slow
@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c))
def test_every_error_at_each_file(
    number: int, case: tuple[str, str, int], data: Path, tmp_path: Path, capsys, expected: dict
) -> None:
    fail(case, number, data, tmp_path, capsys, expected)


def test_a_log_that_fails_midway_is_missed_once(
    data: Path, tmp_path: Path, capsys, expected: dict
) -> None:
    """The log explains the run, it is not the run: a warning, and the training goes on."""
    folder = claimed(tmp_path / "run", data)
    with folder.locked(), injected(Failing("write", "train.log", errno.ENOSPC, 3)):
        assert train(tiny_config(data, WORDS), folder) == 0
    told = capsys.readouterr().err
    assert told.count("train.log cannot be written") == 1
    assert "Traceback" not in told
    assert state_of(folder.path) == expected


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP], ids=errno.errorcode.get)
def test_a_file_system_that_cannot_flush(
    number: int, data: Path, tmp_path: Path, capsys, expected: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems: one warning, and all goes on."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    files._warn_of_no_flush.cache_clear()
    folder = claimed(tmp_path / "run", data)
    with folder.locked():
        assert train(tiny_config(data, WORDS), folder) == 0
    told = capsys.readouterr().err
    assert told.count("warning: this file system cannot") == len(told.splitlines()) == 1
    assert state_of(folder.path) == expected


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
def test_a_disk_that_fails_to_flush_is_an_error(
    number: int, data: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    folder = claimed(tmp_path / "run", data)
    with folder.locked(), monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        assert train(tiny_config(data, WORDS), folder) == 1
    assert os.strerror(number) in capsys.readouterr().err


# The same with the operating system's own refusals, in processes of their own


def words_for(data: Path, run: Path) -> list[str]:
    return [
        *("data=npz", f"data.path={data}", f"data.cache_dir={data.parent / 'cache'}"),
        *("model.layers=[null,6,null]", "training.batch_size=16", "training.epochs=3"),
        *("training.validation_fraction=0.2", "training.checkpoint_every_steps=5"),
        *("regularization.dropout=0.2", f"hydra.run.dir={run}"),
    ]


def told_in_one_line(done: subprocess.CompletedProcess, part: str) -> None:
    assert done.returncode == 1, done.stderr
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own, of ``size``; only root can make one."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True
    )
    if done.returncode != 0:
        pytest.skip("no permission to mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs tmpfs")
@pytest.mark.parametrize("free", [0, 90, 200])
def test_a_full_disk(free: int, data: Path, tmp_path: Path, expected: dict) -> None:
    """So many kilobytes are free when the training begins; then somebody tidies up."""
    disk = tmp_path / "disk"
    with small_disk(disk, "1m"):
        (disk / "ballast").write_bytes(b"\0" * ((1 << 20) - (free << 10)))
        done = run_in(disk, "train", *words_for(data, disk / "run"))
        told_in_one_line(done, "No space left on device")
        (disk / "ballast").unlink()
        run = disk / "run"
        if free == 0:  # then nothing is begun
            assert not run.exists()
            done = run_in(disk, "train", *words_for(data, run))
        else:
            done = run_in(disk, "resume", str(run))
        assert done.returncode == 0, done.stderr
        assert state_of(run) == expected


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="written for Linux")
def test_a_folder_that_nobody_may_write_into(data: Path, tmp_path: Path, expected: dict) -> None:
    run = tmp_path / "run"
    assert run_in(tmp_path, "train", *words_for(data, run)).returncode == 0

    def like_anybody() -> None:
        if os.getuid() == 0:  # permissions do not stop root until it gives these two powers up
            import ctypes

            for power in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
                ctypes.CDLL(None).prctl(24, power, 0, 0, 0)  # PR_CAPBSET_DROP

    try:
        for path in (run, *run.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
        done = run_in(tmp_path, "resume", str(run), "training.epochs=5", before=like_anybody)
        told_in_one_line(done, "Permission denied")
        done = run_in(run, "train", *words_for(data, run / "inside"), before=like_anybody)
        told_in_one_line(done, "Permission denied")
        assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before
    finally:
        for path in (run, *run.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert run_in(tmp_path, "resume", str(run)).returncode == 0
    assert state_of(run) == expected


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no resource limits on Windows")
def test_files_may_not_grow_any_more(data: Path, tmp_path: Path) -> None:
    """The kernel cuts a checkpoint off in the middle of a write."""

    def limit() -> None:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))

    run, other = tmp_path / "run", tmp_path / "undisturbed"
    large = "model.layers=[null,300,null]"
    done = run_in(tmp_path, "train", *words_for(data, run), large, before=limit)
    told_in_one_line(done, "File too large")
    assert run_in(tmp_path, "resume", str(run)).returncode == 0
    assert run_in(tmp_path, "train", *words_for(data, other), large).returncode == 0
    assert state_of(run) == state_of(other)


def test_hydra_cannot_write_its_files(data: Path, tmp_path: Path) -> None:
    """Before the training begins it is Hydra that writes, and Hydra that tells."""
    script = (
        "import errno, sys; from injection import Failing, injected\n"
        "from mlp_scratch.train import main\n"
        "with injected(Failing('open', 'overrides.yaml', errno.ENOSPC)): sys.exit(main())"
    )
    run = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-c", script, *words_for(data, run)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "support")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert not (run / "summary.json").exists()
