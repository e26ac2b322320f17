"""Letters that lie on this machine: EMNIST (Cohen et al. 2017, arXiv:1702.05373) and
Kuzushiji-MNIST (Clanuwat et al. 2018, arXiv:1812.01718). Nothing is downloaded, as there are no
published checksums of their contents that could be tried.
"""

import string
from dataclasses import replace
from functools import partial
from pathlib import Path

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.data.array_formats.idx import PARTS, parse_idx
from mlp_scratch.data.array_formats.npz import read_one_array
from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.data.lookup.data_request import Plan, Request, if_file
from mlp_scratch.data.lookup.lookup_mnist import find_idx, idx_file, parse_like_mnist
from mlp_scratch.errors import DataError

_DIGITS, _UPPER = string.digits, string.ascii_uppercase
_APART = "abdefghnqrt"  # small letters that do not look like the capital ones, as the paper has it
EMNIST: dict[str, tuple[str, int]] = {  # of each split its classes, and the label of the first
    "balanced": (_DIGITS + _UPPER + _APART, 0),
    "byclass": (_DIGITS + _UPPER + string.ascii_lowercase, 0),
    "bymerge": (_DIGITS + _UPPER + _APART, 0),
    "digits": (_DIGITS, 0),
    "letters": (_UPPER, 1),
    "mnist": (_DIGITS, 0),
}
KMNIST = "おきすつなはまやれを"
_EMNIST_PARTS = {"train-images": 3, "train-labels": 1, "test-images": 3, "test-labels": 1}
_EMNIST_FOLDERS = ("emnist", "EMNIST", "EMNIST/raw", "gzip", "emnist/gzip", "EMNIST/raw/gzip", ".")
_KMNIST_NPZ = tuple(
    f"kmnist-{part}-{what}.npz" for part in ("train", "test") for what in ("imgs", "labels")
)
_MOST = 1 << 16  # bytes of a mapping; that of byclass has some 400


def plan_emnist(request: Request) -> Plan:
    """data.path or data.dir is a folder; or data.path a file of the split that is wanted."""
    wanted, folders = [*EMNIST], request.folders
    if request.path is not None and folders[0].is_file():
        file = folders[0]
        wanted, folders = [s for s in EMNIST if file.name.startswith(f"emnist-{s}-")], [file.parent]
    elif request.path is None:
        folders = [dir / folder for dir in folders for folder in _EMNIST_FOLDERS]
    for folder in folders:
        found = {split: files for split in wanted if len(files := _emnist(folder, split)) == 4}
        if len(found) > 1:
            raise DataError(
                f"{folder}: several splits of EMNIST are there, {', '.join(found)}: name a file of "
                f"the one you want, data.path={next(iter(found.values()))[0]}"
            )
        for split, files in found.items():
            mapping = if_file(folder / f"emnist-{split}-mapping.txt")
            return Plan([*files, *mapping], partial(_parse_emnist, split, files, mapping))
    raise DataError(
        f"data=emnist: none of its splits is complete in {request.path or request.dir}: put "
        "emnist-letters-train-images-idx3-ubyte.gz, -train-labels-idx1-, -test-images-idx3- and "
        "-test-labels-idx1-ubyte.gz there (or those of balanced, digits, ...)"
    )


def _emnist(folder: Path, split: str) -> list[Path]:
    parts = _EMNIST_PARTS.items()
    return [path for part, n in parts for path in idx_file(folder, f"emnist-{split}-{part}", n)]


def _parse_emnist(split: str, files: list[Path], mapping: list[Path]) -> Parsed:
    """EMNIST's pictures are stored turned over: rows for columns."""
    names, first = EMNIST[split]
    names = _mapped(mapping[0], first) if mapping else names
    parsed = parse_idx(files, tuple(names))
    assert parsed.test is not None
    parts = []
    for rows in (parsed.train, parsed.test):
        y = rows.labels
        if len(y) and not first <= y.min() <= y.max() < first + len(names):
            raise DataError(
                f"{rows.where}: label {y.max() if y.min() >= first else y.min()}, but those of "
                f"EMNIST {split} are {first} to {first + len(names) - 1}"
            )
        parts.append(Examples(rows.x.swapaxes(1, 2), y - y.dtype.type(first), rows.where))
    return replace(parsed, train=parts[0], test=parts[1])


def _mapped(path: Path, first: int) -> str:
    """The classes as a file of NIST's names them: a line a class, its label and the code of its
    character, of letters those of the capital and the small one."""
    try:
        rows = [line.split() for line in read_plain_file(path, _MOST).decode("ascii").splitlines()]
        pairs = [(int(row[0][:9]), chr(int(row[1][:9]))) for row in rows if row]
    except (OSError, ValueError, IndexError, OverflowError) as error:
        raise DataError(f"{path}: not a mapping of labels to characters ({error})") from error
    names = "".join(name for _, name in pairs)
    if [label for label, _ in pairs] != [*range(first, first + len(pairs))] or not names.isalnum():
        raise DataError(f"{path}: not the labels from {first} on, a line each, and letters")
    return names


def plan_kmnist(request: Request) -> Plan:
    folders = request.folders
    if request.path is None:
        folders = [dir / folder for dir in folders for folder in ("kmnist", "KMNIST/raw", ".")]
    for folder in folders:
        if len(idx := find_idx(folder)) == len(PARTS):
            return Plan(idx, partial(parse_like_mnist, "kmnist", tuple(KMNIST), idx))
        if all((folder / name).is_file() for name in _KMNIST_NPZ):
            npz = [folder / name for name in _KMNIST_NPZ]
            return Plan(npz, partial(_parse_kmnist_npz, npz))
    raise DataError(
        f"data=kmnist: no complete set of its files in {request.path or request.dir}: put "
        f"train-images-idx3-ubyte.gz, ... into kmnist/ there, or {', '.join(_KMNIST_NPZ)}"
    )


def _parse_kmnist_npz(files: list[Path]) -> Parsed:
    x_train, y_train, x_test, y_test = (read_one_array(path, "arr_0") for path in files)
    return Parsed(
        Examples(x_train, y_train, str(files[1])),
        Examples(x_test, y_test, str(files[3])),
        class_names=tuple(KMNIST),
        source=f"{files[0].parent}: " + ", ".join(path.name for path in files),
    )
