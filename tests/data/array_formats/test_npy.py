"""``.npy`` files: honest ones, and those that lie."""

from pathlib import Path

import makers
import numpy as np
import pytest
from hostile_files import npy_header, refused

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import DataError

NPY = {
    "empty": (b"", "the file is empty"),
    "text": (b"1,2,3\n", "not a .npy file"),
    "version 9": (b"\x93NUMPY\x09\x00\x10\x00", "not a .npy file"),
    "header length": (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "its header is damaged"),
    "header cut": (npy_header("|u1", (4, 4))[:40], "its header is damaged"),
    "header broken": (npy_header("|u1", "(4, 4"), "its header is damaged"),
    "header nested": (npy_header("|u1", "(" * 500 + ")" * 500), "its header is damaged"),
    "header of Python 2": (npy_header("|u1", "(40L, 1L)") + bytes(40), "its header is damaged"),
    "header with a string cut": (npy_header("|u1", "(4, '''"), "its header is damaged"),
    "backslash": (npy_header("|u1", "(40, 1)", r"'\d': 1") + bytes(40), "its header is damaged"),
    "version 3": (b"\x93NUMPY\x03\x00\x10\x00\x00\x00" + b" " * 16, "its header is damaged"),
    "dates": (npy_header("<M8[s]", (40, 1)) + bytes(320), "not plain numbers"),
    "unknown key": (npy_header("|u1", (40, 1), "'x': 1") + bytes(40), "its header is damaged"),
    "truncated": (
        npy_header("|u1", (4, 4)) + bytes(15),
        "(16 bytes) but the file holds at most 15",
    ),
    "too long": (npy_header("|u1", (4, 4)) + bytes(17), "more data after offset 144"),
    "2^31 rows": (npy_header("<f8", (1 << 31, 784)), "claims 2147483648x784"),
    "negative": (npy_header("|u1", (-1, 4)), "claims the shape (-1, 4)"),
    "booleans": (npy_header("|u1", (True, 4)), "claims the shape (True, 4)"),
    "objects": (npy_header("|O", (1, 1)) + b"x", "Python objects are never loaded"),
    "records": (npy_header([("a", "<f4")], (1,)) + bytes(4), "not plain numbers"),
    "voids": (npy_header("|V4", (1, 1)) + bytes(4), "not plain numbers"),
    "bad type": (npy_header("<u3", (1, 1)) + bytes(3), "its header is damaged"),
    "complex": (npy_header("<c8", (40, 2)) + bytes(640), "features must be numbers"),
    "words": (npy_header("<U1", (40, 2)) + bytes(320), "features must be numbers"),
    "scalar": (npy_header("|u1", ()) + bytes(1), "an array of shape ()"),
    "5 dimensions": (npy_header("|u1", (40, 1, 1, 1, 1)) + bytes(40), "of shape (40, 1, 1, 1, 1)"),
    "channels first": (makers.npy_bytes(np.zeros((40, 3, 8, 8))), "move the channels last"),
    "no rows": (npy_header("|u1", (0, 4)), "no data"),
    "no features": (npy_header("|u1", (40, 0)), "no data"),
    "NaN": (makers.npy_bytes(np.array([[1.0, np.nan]] * 40)), "row 1, column 2 is nan"),
    "too large": (makers.npy_bytes(np.array([[1.0, 1e300]] * 40)), "row 1, column 2 is inf"),
    "other length": (makers.npy_bytes(np.zeros((39, 2))), "39 rows but 40 labels"),
}


@pytest.mark.parametrize("what", NPY)
def test_npy(tmp_path: Path, what: str) -> None:
    content, message = NPY[what]
    (tmp_path / "x.npy").write_bytes(content)
    np.save(tmp_path / "y.npy", np.arange(40) % 10)
    found = refused("npy", tmp_path / "x.npy")
    assert message in found
    assert str(tmp_path) in found


