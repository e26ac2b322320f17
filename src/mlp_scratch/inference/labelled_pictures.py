"""Labelled pictures that came after the training: folders of classes, or a table of file names.

They become rows as the pictures of ``predict`` do, and those that cannot be read are left out, with
a line.
"""

from pathlib import Path

import numpy as np

from mlp_scratch.data.pictures.folders.class_folders import labelled_by_folder
from mlp_scratch.data.pictures.folders.listing import first_few, listing_of
from mlp_scratch.data.pictures.folders.picture_table import labelled_by_table
from mlp_scratch.data.pictures.folders.reading_threads import rows_of
from mlp_scratch.data.tables.column_roles import Label
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError
from mlp_scratch.inference.predict_pictures import reads_ink
from mlp_scratch.runs.saved_run import TrainedNetwork
from mlp_scratch.streams import note


def labelled_pictures(
    trained: TrainedNetwork, place: Path, label: Label, reading: Reading
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, features) of uint8 and their labels (n,) or (n, k), as they are written.

    place: a folder, of which the part for testing is taken where it has parts, or a table beside
    the pictures that it names. label, reading: of such a table. Raises DataError.
    """
    shape = trained.image_shape
    if shape is None:
        raise DataError(f"{place}: pictures, but the network was trained on rows that are none")
    ink, guess = reads_ink(trained, "auto")
    if place.is_dir():
        listing = listing_of(place)
        parts, notes = labelled_by_folder(listing, str(place))
        found = parts.get("test", parts["train"])
    else:
        listing = listing_of(place.parent)
        said = labelled_by_table(place, listing, label, reading)
        found, notes = said.found, [*said.notes]
        if said.missing:
            notes.append(f"left out: {first_few(said.missing)}")
    paths = [listing.root / name for name in found.names]
    x, kept, reasons = rows_of(paths, shape, "ink" if ink else "resize")
    if len(kept) == 0:
        raise DataError(f"{place}: no picture in it can be read")
    unread = sorted({*range(len(paths))} - {*kept.tolist()})
    if unread:
        told = [f"{found.names[i]} ({why})" for i, why in zip(unread, reasons, strict=True)]
        notes.append(f"left out: {first_few(told)}")
    for line in filter(None, [guess, *notes]):
        note(f"{place}: {line}")
    return x, np.array([found.labels[i] for i in kept], object)
