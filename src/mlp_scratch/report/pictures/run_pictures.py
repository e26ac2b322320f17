"""The pictures of one run, drawn from its records into its folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.insight.seen_whole import Line, Plane
from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.confusion import confused_pairs_sheet, confusion_sheet
from mlp_scratch.report.pictures.curves import curves_figure
from mlp_scratch.report.pictures.decision import decision_figure
from mlp_scratch.report.pictures.first_weights import draw_weights
from mlp_scratch.report.pictures.fitted_line import fit_figure
from mlp_scratch.report.pictures.images import Shape, draw_misclassified, draw_reconstructions
from mlp_scratch.report.pictures.label_bars import draw_label_scores
from mlp_scratch.report.pictures.regression import draw_regression, draw_worst
from mlp_scratch.runs.metrics_file import read_metrics

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
    first_weights: W0 (n_in, n_hidden). training_differs: see ``curves_figure``.
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
    columns = read_metrics(folder / "metrics.csv")
    curves = curves_figure(columns, title, best_epoch, training_differs, monitor)
    style.write(curves, folder / "curves.png")
    draw_weights(first_weights, image_shape, folder / "weights.png")
    if isinstance(seen, Plane):
        style.write(decision_figure(seen, title), folder / "decision.png")
    elif seen is not None:
        style.write(fit_figure(seen, title), folder / "fit.png")
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
        sheet_of = confusion_sheet if isinstance(confusion, list) else confused_pairs_sheet
        sheet_of(confusion, names, title).write(folder / "confusion_matrix.png")
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
