"""The results that a tracker is told at the end of a run, by the names it shows them under."""

from collections.abc import Iterator
from typing import Any


def results(summary: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The numbers that runs are compared by; None where the run has none."""
    best, test = summary.get("best", {}), summary.get("test", {}).get("best", {})
    for metric in ("val_accuracy", "val_loss"):
        yield f"best/{metric}", best.get(metric)
    for metric in ("accuracy", "loss"):
        yield f"test/{metric}", test.get(metric)
