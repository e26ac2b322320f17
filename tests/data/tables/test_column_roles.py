"""Which columns of a table are what, as its user says it."""

from pathlib import Path

import pytest

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.columns import Table
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError


def read(folder: Path, text: str, missing: tuple[str, ...] | None = None, **roles) -> Table:
    path = folder / "table.csv"
    path.write_text(text)
    roles = {"label": "label"} | roles
    return read_table(path, Reading(missing_values=missing), Roles(**roles))


def test_the_user_decides(tmp_path: Path) -> None:
    text = "id,code,label,text\n" + "".join(f"{i},0{i % 3},{i % 2},word {i}\n" for i in range(12))
    assert [c.name for c in read(tmp_path, text).columns] == ["code"]
    kept = read(tmp_path, text, keep=("id", -1), categorical=(1,))
    assert [(c.name, c.kind) for c in kept.columns] == [
        ("id", "number"),
        ("code", "category"),
        ("text", "category"),
    ]
    assert kept.columns[1].words == ("00", "01", "02")  # as they are written
    assert len(kept.columns[2].words) == 12
    dropped = read(tmp_path, text, keep=["text"], drop=["id", 1])
    assert [c.name for c in dropped.columns] == ["text"]
    assert not any("id" in note.split(":")[0] for note in dropped.notes[1:])


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ({"drop": ["aeg"]}, r"no column 'aeg' \(data.drop\) \(did you mean age\?\)"),
        ({"keep": [9]}, "data.keep=9 but there are 3 columns"),
        ({"categorical": ["label"]}, "data.categorical and data.label name 'label'"),
        ({"drop": ["age"], "keep": ["age"]}, "data.keep and data.drop name 'age'"),
        ({"drop": ["age"], "weight": "age"}, "data.weight and data.drop name 'age'"),
        ({"label": ["age", 0]}, "data.label name 'age' twice"),
    ],
)
def test_columns_that_are_not_there_or_two_things(
    tmp_path: Path, roles: dict, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, "age,sex,label\n1,m,0\n2,f,1\n", **roles)
