"""Files that are wrong on purpose: each is refused with a message that says where, and costs
neither memory nor time, whatever its header claims."""

import gzip
import io
import os
import pickle
import tarfile
import time
import tracemalloc
import zipfile
from pathlib import Path

import makers
import numpy as np
import pytest

from mlp_scratch.data.array_formats import idx
from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import DataError


def refused(name: str, path: Path, **options) -> str:
    """The message with which reading is refused, within 64 MiB and seconds of computing."""
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(DataError) as caught:
            load_dataset(name, dir=path, cache_dir=None, path=path, download=False, **options)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - started < 10
    message = str(caught.value)
    assert len(message.splitlines()) <= 2
    return message


def idx_header(kind: int, *shape: int) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)


IMAGES = makers.idx_bytes(makers.images(40))
IDX = {
    "empty": (b"", "the file is empty"),
    "text": (b"<html>404 not found</html>", "not an IDX file: it starts with 3c 68 74 6d"),
    "wrong type": (idx_header(7, 1, 1, 1) + b"x", "not an IDX file"),
    "labels for images": (makers.idx_bytes(makers.labels(40)), "images have 3 dimension(s)"),
    "short header": (idx_header(8, 1, 2, 3)[:9], "ends at offset 9, inside its header"),
    "truncated": (IMAGES[:-1], "claims 40x4x3 values (480 bytes) but the file holds at most 479"),
    "too long": (IMAGES + b"x", "has more data after offset 496"),
    "2^31 images": (idx_header(8, 1 << 31, 28, 28), "claims 2147483648x28x28 values"),
    "2^96 bytes": (idx_header(8, *[(1 << 32) - 1] * 3), "claims 4294967295x"),
    "0 x 2^64": (idx_header(14, 0, (1 << 32) - 1, (1 << 32) - 1), "claims 0x4294967295"),
    "no images": (idx_header(8, 0, 28, 28), "40 labels for the 0 images"),
    "gz of nothing": (gzip.compress(b""), "not an IDX file"),
    "gz truncated": (gzip.compress(IMAGES)[:-9], "damaged gzip data"),
    "gz corrupt": (gzip.compress(IMAGES)[:-8] + bytes(8), "damaged gzip data"),
    "gz cut inside": (
        gzip.compress(IMAGES[:-50]),
        "ends at offset 446 but its header promises 496",
    ),
    "gz claims": (gzip.compress(idx_header(8, 1 << 31, 28, 28)), "claims 2147483648x28x28"),
}


@pytest.mark.parametrize("what", IDX)
def test_idx(tmp_path: Path, what: str) -> None:
    makers.write_mnist(tmp_path)
    content, message = IDX[what]
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    found = refused("mnist", tmp_path)
    assert message in found
    assert "train-" in found  # the file, or that of the labels that do not fit


def test_label_out_of_range(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path)
    labels = makers.labels(40)
    labels[17] = 10
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(makers.idx_bytes(labels))
    found = refused("mnist", tmp_path)
    assert "train-labels-idx1-ubyte: the label of row 18 is 10, not 0 to 9" in found


def test_gzip_bomb(tmp_path: Path) -> None:
    """320 MiB of zeros in 1.4 MiB, honestly announced in its header."""
    makers.write_mnist(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(idx_header(8, 320, 1024, 1024))
        for _ in range(20):
            file.write(bytes(16 << 20))
    assert path.stat().st_size < 2 << 20
    assert "claims 320x1024x1024 values" in refused("mnist", tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (IMAGES, None),
        (IMAGES + b"x", "has 1 bytes too many after its data"),
        (IMAGES[:-1], "claims 40x4x3 values"),
    ],
)
def test_idx_that_is_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str | None
) -> None:
    """As large files are."""
    monkeypatch.setattr(idx, "MAP_BYTES", 1)
    makers.write_mnist(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    if message is not None:
        assert message in refused("mnist", tmp_path)
    else:
        data = load_dataset("mnist", dir=tmp_path, cache_dir=None)
        np.testing.assert_array_equal(data.x_train, makers.images(40).reshape(40, -1))
        assert not data.x_train.flags.writeable


def npy_header(descr: object, shape: object, extra: str = "") -> bytes:
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, {extra}}}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self) -> tuple:
        return (os.mkdir, (str(self.target),))


