"""Where the files of each data set are looked up, and which reader they are given to.

``DATASETS`` has a function for each name: it looks at a `Request` and gives a `Plan`.
"""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

from mlp_scratch.data.array_formats.idx import parse_idx
from mlp_scratch.data.array_formats.npy import find_npy, parse_npy
from mlp_scratch.data.array_formats.npz import parse_npz
from mlp_scratch.data.builtin import worlds
from mlp_scratch.data.builtin.worlds import WORLDS
from mlp_scratch.data.dataset import Examples, Parsed
from mlp_scratch.data.fetch.sources import SOURCES
from mlp_scratch.data.lookup.data_request import Plan, Request, downloaded, existing, other_files
from mlp_scratch.data.lookup.lookup_letters import plan_emnist, plan_kmnist
from mlp_scratch.data.lookup.lookup_mnist import (
    DIGITS,
    MNIST_LIKE,
    find_idx,
    find_mnist_like,
    plan_mnist_like,
)
from mlp_scratch.data.lookup.lookup_pictures import plan_folder
from mlp_scratch.data.lookup.lookup_tables import plan_table
from mlp_scratch.errors import DataError


def plan_digits(request: Request) -> Plan:
    from mlp_scratch.data.builtin import digits

    def parse() -> Parsed:
        x_train, y_train, x_test, y_test = digits.generate(0)
        where = "the built-in digits"
        train, test = Examples(x_train, y_train, where), Examples(x_test, y_test, where)
        return Parsed(train, test, None, DIGITS, (28, 28))

    return Plan([], parse, {"version": digits.VERSION})


def plan_world(request: Request) -> Plan:
    name, n, noise = request.name, request.n, request.noise
    if n is None or noise is None:
        raise DataError(f"data={name} needs data.n, how many points, and data.noise")
    curve = name in worlds.CURVES

    def parse() -> Parsed:
        rows = Examples(*worlds.generate(name, n, noise), f"the built-in {name}, {n:,} points")
        if curve:
            return Parsed(rows, feature_names=("x",), target_names=("y",))
        classes = tuple(map(str, range(int(rows.labels.max()) + 1)))
        return Parsed(rows, class_names=classes, feature_names=("x1", "x2"))

    options = {"version": worlds.VERSION, "n": n, "noise": noise}
    return Plan([], parse, options, task="regression" if curve else "auto")


def plan_idx(request: Request) -> Plan:
    folder, others = existing(request), other_files(request)
    files = _pairs_in(folder)
    if "test" in others:
        files = files[:2]
    more = {part: _pairs_in(other)[-2:] for part, other in others.items()}
    every = [*files, *itertools.chain(*more.values())]
    return Plan(every, lambda: parse_idx(files, None, **more), {"others": [*more]})


def plan_npz(request: Request) -> Plan:
    path, others = existing(request), other_files(request)
    files = [path, *others.values()]
    return Plan(files, lambda: parse_npz(path, None, **others), {"others": [*others]})


def plan_npy(request: Request) -> Plan:
    label = request.label
    if label is not None and not isinstance(label, str | int):
        raise DataError("data=npy: data.label must be one file or one column")
    files = find_npy(existing(request), label, **other_files(request))
    options = {"label": label, "parts": [*files]}
    return Plan(list(files.values()), lambda: parse_npy(files, label), options)


def plan_cifar10(request: Request) -> Plan:
    from mlp_scratch.data.array_formats import cifar

    found = (cifar.find_cifar10(folder) for folder in request.folders)
    files = next((files for files in found if files is not None), None)
    if files is None:
        pickled = cifar.find_pickled(request.folders[0])
        if pickled is not None and (request.path is not None or not request.download):
            raise cifar.pickle_error(pickled)
        files = downloaded(request)
    return Plan(files, lambda: cifar.parse_cifar10(files))


DATASETS: dict[str, Callable[[Request], Plan]] = {
    "digits": plan_digits,
    "mnist": plan_mnist_like,
    "fashion_mnist": plan_mnist_like,
    "emnist": plan_emnist,
    "kmnist": plan_kmnist,
    "cifar10": plan_cifar10,
    "table": plan_table,
    "csv": plan_table,
    "npz": plan_npz,
    "npy": plan_npy,
    "idx": plan_idx,
    "folder": plan_folder,
    **dict.fromkeys(WORLDS, plan_world),
}


def _pairs_in(folder: Path) -> list[Path]:
    """Images and labels in a folder, of training, test, or both."""
    files = find_idx(folder)
    if len(files) not in (2, 4):
        raise DataError(
            f"{folder}: expected train-images-idx3-ubyte, train-labels-idx1-ubyte and perhaps "
            f"t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (plain or .gz), found {len(files)}"
        )
    return files


def lies_in(name: str, dir: Path) -> bool:
    """Whether nothing of this data set has to be downloaded if ``dir`` is where it is looked up."""
    if name not in SOURCES:
        return True
    if name in MNIST_LIKE:
        return find_mnist_like(name, Path(os.path.expanduser(dir))) is not None
    from mlp_scratch.data.array_formats.cifar import find_cifar10

    return find_cifar10(Path(os.path.expanduser(dir))) is not None
