"""How well each class, each label or each target is told, as text."""

from collections.abc import Mapping, Sequence

import numpy as np

from mlp_scratch.engine.metrics.class_metrics import per_class, per_label, seen
from mlp_scratch.engine.metrics.number_metrics import mae, r2, rmse

_SHARES = ("precision", "recall", "f1")


def class_table(class_names: Sequence[str], true: np.ndarray, predicted: np.ndarray) -> str:
    """Precision, recall, F1 and support of each class, and their means, as text.

    The means are over the classes that occur or are predicted: that of F1 is ``macro_f1``.
    """
    found = true, predicted, len(class_names)
    return _table("class", class_names, per_class(*found), seen(*found))


def label_table(names: Sequence[str], true: np.ndarray, predicted: np.ndarray) -> str:
    """Precision, recall, F1 and support of each of several labels, and their means, as text.

    true, predicted (n, labels) of 0 and 1.
    """
    return _table("label", names, per_label(true, predicted > 0))


def _table(
    kind: str,
    names: Sequence[str],
    scores: Mapping[str, np.ndarray],
    counted: np.ndarray | slice = slice(None),
) -> str:
    """counted: those that the means are of."""
    columns = {kind: [*names, "mean"]}
    for key in _SHARES:
        columns[key] = [f"{v:.4f}" for v in (*scores[key], scores[key][counted].mean())]
    columns["support"] = [f"{v:d}" for v in (*scores["support"], scores["support"].sum())]
    return _aligned(columns)


def _aligned(columns: Mapping[str, Sequence[str]]) -> str:
    """Columns by their titles, side by side, their cells to the right."""
    texts = [[title, *cells] for title, cells in columns.items()]
    widths = [max(map(len, column)) for column in texts]
    rows = zip(*texts, strict=True)
    return "\n".join("  ".join(map(str.rjust, row, widths)) for row in rows)


def target_table(names: Sequence[str], true: np.ndarray, predicted: np.ndarray) -> str:
    """RMSE, MAE and R2 of each target in its own unit, as text. true, predicted (n, targets)."""
    scores = target_scores(true, predicted)
    columns: dict[str, Sequence[str]] = {"target": names}
    for key in ("rmse", "mae"):
        columns[f"{key:>10}"] = [f"{v:.4g}" for v in scores[key]]
    return _aligned(columns | {f"{'r2':>7}": [f"{v:.4f}" for v in scores["r2"]]})


def target_scores(true: np.ndarray, predicted: np.ndarray) -> dict[str, np.ndarray]:
    """rmse, mae and r2 of each target, (targets,) each; true, predicted (n,) or (n, targets)."""
    truth, guess = (np.asarray(a).reshape(len(a), -1) for a in (true, predicted))
    columns = [(guess[:, [j]], truth[:, [j]]) for j in range(truth.shape[1])]
    return {
        name: np.array([metric(*pair) for pair in columns])
        for name, metric in (("rmse", rmse), ("mae", mae), ("r2", r2))
    }


def confusion_grid(class_names: Sequence[str], confusion: np.ndarray) -> str:
    """The confusion matrix as text: rows true, columns predicted."""
    width = max(len(str(confusion.max())), *(len(name) for name in class_names))
    lines = [" " * (width + 2) + " ".join(f"{name:>{width}}" for name in class_names)]
    for name, row in zip(class_names, confusion, strict=True):
        cells = " ".join(f"{count or '.':>{width}}" for count in row)
        lines.append(f"{name:>{width}}  {cells}")
    return "\n".join(lines)
