"""What runs recorded of their layers, thinned to lines that the page draws."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp_scratch.insight.layers.layer_records import LayerTable, layers_if_any
from mlp_scratch.report.cut_to_size import rounded, spread
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import Run

QUANTITIES = (  # of layers.csv, in the order in which they are offered, and how they are written
    ("grad_norm", "gradient norm", "number"),
    ("update_ratio", "update / weights", "number"),
    ("dead", "dead units", "percent"),
    ("saturated", "saturated units", "percent"),
    ("z_mean", "pre-activation, mean", "number"),
    ("z_std", "pre-activation, deviation", "number"),
    ("a_mean", "activation, mean", "number"),
    ("a_std", "activation, deviation", "number"),
    ("weight_norm", "weight norm", "number"),
)
MOST_LOOKS, MOST_LAYERS = 40, 12  # of a run
MOST_NUMBERS = 150_000  # of all runs together: about 1 MB of text


def layer_lines(runs: Sequence[Run]) -> tuple[list[dict[str, Any] | None], bool]:
    """For each run, as far as the room goes: ``epochs``; ``layers``, the numbers of those kept;
    ``of``, how many there are; ``values``, by quantity a list of numbers for each layer kept. None
    where nothing was recorded or it cannot be read. And whether any was left out for want of room.
    """
    room, lines, cut = MOST_NUMBERS, [], False
    for run in runs:
        table = layers_if_any(RunFolder(run.path).layers)
        found = _lines(table) if table is not None and len(table.epochs) else None
        size = 0 if found is None else sum(len(y) for ys in found["values"].values() for y in ys)
        if size > room:
            found, cut = None, True
        else:
            room -= size
        lines.append(found)
    return lines, cut


def _lines(table: LayerTable) -> dict[str, Any]:
    looks, layers = spread(len(table.epochs), MOST_LOOKS), spread(table.layers, MOST_LAYERS)
    values = {}
    for name, _, _ in QUANTITIES:
        part = table[name][np.ix_(looks, layers)]
        if np.isfinite(part).any():
            values[name] = [[rounded(value, 4) for value in line] for line in part.T.tolist()]
    return {
        "epochs": table.epochs[looks].tolist(),
        "layers": (layers + 1).tolist(),
        "of": table.layers,
        "values": values,
    }
