"""Normalization, against scikit-learn's formulas written out in float64."""

import numpy as np
import pytest

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.nn.range_checks import HyperparameterError

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (500, 20), dtype=np.uint8)
FLOATS = (RNG.normal(5, 3, (500, 20)) * np.arange(1, 21)).astype(np.float32)
ROWS = np.sort(RNG.permutation(500)[:400])


def expected(kind: str, x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    x64, train = x.astype(np.float64), x[rows].astype(np.float64)
    if kind == "standardize":
        return (x64 - train.mean(0)) / train.std(0)
    if kind == "unit":
        if x.dtype == np.uint8:
            return x64 / 255
        return (x64 - train.min()) / (train.max() - train.min())
    return x64


@pytest.mark.parametrize("kind", ["none", "unit", "standardize"])
@pytest.mark.parametrize("x", [BYTES, FLOATS], ids=["bytes", "floats"])
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 2e-6), (np.float64, 1e-12)])
def test_agrees_with_the_formula(kind: str, x: np.ndarray, dtype: type, rtol: float) -> None:
    normalizer = Normalizer(kind).fit(x, ROWS)
    out = np.empty(x.shape, dtype)
    assert normalizer.apply(x, out) is out
    np.testing.assert_allclose(out, expected(kind, x, ROWS), rtol=rtol, atol=rtol)


def test_only_training_rows_are_looked_at() -> None:
    x = FLOATS.copy()
    x[np.setdiff1d(np.arange(500), ROWS)] = 1e6
    for kind in ("unit", "standardize"):
        a, b = Normalizer(kind).fit(x, ROWS), Normalizer(kind).fit(FLOATS, ROWS)
        np.testing.assert_array_equal(a.scale, b.scale)
        np.testing.assert_array_equal(a.shift, b.shift)


def test_white_is_exactly_one() -> None:
    out = np.empty((1, 2), np.float32)
    Normalizer("unit").fit(BYTES).apply(np.array([[0, 255]], np.uint8), out)
    assert out.tolist() == [[0.0, 1.0]]


def test_a_constant_feature_becomes_zero() -> None:
    x = FLOATS.copy()
    x[:, 3] = 7
    out = Normalizer("standardize").fit(x).apply(x, np.empty_like(x))
    assert (out[:, 3] == 0).all()
    assert np.isfinite(out).all()


def test_constant_data_do_not_divide_by_zero() -> None:
    x = np.full((5, 2), 3, np.float32)
    for kind in ("unit", "standardize"):
        assert (Normalizer(kind).fit(x).apply(x, np.empty_like(x)) == 0).all()


def test_a_mean_far_from_zero_costs_no_precision() -> None:
    """Summing squares and subtracting would leave nothing of a deviation of 1 at a mean of 1e6."""
    x = (1e6 + RNG.normal(0, 1, (20_000, 3))).astype(np.float32)
    normalizer = Normalizer("standardize").fit(x)
    np.testing.assert_allclose(1 / normalizer.scale, x.astype(np.float64).std(0), rtol=1e-9)


def test_many_blocks_are_merged_rightly() -> None:
    x = RNG.integers(0, 256, (30_000, 100), dtype=np.uint8)  # three blocks of 8 MiB as float64
    x[:10_000] //= 2
    normalizer = Normalizer("standardize").fit(x)
    np.testing.assert_allclose(normalizer.shift, x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(1 / normalizer.scale, x.std(0), rtol=1e-12)


def test_apply_in_place() -> None:
    x = BYTES.astype(np.float32)
    Normalizer("unit").fit(BYTES).apply(x, x)
    np.testing.assert_allclose(x, BYTES / 255, rtol=1e-6)


@pytest.mark.parametrize("kind", ["none", "unit", "standardize"])
def test_survives_a_checkpoint(kind: str) -> None:
    normalizer = Normalizer(kind).fit(FLOATS)
    again = Normalizer.from_arrays(kind, normalizer.arrays())
    a, b = np.empty_like(FLOATS), np.empty_like(FLOATS)
    np.testing.assert_array_equal(normalizer.apply(FLOATS, a), again.apply(FLOATS, b))


def test_unknown_kind() -> None:
    with pytest.raises(HyperparameterError, match="none, unit, standardize, got 'minmax'"):
        Normalizer("minmax")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("none", [[4, 1], [8, 0]]),
        ("unit", [[0, 1], [1, 0]]),
        ("standardize", [[-1, 1], [1, 0]]),
    ],
)
def test_flags_stay_0_and_1(kind: str, expected: list) -> None:
    x, flags = np.array([[4, 1], [8, 0]], np.float32), np.array([False, True])
    normalizer = Normalizer(kind).fit(x, flags=flags)
    applied = normalizer.apply(x, np.empty(x.shape, np.float32))
    assert applied.tolist() == expected
    assert Normalizer("unit").fit(x[:, 1:], flags=flags[1:]).scale.tolist() == [1]
    normalizer.offset = np.array([1e9, 0])
    again = Normalizer.from_arrays(kind, normalizer.arrays())
    assert again.undo(applied).tolist() == [[1e9 + 4, 1], [1e9 + 8, 0]]
