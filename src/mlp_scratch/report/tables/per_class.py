"""How well each class is told from the others, as text."""

from collections.abc import Sequence

import numpy as np

from mlp_scratch.engine.class_metrics import per_class, seen


def class_table(class_names: Sequence[str], true: np.ndarray, predicted: np.ndarray) -> str:
    """Precision, recall, F1 and support of each class, and their means, as text.

    The means are over the classes that occur or are predicted: that of F1 is ``macro_f1``.
    """
    scores = per_class(true, predicted, len(class_names))
    width = max(5, *(len(name) for name in class_names))
    lines = [f"{'class':>{width}}  precision  recall      f1  support"]
    for i, name in enumerate(class_names):
        lines.append(
            f"{name:>{width}}  {scores['precision'][i]:9.4f}  {scores['recall'][i]:6.4f}  "
            f"{scores['f1'][i]:6.4f}  {scores['support'][i]:7d}"
        )
    counted = seen(true, predicted, len(class_names))
    means = [scores[key][counted].mean() for key in ("precision", "recall", "f1")]
    lines.append(
        f"{'mean':>{width}}  {means[0]:9.4f}  {means[1]:6.4f}  {means[2]:6.4f}  "
        f"{scores['support'].sum():7d}"
    )
    return "\n".join(lines)


def confusion_grid(class_names: Sequence[str], confusion: np.ndarray) -> str:
    """The confusion matrix as text: rows true, columns predicted."""
    width = max(len(str(confusion.max())), *(len(name) for name in class_names))
    lines = [" " * (width + 2) + " ".join(f"{name:>{width}}" for name in class_names)]
    for name, row in zip(class_names, confusion, strict=True):
        cells = " ".join(f"{count or '.':>{width}}" for count in row)
        lines.append(f"{name:>{width}}  {cells}")
    return "\n".join(lines)
