"""The pictures of one run, drawn from its records into its folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.insight.seen_whole import Line, Plane
from mlp_scratch.report.pictures.confusion import draw_confused_pairs, draw_confusion_matrix
from mlp_scratch.report.pictures.curves import draw_curves
from mlp_scratch.report.pictures.decision import draw_decision
from mlp_scratch.report.pictures.first_weights import draw_weights
from mlp_scratch.report.pictures.fitted_line import draw_fit
from mlp_scratch.report.pictures.images import Shape, draw_misclassified, draw_reconstructions
from mlp_scratch.report.pictures.label_bars import draw_label_scores
from mlp_scratch.report.pictures.regression import draw_regression, draw_worst

Tested = Mapping[str, np.ndarray]


def title_of_run(folder: str, summary: Mapping[str, Any]) -> str:
    """Its folder's name, and before it its own where it has one that the folder does not tell."""
    name = summary.get("name")
    return folder if not isinstance(name, str) or name in folder else f"{name} ({folder})"


def draw_run_pictures(
    folder: Path,
    summary: Mapping[str, Any],
    *,
    names: Sequence[str],
    image_shape: Shape | None,
    first_weights: np.ndarray,
    tested: Tested | None,
    task: str = "classification",
    training_differs: str = "",
    seen: Plane | Line | None = None,
) -> None:
    """Draw curves, first-layer weights and, when the run was tested, what it got wrong.

    task: one of ``data/targets.py``'s. names: of its classes, targets or labels.
    first_weights: W0 (n_in, n_hidden). training_differs: see ``draw_curves``.
    tested: None, or what the test left behind, by the task:

    - classification: the arrays of ``misclassified.npz``;
    - regression: ``true`` and ``predicted`` (n, k) of all test rows in the targets' own units;
      ``rows`` (m,), which of them are worst, worst first; where rows are images also ``images``
      (m, pixels) of those; where the loss gives intervals their ends ``low`` and ``high`` (n, k);
    - multilabel: ``true`` and ``predicted`` (n, k) of 0 and 1 of all test rows;
    - autoencoder: ``images`` and ``predicted`` (m, features), as they are stored.

    seen: where the network has one or two features, what it answers everywhere.

    Raises OSError when a picture cannot be written.
    """
    title = title_of_run(summary["run"], summary)
    best_epoch, monitor = summary.get("best", {}).get("epoch"), summary.get("monitor")
    if monitor is None:  # without validation rows no epoch is the best
        best_epoch = None
    curves = folder / "curves.png"
    draw_curves(folder / "metrics.csv", curves, title, best_epoch, training_differs, monitor)
    draw_weights(first_weights, image_shape, folder / "weights.png")
    if isinstance(seen, Plane):
        draw_decision(seen, folder / "decision.png", title)
    elif seen is not None:
        draw_fit(seen, folder / "fit.png", title)
    if tested is None:
        return
    if task == "regression":
        _draw_numbers(folder, tested, names, image_shape, title)
    elif task == "multilabel":
        draw_label_scores(tested["true"], tested["predicted"], names, folder / "labels.png", title)
    elif task == "autoencoder":
        if image_shape is not None:
            path = folder / "reconstructions.png"
            draw_reconstructions(tested["images"], tested["predicted"], image_shape, path)
    else:
        confusion = summary["test"]["confusion_matrix"]
        draw = draw_confusion_matrix if isinstance(confusion, list) else draw_confused_pairs
        draw(confusion, names, folder / "confusion_matrix.png", title)
        if image_shape is not None:
            mistakes = tested["true"], tested["predicted"], tested["probability"]
            path = folder / "misclassified.png"
            draw_misclassified(tested["images"], image_shape, *mistakes, names, path)


def _draw_numbers(
    folder: Path, tested: Tested, names: Sequence[str], image_shape: Shape | None, title: str
) -> None:
    answers, ends = (tested["true"], tested["predicted"]), (tested.get("low"), tested.get("high"))
    draw_regression(*answers, names, folder / "regression.png", title, *ends)
    if "images" in tested and image_shape is not None:
        path = folder / "worst.png"
        draw_worst(tested["images"], image_shape, *answers, tested["rows"], names, path)
