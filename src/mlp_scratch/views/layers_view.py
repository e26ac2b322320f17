"""``inspect RUN layers``: what happened in the layers while the run trained."""

import math
from collections.abc import Iterator

import numpy as np

from mlp_scratch.errors import ConfigError
from mlp_scratch.insight.layers.layer_records import LayerTable
from mlp_scratch.report.pictures.layer_pictures import draw_layers_of
from mlp_scratch.report.tables.table import Column, Table, to_text
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.views.view import Options, View

SHOWN = (  # of layers.csv: in the first look that has it, and in the last
    ("grad_norm", "gradient"),
    ("update_ratio", "update/weights"),
    ("dead", "dead units"),
    ("saturated", "saturated units"),
)


def _show(run: RunFolder, options: Options) -> Iterator[str]:
    if options.words:
        raise ConfigError(f"{' '.join(options.words)}: `layers` takes no more words")
    table, picture = draw_layers_of(run, options.output)
    yield to_text(as_text_table(table))
    yield f"picture: {picture}"


def as_text_table(table: LayerTable) -> Table:
    """A row a layer."""
    first, last = table.epochs[0], table.epochs[-1]
    columns = [Column("layer", "layer", "text")]
    columns += [Column(name, title, "text") for name, title in SHOWN]
    rows = [
        [str(i + 1), *(_first_and_last(name, table[name][:, i]) for name, _ in SHOWN)]
        for i in range(table.layers)
    ]
    rows[-1][0] += " (output)"
    note = (
        f"epoch {first} → {last:,}; update/weights from the first step on, 0.001 is a rule of thumb"
    )
    return Table(columns, rows, [note])


def _first_and_last(name: str, values: np.ndarray) -> str:
    seen = np.flatnonzero(~np.isnan(values))
    if not len(seen):
        return "–"
    first, last = (_short(name, float(values[i])) for i in (seen[0], -1))
    return f"{first} → {last}" if len(values) > 1 else first


def _short(name: str, value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{100 * value:.1f} %" if name in ("dead", "saturated") else f"{value:.2g}"


VIEW = View(_show, "activations, gradients and updates of each layer over the epochs")
