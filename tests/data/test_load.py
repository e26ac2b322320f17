"""Finding the files of a data set, whatever their form, and what comes out of them."""

import shutil
import subprocess
import sys
from pathlib import Path

import makers
import numpy as np
import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset, resolve_auto
from mlp_scratch.errors import DataError


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


def test_somebody_elses_train_csv_is_not_mnist(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("PassengerId,Survived,Name\n1,0,Braund\n")
    assert resolve_auto(tmp_path)[0] == "digits"
    with pytest.raises(DataError, match="no complete set of its files"):
        load("mnist", tmp_path)


def test_auto(tmp_path: Path) -> None:
    name, line = resolve_auto(tmp_path)
    assert name == "digits"
    assert str(tmp_path) in line
    assert "data=mnist" in line
    makers.write_mnist(tmp_path / "mnist")
    name, line = resolve_auto(tmp_path)
    assert name == "mnist"
    assert str(tmp_path / "mnist") in line
    assert load("auto", tmp_path).name == "mnist"
    (tmp_path / "mnist" / makers.MNIST_FILES[3]).unlink()  # three of four are none
    assert resolve_auto(tmp_path)[0] == "digits"
    assert resolve_auto(tmp_path / "nowhere")[0] == "digits"


@pytest.mark.parametrize(
    ("x", "dtype", "shape", "image_shape"),
    [
        (np.ones((6, 4), np.float64), np.float32, (6, 4), None),
        (np.ones((6, 4), ">f4"), np.float32, (6, 4), None),
        (np.ones((6, 4), np.float16), np.float32, (6, 4), None),
        (np.ones((6, 4), bool), np.float32, (6, 4), None),
        (np.full((6, 4), 255, np.int64), np.uint8, (6, 4), None),
        (np.full((6, 4), 256, np.int64), np.float32, (6, 4), None),
        (np.full((6, 4), -1, np.int8), np.float32, (6, 4), None),
        (np.ones((6, 64), np.uint8), np.uint8, (6, 64), (8, 8)),
        (np.ones((6, 64), np.float32), np.float32, (6, 64), None),
        (np.ones((6, 5, 7)), np.float32, (6, 35), (5, 7)),
        (np.ones((6, 5, 7, 1), np.uint8), np.uint8, (6, 35), (5, 7)),
        (np.ones((6, 5, 7, 3), np.uint8), np.uint8, (6, 105), (5, 7, 3)),
        (np.asfortranarray(np.arange(24, dtype=np.uint8).reshape(6, 4)), np.uint8, (6, 4), None),
    ],
)
def test_dtypes_and_shapes(tmp_path: Path, x: np.ndarray, dtype, shape, image_shape) -> None:
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.arange(6))
    data = load("npy", tmp_path, path=tmp_path)
    assert data.x_train.dtype == dtype
    assert data.x_train.dtype.isnative
    assert data.x_train.flags.c_contiguous
    assert data.x_train.shape == shape
    assert data.image_shape == image_shape
    np.testing.assert_array_equal(data.x_train, x.reshape(6, -1))


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["dog", "cat", "dog"]), ("cat", "dog")),
        (np.array([b"dog", b"cat", b"dog"]), ("cat", "dog")),
        (np.array([7, -3, 7], np.int16), ("-3", "7")),
        (np.array([7.0, -3.0, 7.0]), ("-3", "7")),
        (np.array([True, False, True]), ("0", "1")),
        (np.array([[7], [-3], [7]]), ("-3", "7")),
        (np.array(["10", "9", "10"]), ("9", "10")),
        (np.array([2**63 + 1, 5, 2**63 + 1], np.uint64), None),
    ],
)
def test_kinds_of_labels(tmp_path: Path, labels: np.ndarray, names: tuple | None) -> None:
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    np.save(tmp_path / "y.npy", labels)
    if names is None:
        with pytest.raises(DataError, match="row 1"):
            load("npy", tmp_path, path=tmp_path)
        return
    data = load("npy", tmp_path, path=tmp_path)
    assert data.class_names == names
    assert data.y_train.tolist() == [1, 0, 1]


@pytest.mark.parametrize("fraction", [1, -0.1, 2])
def test_a_test_fraction_must_be_one(tmp_path: Path, fraction: float) -> None:
    with pytest.raises(DataError, match=r"data.test_fraction must be in \[0, 1\)"):
        load("mnist", tmp_path, test_fraction=fraction)


def test_the_digest_tells_contents_apart(tmp_path: Path) -> None:
    def digest(x: np.ndarray, y: np.ndarray) -> str:
        np.savez(tmp_path / "data.npz", x=x, y=y)
        return load("npz", tmp_path, path="data.npz").digest

    x, y = makers.images(12), makers.labels(12, 3)
    first = digest(x, y)
    assert first == digest(x, y)
    changed = x.copy()
    changed[7, 2, 1] ^= 1
    others = [
        digest(changed, y),
        digest(x, y[::-1]),
        digest(x, y + 1),
        digest(x.reshape(12, -1), y),
    ]
    assert len({first, *others}) == 5


def test_loading_imports_no_pandas(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path)
    code = (
        "import sys; from mlp_scratch.data.load import load_dataset;"
        f"load_dataset('mnist', dir={str(tmp_path)!r}, cache_dir={str(tmp_path / 'c')!r});"
        "print([m for m in ('pandas', 'tqdm', 'urllib.request', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_source_files_are_never_written(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path / "data")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "data").iterdir()}
    load_dataset("mnist", dir=tmp_path / "data", cache_dir=tmp_path / "cache")
    shutil.rmtree(tmp_path / "cache")
    assert before == {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in before}
    assert len(list((tmp_path / "data").iterdir())) == 4


@pytest.mark.parametrize(("name", "word"), [("a" * 65_537, "x"), ("a", "x" * 65_537)])
def test_names_that_no_checkpoint_keeps_are_refused_before_the_training(
    name: str, word: str, tmp_path: Path
) -> None:
    rows = "".join(f"{i},{word if i % 2 else 'z'},{'pq'[i % 2]}\n" for i in range(40))
    (tmp_path / "table.csv").write_text(f"n,{name},label\n{rows}")
    with pytest.raises(DataError, match="has 65,537 characters, 65,536 are kept"):
        load("csv", tmp_path, path=str(tmp_path / "table.csv"))
