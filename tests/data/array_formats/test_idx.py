"""IDX files: honest ones, and those that lie."""

import gzip
from pathlib import Path

import makers
import numpy as np
import pytest
from hostile_files import refused

from mlp_scratch.data.array_formats import idx
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset


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


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


def test_idx_with_labels_of_any_kind(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path)
    labels = makers.labels(40, 3).astype(np.int32) * 100
    (tmp_path / makers.MNIST_FILES[1]).write_bytes(makers.idx_bytes(labels, 0x0C))
    for name in makers.MNIST_FILES[2:]:
        (tmp_path / name).unlink()
    data = load("idx", tmp_path, path=tmp_path, test_fraction=0.25)
    assert data.class_names == ("0", "100", "200")
    assert data.x_test is not None
    assert data.x_train.shape == (30, 12)
