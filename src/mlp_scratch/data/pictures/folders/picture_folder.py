"""``data=folder``: pictures in a folder, their classes by the folders or in a table beside them.

All pictures become rows of one size, see ``picture_reading.py``. What was found out rather than
said (size, colours, what was left out) is told in a line that names the key which overrules it.
"""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.data.detect_task import FEW
from mlp_scratch.data.pictures.folders.class_folders import Labelled, labelled_by_folder
from mlp_scratch.data.pictures.folders.listing import Listing, first_few, in_natural_order, shown
from mlp_scratch.data.pictures.folders.picture_table import labelled_by_table
from mlp_scratch.data.pictures.folders.reading_threads import looks_of, rows_of
from mlp_scratch.data.pictures.picture_reading import AUTO, PictureReading
from mlp_scratch.data.tables.column_roles import Label
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import DataError

Places = Mapping[str, tuple[Path, Listing]]
# By part, train and perhaps test and val: a folder or a table, and the pictures in it or beside it


def parse_folder(places: Places, reading: PictureReading, task: str) -> Parsed:
    """The pictures of a folder, and perhaps those of others for test and validation. Raises
    DataError.

    Rows of a class keep the order of their names, but are spread evenly among the others', so that
    any rows in succession show all classes.
    """
    folder, listing = places["train"]
    parts, notes = labelled_by_folder(listing, str(folder))
    roots = dict.fromkeys(parts, listing.root)
    for part, (other, its_listing) in places.items():
        if part != "train":
            others, more = labelled_by_folder(its_listing, str(other))
            parts[part], roots[part] = others["train"], its_listing.root
            notes += more
    notes.append(listing.left_alone.in_words())
    parts = {part: _interleaved(found) for part, found in parts.items()}
    return _parsed(str(folder), parts, roots, reading, notes, task=task)


def parse_picture_tables(
    places: Places, reading: PictureReading, label: Label, table: Reading
) -> Parsed:
    """The pictures that a table names, and perhaps those of others for test and validation, in the
    order of their rows. Raises DataError."""
    parts, roots, notes, missing = {}, {}, [], []
    names: tuple[str, ...] = ()
    for part, (path, listing) in places.items():
        said = labelled_by_table(path, listing, label if part == "train" else names, table)
        parts[part], roots[part], names = said.found, listing.root, said.label_names
        notes += said.notes
        missing += said.missing
    where = str(places["train"][0])
    return replace(_parsed(where, parts, roots, reading, notes, missing), target_names=names)


def checked_folder(path: Path) -> Path:
    """The folder. Raises DataError for what is packed, or is no folder at all."""
    if path.is_dir():
        return path
    packed = path.is_file() and zipfile.is_zipfile(path)
    if packed or path.suffix.lower() in (".gz", ".tgz", ".tar", ".bz2", ".xz"):
        raise DataError(f"{path}: is packed; unpack it, and give the folder: data.path=FOLDER")
    raise DataError(f"{path}: neither a folder of pictures nor a table of their names (.csv, .tsv)")


def _parsed(
    where: str,
    parts: dict[str, Labelled],
    roots: dict[str, Path],
    reading: PictureReading,
    notes: list[str],
    broken: Sequence[str] = (),
    task: str = "",
) -> Parsed:
    """All pictures, in the form that those of training have. where: what to call the source.
    broken: what is not there. task: of folders, which are classes unless it takes no such."""
    paths = {part: [roots[part] / name for name in found.names] for part, found in parts.items()}
    reader, shape, note = _form(paths["train"], reading)
    x: dict[str, np.ndarray] = {}
    labels: dict[str, list] = {}
    told = [*broken]
    for part, found in parts.items():
        x[part], kept, reasons = rows_of(paths[part], shape, reader)
        whole = set(kept.tolist())
        bad = [shown(name) for i, name in enumerate(found.names) if i not in whole]
        told += [f"{name} ({why})" for name, why in zip(bad, reasons, strict=True)]
        if told and (reading.broken == "refuse" or not whole):
            over = "; data.broken=leave_out goes on without them" if whole else ""
            raise DataError(f"{found.where}: {_broken(told)}{over}")
        labels[part] = [found.labels[i] for i in kept]
    left_out = f"{_broken(told)} left out; data.broken=refuse stops instead" if told else ""
    y = {part: np.array(words, object) for part, words in labels.items()}
    of_classes, classes = "", None
    notes = [note, *notes, left_out]
    if task in ("auto", "classification", "autoencoder"):
        classes = tuple(in_natural_order(word for words in labels.values() for word in words))
        number = {word: i for i, word in enumerate(classes)}
        y = {part: np.array([number[w] for w in words]) for part, words in labels.items()}
        notes += _counted(where, y["train"], classes, task)
        of_classes = f" of {len(classes)} classes"
    n = sum(map(len, x.values()))
    out = f"; {len(told):,} broken left out" if told else ""
    examples: dict[str, Any]
    examples = {part: Examples(x[part], y[part], found.where) for part, found in parts.items()}
    return Parsed(
        **examples,
        class_names=classes,
        image_shape=shape,
        source=f"{where}: {n:,} pictures{of_classes}, {_in_words(shape)}{out}",
        notes=tuple(filter(None, notes)),
        reader=reader,
    )


