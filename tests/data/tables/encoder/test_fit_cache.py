"""Fits that are kept: found again, made anew, and few."""

import json
from pathlib import Path

import numpy as np
import pytest
from built_tables import built

from mlp_scratch.data.tables import table_rows
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder import encoder as encoder_module
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.data.tables.encoder.fit_cache import FitCache
from mlp_scratch.experiment import encode_rows

N = 300
COLUMNS = (
    *(Column("age"), Column("sex", "category", ("f", "m")), Column("when", "date")),
    *(Column("town", "category", tuple("wxyz")), Column("fare"), Column("pay")),
)
OFFSET = np.array([0, 0, 19_000.0, 0, 0, 1e6])


def table() -> np.ndarray:
    rng = np.random.default_rng(0)
    x = rng.normal(30, 9, (N, len(COLUMNS))).astype(np.float32)
    x[:, 1], x[:, 3] = rng.integers(0, 2, N), rng.choice((0, 1, 2, 3, np.nan), N)
    x[:, 2] = np.arange(N)
    x[rng.random(N) < 0.2, 0] = x[rng.random(N) < 0.1, 2] = np.nan
    return x


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (table_rows, encoder_module, encode_rows):
        monkeypatch.setattr(module, "LARGE", 0)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("damage", ["cut", "number", "description", "link"])
def test_a_damaged_fit_is_made_anew(all_are_large: None, damage: str, tmp_path: Path) -> None:
    before = built(tmp_path)
    (path,) = tmp_path.glob("cache/fit-*.json")
    whole = path.read_text()
    kept = json.loads(whole)
    if damage == "number":
        kept["fit"]["shift"][0] += 1
    elif damage == "description":
        kept["fit"]["description"] = [1]
    path.write_text(json.dumps(kept) if damage != "cut" else whole[:-9])
    if damage == "link":
        path.unlink()
        path.symlink_to("/dev/zero")
    after = built(tmp_path)
    np.testing.assert_array_equal(after.normalizer.shift, before.normalizer.shift)
    assert path.read_text() == whole


def test_another_fit_for_other_rows_columns_and_options(
    all_are_large: None, tmp_path: Path
) -> None:
    for overrides in ([], ["seed=1"], ["data.rare=1"], ["data.missing=mean"], ["data.drop=[a]"]):
        built(tmp_path, *overrides)
    text = (tmp_path / "t.csv").read_text()
    (tmp_path / "t.csv").write_text(text.replace("a,b", "A,b", 1))  # the same numbers
    renamed = built(tmp_path)
    assert renamed.encoder is not None
    assert renamed.encoder.columns[0].name == "A"
    assert len([*tmp_path.glob("cache/fit-*.json")]) == 6


def test_rows_whose_numbers_add_up_to_the_same_have_fits_of_their_own(tmp_path: Path) -> None:
    rows = [np.delete(np.arange(514), left_out) for left_out in ([0, 3], [1, 2])]
    fits = [FitCache(tmp_path, "digest", COLUMNS, some, []) for some in rows]
    encoder = TableEncoder.fit(COLUMNS, table(), OFFSET)
    fits[0].store(encoder, {"shift": np.zeros(()), "scale": np.ones(())})
    assert fits[0].load() is not None
    assert fits[1].load() is None


def test_a_fit_under_the_name_of_another_is_none(all_are_large: None, tmp_path: Path) -> None:
    before = built(tmp_path)
    (path,) = tmp_path.glob("cache/fit-*.json")
    built(tmp_path, "seed=1", "training.validation_fraction=0.5")
    (other,) = {*tmp_path.glob("cache/fit-*.json")} - {path}
    path.write_bytes(other.read_bytes())
    after = built(tmp_path)
    np.testing.assert_array_equal(after.normalizer.shift, before.normalizer.shift)


def test_few_fits_are_kept(
    all_are_large: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlp_scratch.data.tables.encoder.fit_cache.MOST", 2)
    for seed in range(4):
        built(tmp_path, f"seed={seed}")
    assert len([*tmp_path.glob("cache/fit-*.json")]) == 2
