"""Which class each picture has, by the folders that it lies in."""

import re
from pathlib import Path

import pytest
from level_pictures import draw, load, told

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
