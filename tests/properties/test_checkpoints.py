"""Whatever a checkpoint holds, reading, using and resuming it works or raises CheckpointError.

Some examples are bytes gone wrong; the others have the right digest and a description or arrays
that were made up, as somebody could on purpose.
"""

import copy
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_runs import composed_of

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from mlp_scratch.engine.checkpoint.checkpointer import Checkpointer
from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import CheckpointError
from mlp_scratch.experiment.build import Experiment, build
from mlp_scratch.experiment.restore import restore
from mlp_scratch.experiment.settle import settle
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import network_of

FEW, MANY = 150, 1_000
WORDS = (
    *("model.layers=[4,3,2]", "model.batch_norm=true", "regularization.dropout=0.5", "data=digits"),
)


def dataset() -> Dataset:
    """A table whose columns of each kind come to four features."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, 3)).astype(np.float32), np.arange(40) % 2
    x[::4, 0], x[:, 1], x[:, 2] = np.nan, x[:, 1] % 2, 5
    whole = Dataset("tiny", x, y, x[:6], y[:6], ("a", "b"), None, "0" * 64, "made here")
    columns = Column("n"), Column("c", "category", ("u", "v")), Column("d", "date", ("dmy",))
    return replace(whole, columns=columns, offset=np.array([1e6, 0, 19_000]), ids=("id",))


def experiment() -> Experiment:
    config = copy.deepcopy(composed_of(WORDS))
    config.training.batch_size, config.training.epochs = 8, 3
    return build(settle(config, dataset()))


@pytest.fixture(scope="module")
def whole() -> Checkpoint:
    trained = experiment()
    trained.trainer.settings.__dict__["epochs"] = 2
    trained.trainer.run()
    constants = trained.constants
    return Checkpointer(trained.trainer, trained.identity | {"threads": 1}, constants).take(
        copy=True
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run")
    (path / "checkpoints").mkdir()
    return path


def contents(checkpoint: Checkpoint, folder: Path) -> bytes:
    path = folder / "checkpoints" / "best.npz"
    write_checkpoint(path, checkpoint)
    return path.read_bytes()


def examine(raw: bytes, folder: Path) -> bool:
    """Read, use, resume; whether all of it went well."""
    path = folder / "checkpoints" / "last.npz"
    path.write_bytes(raw)
    try:
        checkpoint = read_checkpoint(path)
        trained = network_of(checkpoint, str(path))
        assert trained.network.sizes == tuple(checkpoint.meta["sizes"])
        rows = Rows(
            np.zeros((2, trained.network.sizes[0]), np.float32),
            np.zeros(2, np.intp),
            trained.normalizer,
        )
        with np.errstate(all="ignore"):
            shape = 2, len(trained.task.names)
            assert predict(trained.network, rows, trained.task).shape == shape
        assert len(checkpoint.history) == checkpoint.epoch
        restore(experiment(), checkpoint, RunFolder(folder))
    except CheckpointError as error:
        refusal = str(error)
    else:
        return True
    assert len(refusal.splitlines()) == 1
    return False


@st.composite
def mangled(draw: Callable, raw: bytes) -> bytes:
    """``raw`` with some bytes changed, lost, doubled or moved, or its end cut off."""
    data = bytearray(raw)
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(1, 40))
        kind = draw(st.sampled_from(["set", "cut", "drop", "insert", "double", "extreme"]))
        if kind == "set":
            data[at : at + 4] = draw(st.binary(min_size=1, max_size=4))
        elif kind == "extreme":
            data[at : at + 4] = draw(st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"]))
        elif kind == "cut":
            del data[at:]
        elif kind == "drop":
            del data[at : at + length]
        elif kind == "insert":
            data[at:at] = draw(st.binary(max_size=40))
        else:
            data[at:at] = data[at : at + length]
    return bytes(data)


def structure(raw: bytes) -> list[int]:
    """Where the archive's own words stand: changes there reach deeper than changes in numbers."""
    marks = [b"PK\1\2", b"PK\3\4", b"PK\5\6", b"\x93NUMPY", b"'shape'", b"'descr'", b".npy"]
    return [i for mark in marks for i in range(len(raw)) if raw.startswith(mark, i)]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@st.composite
