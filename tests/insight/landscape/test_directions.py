"""Random directions: as long as each unit's weights."""

import numpy as np
import pytest

from mlp_scratch.insight.landscape.directions import random_direction
from mlp_scratch.nn.activations import ReLU
from mlp_scratch.nn.network import Network

KINDS = {
    "plain": {},
    "batch_norm": {"batch_norm": True},
    "layer_norm": {"layer_norm": True},
    "residual": {"residual": "plain"},
}


def network(seed: int = 0, **more) -> Network:
    made = Network([5, 6, 6, 3], ReLU(), rng=np.random.default_rng(seed), dtype=np.float64, **more)
    rng = np.random.default_rng(seed + 100)
    for name, array in {**made.parameters.arrays(), **made.buffers}.items():
        if not name.startswith("W"):
            array[...] = rng.uniform(0.5, 2.0, array.shape)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_direction_has_the_length_of_each_units_weights_and_leaves_the_rest(kind: str) -> None:
    parameters = network(**KINDS[kind]).parameters
    d = parameters.arrays(random_direction(parameters, np.random.default_rng(1)))
    for name, part in d.items():
        if not name.startswith("W"):
            assert not part.any(), name
            continue
        theta = parameters.value(name)
        for j in range(theta.shape[1]):  # unit j: what comes into it
            length = sum(weight**2 for weight in theta[:, j]) ** 0.5
            assert sum(v**2 for v in part[:, j]) ** 0.5 == pytest.approx(length, rel=1e-12)


def test_a_direction_is_a_normal_one_scaled() -> None:
    parameters = network().parameters
    d = parameters.arrays(random_direction(parameters, np.random.default_rng(3)))["W0"]
    drawn = np.random.default_rng(3).standard_normal((5, 6))
    np.testing.assert_allclose(d / np.linalg.norm(d, axis=0), drawn / np.linalg.norm(drawn, axis=0))
