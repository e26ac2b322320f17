"""Which class each picture of a folder has, by the folders that it lies in.

Either one folder a class, ``DIR/cat/1.png``, of which folders further down are a part; or such
folders for each part of the data: ``DIR/train/cat/1.png``, ``DIR/test/cat/2.png`` and perhaps
``DIR/val``. It is the latter where ``train`` holds folders and no picture of its own, and beside it
lies a folder for another part, or none with pictures at all.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

from mlp_scratch.data.pictures.folders.listing import Listing, first_few, natural, shown
from mlp_scratch.errors import DataError

PARTS = {  # the names of their folders
    "train": ("train", "training", "training_set"),
    "val": ("val", "valid", "validation", "validation_set"),
    "test": ("test", "testing", "test_set"),
}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass
class Labelled:
    """Pictures and their classes. names: paths below the listing's root. labels: a word or, of
    several columns, words for each. where: for messages."""

    where: str
    names: list[str] = field(default_factory=list)
    labels: list = field(default_factory=list)


def labelled_by_folder(listing: Listing, where: str) -> tuple[dict[str, Labelled], list[str]]:
    """The parts of the data, ``train`` and perhaps others, and what is to be said of them.

    Raises DataError where no picture lies in a class's folder.
    """
    places = _places(listing)
    parts = {part: Labelled(f"{where}/{top}" if top else where) for top, part in places.items()}
    loose: Counter[str] = Counter()
    filled: set[str] = set()
    for name in sorted(listing.names, key=natural):
        head, _, rest = ("", "", name) if "" in places else name.partition("/")
        part = places.get(head)
        label, slash, _ = rest.partition("/")
        if part is None or not slash:
            loose[head if rest else ""] += 1
            continue
        filled.add(f"{head}/{label}" if head else label)
        parts[part].names.append(name)
        parts[part].labels.append(_class_name(label, where))
    if not parts["train"].names:
        raise DataError(_nothing_found(listing, where, loose))
    depth = 0 if "" in places else 1
    classes = [
        folder
        for folder in listing.folders
        if folder.count("/") == depth and (not depth or folder.split("/")[0] in places)
    ]
    empty = sorted((c for c in classes if c not in filled), key=natural)
    notes = [f"no pictures in {first_few(empty)}: no class for them"] if empty else []
    notes += [_loose(head, n, where, known=head in places) for head, n in loose.items()]
    return {part: found for part, found in parts.items() if found.names}, notes


def _places(listing: Listing) -> dict[str, str]:
    """The part that each folder at the top is for; all of it is ``train`` where none is for one."""
    tops = {folder for folder in listing.folders if "/" not in folder}
    known = {
        part: next((top for top in sorted(tops) if top.lower() in names), None)
        for part, names in PARTS.items()
    }
    train = known["train"]
    if train is None:
        return {"": "train"}
    below = [name.split("/") for name in listing.names]
    loose = any(path[0] == train and len(path) == 2 for path in below)
    deeper = any(path[0] == train and len(path) > 2 for path in below)
    others = any(path[0] not in known.values() and len(path) > 1 for path in below)
    if loose or not deeper or (others and known["test"] is None and known["val"] is None):
        return {"": "train"}
    return {top: part for part, top in known.items() if top is not None}


def _class_name(folder: str, where: str) -> str:
    """Accents in one form: file systems differ in how they write them down."""
    if _UNPRINTABLE.search(folder):
        raise DataError(f"{where}: the folder {folder!a} cannot name a class; rename it")
    return unicodedata.normalize("NFC", folder)


def _nothing_found(listing: Listing, where: str, loose: Counter[str]) -> str:
    if loose:
        return (
            f"{where}: its {loose.total():,} pictures lie in no folder of a class; it takes "
            f"{where}/CLASS/1.png, or a table of file names and labels (data.path=FILE.csv)"
        )
    said = listing.left_alone.in_words()
    return f"{where}: no pictures in it" + (f" ({said})" if said else "")


def _loose(head: str, count: int, where: str, known: bool) -> str:
    what = "1 picture" if count == 1 else f"{count:,} pictures"
    if not head:
        return f"{what} in no folder of a class left out"
    if known:
        return f"{head}: {what} in no folder of a class left out; `predict` takes {where}/{head}"
    return f"{shown(head)}: {what} left out, as it lies beside the folders of the parts"
