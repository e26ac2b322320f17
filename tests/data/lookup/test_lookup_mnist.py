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
from mlp_scratch.data.lookup.lookup_mnist import MNIST_LIKE
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
