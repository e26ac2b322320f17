"""Folders of pictures: which class each has, what becomes of damage, and a run from end to end."""

import os
import re
import struct
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from level_pictures import draw, load, told
from PIL import Image, ImageDraw

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.pictures.folders import picture_folder as folder_module
from mlp_scratch.data.pictures.picture_reading import PictureReading
from mlp_scratch.errors import DataError

OLD_NS = 1_000_000_000_000_000_000  # September 2001: long before any reading


LAYOUTS = {  # files, each of a level of its own from 10 on: training rows, test rows, notes
    "classes": (["cat/a.png", "dog/b.png", "dog/c.png"], ["cat 10", "dog 11", "dog 12"], [], ""),
    "deeper": (["cat/x/y/a.png", "dog/b.png"], ["cat 10", "dog 11"], [], "one picture only: class"),
    "numbers": (["10/a.png", "9/b.png"], ["10 10", "9 11"], [], ""),
    "parts": (
        ["train/cat/a.png", "train/dog/b.png", "test/dog/c.png"],
        ["cat 10", "dog 11"],
        ["dog 12"],
        "",
    ),
    "training alone": (["train/a/1.png", "train/b/c/2.png"], ["a 10", "b 11"], [], ""),
    "parts in capitals": (
        ["Training/b/a.png", "Training/a/b.png", "TEST/b/c.png"],
        ["b 10", "a 11"],
        ["b 12"],
        "",
    ),
    "parts, one without classes": (
        ["train/a/1.png", "train/b/2.png", "test/3.png"],
        ["a 10", "b 11"],
        [],
        "test: 1 picture in no folder of a class left out",
    ),
    "parts, and something beside": (
        ["train/a/1.png", "train/b/2.png", "test/b/3.png", "single/4.png", "5.png"],
        ["a 10", "b 11"],
        ["b 12"],
        "single: 1 picture left out",
    ),
    "classes called train and car": (
        ["train/1.png", "car/2.png", "car/old/3.png"],
        ["train 10", "car 11", "car 12"],
        [],
        "",
    ),
    "loose pictures": (["a/1.png", "b/2.png", "3.png"], ["a 10", "b 11"], [], "1 picture in no"),
    "other files": (
        ["a/1.png", "b/2.png", ".DS_Store", "a/Thumbs.db", "a/.x.png", "b/notes.txt"],
        ["a 10", "b 11"],
        [],
        r"left alone: 3 hidden or of the system, 1 files of other kinds \(.txt\)",
    ),
    "umlauts and blanks": (
        ["train/\u00e4 b/1 2.png", "train/c/2.png", "test/a\u0308 b/3.png"],
        ["\u00e4 b 10", "c 11"],
        ["\u00e4 b 12"],
        "",
    ),
    "an empty class": (["a/1.png", "b/2.png", "c/"], ["a 10", "b 11"], [], "no pictures in c"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, tmp_path: Path) -> None:
    files, train, test, note = LAYOUTS[layout]
    folder = tmp_path / "pictures"
    for level, name in enumerate(files, start=10):
        path = folder / name
        if name.endswith("/"):
            path.mkdir()
        elif path.suffix == ".png" and not path.name.startswith("."):
            draw(path, level)
        else:
            path.write_bytes(b"?")
    data = load(folder)
    assert data.image_shape == (4, 3)
    assert told(data.x_train, data.y_train, data.class_names) == train
    if test:
        assert told(data.x_test, data.y_test, data.class_names) == test
    else:
        assert data.x_test is None
    assert re.search(note, "\n".join(data.notes)), data.notes
    assert data.source.startswith(f"{folder}: {len(train) + len(test)} pictures of 2 classes, 4x3")


def test_classes_in_natural_order_each_spread_evenly(tmp_path: Path) -> None:
    for name, count in {"class 10": 4, "class 9": 2}.items():
        for i in range(count):
            draw(tmp_path / name / f"{i}.png", 10 * i)
    data = load(tmp_path)
    assert data.class_names == ("class 9", "class 10")
    assert data.y_train.tolist() == [1, 0, 1, 1, 0, 1]
    assert data.x_train[data.y_train == 1, 0].tolist() == [0, 10, 20, 30]


def test_folders_of_numbers_to_predict(tmp_path: Path) -> None:
    for level, name in enumerate(("10", "2.5", "-1")):
        draw(tmp_path / name / "1.png", level)
    data = load(tmp_path, task="regression")
    assert dict(zip(data.x_train[:, 0].tolist(), data.y_train[:, 0].tolist(), strict=True)) == {
        0: 10.0,
        1: 2.5,
        2: -1.0,
    }


@pytest.mark.parametrize("name", ["val", "valid", "Validation"])
def test_validation_pictures(name: str, tmp_path: Path) -> None:
    for level, file in enumerate(("train/a/1.png", "train/b/2.png", f"{name}/b/3.png")):
        draw(tmp_path / file, level)
    data = load(tmp_path)
    assert told(data.x_val, data.y_val, data.class_names) == ["b 2"]
    assert len(data.x_train) == 2
    assert data.x_test is None


def test_a_test_folder_of_its_own(tmp_path: Path) -> None:
    for level, name in enumerate(("a/a/1.png", "a/b/2.png", "b/b/3.png")):
        draw(tmp_path / name, level)
    data = load(tmp_path / "a", test_path=tmp_path / "b")
    assert told(data.x_test, data.y_test, data.class_names) == ["b 2"]


# What a picture becomes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "mode", "keys", "shape"),
    [
        ((28, 28), "L", {}, (28, 28)),
        ((64, 20), "RGB", {}, (64, 20)),  # colourless, in a mode that has colours
        ((65, 20), "L", {}, (32, 32)),
        ((300, 200), "L", {}, (32, 32)),
        ((28, 28), "L", {"image_size": 8, "colors": "color"}, (8, 8, 3)),
        ((28, 28), "L", {"image_size": [8, 6]}, (8, 6)),
        ((300, 200), "L", {"reader": "ink"}, None),  # nothing is written in them
    ],
)
def test_sizes(size: tuple, mode: str, keys: dict, shape: tuple | None, tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/3.png"):
        draw(tmp_path / name, 99, size, mode)
    if shape is None:
        with pytest.raises(DataError, match="no writing found"):
            load(tmp_path, **keys)
        return
    data = load(tmp_path, **keys)
    assert data.image_shape == shape
    assert data.reader == "resize"
    assert (data.x_train == 99).all()
    assert any("data.image_size" in note for note in data.notes) == ("image_size" not in keys)
    assert any("data.colors" in note for note in data.notes) == ("colors" not in keys)


def test_one_coloured_picture_asks_for_colours(tmp_path: Path) -> None:
    draw(tmp_path / "a/1.png", 99)
    Image.new("RGB", (3, 4), "red").save(tmp_path / "a/2.png")
    draw(tmp_path / "b/3.png", 99)
    data = load(tmp_path)
    assert data.image_shape == (4, 3, 3)
    assert [255, 0, 0] in data.x_train[:, :3].tolist()
    assert load(tmp_path, colors="grey").image_shape == (4, 3)


def left_half_black(size: tuple[int, int] = (4, 4)) -> Image.Image:
    pixels = np.full(size, 255, np.uint8)
    pixels[:, : size[1] // 2] = 0
    return Image.fromarray(pixels)


def test_what_every_picture_becomes(tmp_path: Path) -> None:
    """Turned as EXIF says, 16 bits scaled, transparent parts white."""
    half = left_half_black()
    exif = Image.Exif()
    exif[0x0112] = 3  # held upside down
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    half.save(tmp_path / "a/turned.png", exif=exif)
    Image.fromarray(np.asarray(half, np.uint16) * 257).save(tmp_path / "a/deep.png")
    clear = Image.new("LA", (4, 4), (0, 255))
    clear.paste((0, 0), (2, 0, 4, 4))
    clear.save(tmp_path / "b/clear.png")
    data = load(tmp_path, image_size=4)
    rows = {tuple(row[:4].tolist()) for row in data.x_train}
    assert rows == {(255, 255, 0, 0), (0, 0, 255, 255)}
    assert len(data.x_train) == 3


# Damage, and what a stranger's folder may hold ----------------------------------------------------


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


def test_writing_alone(tmp_path: Path) -> None:
    """Strokes on paper become rows like MNIST's, with ``reader=ink``."""
    for i in range(2):
        one, zero = (Image.new("L", (200, 200), 210) for _ in range(2))
        ImageDraw.Draw(one).line((100 + 3 * i, 40, 100, 150), 30, 14)
        ImageDraw.Draw(zero).ellipse((60 + 3 * i, 40, 140, 150), outline=30, width=14)
        for name, picture in (("one", one), ("zero", zero)):
            (tmp_path / name).mkdir(exist_ok=True)
            picture.save(tmp_path / name / f"{i}.png")
    data = load(tmp_path, reader="ink")
    assert (data.reader, data.image_shape) == ("ink", (28, 28))
    pictures = data.x_train.reshape(-1, 28, 28)
    assert pictures.max(axis=(1, 2)).min() > 200  # ink is bright
    assert not pictures[:, [0, -1]].any()  # on black
    width = (pictures > 99).any(axis=1).sum(axis=1)
    names = [data.class_names[y] for y in data.y_train[np.argsort(width)]]
    assert names == ["one", "one", "zero", "zero"]


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/3.png"):
        draw(tmp_path / name, 1)
    strange = os.path.join(os.fsencode(tmp_path), b"b", b"\xff\n.png")
    with open(strange, "wb") as file:
        file.write(b"?")
    data = load(tmp_path)
    [note] = [note for note in data.notes if "cannot be read" in note]
    assert r"b/\udcff\n.png" in note
    (tmp_path / "b/3.png").rename(strange.decode("utf-8", "surrogateescape"))
    assert len(load(tmp_path).x_train) == 3


def test_nothing_but_damage(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/2.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"?")
    with pytest.raises(DataError, match=r"2 broken pictures \(a/1\.png"):
        load(tmp_path)


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    for level, name in enumerate(("a/1.png", "b/2.png")):
        draw(folder / name, level)
    draw(tmp_path / "secret/3.png", 99)
    (folder / "a/out.png").symlink_to(tmp_path / "secret/3.png")
    (folder / "a/gone.png").symlink_to(folder / "nothing.png")
    (folder / "b/in.png").symlink_to(folder / "a/1.png")
    (folder / "round").symlink_to(folder)
    (folder / "away").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "a/pipe.png")
    data = load(folder)
    assert told(data.x_train, data.y_train, data.class_names) == ["a 0", "b 0", "b 1"]
    assert any("3 links" in note for note in data.notes), data.notes


REFUSED = {
    "empty": ([], "no pictures in it"),
    "flat": (["1.png", "2.png"], "2 pictures lie in no folder of a class"),
    "one class": (["x/1.png", "x/2.png"], "in the folder 'x': .*data.path=.*/x"),
    "notes": (["x/1.txt"], "no pictures in it .left alone: 1 files of other kinds"),
    "one class to train on": (["train/x/1.png", "test/y/2.png"], "in the folder 'x'"),
    "a class each": ([f"{i}/x.png" for i in range(30)], "in a folder of its own"),
    "unprintable": (["x\n/1.png", "y/2.png"], "cannot name a class"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_folders(kind: str, tmp_path: Path) -> None:
    files, message = REFUSED[kind]
    for name in files:
        draw(tmp_path / name, 1) if name.endswith("png") else (
            (tmp_path / name).parent.mkdir(),
            (tmp_path / name).write_text("?"),
        )
    with pytest.raises(DataError, match=message) as refusal:
        load(tmp_path)
    assert len(str(refusal.value).splitlines()) == 1


def test_a_label_is_of_tables(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/2.png"):
        draw(tmp_path / name, 1)
    with pytest.raises(DataError, match=r"data\.label=y: the classes are the folders"):
        load_dataset("folder", dir=tmp_path, path=tmp_path, cache_dir=None, label="y")


def test_there_may_be_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/1.png", "b/2.png", "b/3.png"):
        draw(tmp_path / name, 1)
    monkeypatch.setattr("mlp_scratch.data.pictures.folders.listing.MOST_ENTRIES", 4)
    with pytest.raises(DataError, match="more than 4 files and folders"):
        load(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr("mlp_scratch.data.pictures.folders.reading_threads.MOST_BYTES", 35)
    with pytest.raises(DataError, match=r"a smaller data\.image_size"):
        load(tmp_path)


def test_a_folder_below_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for level, name in enumerate(("a/1.png", "b/2.png")):
        draw(tmp_path / "p" / name, level)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert len(load(Path("~/p")).x_train) == 2


def test_a_packed_folder_is_to_be_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as packed:
        packed.writestr("a/1.png", b"")
    with pytest.raises(DataError, match="is packed; unpack it"):
        load(tmp_path / "p.zip")


# The cache ----------------------------------------------------------------------------------------


def test_the_cache_stands_for_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "p"
    files = [folder / f"{c}/{i}.png" for c in "ab" for i in range(20)]
    for level, path in enumerate(files):
        draw(path, level)
        os.utime(path, ns=(OLD_NS, OLD_NS))
    reads = []
    parse = folder_module.parse_folder
    monkeypatch.setattr(
        folder_module, "parse_folder", lambda *given: reads.append(1) or parse(*given)
    )

    def again(**keys) -> Dataset:
        return load_dataset(
            "folder",
            dir=tmp_path,
            path=folder,
            cache_dir=tmp_path / "cache",
            pictures=PictureReading(**keys),
        )

    first, second = again(), again()
    assert len(reads) == 1
    assert (first.digest, first.notes, first.source) == (second.digest, second.notes, second.source)
    assert second.reader == "resize"
    assert len((next((tmp_path / "cache").glob("*.json"))).read_bytes()) < 3000
    again(image_size=5)
    assert len(reads) == 2
    files[0].unlink()
    assert len(again().x_train) == 39
    draw(files[1], 250)  # as large as before, just now
    changed = again()
    assert 250 in changed.x_train
    assert len(reads) == 4
    soon = time.time_ns() - 60 * 10**9
    os.utime(files[1], ns=(soon, soon))
    again()
    again()
    assert len(reads) == 5
