"""Records of layers, made up: four looks, units that may be dead and cannot be saturated."""

import math
from pathlib import Path

import numpy as np

from mlp_scratch.insight.layers.layer_records import COLUMNS, HistogramTable, LayerTable
from mlp_scratch.insight.layers.probe import BINS

EPOCHS = np.array([0, 1, 3, 9])


def made_table(layers: int) -> LayerTable:
    rng = np.random.default_rng(0)
    columns = {name: rng.uniform(0.1, 1, (len(EPOCHS), layers)) for name in COLUMNS[2:]}
    columns["saturated"][:] = math.nan
    columns["dead"][:, -1] = math.nan
    columns["update_norm"][0] = columns["update_ratio"][0] = math.nan
    return LayerTable(EPOCHS, columns)


def made_histograms(layers: int) -> HistogramTable:
    rng = np.random.default_rng(0)
    shape = (len(EPOCHS), layers)
    counts = {kind: rng.integers(0, 99, (*shape, BINS)).astype(np.uint32) for kind in ("z", "a")}
    ranges = {kind: np.sort(rng.normal(size=(*shape, 2))) for kind in ("z", "a")}
    for part in (counts, ranges):
        part["a"][:, -1] = part["z"][:, -1]
    ranges = {f"{kind}_range": ends for kind, ends in ranges.items()}
    return HistogramTable(EPOCHS, counts | ranges)


def write_table(folder: Path, layers: int) -> LayerTable:
    """``layers.csv`` of a run."""
    table = made_table(layers)
    lines = [",".join(COLUMNS)]
    for i, epoch in enumerate(EPOCHS.tolist()):
        for layer in range(layers):
            cells = [table[name][i, layer] for name in COLUMNS[2:]]
            shown = ["" if math.isnan(cell) else f"{cell:.6g}" for cell in cells]
            lines.append(",".join([str(epoch), str(layer + 1), *shown]))
    (folder / "layers.csv").write_text("\n".join([*lines, ""]))
    return table
