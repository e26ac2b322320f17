"""How the page names classes, and what it says where there is no confusion matrix."""

from pathlib import Path

import pytest

from mlp_scratch.report.compare_page.classes_shown import class_names, why_no_matrix
from mlp_scratch.runs.reader import Run


def run_with(**summary: object) -> Run:
    return Run(Path("x"), "finished", summary=summary)


@pytest.mark.parametrize(
    ("classes", "n", "names"),
    [
        (["cat", "dog"], 2, ("cat", "dog")),
        (["cat", "dog"], 0, ("cat", "dog")),
        (["cat", "dog"], 3, ("0", "1", "2")),
        (None, 2, ("0", "1")),
        (["a" * 100], 1, ("a" * 79 + "…",)),
        (["a"] * 1001, 0, ()),
    ],
)
def test_class_names(classes: object, n: int, names: tuple[str, ...]) -> None:
    assert class_names(run_with(data={"classes": classes}), n) == names


@pytest.mark.parametrize(
    ("summary", "says"),
    [
        ({}, "This run was not tested."),
        ({"test": {}, "task": "regression"}, None),
        ({"test": {}}, "The test left no matrix that can be drawn."),
        (
            {"test": {"confusion_matrix": {}}, "data": {"classes": ["a"] * 3000}},
            "The matrix of 3,000 classes is left out: a page draws up to 1,000.",
        ),
    ],
)
def test_why_there_is_no_matrix(summary: dict, says: str | None) -> None:
    assert why_no_matrix(run_with(**summary)) == says
