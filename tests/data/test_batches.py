"""The order of an epoch and the gathering of a batch."""

import numpy as np
import pytest
from made_trainers import make_rows, make_trainer

from mlp_scratch.data.batches import batches_per_epoch, epoch_order, gather
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.settings import Settings

ORDER_0_0 = [2, 0, 3, 5, 6, 7, 4, 1]
ORDER_5_3 = [7, 0, 4, 5, 1, 6, 2, 3]
RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (50, 12), dtype=np.uint8)
FLOATS = RNG.normal(size=(50, 12)).astype(np.float32)


def test_every_epoch_is_a_permutation_of_its_own() -> None:
    orders = [epoch_order(0, epoch, 100) for epoch in range(5)]
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(100))
    assert len({tuple(order) for order in orders}) == 5


def test_an_order_is_a_pure_function_of_seed_and_epoch() -> None:
    late = epoch_order(3, 7, 100)
    np.testing.assert_array_equal(late, epoch_order(3, 7, 100))
    assert not np.array_equal(late, epoch_order(4, 7, 100))
    # seed and epoch are no sum: (0, 1) and (1, 0) are different streams
    assert not np.array_equal(epoch_order(0, 1, 100), epoch_order(1, 0, 100))


def test_the_order_stays_what_it_was() -> None:
    """A resumed run repeats orders made by earlier versions: these numbers must never change."""
    assert epoch_order(0, 0, 8).tolist() == ORDER_0_0
    assert epoch_order(5, 3, 8).tolist() == ORDER_5_3


@pytest.mark.parametrize("kind", ["none", "unit", "standardize"])
@pytest.mark.parametrize("x", [BYTES, FLOATS], ids=["bytes", "floats"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 7, 16])
def test_gather_equals_indexing_then_normalizing(
    kind: str, x: np.ndarray, dtype: type, n: int
) -> None:
    normalizer = Normalizer(kind).fit(x)
    rows = RNG.permutation(50)[:n]
    raw, out = np.empty((16, 12), x.dtype), np.full((16, 12), -1, dtype)
    batch = gather(x, rows, normalizer, raw, out)
    np.testing.assert_array_equal(batch, normalizer.apply(x[rows], np.empty((n, 12), dtype)))
    assert np.shares_memory(batch, out)
    assert (out[n:] == -1).all()


@pytest.mark.parametrize("rows", [[7, 8, 9, 10], [7, 9, 8, 10], [10, 9, 8, 7], [3]])
@pytest.mark.parametrize("x", [BYTES, FLOATS], ids=["bytes", "floats"])
def test_neighbours_are_taken_without_a_detour(rows: list[int], x: np.ndarray) -> None:
    normalizer = Normalizer("unit").fit(x)
    raw, out = np.empty((4, 12), x.dtype), np.empty((4, 12), np.float32)
    batch = gather(x, np.array(rows), normalizer, raw, out)
    expected = normalizer.apply(x[rows], np.empty((len(rows), 12), np.float32))
    np.testing.assert_array_equal(batch, expected)


def test_gather_from_a_read_only_map(tmp_path) -> None:
    np.save(tmp_path / "x.npy", BYTES)
    mapped = np.asarray(np.load(tmp_path / "x.npy", mmap_mode="r"))
    raw, out = np.empty((4, 12), np.uint8), np.empty((4, 12), np.float32)
    batch = gather(mapped, np.array([3, 3, 49, 0]), Normalizer("unit").fit(mapped), raw, out)
    np.testing.assert_allclose(batch, BYTES[[3, 3, 49, 0]] / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("n", "batch_size", "drop_last", "expected"),
    [
        (10, 3, False, 4),
        (10, 3, True, 3),
        (10, 10, True, 1),
        (10, None, False, 1),
        (3, 1, False, 3),
    ],
)
def test_batches_per_epoch(n, batch_size, drop_last, expected) -> None:
    assert batches_per_epoch(n, batch_size, drop_last) == expected
    trainer = make_trainer(
        make_rows(n), Settings(epochs=2, batch_size=batch_size, seed=0, drop_last=drop_last)
    )
    assert trainer.run() == "finished"
    assert trainer.step == 2 * expected
