"""Where the files of each data set are looked up, and which reader they are given to.

``DATASETS`` has a function for each name: it looks at a `Request` and gives a `Plan`.
"""

import hashlib
import itertools
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from mlp_scratch.bounded_reads import opened, unpacked
from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.fetch.sources import SOURCES
from mlp_scratch.data.formats.idx import PARTS, parse_idx
from mlp_scratch.data.formats.npy import find_npy, parse_npy
from mlp_scratch.data.formats.npz import parse_npz
from mlp_scratch.data.requests import Plan, Request
from mlp_scratch.data.tables.column_roles import Roles
from mlp_scratch.data.tables.reading import Reading
from mlp_scratch.data.tables.table_files import parse_tables
from mlp_scratch.errors import DataError

DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


class _MnistLike(NamedTuple):
    """Under which names the files of MNIST or its like are given out."""

    class_names: tuple[str, ...]
    folders: tuple[str, ...]  # torchvision keeps its raw files in the last
    tables: tuple[tuple[str, str], ...]  # training and test


_MNIST_LIKE = {
    "mnist": _MnistLike(
        DIGITS,
        ("mnist", "MNIST/raw"),
        (("mnist_train.csv", "mnist_test.csv"), ("train.csv", "test.csv")),
    ),
    "fashion_mnist": _MnistLike(
        FASHION,
        ("fashion_mnist", "fashion-mnist", "FashionMNIST/raw"),
        (("fashion-mnist_train.csv", "fashion-mnist_test.csv"),),
    ),
}


def plan_digits(request: Request) -> Plan:
    from mlp_scratch.data.builtin import digits

    def parse() -> Parsed:
        x_train, y_train, x_test, y_test = digits.generate(0)
        where = "the built-in digits"
        train, test = (x_train, y_train, where), (x_test, y_test, where)
        return Parsed(*train, *test, DIGITS, (28, 28), where)

    return Plan([], parse, {"version": digits.VERSION})


def find_mnist_like(name: str, dir: Path) -> list[Path] | None:
    """The files of MNIST or Fashion-MNIST in ``dir`` or its usual subfolders: four IDX files (plain
    or gzipped), or one .npz, or one or two CSV files; None if there are none."""
    known = _MNIST_LIKE[name]
    for folder in (*(dir / sub for sub in known.folders), dir):
        idx = _find_idx(folder)
        if len(idx) == len(PARTS):
            return idx
        if (folder / f"{name}.npz").is_file():
            return [folder / f"{name}.npz"]
        for train, test in known.tables:
            if (folder / train).is_file() and _has_785_columns(folder / train):
                return [folder / train, *_if_file(folder / test)]
    return None


def plan_mnist_like(request: Request) -> Plan:
    name, class_names = request.name, _MNIST_LIKE[request.name].class_names
    files = find_mnist_like(name, _folder(request))
    if files is None:
        files = _download(request)
    if files[0].suffix == ".npz":
        return Plan(files, lambda: parse_npz(files[0], class_names))
    if files[0].suffix == ".csv":
        roles = Roles(label=request.label)
        others = dict(zip(("test",), files[1:], strict=False))
        reading = request.reading
        return _tables(files[0], others, roles, reading, class_names, (28, 28), labelled=False)

    def parse() -> Parsed:
        _refuse_mix_up(name, files[1])
        return parse_idx(files, class_names)

    return Plan(files, parse)


def _refuse_mix_up(name: str, labels: Path) -> None:
    """MNIST and Fashion-MNIST have files of the same names: their labels tell which they are."""
    with opened(labels) as file:
        packed = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        content = hashlib.sha256(unpacked(file).read(1 << 20)).hexdigest()
    for other in _MNIST_LIKE:
        remote = SOURCES[other][1]
        if other != name and (remote.sha256 == packed or remote.content_sha256 == content):
            raise DataError(f"{labels}: these are the labels of {other}, but data={name}")


def plan_idx(request: Request) -> Plan:
    folder, others = _existing(request), _other_files(request)
    files = _pairs_in(folder)
    if "test" in others:
        files = files[:2]
    more = {part: _pairs_in(other)[-2:] for part, other in others.items()}

    def parse() -> Parsed:
        return parse_idx(files, None, **more)

    return Plan([*files, *itertools.chain(*more.values())], parse, {"others": [*more]})


def plan_csv(request: Request) -> Plan:
    path = _existing(request)
    others, labelled = _other_files(request), True
    if path.is_dir():
        folder, path = path, path / "train.csv"
        if not path.is_file():
            raise DataError(
                f"{folder}: no train.csv in it; give the file itself: data.path=FILE.csv"
            )
        beside = folder / "test.csv"
        if "test" not in others and beside.is_file():
            others, labelled = {"test": beside, **others}, False
    return _tables(path, others, request.roles, request.reading, labelled=labelled)


