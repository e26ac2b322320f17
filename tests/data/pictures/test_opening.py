"""Whatever a picture's file holds, it comes out upright in 8 bits."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlp_scratch.data.pictures.opening import open_picture
from mlp_scratch.errors import DataError

UPRIGHT = np.arange(40, 52, dtype=np.uint8).reshape(3, 4) * 4
TURNS = {  # how the pixels lie in the file, by EXIF's number
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.T,
    6: np.rot90(UPRIGHT),
    7: UPRIGHT[::-1, ::-1].T,
    8: np.rot90(UPRIGHT, -1),
}


@pytest.mark.parametrize("kind", ["png", "tif"])
@pytest.mark.parametrize("number", TURNS)
def test_every_orientation_is_turned_upright(number: int, kind: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = number
    path = tmp_path / f"p.{kind}"
    Image.fromarray(np.ascontiguousarray(TURNS[number])).save(path, exif=exif)
    np.testing.assert_array_equal(np.asarray(open_picture(path).convert("L")), UPRIGHT)


def test_damaged_exif_is_no_reason_to_refuse_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    Image.fromarray(UPRIGHT).save(path, exif=b"Exif\0\0MM\0*\0\0\0\xff\xff\xff")
    np.testing.assert_array_equal(np.asarray(open_picture(path).convert("L")), UPRIGHT)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 32768, 65535]], np.uint16), [0, 128, 255]),
        (np.array([[0, 2048, 4095]], np.uint16), [0, 128, 255]),  # a sensor of 12 bits
        (np.array([[0, 128, 255]], np.uint16), [0, 128, 255]),
        (np.array([[0, 0.5, 1]], np.float32), [0, 128, 255]),
        (np.array([[-10, 0, 10]], np.float32), [0, 128, 255]),
        (np.array([[0, 2e6, 4e6]], np.float32), [0, 128, 255]),
        (np.array([[0, np.nan, 1]], np.float32), [0, 0, 255]),
        (np.array([[-100_000, 0, 100_000]], np.int32), [0, 128, 255]),
    ],
)
def test_many_levels_are_scaled_and_not_clipped(
    values: np.ndarray, expected: list[int], tmp_path: Path
) -> None:
    Image.fromarray(values).save(tmp_path / "p.tif")
    found = np.asarray(open_picture(tmp_path / "p.tif").convert("L"))[0]
    np.testing.assert_allclose(found, expected, atol=1)


def test_a_large_picture_is_made_smaller_by_means(tmp_path: Path) -> None:
    squares = np.kron(np.arange(100, dtype=np.uint8).reshape(10, 10), np.ones((4, 4), np.uint8))
    Image.fromarray(squares).save(tmp_path / "p.png")
    small = np.asarray(open_picture(tmp_path / "p.png", most=100).convert("L"))
    np.testing.assert_array_equal(small, np.arange(100).reshape(10, 10))


def test_what_is_no_picture_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(b"GIF89a")
    with pytest.raises(DataError, match=r"p\.png: not a picture"):
        open_picture(tmp_path / "p.png")
