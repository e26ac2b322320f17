"""The rows whose label is most doubtful, listed and drawn into a run's folder."""

from collections.abc import Iterator, Sequence

import numpy as np

from mlp_scratch.csv_text import csv_text, spreadsheet_text
from mlp_scratch.files import write_text_atomically
from mlp_scratch.insight.diagnosis.suspicious_labels import SuspiciousRow, suspicious_labels
from mlp_scratch.insight.rows_at_hand import RowsAtHand
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network
from mlp_scratch.views.asked_row import parts_of, values_of

HEADER = ("part", "row", "given", "predicted", "probability", "probability of given")


def list_suspicious(folder: RunFolder, rows: RowsAtHand) -> Iterator[str]:
    """Writes ``suspicious.csv``, of images also ``suspicious.png``; yields a line on each.

    Raises OSError, and MlpScratchError where the network cannot be read.
    """
    found, names = suspicious_labels(rows), rows.task.names
    if not found:
        yield "labels: the network agrees with all of them"
        return
    images = rows.image_shape is not None
    columns, values = ([], [[]] * len(found)) if images else _columns(folder, found)
    table: list[list[object]] = [[*HEADER, *columns]]
    for row, cells in zip(found, values, strict=True):
        given, predicted = (spreadsheet_text(names[k]) for k in (row.given, row.predicted))
        sure = [f"{row.confidence:.6g}", f"{row.of_given:.3g}"]
        table.append([row.part, row.row, given, predicted, *sure, *cells])
    write_text_atomically(folder.suspicious, csv_text(table))
    yield f"labels to look at, most doubtful first: {folder.suspicious} ({len(found)} rows)"
    if images:
        from mlp_scratch.report.pictures.images import draw_suspicious

        assert rows.image_shape is not None
        path = folder.suspicious.with_suffix(".png")
        labels = [(names[row.given], names[row.predicted], row.confidence) for row in found]
        places = [f"{row.part} {row.row:,}" for row in found]
        draw_suspicious(np.stack([row.x for row in found]), rows.image_shape, labels, places, path)
        yield f"picture: {path}"


def _columns(
    folder: RunFolder, found: Sequence[SuspiciousRow]
) -> tuple[list[str], list[list[str]]]:
    """The table's columns, and of each row its values in words, so that it can be found again."""
    trained = load_network(folder)
    names, _ = parts_of(trained)
    words = [[spreadsheet_text(word) for word in values_of(trained, row.x)] for row in found]
    return [spreadsheet_text(name) for name in names], words
