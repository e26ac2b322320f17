"""Many pictures read at once, and some that cannot be."""

import struct
import zlib
from pathlib import Path

import pytest
from level_pictures import draw, load

from mlp_scratch.errors import DataError


def whole_png(folder: Path) -> bytes:
    draw(folder / "whole.png", 5, (40, 40))
    return (folder / "whole.png").read_bytes()


def claiming(whole: bytes, width: int, height: int) -> bytes:
    """The same PNG with another size in its header."""
    head = b"IHDR" + struct.pack(">II", width, height) + whole[24:29]
    return whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:]


DAMAGE = {
    "truncated": lambda whole: whole[:60],
    "text": lambda whole: b"not a picture at all",
    "bomb": lambda whole: claiming(whole, 50_000, 50_000),
    "nothing": lambda whole: b"",
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage(kind: str, tmp_path: Path) -> None:
    content = DAMAGE[kind](whole_png(tmp_path / "elsewhere"))
    folder = tmp_path / "p"
    for name in ("a/1.png", "a/2.png", "b/3.png"):
        draw(folder / name, 7)
    (folder / "b/4.png").write_bytes(content)
    data = load(folder)
    assert len(data.x_train) == 3
    assert data.source.endswith("; 1 broken left out")
    [note] = [note for note in data.notes if "broken" in note]
    assert note.startswith("1 picture that cannot be read (b/4.png (")
    assert str(tmp_path) not in note
    with pytest.raises(DataError, match=r"b/4\.png .*data\.broken=leave_out") as refusal:
        load(folder, broken="refuse")
    assert len(str(refusal.value).splitlines()) == 1


def test_nothing_but_damage(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/2.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"?")
    with pytest.raises(DataError, match=r"2 broken pictures \(a/1\.png"):
        load(tmp_path)
