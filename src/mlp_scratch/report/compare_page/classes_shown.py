"""The classes of a run as the page names them, and in words why there is no confusion matrix."""

from mlp_scratch.report.cut_to_size import shortened
from mlp_scratch.runs.confusion_matrix import MOST_CLASSES
from mlp_scratch.runs.reader import Run

LONGEST_CLASS = 80  # letters of a class's name


def class_names(run: Run, n: int) -> tuple[str, ...]:
    names = run.told("data", "classes")
    if isinstance(names, list) and len(names) == (n or len(names)) and len(names) <= MOST_CLASSES:
        return tuple(shortened(name, LONGEST_CLASS) for name in names)
    return tuple(str(i) for i in range(n))


def why_no_matrix(run: Run) -> str | None:
    """What the page says in place of a matrix; None where nobody looks for one."""
    if not isinstance(run.summary.get("test"), dict):
        return "This run was not tested."
    if run.summary.get("task", "classification") != "classification":
        return None
    names, rows = run.told("data", "classes"), run.told("test", "confusion_matrix")
    n = max((len(part) for part in (names, rows) if isinstance(part, list)), default=0)
    if rows is not None and n > MOST_CLASSES:
        return f"The matrix of {n:,} classes is left out: a page draws up to {MOST_CLASSES:,}."
    return "The test left no matrix that can be drawn."
