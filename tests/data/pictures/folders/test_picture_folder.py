"""Folders of pictures: which class each has, what becomes of damage, and a run from end to end."""

import os
import time
import zipfile
from pathlib import Path

import pytest
from level_pictures import draw, load, told

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.pictures.folders import picture_folder as folder_module
from mlp_scratch.data.pictures.picture_reading import PictureReading
from mlp_scratch.errors import DataError

OLD_NS = 1_000_000_000_000_000_000  # September 2001: long before any reading


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
