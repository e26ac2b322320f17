"""Large tables, whose rows are chosen and encoded when they are asked for: the same numbers as of
small ones, bit for bit, and what was fitted is found again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables import table_rows
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder import encoder as encoder_module
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.data.tables.encoder.fit_cache import FitCache
from mlp_scratch.data.tables.table_rows import TableRows, chosen_rows
from mlp_scratch.experiment import encode_rows
from mlp_scratch.experiment.build import Experiment, build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.settle import settle

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


@pytest.mark.parametrize("moved", [0.0, 7.0])
def test_rows_are_what_they_would_be(all_are_large: None, moved: float) -> None:
    x, offset = table(), OFFSET + [moved, 0, 0, 0, 0, 0]
    encoder = TableEncoder.fit(COLUMNS, x, OFFSET)
    every = encoder.encode(COLUMNS, x, offset)
    numbers = np.random.default_rng(1).permutation(N)[:200]
    rows: Any = encoder.features(COLUMNS, chosen_rows(x, numbers), offset, "here")
    assert isinstance(rows, TableRows)
    assert (rows.shape, rows.dtype) == ((200, every.shape[1]), np.float32)
    expected = every[numbers]
    for which in (slice(20, 90), np.array([5, 5, 0]), slice(0, 0)):
        np.testing.assert_array_equal(rows[which], expected[which])
    out = np.full((3, every.shape[1]), 9, np.float32)
    np.testing.assert_array_equal(rows.take(np.array([7, 1, 7]), 0, out), expected[[7, 1, 7]])
    some = ~encoder.flags
    np.testing.assert_array_equal(rows.only(some)[:], expected[:, some])


@pytest.mark.parametrize("kind", ["none", "unit", "standardize"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("columns", [6, 4, 2])  # 2: one feature is no flag
def test_the_normalizer_is_the_same(
    all_are_large: None, kind: str, weighted: bool, columns: int
) -> None:
    x = np.tile(table()[:, :columns], (60, 1))
    weights = np.arange(len(x)) % 3 + 0.5 if weighted else None
    encoder = TableEncoder.fit(COLUMNS[:columns], x, OFFSET[:columns])
    rows = np.arange(0, len(x), 2)
    features = encoder.features(COLUMNS[:columns], x, OFFSET[:columns], "here")
    assert isinstance(features, TableRows)
    a = Normalizer(kind).fit(features[:], rows, weights, encoder.flags)
    b = Normalizer(kind).fit(features, rows, weights, encoder.flags)
    np.testing.assert_array_equal(a.shift, b.shift)
    np.testing.assert_array_equal(a.scale, b.scale)


def built(folder: Path, *overrides: str) -> Experiment:
    path = folder / "t.csv"
    if not path.exists():
        rng = np.random.default_rng(0)
        rows = [
            f"{'' if i % 9 == 0 else f'{rng.normal():.3f}'},{'xyz'[i % 3]},{'fm'[i % 2]},"
            f"{rng.normal() * 5:.2f},2020-{i % 12 + 1:02}-03,{'ab'[i * i % 5 % 2]}\n"
            for i in range(400)
        ]
        path.write_text("a,b,c,d,e,y\n" + "".join(rows))
    config = compose_config(
        ["data=table", f"data.path={path}", "data.label=y", f"data.cache_dir={folder / 'cache'}"]
        + ["model.layers=[null,8,null]", "training.epochs=2", *overrides]
    )
    return build(settle(config, load_data(config)))


@pytest.mark.parametrize("normalize", ["standardize", "unit"])
def test_a_training_has_the_same_bits(
    normalize: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"data.normalize={normalize}"
    small = built(tmp_path, asked)
    assert isinstance(small.trainer.train.x, np.ndarray)
    small.trainer.run([])
    for module in (table_rows, encoder_module, encode_rows):
        monkeypatch.setattr(module, "LARGE", 0)
    for fits in (0, 1):  # the second time the fit is there
        assert len([*tmp_path.glob("cache/fit-*.json")]) == fits
        large = built(tmp_path, asked)
        assert isinstance(large.trainer.train.x, TableRows)
        large.trainer.run([])
        values = large.network.parameters.values
        np.testing.assert_array_equal(values, small.network.parameters.values)
        assert large.trainer.history[-1]["val_loss"] == small.trainer.history[-1]["val_loss"]
        assert large.dataset.feature_names == small.dataset.feature_names
        assert large.encoder is not None
        assert small.encoder is not None
        assert large.encoder.notes == small.encoder.notes
        assert large.encoder.codes == small.encoder.codes


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
