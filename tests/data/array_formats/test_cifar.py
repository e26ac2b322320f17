"""CIFAR's archive: honest, hostile, or not whole."""

import io
import tarfile
from pathlib import Path

import makers
import numpy as np
import pytest
from hostile_files import refused

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes, not a multiple of 3073"),
        (makers.cifar_bytes(2)[:-1], "the file ends inside record 2, at offset 6145"),
        (makers.cifar_bytes(2) + b"x", "the file ends inside record 3, at offset 6147"),
        (makers.cifar_bytes(1) + b"\x0a" + bytes(3072), "label of record 2 (offset 3073) is 10"),
    ],
)
def test_cifar(tmp_path: Path, content: bytes, message: str) -> None:
    for name in makers.CIFAR_FILES:
        (tmp_path / name).write_bytes(makers.cifar_bytes(3))
    (tmp_path / "data_batch_3.bin").write_bytes(content)
    found = refused("cifar10", tmp_path)
    assert message in found
    assert "data_batch_3.bin" in found


def test_cifar_archive_that_is_none_or_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "cifar-10-binary.tar.gz"
    whole = makers.cifar_archive({name: makers.cifar_bytes(2) for name in makers.CIFAR_FILES})
    some = makers.cifar_archive({name: makers.cifar_bytes(2) for name in makers.CIFAR_FILES[1:5]})
    for content, message in (
        (b"", "damaged tar.gz"),
        (b"no archive", "damaged tar.gz"),
        (whole[: len(whole) // 2], "damaged"),
        (some, "data_batch_1.bin, test_batch.bin missing"),
    ):
        path.write_bytes(content)
        assert message in refused("cifar10", tmp_path)


def test_archive_members_cannot_leave_their_folder(tmp_path: Path) -> None:
    """Absolute paths, parents, links: nothing is ever written, so nothing is written outside."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        data = makers.cifar_bytes(1)
        for name in (f"{tmp_path}/absolute.bin", "../../parent.bin", "../test_batch.bin"):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for kind, name in ((tarfile.SYMTYPE, "data_batch_1.bin"), (tarfile.LNKTYPE, "link")):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    inner = tmp_path / "inner"
    inner.mkdir()
    path = inner / "cifar-10-binary.tar.gz"
    path.write_bytes(packed.getvalue())
    assert "data_batch_1.bin" in refused("cifar10", inner)
    assert [p.name for p in tmp_path.iterdir()] == ["inner"]
    assert [p.name for p in inner.iterdir()] == ["cifar-10-binary.tar.gz"]


def test_tar_bomb(tmp_path: Path) -> None:
    """A member of 320 MiB of zeros before the real ones."""
    path = tmp_path / "cifar-10-binary.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        member = tarfile.TarInfo("padding")
        member.size = 320 << 20
        archive.addfile(member, Zeros())
    assert "'padding' claims 335544320 bytes" in refused("cifar10", tmp_path)


class Zeros(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


@pytest.mark.parametrize("where", ["cifar10", "cifar-10-batches-bin", ".", "archive", "direct"])
def test_cifar10(tmp_path: Path, where: str) -> None:
    batches = {name: makers.cifar_bytes(4, i) for i, name in enumerate(makers.CIFAR_FILES)}
    options = {}
    if where in ("archive", "direct"):
        path = tmp_path / ("cifar-10-binary.tar.gz" if where == "archive" else "other.tgz")
        path.write_bytes(makers.cifar_archive(batches))
        options = {} if where == "archive" else {"path": path}
    else:
        folder = tmp_path / where
        folder.mkdir(exist_ok=True)
        for name, content in batches.items():
            (folder / name).write_bytes(content)
    data = load("cifar10", tmp_path, **options)
    assert data.x_test is not None
    assert data.y_test is not None
    assert data.x_train.shape == (20, 3072)
    assert data.x_test.shape == (4, 3072)
    assert data.image_shape == (32, 32, 3)
    assert data.class_names[3] == "cat"
    record = batches["data_batch_2.bin"][3073:6146]  # the second of the second batch: row 5
    assert data.y_train[5] == record[0]
    image = data.x_train[5].reshape(32, 32, 3)
    for row, column, colour in np.ndindex(32, 32, 3):
        assert image[row, column, colour] == record[1 + colour * 1024 + row * 32 + column]


@pytest.mark.slow
def test_real_cifar10(cifar10_dir: Path) -> None:
    """Its first pictures, its even classes, and the means of its colours as many papers give
    them."""
    data = load("cifar10", cifar10_dir)
    assert data.y_test is not None
    assert data.x_train.shape == (50_000, 3072)
    assert np.bincount(data.y_train).tolist() == [5000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    names = [data.class_names[y] for y in data.y_train[:5]]
    assert names == ["frog", "truck", "truck", "deer", "automobile"]
    means = data.x_train.reshape(-1, 3).mean(axis=0) / 255
    assert means.round(4).tolist() == [0.4914, 0.4822, 0.4465]
