"""The page of promises: the tests that it names are there, and its lists are those of the code."""

import re
from pathlib import Path

from mlp_scratch.config.key_roles import MAY_CHANGE

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs" / "guarantees.md").read_text("utf-8")


def test_the_tests_that_it_names_are_there() -> None:
    named = set(re.findall(r"(?:tests/)?([\w/]+/(?:test_\w+\.py)?)(?=[`: ])", TEXT))
    files = {name for name in named if name.endswith(".py")}
    assert len(files) > 20
    assert [name for name in files if not (REPOSITORY / "tests" / name).is_file()] == []


def test_what_may_change_is_what_resume_lets_change() -> None:
    (told,) = re.findall(r"^\| (.*) \| may change;", TEXT, re.M)
    assert tuple(re.findall(r"`([\w.]+)`", told)) == MAY_CHANGE