NPY = {
    "empty": (b"", "the file is empty"),
    "text": (b"1,2,3\n", "not a .npy file"),
    "version 9": (b"\x93NUMPY\x09\x00\x10\x00", "not a .npy file"),
    "header length": (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "its header is damaged"),
    "header cut": (npy_header("|u1", (4, 4))[:40], "its header is damaged"),
    "header broken": (npy_header("|u1", "(4, 4"), "its header is damaged"),
    "header nested": (npy_header("|u1", "(" * 500 + ")" * 500), "its header is damaged"),
    "header of Python 2": (npy_header("|u1", "(40L, 1L)") + bytes(40), "its header is damaged"),
    "header with a string cut": (npy_header("|u1", "(4, '''"), "its header is damaged"),
    "backslash": (npy_header("|u1", "(40, 1)", r"'\d': 1") + bytes(40), "its header is damaged"),
    "version 3": (b"\x93NUMPY\x03\x00\x10\x00\x00\x00" + b" " * 16, "its header is damaged"),
    "dates": (npy_header("<M8[s]", (40, 1)) + bytes(320), "not plain numbers"),
    "unknown key": (npy_header("|u1", (40, 1), "'x': 1") + bytes(40), "its header is damaged"),
    "truncated": (
        npy_header("|u1", (4, 4)) + bytes(15),
        "(16 bytes) but the file holds at most 15",
    ),
    "too long": (npy_header("|u1", (4, 4)) + bytes(17), "more data after offset 144"),
    "2^31 rows": (npy_header("<f8", (1 << 31, 784)), "claims 2147483648x784"),
    "negative": (npy_header("|u1", (-1, 4)), "claims the shape (-1, 4)"),
    "booleans": (npy_header("|u1", (True, 4)), "claims the shape (True, 4)"),
    "objects": (npy_header("|O", (1, 1)) + b"x", "Python objects are never loaded"),
    "records": (npy_header([("a", "<f4")], (1,)) + bytes(4), "not plain numbers"),
    "voids": (npy_header("|V4", (1, 1)) + bytes(4), "not plain numbers"),
    "bad type": (npy_header("<u3", (1, 1)) + bytes(3), "its header is damaged"),
    "complex": (npy_header("<c8", (40, 2)) + bytes(640), "features must be numbers"),
    "words": (npy_header("<U1", (40, 2)) + bytes(320), "features must be numbers"),
    "scalar": (npy_header("|u1", ()) + bytes(1), "an array of shape ()"),
    "5 dimensions": (npy_header("|u1", (40, 1, 1, 1, 1)) + bytes(40), "of shape (40, 1, 1, 1, 1)"),
    "channels first": (makers.npy_bytes(np.zeros((40, 3, 8, 8))), "move the channels last"),
    "no rows": (npy_header("|u1", (0, 4)), "no data"),
    "no features": (npy_header("|u1", (40, 0)), "no data"),
    "NaN": (makers.npy_bytes(np.array([[1.0, np.nan]] * 40)), "row 1, column 2 is nan"),
    "too large": (makers.npy_bytes(np.array([[1.0, 1e300]] * 40)), "row 1, column 2 is inf"),
    "other length": (makers.npy_bytes(np.zeros((39, 2))), "39 rows but 40 labels"),
}


@pytest.mark.parametrize("what", NPY)
def test_npy(tmp_path: Path, what: str) -> None:
    content, message = NPY[what]
    (tmp_path / "x.npy").write_bytes(content)
    np.save(tmp_path / "y.npy", np.arange(40) % 10)
    found = refused("npy", tmp_path / "x.npy")
    assert message in found
    assert str(tmp_path) in found


NPY_LABELS = {
    "NaN": (np.array([0, np.nan] * 20), "'y' of row 2 is 'nan': it is not a finite number"),
    "infinite": (np.array([0, np.inf] * 20), "the label of row 2 is 'inf'"),
    "a class a row": (np.eye(40), "each of the 40 rows has a class of its own"),
    "three axes": (np.zeros((40, 2, 2)), "the targets must be (n,) or (n, k)"),
    "complex": (np.zeros(40, complex), "whole numbers or words"),
    "too many": (np.zeros(41), "40 rows but 41 labels"),
    "a number": (np.array(3), "40 rows but 1 labels"),
}


