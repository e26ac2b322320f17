"""The results that a tracker is told at the end of a run, by the names it shows them under."""

from typing import Any


def results(summary: dict[str, Any]) -> dict[str, float]:
    """The numbers that runs are compared by: ``best/val_rmse``, ``test/rmse``, ..."""
    best, test = summary.get("best") or {}, (summary.get("test") or {}).get("best") or {}
    told = {f"best/{name}": value for name, value in best.items() if name.startswith("val_")}
    told |= {f"test/{name}": value for name, value in test.items() if name != "epoch"}
    return {name: value for name, value in told.items() if value is not None}


def expected(config: dict[str, Any]) -> list[str]:
    """The names of the results that a run of ``config`` (by dotted key) will have."""
    task = config.get("task", "classification")
    monitor = str(config.get("training.early_stopping.metric") or "val_loss")
    names = ["accuracy"] if task == "classification" else []
    names += ["loss", monitor.removeprefix("val_"), *(config.get("training.metrics") or ())]
    names = list(dict.fromkeys(names))
    return [f"best/val_{name}" for name in names] + [f"test/{name}" for name in names]
