"""A run's folder from a stranger can be evaluated, compared and resumed: nothing in it is executed,
nothing outside it is touched, nothing makes us wait or fill the memory."""

import io
import os
import pickle
import shutil
import signal
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from processes import run as command
from tiny_runs import begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import CheckpointError, MlpScratchError, RunError
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import prepare
from mlp_scratch.runs.saved_run import load_config, load_network

LONGEST = 120  # seconds for anything here, on a busy machine
MOST = 8 << 20  # bytes


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("finished") / "run"
    begin(tiny_config(data), run)
    return run


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(number: int, frame: object) -> None:
        raise AssertionError("hangs")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self):
        return (open, (str(self.witness), "w"))


def test_the_bomb_would_go_off(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(tmp_path / "witness"))).close()
    assert (tmp_path / "witness").exists()


CONFIGS = {
    "python object": "seed: !!python/object/apply:os.system ['touch witness']\n",
    "python name": "seed: !!python/name:os.system\n",
    "new object": "!!python/object/new:type\nargs: ['x', [], {}]\n",
    "interpolation": "name: ${oc.env:HOME}\n",
    "hidden interpolation": 'name: "\\x24{oc.env:HOME}"\n',
    "interpolated key": '"\\u0024{oc.env:HOME}": 1\n',
    "hydra's resolver": 'name: "$\\x7bhydra:runtime.cwd}"\n',
    "instantiation": "optim:\n  _target_: os.system\n  command: touch witness\n",
    "endless aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n"
        for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "alias of itself": "a: &a [*a]\n",
    "deep": "a: " + "[" * 1500 + "]" * 1500,
    "deep keys": "".join(" " * i + "a:\n" for i in range(900)),
    "a terminal's commands": 'name: "\\x1b]0;gotcha\\x07"\n',
    "large": "a: " + "x" * (1 << 18),
    "large number": "seed: " + "9" * 5000,
    "a list": "- 1\n",
    "binary": "\0\1\2",
    "several documents": "seed: 1\n---\nseed: 2\n",
    "unhashable": "? [1, 2]\n: 3\n",
}


@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("whole", [False, True], ids=["alone", "appended"])
def test_a_config_with_more_than_values(
    text: str, whole: bool, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run.parent)
    before = (run / "config.yaml").read_text() if whole else ""
    (run / "config.yaml").write_text(before + text)
    with pytest.raises(MlpScratchError) as caught:
        prepare(RunFolder(run))
    assert len(str(caught.value).splitlines()) <= 2
    assert os.environ["HOME"] not in str(caught.value) or os.environ["HOME"] in str(run)
    assert not (run.parent / "witness").exists()


def test_aliases_do_not_fill_the_memory(run: Path) -> None:
    (run / "config.yaml").write_text(CONFIGS["endless aliases"])
    tracemalloc.start()
    try:
        with pytest.raises(RunError, match="aliases"):
            prepare(RunFolder(run))
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


def test_values_are_not_resolved_in_overrides_either(run: Path) -> None:
    with pytest.raises(MlpScratchError, match="plain value"):
        load_config(RunFolder(run), ["data.dir=${oc.env:HOME}"])


