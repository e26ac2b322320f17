"""The pictures of one run, drawn from its records into its folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.report.pictures.confusion import draw_confused_pairs, draw_confusion_matrix
from mlp_scratch.report.pictures.curves import draw_curves
from mlp_scratch.report.pictures.images import draw_misclassified, draw_weights


def draw_run_pictures(
    folder: Path,
    summary: Mapping[str, Any],
    *,
    class_names: Sequence[str],
    image_shape: tuple[int, ...] | None,
    first_weights: np.ndarray,
    mistakes: Mapping[str, np.ndarray] | None,
    label_smoothing: float = 0.0,
) -> None:
    """Draw curves, first-layer weights and, when the run was tested, what it mistook.

    first_weights: W0 (n_in, n_hidden). mistakes: the arrays of ``misclassified.npz``, or None.
    label_smoothing: of the training loss.
    Raises OSError when a picture cannot be written.
    """
    name, run = summary.get("name"), summary["run"]
    title = run if not name or name in run else f"{name} ({run})"
    best_epoch = summary.get("best", {}).get("epoch")
    if summary.get("monitor") is None:  # without validation rows no epoch is the best
        best_epoch = None
    curves = folder / "curves.png"
    draw_curves(folder / "metrics.csv", curves, title, best_epoch, label_smoothing)
    draw_weights(first_weights, image_shape, folder / "weights.png")
    if mistakes is None:
        return
    confusion = summary["test"]["confusion_matrix"]
    draw = draw_confusion_matrix if isinstance(confusion, list) else draw_confused_pairs
    draw(confusion, class_names, folder / "confusion_matrix.png", title)
    draw_misclassified(
        mistakes["images"],
        image_shape,
        mistakes["true"],
        mistakes["predicted"],
        mistakes["probability"],
        class_names,
        folder / "misclassified.png",
    )
