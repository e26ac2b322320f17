"""SVMlight and LIBSVM: rows of index:value, and what is said where they are not."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.formats.svmlight import read_svmlight
from mlp_scratch.errors import DataError


def read(folder: Path, text: str, known: tuple[Column, ...] | None = None) -> tuple:
    (folder / "some.svm").write_text(text)
    return read_svmlight(folder / "some.svm", known)


READ = {
    "from 1": ("+1 1:0.5 3:2e1 # why\n# none\n\n-1 2:.5\n", [[1, 0.5, 0, 20], [-1, 0, 0.5, 0]], 1),
    "from 0": ("0 0:1\n1.5 1:-2.\n", [[0, 1, 0], [1.5, 0, -2]], 0),
    "empty row": ("3\n4 1:1\r\n", [[3, 0], [4, 1]], 1),
    "any order": ("1 3:3 1:1\n", [[1, 1, 0, 3]], 1),
    "a gap": ("1 1:nan 2:1\n", [[1, np.nan, 1]], 1),
    "ranking": ("1 qid:1 1:7\n2 qid:1 1:8", [[1, 7], [2, 8]], 1),
    "tabs, a mark": ("\ufeff1\t1:7\t2:8\t\n", [[1, 7, 8]], 1),
}


@pytest.mark.parametrize("case", READ)
def test_what_is_read(case: str, tmp_path: Path) -> None:
    text, rows, first = READ[case]
    frame, note = read(tmp_path, text)
    np.testing.assert_array_equal(frame.to_numpy(), rows)
    assert [*frame] == ["label", *(f"feature {first + i}" for i in range(len(rows[0]) - 1))]
    assert f"{len(rows[0]) - 1} features, numbered from {first}" in note
    assert ("qid is not used" in note) == (case == "ranking")


@pytest.mark.parametrize("seed", range(5))
def test_as_scikit_learn_writes_it(seed: int, tmp_path: Path) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((20, 7)) * (rng.random((20, 7)) < 0.3), rng.integers(0, 3, 20)
    x[:, [0, 6]] += 1.0
    path = tmp_path / "some.svm"
    datasets.dump_svmlight_file(
        x, y, str(path), zero_based=bool(seed % 2), query_id=y if seed > 2 else None
    )
    frame, _ = read_svmlight(path)
    np.testing.assert_allclose(frame.to_numpy(), np.column_stack([y, x]), rtol=1e-12)


WRONG = {
    "1 1:1\nx 1:1\n": "line 2: 'x' is not a label",
    "1,2 1:1\n": "'1,2' is not a label",
    "1 1:1 2\n": "line 1: '2' is not index:value",
    "1 1:\n": "'1:' is not index:value",
    "1 -1:1\n": "'-1:1' is not index:value",
    "1 1:1_0\n": "'1:1_0' is not index:value",
    "1 1:1 1:2\n": "a value for the same index twice",
    "1 60000:1\n": "index 60000: at most 50,000 features",
    "1 999999999:1\n": "index 999999999: at most",
    "1 9999999999:1\n": "is not index:value",
    "1\n2\n": "no index:value in it",
    "# nothing\n": "no rows",
    "": "no rows",
    "1 1:1\x1b[2J\n": "'1:1\\x1b[2J' is not",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, text)
    assert WRONG[text] in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "some.svm"))


def test_what_would_fill_memory(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1,000 rows of 40,001 columns would take 305 MiB, and a"):
        read(tmp_path, "1 1:1\n" * 999 + "1 40000:1\n")


def test_columns_that_are_known_are_there(tmp_path: Path) -> None:
    known = (Column("feature 0"), Column("feature 4"), Column("other"))
    frame, _ = read(tmp_path, "1 2:3\n", known)
    assert [*frame] == ["label", *(f"feature {i}" for i in range(5))]


def test_test_rows_have_the_training_rows_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, (30, 4))
    lines = [f"{i % 2} " + " ".join(f"{j}:{v}" for j, v in enumerate(r)) for i, r in enumerate(x)]
    (tmp_path / "train").write_text("\n".join(lines))
    (tmp_path / "test").write_text("1 1:5\n0 1:1 2:7 9:1\n")
    data = load_dataset(
        "table",
        dir=tmp_path,
        cache_dir=None,
        path=tmp_path / "train",
        test_path=tmp_path / "test",
    )
    assert data.feature_names == tuple(f"feature {i}" for i in range(4))
    assert data.x_test is not None
    assert pd.DataFrame(data.x_test).to_numpy().tolist() == [[0, 5, 0, 0], [0, 1, 7, 0]]
    assert data.class_names == ("0", "1")
