"""What a metric measures: its name without the rows it was taken on, and which of several counts.

``val_rmse`` and ``test_rmse`` are both of the quantity ``rmse``. Direction and unit are asked of
``engine/metrics/``, where each metric says its own.
"""

from collections.abc import Iterable

from mlp_scratch.engine.metrics import METRICS, known

ROWS = ("train_eval_", "train_", "val_", "test_")  # of which rows: how a name begins
FIRST = ("accuracy", "rmse", "mae", "r2", "macro_f1")  # what a reader looks for, in this order
_WORDS = {"rmse": "RMSE", "mae": "MAE", "r2": "R²", "f1": "F1", "roc": "ROC", "auc": "AUC"}


def quantity_of(name: str) -> str:
    """``val_rmse`` -> ``rmse``; a name that names no rows is its own."""
    rows = next((rows for rows in ROWS if name.startswith(rows)), "")
    return name.removeprefix(rows)


def counts_most(names: Iterable[str], wanted: str | None = None) -> str | None:
    """The quantity to look at beside the loss: that of ``wanted``, else of FIRST, else any.

    names: metrics that there are, such as the columns of metrics.csv. wanted: what the runs went
    by, or what somebody asked for. None where there is nothing but the loss.
    """
    there = {quantity_of(name): None for name in names if name.startswith(ROWS)}
    there.pop("loss", None)
    order = [quantity_of(wanted or ""), *FIRST, *METRICS, *there]
    return next((quantity for quantity in order if quantity in there), None)


def title_of(quantity: str) -> str:
    """``macro_f1`` -> "Macro F1"."""
    words = " ".join(_WORDS.get(word, word) for word in quantity.split("_"))
    return words[:1].upper() + words[1:]


def unit_of(quantity: str) -> str:
    """The unit in words for an axis; "" for a share (its ticks say percent) or a mere number."""
    metric = known(quantity)
    return "in the target's unit" if metric is not None and metric.unit == "target" else ""
