"""Where the files of MNIST and Fashion-MNIST are looked up: in the folders of this program, then
where other programs on this machine keep them; what is nowhere is downloaded.
"""

import hashlib
import logging
import os
from pathlib import Path
from typing import NamedTuple

from mlp_scratch.bounded_reads import opened, unpacked
from mlp_scratch.data.array_formats.idx import PARTS, parse_idx
from mlp_scratch.data.array_formats.npz import parse_npz
from mlp_scratch.data.dataset import Parsed
from mlp_scratch.data.fetch.sources import SOURCES, Remote
from mlp_scratch.data.lookup.data_request import Plan, Request, downloaded, if_file
from mlp_scratch.data.lookup.lookup_tables import tables
from mlp_scratch.data.tables.column_roles import Roles
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
    keras: str  # below Keras's folder
    system: tuple[Path, ...] = ()  # where packages of a Linux put them


MNIST_LIKE = {
    "mnist": _MnistLike(
        DIGITS,
        ("mnist", "MNIST/raw"),
        (("mnist_train.csv", "mnist_test.csv"), ("train.csv", "test.csv")),
        "datasets",
    ),
    "fashion_mnist": _MnistLike(
        FASHION,
        ("fashion_mnist", "fashion-mnist", "FashionMNIST/raw"),
        (("fashion-mnist_train.csv", "fashion-mnist_test.csv"),),
        "datasets/fashion-mnist",
        (Path("/usr/share/datasets/fashion-mnist"),),  # Debian's dataset-fashion-mnist
    ),
}
# SHA-256 of mnist.npz as keras.datasets.mnist has it
_KERAS_NPZ = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
_KMNIST_MD5 = "e144d726b3acfaa3e44228e80efcd344"  # of train-labels-idx1-ubyte.gz, in torchvision
_log = logging.getLogger(__name__)
_MOST = 1 << 20  # bytes of labels; there are 60,008


def find_mnist_like(name: str, dir: Path) -> list[Path] | None:
    """The files of MNIST or Fashion-MNIST in ``dir`` or its usual subfolders: four IDX files (plain
    or gzipped), or one .npz, or one or two CSV files; None if there are none."""
    known = MNIST_LIKE[name]
    for folder in (*(dir / sub for sub in known.folders), dir):
        idx = find_idx(folder)
        if len(idx) == len(PARTS):
            return idx
        if (folder / f"{name}.npz").is_file():
            return [folder / f"{name}.npz"]
        for train, test in known.tables:
            if (folder / train).is_file() and _has_785_columns(folder / train):
                return [folder / train, *if_file(folder / test)]
    return None


def plan_mnist_like(request: Request) -> Plan:
    name, class_names = request.name, MNIST_LIKE[request.name].class_names
    found = (find_mnist_like(name, folder) for folder in request.folders)
    files = next((files for files in found if files), None)
    if files is None and request.path is None and (other := _find_elsewhere(name)):
        where = other[0].parent
        _log.info("data=%s: read from %s (data.dir=FOLDER for another)", name, where)
        return Plan(other, lambda: parse_like_mnist(name, class_names, _published(request, other)))
    if files is None:
        files = downloaded(request)
    if files[0].suffix == ".csv":
        roles = Roles(label=request.label)
        others = dict(zip(("test",), files[1:], strict=False))
        reading = request.reading
        return tables(files[0], others, roles, reading, class_names, (28, 28), labelled=False)
    return Plan(files, lambda: parse_like_mnist(name, class_names, files))


def parse_like_mnist(name: str, class_names: tuple[str, ...], files: list[Path]) -> Parsed:
    if files[0].suffix == ".npz":
        return parse_npz(files[0], class_names)
    refuse_mix_up(name, files[1])
    return parse_idx(files, class_names)


def _find_elsewhere(name: str) -> list[Path] | None:
    """The files where Keras or a package of the system put them."""
    home = Path(os.path.expanduser(os.environ.get("KERAS_HOME") or "~/.keras"))
    for folder in (home / MNIST_LIKE[name].keras, *MNIST_LIKE[name].system):
        if files := find_idx(folder):
            if len(files) == len(PARTS):
                return files
        elif (folder / f"{name}.npz").is_file():
            return [folder / f"{name}.npz"]
    return None


def _published(request: Request, files: list[Path]) -> list[Path]:
    """These files if they are the published ones, as their checksums tell; else others, from the
    web. They lie in folders that belong to other programs."""
    for path, remote in zip(files, SOURCES[request.name], strict=False):
        if not _is_published(path, remote):
            _log.warning("%s: not as it was published, so it is not used", path)
            return downloaded(request)
    return files


def _is_published(path: Path, remote: Remote) -> bool:
    from mlp_scratch.data.fetch.download import content_sha256

    try:
        with opened(path) as file:
            if path.suffix == ".npz":
                return hashlib.file_digest(file, "sha256").hexdigest() == _KERAS_NPZ
            return content_sha256(file, path.stat().st_size) == remote.content_sha256
    except DataError:  # damaged gzip data
        return False


def refuse_mix_up(name: str, labels: Path) -> None:
    """MNIST and its like have files of the same names: their labels tell which they are."""
    with opened(labels) as file:
        packed = file.read(_MOST)
        file.seek(0)
        content = hashlib.sha256(unpacked(file).read(_MOST)).hexdigest()
    others = {other for other in MNIST_LIKE if SOURCES[other][1].content_sha256 == content}
    if hashlib.md5(packed, usedforsecurity=False).hexdigest() == _KMNIST_MD5:
        others.add("kmnist")
    for other in others - {name}:
        raise DataError(f"{labels}: these are the labels of {other}, but data={name}")


def find_idx(folder: Path) -> list[Path]:
    """Those of the four files that are there, be it as train-images-idx3-ubyte or
    train-images.idx3-ubyte, either of them .gz; a plain one first."""
    found = []
    for part, ndim in PARTS.items():
        found += idx_file(folder, part, ndim)
    return found


def idx_file(folder: Path, part: str, ndim: int) -> list[Path]:
    names = [f"{part}{dot}idx{ndim}-ubyte{end}" for end in ("", ".gz") for dot in "-."]
    return [path for name in names if (path := folder / name).is_file()][:1]


def _has_785_columns(path: Path) -> bool:
    """Kaggle calls every competition's file train.csv: this tells the digits from the Titanic."""
    with opened(path) as file:
        return file.readline(1 << 16).count(b",") == 784
