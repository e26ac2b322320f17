"""EMNIST and KMNIST where they lie: which files, which way up, and what the classes are called."""

import gzip
from pathlib import Path

import makers
import numpy as np
import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.lookup.lookup_letters import EMNIST, KMNIST
from mlp_scratch.errors import DataError


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, **options)


def write_emnist(folder: Path, split: str, labels: list[int], pack: bool = True) -> np.ndarray:
    """The four files of a split; returns the training pictures as they should be seen."""
    folder.mkdir(parents=True, exist_ok=True)
    y = np.array(labels, np.uint8)
    x = makers.images(len(y), 28, 28)
    for part in ("train", "test"):
        for what, array in (("images-idx3", x.swapaxes(1, 2)), ("labels-idx1", y)):
            data, path = makers.idx_bytes(array), folder / f"emnist-{split}-{part}-{what}-ubyte"
            if pack:
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(data))
            else:
                path.write_bytes(data)
    return x


WHERE = ["emnist", "EMNIST/raw", "gzip", "emnist/gzip", "."]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("pack", [True, False])
def test_emnist(tmp_path: Path, where: str, pack: bool) -> None:
    x = write_emnist(tmp_path / where, "letters", [1, 26, 3, 1], pack)
    data = load("emnist", tmp_path)
    np.testing.assert_array_equal(data.x_train, x.reshape(4, -1))
    assert data.x_test is not None
    np.testing.assert_array_equal(data.x_test, data.x_train)
    assert data.image_shape == (28, 28)
    assert data.x_train.flags.c_contiguous
    assert [data.class_names[y] for y in data.y_train] == ["A", "Z", "C", "A"]
    assert load("emnist", tmp_path, path=tmp_path / where).digest == data.digest


NAMED = {  # from NIST's files of mappings: label, code of the character
    "balanced": {0: "0", 9: "9", 10: "A", 35: "Z", 36: "a", 37: "b", 38: "d", 41: "g", 46: "t"},
    "bymerge": {10: "A", 42: "h", 43: "n", 44: "q", 45: "r", 46: "t"},
    "byclass": {10: "A", 35: "Z", 36: "a", 61: "z"},
    "digits": {0: "0", 9: "9"},
    "mnist": {0: "0", 9: "9"},
    "letters": {1: "A", 26: "Z"},
}
CLASSES = {"balanced": 47, "bymerge": 47, "byclass": 62, "digits": 10, "mnist": 10, "letters": 26}


@pytest.mark.parametrize("split", EMNIST)
def test_what_the_classes_are_called(tmp_path: Path, split: str) -> None:
    write_emnist(tmp_path, split, [*NAMED[split]])
    data = load("emnist", tmp_path)
    assert [data.class_names[y] for y in data.y_train] == [*NAMED[split].values()]
    assert len(data.class_names) == CLASSES[split]
    for wrong in (max(NAMED[split]) + 1, *([0] if split == "letters" else [])):
        write_emnist(tmp_path, split, [*NAMED[split], wrong])
        with pytest.raises(DataError, match=f"label {wrong}, but those of EMNIST {split} are"):
            load("emnist", tmp_path)


MAPPINGS = {
    "1 66 98\n2 65 97\n": ("B", "A", "B"),
    "1 66\r\n2 65\r\n\r\n": ("B", "A", "B"),
    "2 66\n1 65\n": "not the labels from 1 on",
    "1 66\n": "label 2, but",
    "1 66\n2 10\n": "not the labels from 1 on, a line each, and letters",
    "1 66\n2 99999999999\n": "not a mapping",
    "1 x\n": "not a mapping",
    "1\n": "not a mapping",
    "é": "not a mapping",
    "": "not the labels",
    "1 66\n" * 20_000: "not a mapping",
}


@pytest.mark.parametrize("text", MAPPINGS, ids=range(len(MAPPINGS)))
def test_the_mapping_that_lies_there(tmp_path: Path, text: str) -> None:
    write_emnist(tmp_path, "letters", [1, 2, 1])
    (tmp_path / "emnist-letters-mapping.txt").write_text(text, encoding="utf-8")
    wanted = MAPPINGS[text]
    if isinstance(wanted, str):
        with pytest.raises(DataError, match=wanted):
            load("emnist", tmp_path)
    else:
        data = load("emnist", tmp_path)
        assert tuple(data.class_names[y] for y in data.y_train) == wanted


def test_which_split(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of its splits is complete"):
        load("emnist", tmp_path)
    write_emnist(tmp_path, "letters", [1, 2])
    write_emnist(tmp_path, "digits", [3, 4])
    with pytest.raises(DataError, match=r"several splits .* digits, letters: name a file") as error:
        load("emnist", tmp_path)
    name = str(error.value).rpartition("data.path=")[2]
    assert [load("emnist", tmp_path, path=name).class_names[3]] == ["3"]
    named = tmp_path / "emnist-letters-test-labels-idx1-ubyte.gz"
    assert load("emnist", tmp_path, path=named).class_names[:2] == ("A", "B")
    named.unlink()
    assert load("emnist", tmp_path).class_names == tuple("0123456789")


def write_kmnist_npz(folder: Path, name: str = "arr_0") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("train", "test"):
        np.savez_compressed(folder / f"kmnist-{part}-imgs", **{name: makers.images(20, 28, 28)})
        np.savez_compressed(folder / f"kmnist-{part}-labels", **{name: makers.labels(20)})


@pytest.mark.parametrize("where", ["kmnist", "KMNIST/raw", "."])
@pytest.mark.parametrize("form", ["idx", "npz"])
def test_kmnist(tmp_path: Path, where: str, form: str) -> None:
    folder = tmp_path / where
    if form == "idx":
        x, y = [*makers.write_mnist(folder, pack=True).values()][:2]
    else:
        write_kmnist_npz(folder)
        x, y = makers.images(20, 28, 28), makers.labels(20)
    data = load("kmnist", tmp_path)
    np.testing.assert_array_equal(data.x_train, x.reshape(len(x), -1))
    np.testing.assert_array_equal(data.y_train, y)
    assert data.class_names == tuple(KMNIST) == (*"おきすつなはまやれを",)
    assert data.x_test is not None
    assert load("kmnist", tmp_path, path=folder).digest == data.digest


def test_no_kmnist(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no complete set of its files"):
        load("kmnist", tmp_path)
    write_kmnist_npz(tmp_path, "other")
    with pytest.raises(DataError, match="expected an array arr_0"):
        load("kmnist", tmp_path)
    (tmp_path / "kmnist-train-imgs.npz").write_bytes(b"PK\3\4")
    with pytest.raises(DataError, match="damaged"):
        load("kmnist", tmp_path)


def test_mnist_is_not_taken_for_kmnist(mnist_dir: Path) -> None:
    with pytest.raises(DataError, match="these are the labels of mnist, but data=kmnist"):
        load("kmnist", mnist_dir)