def _form(paths: Sequence[Path], reading: PictureReading) -> tuple[str, tuple[int, ...], str]:
    """The reader and the shape of all rows, and what of it was found out."""
    reader = "resize" if reading.reader == AUTO else reading.reader
    size, colors = reading.image_size, reading.colors
    if colors == AUTO and reader == "ink":
        colors = "grey"
    keys, how = list[str](), ""
    if size is None or colors == AUTO:
        found, coloured, how = looks_of(paths, reader)
        if colors == AUTO:
            colors = "color" if coloured else "grey"
            keys.append("data.colors")
        if size is None:
            size = found
            keys.insert(0, "data.image_size")
        else:
            how = "as the pictures looked at are"
    assert isinstance(size, tuple)
    shape = size if colors == "grey" else (*size, 3)
    note = f"pictures: {_in_words(shape)}, {how}; {', '.join(keys)} overrule" if keys else ""
    return reader, shape, note + ("s" if len(keys) == 1 else "")


def _in_words(shape: tuple[int, ...]) -> str:
    return f"{shape[0]}x{shape[1]} {'grey' if len(shape) == 2 else 'in colour'}"


def _interleaved(found: Labelled) -> Labelled:
    """The same pictures, each class's spread evenly."""
    _, label = np.unique(np.array(found.labels, object).astype(str), return_inverse=True)
    counts = np.bincount(label)
    by_class = np.argsort(label, kind="stable")
    rank = np.empty(len(label))
    rank[by_class] = np.arange(len(label)) - np.repeat(np.cumsum(counts) - counts, counts)
    order = np.lexsort((label, (rank + 0.5) / counts[label]))
    names = [found.names[i] for i in order]
    return Labelled(found.where, names, [found.labels[i] for i in order])


def _counted(where: str, y: np.ndarray, classes: Sequence[str], task: str) -> list[str]:
    """What is odd about the classes' sizes. Raises DataError where nothing can be learned."""
    counts = np.bincount(y, minlength=len(classes))
    if task == "autoencoder":
        return []
    if np.count_nonzero(counts) == 1:
        only = classes[int(counts.argmax())]
        raise DataError(
            f"{where}: all pictures lie in the folder {only[:60]!r}: there is nothing to tell "
            f"apart; if the classes' folders are in that one: data.path={where}/{only}"
        )
    if counts.max() == 1 and len(y) > FEW:
        raise DataError(
            f"{where}: each of the {len(y):,} pictures lies in a folder of its own: folders are "
            "taken for classes; a table can name the labels too (data.path=FILE.csv)"
        )
    single = [classes[k] for k in np.flatnonzero(counts == 1).tolist()]
    if not single:
        return []
    return [f"one picture only: class {first_few(single)}; it is trained on, never held out"]


def _broken(told: Sequence[str]) -> str:
    what = "1 picture that cannot be read" if len(told) == 1 else f"{len(told):,} broken pictures"
    few = told[:3]
    more = f" and {len(told) - len(few):,} more" if len(told) > len(few) else ""
    return f"{what} ({', '.join(few)}{more})"