def archive(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zipped:
        for name, contents in members.items():
            zipped.writestr(f"{name}.npy", contents)
    return file.getvalue()


def npy(shape: tuple[int, ...], dtype: str = "<f4", body: bytes = b"") -> bytes:
    file = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + body


def overlapping() -> bytes:
    """A thousand members in the directory that are all the same megabyte."""
    body = npy((1 << 20,), "|u1", b"\0" * (1 << 20))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zipped:
        zipped.writestr("a0.npy", body)
        first = zipped.infolist()[0]
        for i in range(1, 1000):
            copy = zipfile.ZipInfo(f"a{i}.npy")
            for field in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(copy, field, getattr(first, field))
            zipped.filelist.append(copy)
            zipped.NameToInfo[copy.filename] = copy
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("W0.npy", npy((1 << 26,), "|u1", b"\0" * (1 << 26)))
    return file.getvalue()


def lying(field: bytes) -> bytes:
    """A stored member whose sizes in the directory say four gigabytes."""
    contents = bytearray(archive(W0=npy((4,), "<f4", b"\0" * 16)))
    at = contents.rindex(b"PK\1\2")
    contents[at + 20 : at + 28] = field * 2
    return bytes(contents)


CHECKPOINTS = {
    "a zip bomb": bomb,
    "members over one another": overlapping,
    "sizes that lie": lambda: lying(b"\xff\xff\xff\xfe"),
    "a header that claims 2^31 rows": lambda: archive(W0=npy((1 << 31, 784))),
    "a header that claims 2^62": lambda: archive(W0=npy((1 << 62, 1 << 62))),
    "negative sizes": lambda: archive(W0=npy((-1, -4), "<f4", b"\0" * 16)),
    "no bytes each": lambda: archive(W0=npy((1 << 40,), "<U0")),
    "objects": lambda: archive(W0=npy((1,), "|O", b"x")),
    "a structure": lambda: archive(W0=npy((1,), "<f4,<i4", b"\0" * 8)),
    "text that is none": lambda: archive(
        meta=npy((), "<U1", b"\xff" * 4), digest=npy((), "<U1", b"\xff" * 4)
    ),
    "the same twice": lambda: archive(W0=npy((1,), "<f4", b"\0" * 4)) * 2,
    "a path that climbs": lambda: archive(**{"../../../tmp/evil": npy((1,), "<f4", b"\0" * 4)}),
    "nested parentheses": lambda: archive(
        W0=b"\x93NUMPY\x01\x00" + (9000).to_bytes(2, "little") + b"(" * 9000
    ),
}


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("make", CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_a_hostile_checkpoint(make, tmp_path: Path) -> None:
    path = tmp_path / "last.npz"
    path.write_bytes(make())
    size = path.stat().st_size
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError) as caught:
            read_checkpoint(path)
        assert tracemalloc.get_traced_memory()[1] < 3 * size + (8 << 20)
    finally:
        tracemalloc.stop()
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).isprintable()
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_pickles_in_every_file(run: Path, data: Path, tmp_path: Path) -> None:
    """Commands over a folder whose files are pickles: clear errors, and nothing happens."""
    witness = tmp_path / "witness"
    arrays = np.array([Bomb(witness)], object)
    for name in ("checkpoints/best.npz", "checkpoints/last.npz", "misclassified.npz"):
        np.savez(run / name, W0=arrays, meta=arrays, digest=arrays, images=arrays)
    hydra = run / ".hydra"
    hydra.mkdir()
    for name in ("config.pickle", "job_return.pickle", "hydra.yaml", "config.yaml"):
        (hydra / name).write_bytes(pickle.dumps(Bomb(witness)))
    for words, status in [
        (["evaluate", str(run)], 1),
        (["resume", str(run)], 1),
        (["predict", str(run), "--test", "2"], 1),
        (["compare", str(run.parent)], None),
    ]:
        ended, _, err = command(tmp_path, *words)
        assert status is None or ended == status, (words, err)
        assert "Traceback" not in err, (words, err)
    assert not witness.exists()


@pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")
@pytest.mark.parametrize("name", ["train.log", "metrics.csv", ".lock", "checkpoints"])
def test_links_that_lead_out(name: str, run: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    if name == "checkpoints":
        shutil.move(run / name, outside)
        before = sorted(outside.iterdir())
    else:
        (run / name).unlink(missing_ok=True)
        outside.write_text("precious, no newline")
    (run / name).symlink_to(outside)
    ended, _, err = command(tmp_path, "resume", str(run), "training.epochs=6")
    assert ended == 1
    assert name in err
    assert "Traceback" not in err
    if name == "checkpoints":
        assert sorted(outside.iterdir()) == before
    else:
        assert outside.read_text() == "precious, no newline"


@pytest.mark.mostly_slow(4)
@pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")
@pytest.mark.parametrize("name", ["config.yaml", "summary.json", "curves.png", "weights.png"])
def test_links_that_are_replaced(name: str, run: Path, tmp_path: Path) -> None:
    """What is written whole takes the place of the link, and leaves what it points at alone."""
    outside = tmp_path / "outside"
    outside.write_bytes((run / name).read_bytes() if (run / name).exists() else b"precious")
    before = outside.read_bytes()
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(outside)
    ended, _, err = command(tmp_path, "resume", str(run), "training.epochs=6")
    assert ended == 0, err
    assert outside.read_bytes() == before
    assert not (run / name).is_symlink()


@pytest.mark.parametrize("name", ["train.log", "metrics.csv", ".lock"])
def test_a_file_that_is_one_of_the_users_too(name: str, run: Path, tmp_path: Path) -> None:
    """A hard link looks like any file, and what is written in place is written to both."""
    precious = tmp_path / "precious"
    precious.write_text("precious, no newline")
    (run / name).unlink(missing_ok=True)
    (run / name).hardlink_to(precious)
    ended, _, err = command(tmp_path, "resume", str(run), "training.epochs=6")
    assert ended == 1
    assert f"{name}: is a file elsewhere too" in err
    assert precious.read_text() == "precious, no newline"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(
    "name",
    ["config.yaml", "summary.json", "metrics.csv", "train.log", ".lock", "checkpoints/last.npz"],
)
def test_pipes_that_nobody_feeds(name: str, run: Path) -> None:
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    folder = RunFolder(run)
    if name == "summary.json":
        assert folder.read_summary() == {}
        return
    if name == "checkpoints/last.npz":
        assert "going back to best.npz" in prepare(folder)[2][0]
        return
    with pytest.raises(RunError):
        go_on(run)


def test_a_good_folder_from_elsewhere(run: Path, data: Path, finished: Path) -> None:
    """And when it is what it seems to be, all of it works."""
    assert load_network(RunFolder(run)).network.sizes == (64, 6, 3)
    go_on(run)
    assert state_of(run) == state_of(finished)
