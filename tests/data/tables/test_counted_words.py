"""How many different words a column has."""

from pathlib import Path

import pytest

from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.formats.any_table import read_table
from mlp_scratch.data.tables.text.text_settings import Reading


@pytest.mark.parametrize("words", [301, 302, 400, 700, 10_001])
def test_words_that_are_only_counted(tmp_path: Path, words: int) -> None:
    """More than make a category: the number of different ones is said, and whether all are."""
    text = "".join(f"w{i % words},{i % 5}.5,{'ab'[i % 2]}\n" for i in range(max(words, 600)))
    (tmp_path / "t.csv").write_text("t,n,label\n" + text)
    table = read_table(tmp_path / "t.csv", Reading(), Roles(label="label"))
    said = "t: more than 10,000" if words > 10_000 else f"t: {words} different words, left out; "
    assert any(note.startswith(said) for note in table.notes), table.notes
    assert table.ids == (("t",) if words == 700 else ())
    if words < 10_000:
        kept = read_table(tmp_path / "t.csv", Reading(), Roles(label="label", keep=("t",)))
        assert len(kept.columns[0].words) == words
