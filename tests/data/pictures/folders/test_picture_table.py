"""Tables that name pictures and say what they are."""

import re
from pathlib import Path

import pytest
from level_pictures import draw, load, told

from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import DataError

TABLES = {  # the table, data.label, rows as "label level" in its order, what is said
    "paths": ("file,label\nx/a.png,cat\nb.png,dog\n", None, ["cat 10", "dog 11"], "by 'file'"),
    "names": ("label,file\ncat,a.png\ndog,b.png\n", None, ["cat 10", "dog 11"], "by 'file'"),
    "stems": ("id;breed\na;cat\nb;dog\n", None, ["cat 10", "dog 11"], "by 'id', label breed"),
    "Hugging Face": ("file_name,label\nb.png,0\nx/a.png,1\n", None, ["0 11", "1 10"], "file_name"),
    "no header": (
        "a.png,cat\nb.png,dog\na.png,cat\n",
        None,
        ["cat 10", "dog 11", "cat 10"],
        "once",
    ),
    "windows": ("file,label\r\n.\\x\\a.png,c\r\nb.png,d\r\n", None, ["c 10", "d 11"], ""),
    "which": ("file,y,z\na.png,1,c\nb.png,2,d\n", "z", ["c 10", "d 11"], "label z, of 3 columns"),
    "label by name": (
        "file,y,label\na.png,1,c\nb.png,2,d\n",
        None,
        ["c 10", "d 11"],
        "label label",
    ),
    "missing": ("file,y\na.png,c\nb.png,d\n../c.png,d\n", None, ["c 10", "d 11"], "no such pict"),
    "some unused": ("file,y\na.png,c\na.png,d\n", None, ["c 10", "d 10"], "1 pictures stand in no"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables(kind: str, tmp_path: Path) -> None:
    text, label, rows, note = TABLES[kind]
    draw(tmp_path / "p/x/a.png", 10)
    draw(tmp_path / "p/b.png", 11)
    draw(tmp_path / "c.png", 99)
    table = tmp_path / "p/labels.csv"
    table.write_bytes(text.encode())
    data = load_dataset("folder", dir=tmp_path, path=table, cache_dir=None, label=label)
    found = zip(data.y_train, data.x_train[:, 0], strict=True)
    assert [f"{data.class_names[y]} {level}" for y, level in found] == rows
    assert re.search(note, "\n".join(data.notes)), data.notes


def test_tables_of_numbers_and_of_several_labels(tmp_path: Path) -> None:
    for level in range(6):
        draw(tmp_path / f"{level}.png", level)
    rows = [f"{level}.png,{level / 4},{level % 2},{level // 3}\n" for level in range(6)]
    table = tmp_path / "labels.csv"
    table.write_text("file,age,new,old\n" + "".join(rows))
    ages = load_dataset("folder", dir=tmp_path, path=table, cache_dir=None, label="age")
    assert (ages.task, ages.target_names) == ("regression", ("age",))
    assert ages.y_train[:, 0].tolist() == [level / 4 for level in range(6)]
    both = load_dataset("folder", dir=tmp_path, path=table, cache_dir=None, label=["new", "old"])
    assert (both.task, both.target_names) == ("multilabel", ("new", "old"))
    assert both.y_train[3].tolist() == [1, 1]


def test_metadata_of_training_and_test(tmp_path: Path) -> None:
    for level, part in enumerate(("train", "test")):
        draw(tmp_path / part / "a.png", level)
        draw(tmp_path / part / "b.png", level + 10)
        (tmp_path / part / "metadata.csv").write_text("file_name,label\na.png,x\nb.png,y\n")
    data = load(tmp_path)
    assert told(data.x_train, data.y_train, data.class_names) == ["x 0", "y 10"]
    assert told(data.x_test, data.y_test, data.class_names) == ["x 1", "y 11"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\nq.png,cat\nr.png,dog\n", "no column names pictures in .*file, label"),
        ("file,y,z\na.png,1,c\nb.png,2,d\n", "which column is the label.*'file' there are y, z"),
        ("file,y\na.png,c\nb.png,d,e\na.png,c\na.png,c\n", "line 3 has 3 values"),
        ("", "empty|no rows"),
    ],
)
def test_refused_tables(text: str, message: str, tmp_path: Path) -> None:
    draw(tmp_path / "a.png", 1)
    draw(tmp_path / "b.png", 2)
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(DataError, match=message) as refusal:
        load(tmp_path / "labels.csv")
    assert len(str(refusal.value).splitlines()) == 1
