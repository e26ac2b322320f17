"""``data=folder``: pictures in a folder, their classes by the folders or in a table beside them.

All pictures become rows of one size, see ``picture_reading.py``. What was found out rather than said (size,
colours, what was left out) is told in a line that names the key which overrules it.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.pictures.class_folders import Labelled, labelled_by_folder
from mlp_scratch.data.pictures.listing import Listing, first_few, in_natural_order
from mlp_scratch.data.pictures.many_rows import looks_of, rows_of
from mlp_scratch.data.pictures.picture_reading import AUTO, PictureReading
from mlp_scratch.errors import DataError


def parse_folder(
    folders: Sequence[tuple[Path, Listing]], reading: PictureReading, task: str
) -> Parsed:
    """The pictures of a folder, and perhaps those of another one as test rows. Raises DataError.

    Rows of a class keep the order of their names, but are spread evenly among the others', so that
    any stretch of rows shows all classes.
    """
    folder, listing = folders[0]
    parts, notes = labelled_by_folder(listing, str(folder))
    roots = dict.fromkeys(parts, listing.root)
    for other, its_listing in folders[1:]:
        others, more = labelled_by_folder(its_listing, str(other))
        parts["test"], roots["test"] = others["train"], its_listing.root
        notes += more
    notes.append(listing.left_alone.in_words())
    if (val := parts.pop("val", None)) is not None:
        notes.append(f"{val.where}: {len(val.names):,} pictures not used")
    parts = {part: _interleaved(found) for part, found in parts.items()}
    return _parsed(str(folder), parts, roots, reading, task, notes)


def checked_folder(path: Path) -> Path:
    """The folder. Raises DataError for what is packed, or is no folder at all."""
    if path.is_dir():
        return path
    if zipfile.is_zipfile(path) or path.suffix.lower() in (".gz", ".tgz", ".tar", ".bz2", ".xz"):
        raise DataError(f"{path}: is packed; unpack it, and give the folder: data.path=FOLDER")
    raise DataError(f"{path}: is no folder of pictures")


def _parsed(
    where: str,
    parts: dict[str, Labelled],
    roots: dict[str, Path],
    reading: PictureReading,
    task: str,
    notes: list[str],
) -> Parsed:
    """Read all pictures, those of training as they decide the form of all."""
    paths = {part: [roots[part] / name for name in found.names] for part, found in parts.items()}
    reader, shape, note = _form(paths["train"], reading)
    notes.insert(0, note)
    x: dict[str, np.ndarray] = {}
    labels: dict[str, list] = {}
    broken: list[str] = []
    for part, found in parts.items():
        x[part], kept, reasons = rows_of(paths[part], shape, reader)
        whole = set(kept.tolist())
        bad = [name for i, name in enumerate(found.names) if i not in whole]
        told = [f"{name} ({why})" for name, why in zip(bad, reasons, strict=True)]
        if told and (reading.broken == "refuse" or not whole):
            over = "" if not whole else "; data.broken=leave_out goes on without them"
            raise DataError(f"{found.where}: {_broken(told)}{over}")
        broken += told
        labels[part] = [found.labels[i] for i in kept]
    if broken:
        notes.append(f"{_broken(broken)} left out; data.broken=refuse stops instead")
    classes = None
    if task in ("auto", "classification", "autoencoder"):
        classes = in_natural_order(word for words in labels.values() for word in words)
        places = {word: i for i, word in enumerate(classes)}
        y = {part: np.array([places[w] for w in words]) for part, words in labels.items()}
        notes += _counted(where, y["train"], classes, task)
    else:
        y = {part: np.array(words, object) for part, words in labels.items()}
    return Parsed(
        x_train=x["train"],
        labels_train=y["train"],
        train=parts["train"].where,
        x_test=x.get("test"),
        labels_test=y.get("test"),
        test=parts["test"].where if "test" in parts else "",
        class_names=None if classes is None else tuple(classes),
        image_shape=shape,
        source=_source(where, sum(map(len, x.values())), classes, shape, len(broken)),
        notes=tuple(filter(None, notes)),
        reader=reader,
    )


def _form(paths: Sequence[Path], reading: PictureReading) -> tuple[str, tuple[int, ...], str]:
    """The reader and the shape of all rows, and what of it was found out."""
    reader = "resize" if reading.reader == AUTO else reading.reader
    size, colors = reading.image_size, reading.colors
    if colors == AUTO and reader == "ink":
        colors = "grey"
    keys = []
    how = ""
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
    """What is odd about the classes' sizes. Raises DataError where there is one only."""
    counts = np.bincount(y, minlength=len(classes))
    if len(classes) == 1 and task != "autoencoder":
        raise DataError(
            f"{where}: all pictures lie in the folder {classes[0][:60]!r}: there is nothing to "
            f"tell apart; if the classes' folders are in that one: data.path={where}/{classes[0]}"
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


def _source(
    where: str, n: int, classes: Sequence[str] | None, shape: tuple[int, ...], broken: int
) -> str:
    """``DIR: 60,000 pictures of 10 classes, 28x28 grey; 3 broken left out``."""
    what = f"{n:,} pictures" + ("" if classes is None else f" of {len(classes)} classes")
    out = f"; {broken:,} broken left out" if broken else ""
    return f"{where}: {what}, {_in_words(shape)}{out}"
