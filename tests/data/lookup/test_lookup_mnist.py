"""Files that other programs keep on this machine: taken when they are the published ones."""

import gzip
import hashlib
import logging
from pathlib import Path

import makers
import numpy as np
import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.fetch import download
from mlp_scratch.data.fetch.sources import SOURCES
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.lookup import lookup_mnist
from mlp_scratch.data.lookup.lookup_mnist import FASHION, MNIST_LIKE
from mlp_scratch.errors import DataError


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir / "data", cache_dir=None, download=False, **options)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small Fashion-MNIST, whose checksums are the published ones as far as we know."""
    arrays = makers.write_mnist(tmp_path / "published")
    remotes = [
        remote.__class__(
            remote.file,
            remote.mirrors,
            remote.max_bytes,
            content_sha256=hashlib.sha256(makers.idx_bytes(array)).hexdigest(),
        )
        for remote, array in zip(SOURCES["fashion_mnist"], arrays.values(), strict=True)
    ]
    monkeypatch.setitem(SOURCES, "fashion_mnist", remotes)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    known = MNIST_LIKE["fashion_mnist"]._replace(system=(tmp_path / "debian",))
    monkeypatch.setitem(MNIST_LIKE, "fashion_mnist", known)
    return tmp_path


@pytest.mark.parametrize("place", ["keras/datasets/fashion-mnist", "debian"])
def test_elsewhere(published: Path, place: str, caplog: pytest.LogCaptureFixture) -> None:
    makers.write_mnist(published / place, pack=True)
    with caplog.at_level(logging.INFO):
        assert len(load("fashion_mnist", published).x_train) == 40
    assert [str(published / place) in record.getMessage() for record in caplog.records] == [True]
    makers.write_mnist(published / "data", n_train=50)  # ours comes first
    assert len(load("fashion_mnist", published).x_train) == 50
    shared = published / "shared"
    makers.write_mnist(shared / "fashion_mnist", n_train=60)
    assert len(load("fashion_mnist", published / "x", shared=shared).x_train) == 60


DAMAGE = {
    "other contents": lambda data: gzip.compress(gzip.decompress(data)[:-1] + b"\xff"),
    "cut off": lambda data: data[:-9],
    "something behind": lambda data: data + b"x",
    "nothing": lambda data: b"",
    "claims 4 GB": lambda data: gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("file", [0, 3])
def test_what_is_not_as_published_is_not_taken(
    published: Path, damage: str, file: int, caplog: pytest.LogCaptureFixture
) -> None:
    makers.write_mnist(published / "debian", pack=True)
    path = published / "debian" / f"{makers.MNIST_FILES[file]}.gz"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(DataError, match=r"no complete set of its files.*download=false"):
        load("fashion_mnist", published)
    assert f"{path}: not as it was published" in caplog.text


def test_keras_npz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    path = tmp_path / "datasets" / "mnist.npz"
    path.parent.mkdir()
    arrays = makers.write_mnist(tmp_path / "other")
    x_train, y_train, x_test, y_test = arrays.values()
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    with pytest.raises(DataError, match="no complete set"):
        load("mnist", tmp_path)
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(lookup_mnist, "_KERAS_NPZ", sha)
    assert len(load("mnist", tmp_path).x_train) == 40
    with pytest.raises(DataError, match="no such file"):  # who names a folder means that one
        load("mnist", tmp_path, path=tmp_path / "nowhere")


def test_the_contents_are_those_that_debian_packs_anew(fashion_mnist_dir: Path) -> None:
    for remote in SOURCES["fashion_mnist"]:
        path = fashion_mnist_dir / remote.file
        assert hashlib.sha256(path.read_bytes()).hexdigest() == remote.sha256
        with open(path, "rb") as file:
            found = download.content_sha256(file, path.stat().st_size)
        assert found == remote.content_sha256


def test_kmnist_is_not_taken_for_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    makers.write_mnist(tmp_path, pack=True)
    labels = (tmp_path / "train-labels-idx1-ubyte.gz").read_bytes()
    md5 = hashlib.md5(labels, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(lookup_mnist, "_KMNIST_MD5", md5)
    with pytest.raises(DataError, match="these are the labels of kmnist, but data=mnist"):
        load_dataset("mnist", dir=tmp_path, cache_dir=None)


def load_in(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


def check_mnist(data: Dataset, arrays: dict[str, np.ndarray]) -> None:
    x_train, y_train, x_test, y_test = (arrays[name] for name in makers.MNIST_FILES)
    assert data.x_test is not None
    assert data.y_test is not None
    np.testing.assert_array_equal(data.x_train, x_train.reshape(len(x_train), -1))
    np.testing.assert_array_equal(data.y_train, y_train)
    np.testing.assert_array_equal(data.x_test, x_test.reshape(len(x_test), -1))
    np.testing.assert_array_equal(data.y_test, y_test)
    assert data.x_train.dtype == np.uint8
    assert data.y_train.dtype == np.intp
    assert data.x_train.flags.c_contiguous
    assert data.class_names == tuple("0123456789")
    assert len(data.class_names) == 10


@pytest.mark.parametrize("folder", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("pack", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("separator", ["-", "."])
def test_idx_files_under_all_their_names(
    tmp_path: Path, folder: str, pack: bool, separator: str
) -> None:
    arrays = makers.write_mnist(tmp_path / folder, pack=pack)
    for path in (tmp_path / folder).glob("*ubyte*"):
        path.rename(path.with_name(path.name.replace("-idx", f"{separator}idx")))
    data = load_in("mnist", tmp_path)
    check_mnist(data, arrays)
    assert data.image_shape == (4, 3)
    assert "train-images" in data.source


def test_a_mixture_of_plain_and_packed(tmp_path: Path) -> None:
    arrays = makers.write_mnist(tmp_path, pack=True)
    name = makers.MNIST_FILES[0]
    (tmp_path / f"{name}.gz").unlink()
    (tmp_path / name).write_bytes(makers.idx_bytes(arrays[name]))
    check_mnist(load_in("mnist", tmp_path), arrays)


def test_packed_under_a_plain_name(tmp_path: Path) -> None:
    arrays = makers.write_mnist(tmp_path, pack=True)
    for path in tmp_path.glob("*.gz"):
        path.rename(path.with_suffix(""))
    check_mnist(load_in("mnist", tmp_path), arrays)


def test_mnist_npz(tmp_path: Path) -> None:
    arrays = makers.write_mnist(tmp_path / "other")
    x_train, y_train, x_test, y_test = arrays.values()
    np.savez(tmp_path / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    data = load_in("mnist", tmp_path)
    check_mnist(data, arrays)
    # the same contents in another form are the same data
    assert data.digest == load_in("mnist", tmp_path / "other").digest


@pytest.mark.parametrize(
    "names", [("mnist_train.csv", "mnist_test.csv"), ("train.csv", "test.csv")]
)
def test_mnist_csv(tmp_path: Path, names: tuple[str, str]) -> None:
    x, y = makers.images(20, 28, 28).reshape(20, -1), makers.labels(20)
    for name in names:
        table = np.column_stack([y, x]).astype(int)
        header = ",".join(["label"] + [f"pixel{i}" for i in range(784)])
        np.savetxt(tmp_path / name, table, fmt="%d", delimiter=",", header=header, comments="")
    data = load_in("mnist", tmp_path)
    np.testing.assert_array_equal(data.x_train, x)
    np.testing.assert_array_equal(data.y_train, y)
    assert data.x_test is not None
    assert data.image_shape == (28, 28)
    assert data.class_names == tuple("0123456789")


def test_fashion_mnist_has_names(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path / "fashion_mnist")
    makers.write_mnist(tmp_path, n_train=50)
    data = load_in("fashion_mnist", tmp_path)
    assert data.class_names == FASHION
    assert len(data.x_train) == 40
    assert len(load_in("mnist", tmp_path).x_train) == 50


def test_mnist_is_not_taken_for_fashion(mnist_dir: Path) -> None:
    """Both have files of the same names; which they are shows in the labels."""
    with pytest.raises(DataError, match="these are the labels of mnist, but data=fashion_mnist"):
        load_in("fashion_mnist", mnist_dir)


def test_real_mnist(mnist_dir: Path) -> None:
    """Counts of the digits, mean and deviation as many papers give them; the published SHA-256."""
    data = load_in("mnist", mnist_dir)
    assert data.x_test is not None
    assert data.y_test is not None
    assert data.x_train.shape == (60_000, 784)
    assert data.image_shape == (28, 28)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.y_train).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(data.y_test).tolist() == counts
    assert data.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert round(data.x_train.mean() / 255, 4) == 0.1307
    assert round(data.x_train.std() / 255, 4) == 0.3081
    head = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (60_000, 28, 28))
    sha = hashlib.sha256(head + data.x_train.tobytes()).hexdigest()
    assert sha == "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"


def test_real_fashion_mnist(fashion_mnist_dir: Path) -> None:
    """As its authors describe it: 6,000 and 1,000 pictures a class, the first an ankle boot."""
    data = load_in("fashion_mnist", fashion_mnist_dir)
    assert data.y_test is not None
    assert data.x_train.shape == (60_000, 784)
    assert np.bincount(data.y_train).tolist() == [6000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    names = [data.class_names[y] for y in data.y_train[:4]]
    assert names == ["Ankle boot", "T-shirt/top", "T-shirt/top", "Dress"]
    assert round(data.x_train.mean() / 255, 4) == 0.2860
    with pytest.raises(DataError, match="these are the labels of fashion_mnist, but data=mnist"):
        load_in("mnist", fashion_mnist_dir)
