"""Which form a table has, told by what is in it."""

import bz2
from pathlib import Path

import pytest

from mlp_scratch.data.tables.formats.any_table import form_of

TEXT = "a,b,label\n1,2,x\n3,4,y\n"
LETTERS = [
    "ORCID,b,label\n",
    "MATLAB,b,label\n",
    "FEA1,b,label\n",
    "[a],b,label\n",
    "{a},b,label\n",
]


@pytest.mark.parametrize("name", ["some.xls", "some.mat", "some", "some.dat", "a.b.CSV"])
@pytest.mark.parametrize("header", ["a,b,label\n", *LETTERS])
def test_text_is_read(name: str, header: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(header + TEXT.partition("\n")[2])
    assert form_of(path) == "text"


LOOKS = {
    "1 1:2\n-1 3:4\n": "SVMlight",
    "1 qid:3 1:2 # x\n0\n": "SVMlight",
    "12:30 13:30\n14:30 15:30\n": "text",
    "1 a:b\n": "text",
    "1 2 3\n4 5 6\n": "text",
    "1,1:2\n": "text",
    "label time\n1 12:30\n": "text",
}


@pytest.mark.parametrize("text", LOOKS, ids=range(len(LOOKS)))
def test_it_is_known_by_its_looks(text: str, tmp_path: Path) -> None:
    (tmp_path / "a9a").write_text(text)
    assert form_of(tmp_path / "a9a") == LOOKS[text]
    (tmp_path / "a.bz2").write_bytes(bz2.compress(text.encode()))
    assert form_of(tmp_path / "a.bz2") == LOOKS[text]
    (tmp_path / "a.csv").write_text(text)
    assert form_of(tmp_path / "a.csv") == "text"
