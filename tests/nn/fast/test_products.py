"""Products in tiles are the same products."""

import numpy as np
import pytest

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.fast import FAST
from mlp_scratch.nn.fast.products import product, tile_count
from mlp_scratch.nn.fast.replica import tile_products
from mlp_scratch.nn.network import Network

MILLION = 1_000_000


@pytest.mark.parametrize(
    ("rows", "inner", "columns", "expected"),
    [
        (32, 784, 128, 4),  # 8 rows each: 8 * 784 * 128 = 802,816
        (64, 784, 128, 8),
        (128, 784, 128, 1),  # 16 tiles of 8 would read W too often
        (784, 32, 128, 4),
        (784, 128, 128, 14),  # 56 rows each: tall enough
        (784, 256, 128, 1),
        (31, 784, 128, 1),  # a prime number of rows goes at once
        (122, 128, 64, 1),  # 999,424: small as it is
        (128, 128, 64, 2),
        (8, 10_000, 1000, 1),  # a single row is too much
    ],
)
def test_tile_count(rows, inner, columns, expected) -> None:
    tiles = tile_count(rows, inner, columns, MILLION)
    assert tiles == expected
    assert tiles == 1 or rows // tiles * inner * columns <= MILLION
    assert tile_count(rows, inner, columns, 0) == 1


@pytest.mark.parametrize("tiles", [1, 2, 6])
@pytest.mark.parametrize("transposed", [False, True])
def test_product(tiles, transposed) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(12, 5)), rng.normal(size=(5, 3))
    if transposed:
        a = np.ascontiguousarray(a.T).T
    out = np.full((12, 3), np.nan)
    assert product(a, b, out, tiles) is out
    np.testing.assert_allclose(out, a @ b, rtol=1e-13)


def test_training_in_tiles_gives_the_same_gradient() -> None:
    def gradient(small: int) -> tuple[np.ndarray, np.ndarray]:
        relu, rng = FAST.of(ACTIVATIONS["relu"])(), np.random.default_rng(0)
        network = Network([6, 8, 5, 3], relu, rng=rng, dtype=np.float64, kernels=FAST)
        tile_products(network, small)
        x = np.random.default_rng(1).normal(size=(12, 6))
        logits = network.forward(x, training=True).copy()
        network.backward(np.full((12, 3), 0.1))
        return logits, network.parameters.grads.copy()

    for plain, tiled in zip(gradient(0), gradient(150), strict=True):
        np.testing.assert_allclose(tiled, plain, rtol=1e-12, atol=1e-15)