def plan_npz(request: Request) -> Plan:
    path, others = _existing(request), _other_files(request)
    files = [path, *others.values()]
    return Plan(files, lambda: parse_npz(path, None, **others), {"others": [*others]})


def plan_npy(request: Request) -> Plan:
    label = request.label
    if label is not None and not isinstance(label, str | int):
        raise DataError("data=npy: data.label must be one file or one column")
    files = find_npy(_existing(request), label, **_other_files(request))
    options = {"label": label, "parts": [*files]}
    return Plan(list(files.values()), lambda: parse_npy(files, label), options)


def plan_cifar10(request: Request) -> Plan:
    from mlp_scratch.data.formats import cifar

    folder = _folder(request)
    files = cifar.find_cifar10(folder)
    if files is None:
        pickled = cifar.find_pickled(folder)
        if pickled is not None and (request.path is not None or not request.download):
            raise cifar.pickle_error(pickled)
        files = _download(request)
    return Plan(files, lambda: cifar.parse_cifar10(files))


DATASETS: dict[str, Callable[[Request], Plan]] = {
    "digits": plan_digits,
    "mnist": plan_mnist_like,
    "fashion_mnist": plan_mnist_like,
    "cifar10": plan_cifar10,
    "csv": plan_csv,
    "npz": plan_npz,
    "npy": plan_npy,
    "idx": plan_idx,
}


def _tables(
    path: Path,
    others: dict[str, Path],
    roles: Roles,
    reading: Reading,
    class_names: tuple[str, ...] | None = None,
    image_shape: tuple[int, ...] | None = None,
    *,
    labelled: bool,
) -> Plan:
    options = {"roles": asdict(roles), "reading": asdict(reading), "labelled": labelled}
    return Plan(
        [path, *others.values()],
        lambda: parse_tables(path, others, reading, roles, labelled, class_names, image_shape),
        {**options, "others": [*others]},
    )


def _download(request: Request) -> list[Path]:
    from mlp_scratch.data.fetch.download import by_hand, download_all

    remotes = SOURCES[request.name]
    folder = request.dir / request.name
    if request.path is not None or not request.download:
        where = request.path if request.path is not None else f"{folder} or {request.dir}"
        why = "" if request.path is not None else ", and data.download=false"
        raise DataError(
            f"data={request.name}: no complete set of its files in {where}{why}\n"
            + by_hand(remotes, folder)
        )
    return download_all(request.name, remotes, folder)


def _find_idx(folder: Path) -> list[Path]:
    """Those of the four files that are there, be it as train-images-idx3-ubyte or
    train-images.idx3-ubyte, either of them .gz; a plain one first."""
    found = []
    for part, ndim in PARTS.items():
        names = [f"{part}{dot}idx{ndim}-ubyte{end}" for end in ("", ".gz") for dot in "-."]
        found += [path for name in names if (path := folder / name).is_file()][:1]
    return found


def _pairs_in(folder: Path) -> list[Path]:
    """Images and labels in a folder, of training, test, or both."""
    files = _find_idx(folder)
    if len(files) not in (2, 4):
        raise DataError(
            f"{folder}: expected train-images-idx3-ubyte, train-labels-idx1-ubyte and perhaps "
            f"t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (plain or .gz), found {len(files)}"
        )
    return files


def _has_785_columns(path: Path) -> bool:
    """Kaggle calls every competition's file train.csv: this tells the digits from the Titanic."""
    with opened(path) as file:
        return file.readline(1 << 16).count(b",") == 784


def _if_file(path: Path) -> list[Path]:
    return [path] if path.is_file() else []


def lies_in(name: str, dir: Path) -> bool:
    """Whether nothing of this data set has to be downloaded if ``dir`` is where it is looked up."""
    if name not in SOURCES:
        return True
    if name in _MNIST_LIKE:
        return find_mnist_like(name, Path(os.path.expanduser(dir))) is not None
    from mlp_scratch.data.formats.cifar import find_cifar10

    return find_cifar10(Path(os.path.expanduser(dir))) is not None


def _folder(request: Request) -> Path:
    return request.dir if request.path is None else _exists(request.path, request.dir)


def _existing(request: Request) -> Path:
    if request.path is None:
        raise DataError(f"data={request.name} needs data.path=FILE, the file (or folder) to read")
    return _exists(request.path, request.dir)


def _other_files(request: Request) -> dict[str, Path]:
    """The files of the test rows and of the validation rows, by ``test`` and ``val``."""
    paths = {"test": request.test_path, "val": request.val_path}
    return {part: _exists(p, request.dir) for part, p in paths.items() if p is not None}


def _exists(path: Path, dir: Path) -> Path:
    """The path as given, or below ``dir``."""
    for candidate in (path, dir / path):
        if candidate.exists():
            return candidate
    raise DataError(f"{path}: no such file or folder, neither here nor in {dir}")
