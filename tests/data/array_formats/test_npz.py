"""``.npz`` files: honest ones, and those that lie."""

import io
import zipfile
from pathlib import Path

import makers
import numpy as np
import pytest
from hostile_files import npy_header, refused

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset


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


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


@pytest.mark.parametrize(
    ("keys", "has_test"),
    [
        (("x_train", "y_train", "x_test", "y_test"), True),
        (("X_train", "Y_train", "X_test", "Y_test"), True),
        (("train_images", "train_labels", "test_images", "test_labels"), True),
        (("x", "y"), False),
        (("X", "y"), False),
        (("data", "labels"), False),
        (("data", "target"), False),
        (("images", "labels"), False),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_npz_under_all_its_names(
    tmp_path: Path, keys: tuple, has_test: bool, compressed: bool
) -> None:
    arrays = (makers.images(12), makers.labels(12, 3), makers.images(6), makers.labels(6, 3))
    content = makers.npz_bytes(compressed, **dict(zip(keys, arrays, strict=False)))
    (tmp_path / "data.npz").write_bytes(content)
    data = load("npz", tmp_path, path="data.npz")  # relative to dir
    np.testing.assert_array_equal(data.x_train, arrays[0].reshape(12, 12))
    np.testing.assert_array_equal(data.y_train, arrays[1])
    assert (data.x_test is not None) == has_test
    assert data.image_shape == (4, 3)
    assert data.class_names == ("0", "1", "2")


def test_npz_with_a_test_file(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(makers.npz_bytes(x=makers.images(12), y=makers.labels(12)))
    (tmp_path / "b.npz").write_bytes(makers.npz_bytes(x=makers.images(5), y=makers.labels(5)))
    data = load("npz", tmp_path, path=tmp_path / "a.npz", test_path=tmp_path / "b.npz")
    assert data.x_test is not None
    assert data.x_test.shape == (5, 12)
