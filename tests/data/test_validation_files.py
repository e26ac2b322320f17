"""Test and validation rows in files and arrays of their own, in every format."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from makers import MNIST_FILES, idx_bytes

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import ConfigError, DataError

SIZES = {"train": 40, "test": 10, "val": 20}
RNG = np.random.default_rng(0)
X = {part: RNG.integers(0, 200, (n, 3, 3)).astype(np.uint8) for part, n in SIZES.items()}
Y = {part: (np.arange(n) % 2).astype(np.uint8) for part, n in SIZES.items()}


def csv(folder: Path, part: str) -> Path:
    file = folder / f"{part}_rows.csv"
    names = ",".join(["y", *(f"x{i}" for i in range(9))])
    rows = [
        f"{label},{','.join(map(str, x.ravel()))}"
        for label, x in zip(Y[part], X[part], strict=True)
    ]
    file.write_text("\n".join([names, *rows]) + "\n")
    return file


def npz(folder: Path, part: str) -> Path:
    np.savez(folder / f"{part}_rows.npz", x=X[part], y=Y[part])
    return folder / f"{part}_rows.npz"


def npy(folder: Path, part: str) -> Path:
    np.save(folder / f"of_{part[:2]}_y.npy", Y[part])
    np.save(folder / f"of_{part[:2]}_x.npy", X[part])
    return folder / f"of_{part[:2]}_x.npy"


def idx(folder: Path, part: str) -> Path:
    (folder / part).mkdir()
    names = MNIST_FILES[2:] if part == "val" else MNIST_FILES[:2]
    for name, array in zip(names, (X[part], Y[part]), strict=True):
        (folder / part / name).write_bytes(idx_bytes(array))
    return folder / part


FORMATS: dict[str, Callable[[Path, str], Path]] = {"csv": csv, "npz": npz, "npy": npy, "idx": idx}


def has_all(data: Dataset, parts: tuple[str, ...] = ("train", "test", "val")) -> None:
    for part in parts:
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        np.testing.assert_array_equal(x, X[part].reshape(len(x), -1))
        np.testing.assert_array_equal(y, Y[part])


@pytest.mark.parametrize("kind", FORMATS)
def test_rows_in_files_of_their_own(kind: str, tmp_path: Path) -> None:
    paths = {part: FORMATS[kind](tmp_path, part) for part in SIZES}
    label = "y" if kind == "csv" else None
    load: Any = lambda **k: load_dataset(  # noqa: E731
        kind, dir=tmp_path, cache_dir=tmp_path / "cache", path=paths["train"], label=label, **k
    )
    for _ in range(2):  # parsed, and from the cache
        has_all(load(test_path=paths["test"], val_path=paths["val"]))
    tested, validated = load(test_path=paths["test"]), load(val_path=paths["test"])
    assert tested.x_val is None is validated.x_test
    np.testing.assert_array_equal(tested.x_test, validated.x_val)
    assert tested.digest != validated.digest


def test_validation_arrays_are_not_ignored(tmp_path: Path) -> None:
    for names in (("x_val", "y_val"), ("X_valid", "Y_valid"), ("val_images", "val_labels")):
        own = {names[0]: X["val"], names[1]: Y["val"]}
        np.savez(tmp_path / "a.npz", x_train=X["train"], y_train=Y["train"], **own)
        has_all(
            load_dataset("npz", dir=tmp_path, cache_dir=None, path="a.npz"), parts=("train", "val")
        )
    np.savez(tmp_path / "a.npz", x_train=X["train"], y_train=Y["train"], x_val=X["val"])
    with pytest.raises(DataError, match="expected x_val and y_val"):
        load_dataset("npz", dir=tmp_path, cache_dir=None, path="a.npz")
    for part in SIZES:
        np.save(tmp_path / f"x_{part}.npy", X[part])
        np.save(tmp_path / f"y_{part}.npy", Y[part])
    has_all(load_dataset("npy", dir=tmp_path, cache_dir=None, path=tmp_path))


def test_misfits_name_the_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", x=X["val"][:, :2], y=Y["val"])
    paths = {"path": npz(tmp_path, "train"), "val_path": tmp_path / "v.npz"}
    with pytest.raises(DataError, match=r"v\.npz: rows have 6 .* and validation data must agree"):
        load_dataset("npz", dir=tmp_path, cache_dir=None, **paths)


def test_new_words_of_validation_and_test_rows_stand_apart(tmp_path: Path) -> None:
    table = "y,colour,size\n" + "\n".join(f"{i % 2},{'rg'[i % 2]},{i / 2}" for i in range(20))
    (tmp_path / "t.csv").write_text(table)
    (tmp_path / "test.csv").write_text("size,y,colour\n" + "1.5,0,violet\n2.5,1,g\n" * 2)
    (tmp_path / "v.csv").write_text("colour,y,size\n" + "white,0,1.5\nr,1,2.5\n" * 2)
    data = load_dataset(
        "csv",
        dir=tmp_path,
        cache_dir=tmp_path / "c",
        path="t.csv",
        label="y",
        test_path="test.csv",
        val_path="v.csv",
        categorical=["colour"],
    )
    assert data.columns is not None
    assert data.columns[0].words == ("g", "r", "violet", "white")
    assert data.x_test is not None
    assert data.x_val is not None
    assert (data.x_test[:, 0].tolist(), data.x_val[:, 0].tolist()) == ([2, 0] * 2, [3, 1] * 2)
    assert data.x_val[:, 1].tolist() == data.x_test[:, 1].tolist()


@pytest.mark.parametrize("key", ["test_path", "val_path"])
def test_data_sets_with_test_rows_take_no_files(key: str) -> None:
    with pytest.raises(ConfigError, match=f"data.{key}=x.csv: data=digits has its own test rows"):
        compose_config(["data=digits", f"data.{key}=x.csv"])


@pytest.mark.parametrize("key", ["split", "group"])
def test_arrays_have_no_columns_by_name(key: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"data.{key}: only tables"):
        load_dataset("npz", dir=tmp_path, cache_dir=None, path="x", **{key: "part"})