NPY_LABELS = {
    "NaN": (np.array([0, np.nan] * 20), "'y' of row 2 is 'nan': it is not a finite number"),
    "infinite": (np.array([0, np.inf] * 20), "the label of row 2 is 'inf'"),
    "a class a row": (np.eye(40), "each of the 40 rows has a class of its own"),
    "three axes": (np.zeros((40, 2, 2)), "the targets must be (n,) or (n, k)"),
    "complex": (np.zeros(40, complex), "whole numbers or words"),
    "too many": (np.zeros(41), "40 rows but 41 labels"),
    "a number": (np.array(3), "40 rows but 1 labels"),
}


@pytest.mark.parametrize("what", NPY_LABELS)
def test_npy_labels(tmp_path: Path, what: str) -> None:
    labels, message = NPY_LABELS[what]
    np.save(tmp_path / "x.npy", np.ones((40, 2)))
    np.save(tmp_path / "y.npy", labels)
    found = refused("npy", tmp_path)
    assert message in found
    assert "y.npy" in found


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (("x.npy", "y.npy"), "x.npy"),
        (("X.npy", "y.npy"), "X.npy"),
        (("x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"), "x_train.npy"),
        (("train_x.npy", "train_y.npy", "test_x.npy", "test_y.npy"), "train_x.npy"),
        (("my_images.npy", "my_labels.npy"), "my_images.npy"),
        (("train_images.npy", "train_labels.npy", "test_images.npy", "test_labels.npy"), ""),
        (("features.npy", "labels.npy"), ""),
    ],
)
def test_npy_files_find_their_labels(tmp_path: Path, names: tuple, given: str) -> None:
    arrays = (makers.images(12), makers.labels(12, 3), makers.images(6), makers.labels(6, 3))
    for name, array in zip(names, arrays, strict=False):
        np.save(tmp_path / name, array)
    data = load("npy", tmp_path, path=tmp_path / given)
    np.testing.assert_array_equal(data.x_train, arrays[0].reshape(12, 12))
    np.testing.assert_array_equal(data.y_train, arrays[1])
    assert (data.x_test is not None) == (len(names) == 4)


def test_npy_with_labels_elsewhere_or_inside(tmp_path: Path) -> None:
    table = np.column_stack([makers.labels(12, 3), makers.images(12).reshape(12, -1)])
    np.save(tmp_path / "table.npy", table)
    np.save(tmp_path / "answers.npy", makers.labels(12, 4))
    data = load("npy", tmp_path, path=tmp_path / "table.npy")
    np.testing.assert_array_equal(data.x_train, table[:, 1:])
    np.testing.assert_array_equal(data.y_train, table[:, 0])
    assert "labels in column 0" in data.source
    data = load("npy", tmp_path, path=tmp_path / "table.npy", label="answers.npy")
    assert data.n_features == 13
    assert len(data.class_names) == 4
    data = load("npy", tmp_path, path=tmp_path / "table.npy", label="-1")
    np.testing.assert_array_equal(data.x_train, table[:, :-1])


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        (("x.npy",), {"path": "x.npy"}, "no labels: expected y.npy beside it"),
        (("sub/x.npy",), {"path": "sub"}, "no labels: expected y.npy beside it"),
        (("sub/z.npy",), {"path": "sub"}, "no x_train.npy or x.npy in it"),
        (("x.npy",), {"path": "x.npy", "label": "gone.npy"}, "gone.npy: no such file"),
        (("z.npy",), {"path": "z.npy", "label": "klass"}, "must be a .npy file or the number"),
        (("z.npy",), {"path": "z.npy"}, "must be a table"),
        ((), {}, "needs data.path=FILE"),
        ((), {"path": "gone.npy"}, "gone.npy: no such file or folder"),
        ((), {"path": "x" * 5000}, "cannot be looked up"),
    ],
)
def test_npy_that_cannot_be_understood(
    tmp_path: Path, files: tuple, options: dict, message: str
) -> None:
    (tmp_path / "sub").mkdir()
    for name in files:
        np.save(tmp_path / name, makers.images(4))
    with pytest.raises(DataError) as caught:
        load("npy", tmp_path, **options)
    assert message in str(caught.value)
