"""Where the files of each data set are looked up, and which reader they are given to."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlp_scratch.bounded_reads import opened, unpacked
from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.fetch.sources import SOURCES
from mlp_scratch.errors import DataError

DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
_IDX_PARTS = ("train-images", "train-labels", "t10k-images", "t10k-labels")
# torchvision keeps its raw files in such folders
_FOLDERS = {
    "mnist": ("mnist", "MNIST/raw"),
    "fashion_mnist": ("fashion_mnist", "fashion-mnist", "FashionMNIST/raw"),
}
_CSV_TRAIN = {
    "mnist": ("mnist_train.csv", "train.csv"),
    "fashion_mnist": ("fashion-mnist_train.csv",),
}
_CSV_TEST = {
    "mnist_train.csv": "mnist_test.csv",
    "fashion-mnist_train.csv": "fashion-mnist_test.csv",
    "train.csv": "test.csv",
}


@dataclass(frozen=True)
class Request:
    """What was asked for: see `load_dataset`."""

    name: str
    dir: Path
    path: Path | None = None
    test_path: Path | None = None
    label: str | int | None = None
    download: bool = True
    progress: Callable[[str, int, int | None], None] | None = None


@dataclass(frozen=True)
class Plan:
    """The files to parse, how, and whatever else than their contents the result depends on."""

    files: list[Path]
    parse: Callable[[], Parsed]
    options: dict[str, Any] = field(default_factory=dict)


def plan_digits(request: Request) -> Plan:
    from mlp_scratch.data.builtin import digits

    def parse() -> Parsed:
        x_train, y_train, x_test, y_test = digits.generate(0)
        where = "the built-in digits"
        train, test = (x_train, y_train, where), (x_test, y_test, where)
        return Parsed(*train, *test, DIGITS, (28, 28), where)

    return Plan([], parse, {"version": digits.VERSION})


def plan_mnist(request: Request) -> Plan:
    return _plan_mnist_like(request, DIGITS)


def plan_fashion_mnist(request: Request) -> Plan:
    return _plan_mnist_like(request, FASHION)


def find_mnist_like(name: str, dir: Path) -> list[Path] | None:
    """The files of MNIST or Fashion-MNIST in ``dir`` or its usual subfolders: four IDX files (plain
    or gzipped), or one .npz, or one or two CSV files; None if there are none."""
    folders = [dir / sub for sub in _FOLDERS[name]] + [dir]
    for folder in folders:
        idx = [_find_idx(folder, part) for part in _IDX_PARTS]
        if all(idx):
            return [path for path in idx if path is not None]
        if (folder / f"{name}.npz").is_file():
            return [folder / f"{name}.npz"]
        for train in _CSV_TRAIN[name]:
            if (folder / train).is_file() and _has_785_columns(folder / train):
                test = folder / _CSV_TEST[train]
                return [folder / train] + ([test] if test.is_file() else [])
    return None


def _plan_mnist_like(request: Request, class_names: tuple[str, ...]) -> Plan:
    name = request.name
    files = find_mnist_like(name, _folder(request))
    if files is None:
        files = _download(request)
    if files[0].suffix == ".npz":
        return _npz(files[0], None, class_names)
    if files[0].suffix == ".csv":
        return _csv(files[0], files[1:], request.label, class_names, (28, 28))

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
    for other in ("mnist", "fashion_mnist"):
        remote = SOURCES[other][1]
        if other != name and (remote.sha256 == packed or remote.content_sha256 == content):
            raise DataError(f"{labels}: these are the labels of {other}, but data={name}")


def parse_idx(files: list[Path], class_names: tuple[str, ...] | None) -> Parsed:
    """Images and labels of the training set, then of the test set if there is one."""
    from mlp_scratch.data.formats.idx import read_idx

    arrays = [read_idx(path, ndim) for path, ndim in zip(files, (3, 1, 3, 1), strict=False)]
    for i in range(0, len(arrays), 2):
        if len(arrays[i]) != len(arrays[i + 1]):
            raise DataError(
                f"{files[i + 1]}: {len(arrays[i + 1])} labels for the {len(arrays[i])} images of "
                f"{files[i].name}"
            )
    source = _names(files)
    parsed = Parsed(arrays[0], arrays[1], str(files[1]), class_names=class_names, source=source)
    if len(arrays) == 4:
        parsed = replace(parsed, x_test=arrays[2], labels_test=arrays[3], test=str(files[3]))
    return parsed


def plan_idx(request: Request) -> Plan:
    folder = _existing(request)
    files = [path for part in _IDX_PARTS if (path := _find_idx(folder, part))]
    if len(files) not in (2, 4):
        raise DataError(
            f"{folder}: expected train-images-idx3-ubyte, train-labels-idx1-ubyte and perhaps "
            f"t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (plain or .gz), found {len(files)}"
        )
    return Plan(files, lambda: parse_idx(files, None))


def plan_csv(request: Request) -> Plan:
    path = _existing(request)
    if path.is_dir():
        train, test = path / "train.csv", path / "test.csv"
        if not train.is_file():
            raise DataError(f"{path}: no train.csv in it; give the file itself: data.path=FILE.csv")
        return _csv(train, [test] if test.is_file() else [], request.label, None, None)
    test_files = [] if request.test_path is None else [_exists(request.test_path, request.dir)]
    return _csv(path, test_files, request.label, None, None, labelled=True)


def plan_npz(request: Request) -> Plan:
    path = _existing(request)
    test = None if request.test_path is None else _exists(request.test_path, request.dir)
    return _npz(path, test, None)


def plan_npy(request: Request) -> Plan:
    from mlp_scratch.data.formats.npy import find_npy, parse_npy

    path = _existing(request)
    test = None if request.test_path is None else _exists(request.test_path, request.dir)
    files = find_npy(path, test, request.label)
    return Plan(
        list(files.values()), lambda: parse_npy(files, request.label), {"label": request.label}
    )


def plan_cifar10(request: Request) -> Plan:
    from mlp_scratch.data.formats.cifar import (
        find_cifar10,
        find_pickled,
        parse_cifar10,
        pickle_error,
    )

    folder = _folder(request)
    files = find_cifar10(folder)
    if files is None:
        pickled = find_pickled(folder)
        if pickled is not None and (request.path is not None or not request.download):
            raise pickle_error(pickled)
        files = _download(request)
    return Plan(files, lambda: parse_cifar10(files))


def _npz(
    path: Path,
    test: Path | None,
    class_names: tuple[str, ...] | None,
) -> Plan:
    def parse() -> Parsed:
        from mlp_scratch.data.formats.npz import parse_npz

        return parse_npz(path, test, class_names)

    return Plan([path] + ([test] if test else []), parse)


def _csv(
    path: Path,
    test_files: list[Path],
    label: str | int | None,
    class_names: tuple[str, ...] | None,
    image_shape: tuple[int, ...] | None,
    labelled: bool = False,
) -> Plan:
    def parse() -> Parsed:
        from mlp_scratch.data.tables.csv import parse_csv

        test = test_files[0] if test_files else None
        return parse_csv(path, test, label, class_names, image_shape, labelled)

    return Plan([path, *test_files], parse, {"label": label, "labelled": labelled})


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
    return download_all(request.name, remotes, folder, request.progress)


def _find_idx(folder: Path, part: str) -> Path | None:
    """train-images-idx3-ubyte, train-images.idx3-ubyte, either of them .gz; a plain one first."""
    kind = "idx3" if part.endswith("images") else "idx1"
    for end in ("", ".gz"):
        for separator in "-.":
            path = folder / f"{part}{separator}{kind}-ubyte{end}"
            if path.is_file():
                return path
    return None


def _has_785_columns(path: Path) -> bool:
    """Kaggle calls every competition's file train.csv: this tells the digits from the Titanic."""
    with opened(path) as file:
        return file.readline(1 << 16).count(b",") == 784


def _folder(request: Request) -> Path:
    return request.dir if request.path is None else _exists(request.path, request.dir)


def _existing(request: Request) -> Path:
    if request.path is None:
        raise DataError(f"data={request.name} needs data.path=FILE, the file (or folder) to read")
    return _exists(request.path, request.dir)


def _exists(path: Path, dir: Path) -> Path:
    """The path as given, or below ``dir``."""
    for candidate in (path, dir / path):
        if candidate.exists():
            return candidate
    raise DataError(f"{path}: no such file or folder, neither here nor in {dir}")


def _names(files: list[Path]) -> str:
    return f"{files[0].parent}: " + ", ".join(path.name for path in files)
