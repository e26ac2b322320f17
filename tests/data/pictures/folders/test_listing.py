"""All pictures below a folder, whatever else is there."""

import os
from pathlib import Path

import pytest
from level_pictures import draw, load, told

from mlp_scratch.errors import DataError


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
