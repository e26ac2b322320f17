"""The table of filters on the command line; for the page there is
``compare_page/test_filter_on_the_page.py``."""

import re
from pathlib import Path

import pytest
from filter_table import CASES, TYPED, answer, table_runs
from hypothesis import given
from hypothesis import strategies as st

from mlp_scratch.compare import EXAMPLES
from mlp_scratch.errors import ConfigError
from mlp_scratch.report.filters import Seen, compile_filter

VALUES = {"optim.name": "adam", "seed": "3", "val_accuracy": 0.97}
RUN = Seen(VALUES.get, ["adam", "finished"])
REPOSITORY = Path(__file__).parents[2]
WRITTEN = EXAMPLES + "".join(
    path.read_text("utf-8") for path in [REPOSITORY / "README.md", *REPOSITORY.glob("docs/*.md")]
)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return table_runs(tmp_path_factory.mktemp("table") / "outputs")


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_the_table(table, text, expected):
    assert answer(table, text) == expected


def test_the_table_is_large_and_says_nothing_twice():
    texts = [text for text, _ in CASES]
    assert len(texts) == len(set(texts)) >= 120


def verdict(text):
    """True, False, or what is wrong with ``text``."""
    try:
        return compile_filter(text, VALUES, {"val_accuracy"})(RUN)
    except ConfigError as error:
        return str(error)


@given(st.one_of(TYPED, st.text()))
def test_any_text_is_a_filter_or_a_line_that_says_where(text):
    said = verdict(text)
    if isinstance(said, str):
        place = re.match(r"--filter: at character (\d+): .", said)
        assert place, said
        assert 1 <= int(place[1]) <= len(text) + 1
        assert len(said.splitlines()) == 1
    else:
        assert said in (True, False)


def test_what_the_documentation_shows_is_what_it_says(table):
    """A filter in a command holds or is refused as shown; those in the table of compare.md hold."""
    page = (REPOSITORY / "docs" / "compare.md").read_text("utf-8")
    rows = page.partition("| write |")[2].partition("\n\n")[0].splitlines()[2:]
    shown = [text for row in rows for text in re.findall("`([^`]+)`", row.split("|")[1])]
    assert len(shown) >= 15
    for text in shown:
        assert not answer(table, text).startswith("at character"), text
    typed = re.findall(r'--filter "([^"]+)".*\n(error: --filter: .*)?', WRITTEN)
    assert len(typed) >= 5
    for text, error in typed:
        said = answer(table, text)
        assert said.startswith("at character") == bool(error), text
        assert not error or error == f"error: --filter: {said}"
