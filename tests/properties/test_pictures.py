"""Whatever bytes a picture holds, predict gets a row of the right size or a DataError."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mlp_scratch.data.pictures.ink.read_ink import ink_row
from mlp_scratch.data.pictures.opening import open_picture
from mlp_scratch.data.pictures.resizing import resized_row
from mlp_scratch.errors import DataError

FEW, MANY = 150, 1_000
KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
MODES = ("L", "RGB", "RGBA", "P", "1", "LA", "CMYK", "I;16")
SHAPES = [(28, 28), (8, 8), (5, 9), (32, 32, 3), (1, 1)]


@st.composite
def pictures(draw: Callable) -> bytes:
    """A whole picture of a random kind, mode and size, of noise or of one colour."""
    mode, kind = draw(st.sampled_from(MODES)), draw(st.sampled_from(KINDS))
    size = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    seed = draw(st.none() | st.integers(0, 99))
    picture = Image.new("RGB", size, draw(st.sampled_from(["white", "black", "grey", "red"])))
    if seed is not None:
        noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
        picture = Image.fromarray(noise)
    file = io.BytesIO()
    try:
        picture.convert(mode).save(file, kind)
    except (OSError, ValueError, KeyError):  # this kind cannot hold this mode
        file = io.BytesIO()
        picture.save(file, kind)
    return file.getvalue()


@st.composite
def mangled(draw: Callable) -> bytes:
    data = bytearray(draw(pictures()))
    for _ in range(draw(st.integers(0, 3))):
        near_the_start = draw(st.booleans())
        at = draw(st.integers(0, min(len(data), 64 if near_the_start else 1 << 20)))
        piece = draw(st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 4, b"\0" * 4]))
        if draw(st.booleans()):
            data[at : at + len(piece)] = piece
        else:
            del data[at : at + draw(st.integers(1, 400))]
    return bytes(data)


def limits(examples: int) -> Any:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


def any_picture(folder: Path, examples: int) -> None:
    path = folder / "picture"
    read = [0]

    @limits(examples)
    @given(mangled() | st.binary(max_size=200), st.sampled_from(SHAPES))
    def check(raw: bytes, shape: tuple[int, ...]) -> None:
        path.write_bytes(raw)
        try:
            row = resized_row(open_picture(path), shape)
            if len(shape) == 2:
                row = ink_row(path, shape)
        except DataError as error:
            refusal = str(error)
        else:
            assert row.shape == (np.prod(shape),)
            assert row.dtype == np.uint8
            read[0] += 1
            return
        assert len(refusal.splitlines()) <= 2, refusal

    check()
    assert examples // 10 < read[0] < examples


@pytest.mark.slow
def test_any_picture(tmp_path: Path) -> None:
    any_picture(tmp_path, FEW)


@pytest.mark.marathon
@pytest.mark.slow
def test_any_picture_many(tmp_path: Path) -> None:
    any_picture(tmp_path, MANY)


def png(width: int, height: int, body: bytes) -> bytes:
    """A PNG written down from the format's description, with any size in its header."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", body), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("width", "height"), [(1 << 30, 1 << 30), (200_000, 200_000), (0, 0), (1 << 31 - 1, 1)]
)
def test_sizes_that_a_header_only_claims(width: int, height: int, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(png(width, height, zlib.compress(b"\0" * 100_000)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            ink_row(path, (28, 28))
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


def test_a_folder_and_nothing(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.png"):
        with pytest.raises(DataError):
            ink_row(path, (28, 28))
