from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.runs.array_file import read_arrays

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.arange(3)}


def test_the_arrays_that_numpy_wrote(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", **ARRAYS)
    b, a = read_arrays(tmp_path / "x.npz", ("b", "a"), 10_000, exactly=True)
    np.testing.assert_array_equal(a, ARRAYS["a"])
    np.testing.assert_array_equal(b, ARRAYS["b"])


@pytest.mark.parametrize(
    ("names", "largest", "exactly", "save", "error"),
    [
        (("a", "c"), 10_000, False, np.savez, "no array c"),
        (("a", "b"), 300, False, np.savez, "too large"),
        (("big",), 10_000, False, np.savez_compressed, "too large"),
        (("a",), 10_000, True, np.savez, "not what a run writes"),
        (("a", "b"), 10_000, True, np.savez_compressed, "not what a run writes"),
        (("objects",), 10_000, False, np.savez, None),  # in NumPy's words
    ],
)
def test_what_is_refused(tmp_path: Path, names, largest, exactly, save, error) -> None:
    more = {"big": np.zeros(10_000)} if "big" in names else {}
    if "objects" in names:
        more["objects"] = np.array([{}], dtype=object)
    save(tmp_path / "x.npz", **ARRAYS, **more)
    with pytest.raises(ValueError, match=error):
        read_arrays(tmp_path / "x.npz", names, largest, exactly=exactly)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "none.npz", ("a",), 100)
    (tmp_path / "damaged.npz").write_bytes(b"PK\3\4 and no more")
    with pytest.raises(ValueError):  # noqa: PT011 (zipfile's words)
        read_arrays(tmp_path / "damaged.npz", ("a",), 100)
    with pytest.raises(ValueError, match="plain file"):
        read_arrays(tmp_path, ("a",), 100)