def made_up(draw: Callable, whole: Checkpoint) -> Checkpoint:
    """A checkpoint with the right digest, some of whose parts were exchanged."""
    meta, arrays = copy.deepcopy(whole.meta), dict(whole.arrays)
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        inside: Any = meta
        while isinstance(inside, dict) and inside:
            key = draw(st.sampled_from(sorted(inside)))
            if not isinstance(inside[key], dict) or draw(st.booleans()):
                if draw(st.booleans()):
                    inside[key] = draw(anything)
                else:
                    del inside[key]
                break
            inside = inside[key]
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        name = draw(st.sampled_from(sorted(arrays)))
        dtype = draw(st.sampled_from(["f4", "f8", ">f4", "i8", "u1", "?", "U3", "f2"]))
        shape = draw(st.lists(st.integers(0, 5), max_size=3))
        kind = draw(st.sampled_from(["drop", "replace", "cast", "fill"]))
        if kind == "drop":
            del arrays[name]
        elif kind == "replace":
            arrays[name] = np.zeros(shape, dtype)
        elif kind == "cast" and "U" not in (dtype[0], arrays[name].dtype.kind):
            with np.errstate(all="ignore"):
                arrays[name] = arrays[name].astype(dtype)
        else:
            arrays[name] = np.full_like(arrays[name], draw(st.sampled_from([0, 1])))
    return Checkpoint(arrays, meta)


def limits(examples: int) -> Any:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


def any_bytes(whole: Checkpoint, folder: Path, examples: int) -> None:
    raw = contents(whole, folder)
    places = structure(raw)

    @limits(examples)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(["noise", "mangled", "structure"]))
        if kind == "noise":
            changed = data.draw(
                st.binary(max_size=300) | st.binary(max_size=99).map(b"PK\3\4".__add__)
            )
        elif kind == "mangled":
            changed = data.draw(mangled(raw))
        else:
            at = data.draw(st.sampled_from(places)) + data.draw(st.integers(0, 60))
            piece = data.draw(st.binary(min_size=1, max_size=8))
            changed = raw[:at] + piece + raw[at + len(piece) :]
        examine(changed, folder)

    check()


def any_parts(whole: Checkpoint, folder: Path, examples: int) -> None:
    contents(whole, folder)
    outcomes = {True: 0, False: 0}

    @limits(examples)
    @given(made_up(whole))
    def check(checkpoint: Checkpoint) -> None:
        file = io.BytesIO()
        try:
            write_checkpoint(folder / "checkpoints" / "last.npz", checkpoint)
        except (TypeError, ValueError):  # JSON cannot say it
            return
        file.write((folder / "checkpoints" / "last.npz").read_bytes())
        outcomes[examine(file.getvalue(), folder)] += 1

    check()
    assert outcomes[True] > examples // 100
    assert outcomes[False] > examples // 10


@pytest.mark.parametrize("word", ["\x1e", "a\nb", "\x1b[2J"])
def test_a_strangers_words_stay_on_one_line(whole: Checkpoint, folder: Path, word: str) -> None:
    for meta in ({"format": word}, {"activation": {"name": word}}, {"normalize": word}):
        path = folder / "checkpoints" / "last.npz"
        write_checkpoint(path, Checkpoint(whole.arrays, whole.meta | meta))
        with pytest.raises(CheckpointError) as caught:
            network_of(read_checkpoint(path), str(path))
        assert str(caught.value).isprintable()


def test_any_bytes(whole: Checkpoint, folder: Path) -> None:
    assert examine(contents(whole, folder), folder)
    any_bytes(whole, folder, FEW)


@pytest.mark.slow
def test_right_digest_wrong_contents(whole: Checkpoint, folder: Path) -> None:
    any_parts(whole, folder, FEW)


@pytest.mark.marathon
@pytest.mark.slow
def test_any_bytes_many(whole: Checkpoint, folder: Path) -> None:
    any_bytes(whole, folder, MANY)


@pytest.mark.marathon
@pytest.mark.slow
def test_right_digest_wrong_contents_many(whole: Checkpoint, folder: Path) -> None:
    any_parts(whole, folder, MANY)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Every float and every name comes back as it was."""
    path = tmp_path / "checkpoint.npz"

    @limits(50)
    @given(st.integers(0, 2**32), st.floats(allow_nan=False), st.text(max_size=20))
    def check(seed: int, best: float, name: str) -> None:
        trained = experiment()
        meta = trained.identity | {"threads": 1, "data_name": name}
        saved = Checkpointer(trained.trainer, meta, trained.constants).take(copy=True)
        saved.meta["trainer"]["monitor"]["best"] = best
        saved.arrays["W0"][:] = np.random.default_rng(seed).standard_normal((4, 3))
        write_checkpoint(path, saved)
        again = read_checkpoint(path)
        assert again.meta == json.loads(json.dumps(saved.meta))
        assert again.arrays.keys() == saved.arrays.keys()
        for key, array in saved.arrays.items():
            assert again.arrays[key].dtype == array.dtype
            assert again.arrays[key].tobytes() == np.ascontiguousarray(array).tobytes()
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None

    check()