@pytest.mark.parametrize("what", NPY_LABELS)
def test_npy_labels(tmp_path: Path, what: str) -> None:
    labels, message = NPY_LABELS[what]
    np.save(tmp_path / "x.npy", np.ones((40, 2)))
    np.save(tmp_path / "y.npy", labels)
    found = refused("npy", tmp_path)
    assert message in found
    assert "y.npy" in found


def zip_bytes(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return packed.getvalue()


def encrypted(archive: bytes) -> bytes:
    """The same zip with the flag set that says so, at the first member in the central directory."""
    at = archive.index(b"PK\x01\x02") + 8
    return archive[:at] + bytes([archive[at] | 1]) + archive[at + 1 :]


GOOD = makers.npz_bytes(x=makers.images(40), y=makers.labels(40))
Y = makers.npy_bytes(makers.labels(40))
NPZ = {
    "empty": (b"", "the file is empty"),
    "no zip": (b"this is not a zip archive at all", "not an .npz file"),
    "npy": (makers.npy_bytes(makers.images(4)), "not an .npz file"),
    "truncated": (GOOD[:-30], "not an .npz file"),
    "corrupt": (GOOD[:60] + b"\xff" * 8 + GOOD[68:], "data.npz"),
    "no members": (zip_bytes(), "found nothing"),
    "other arrays": (zip_bytes(weights=Y), "found weights"),
    "no labels": (zip_bytes(x=Y), "expected x_train and y_train"),
    "cut inside": (zip_bytes(x=makers.npy_bytes(makers.images(40))[:-5], y=Y), "x.npy"),
    "claims": (zip_bytes(x=npy_header("|u1", (1 << 31, 28, 28)), y=Y), "claims 2147483648x28x28"),
    "twice": (zip_bytes(x=Y, X=Y, y=Y), "two arrays are called x"),
    "objects": (zip_bytes(x=npy_header("|O", (40,)), y=Y), "never loaded"),
    "encrypted": (encrypted(GOOD), "x.npy is encrypted"),
}


@pytest.mark.parametrize("what", NPZ)
def test_npz(tmp_path: Path, what: str) -> None:
    content, message = NPZ[what]
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    assert message in refused("npz", path)


def test_zip_bomb(tmp_path: Path) -> None:
    """320 MiB of zeros in 1.4 MiB."""
    path = tmp_path / "data.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("x.npy", "w") as member:
            member.write(npy_header("|u1", (320 << 10, 1024)))
            for _ in range(20):
                member.write(bytes(16 << 20))
        archive.writestr("y.npy", makers.npy_bytes(np.zeros(320 << 10, np.uint8)))
    assert path.stat().st_size < 2 << 20
    assert "refused above" in refused("npz", path)


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    """In an .npy, in an .npz, bare, and as CIFAR-10's python version."""
    target = tmp_path / "owned"
    objects = np.array([Bomb(target)] * 40, object)
    np.save(tmp_path / "x.npy", objects)
    np.save(tmp_path / "y.npy", np.arange(40))
    np.savez(tmp_path / "data.npz", x=objects, y=np.arange(40))
    assert "never loaded" in refused("npy", tmp_path)
    assert "never loaded" in refused("npz", tmp_path / "data.npz")
    (tmp_path / "bare.npy").write_bytes(pickle.dumps(objects))
    assert "not a .npy file" in refused("npy", tmp_path / "bare.npy")
    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    (batches / "data_batch_1").write_bytes(pickle.dumps({"data": Bomb(target)}))
    assert "pickles, which can run any code" in refused("cifar10", tmp_path)
    archive = tmp_path / "some.tar.gz"
    archive.write_bytes(makers.cifar_archive({"data_batch_1": pickle.dumps(Bomb(target))}))
    assert "pickles, which can run any code" in refused("cifar10", archive)
    assert not target.exists()
    pickle.loads(pickle.dumps(Bomb(target)))  # the bomb is live
    assert target.exists()


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
