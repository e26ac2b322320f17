"""A network with the parameters of another, in the same memory."""

import numpy as np
import pytest

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.fast import FAST
from mlp_scratch.nn.fast.replica import replica
from mlp_scratch.nn.network import Network


def make_network(**options):
    relu, rng = FAST.of(ACTIVATIONS["relu"])(), np.random.default_rng(1)
    return Network([6, 5, 3], relu, rng=rng, dtype=np.float64, kernels=FAST, **options)


def test_a_replica_learns_with_the_original() -> None:
    network = make_network()
    other = replica(network)
    x = np.random.default_rng(3).normal(size=(4, 6))
    network.parameters.values += 0.25
    np.testing.assert_array_equal(other.forward(x), network.forward(x).copy())
    network.parameters.grads.fill(7)
    other.backward(np.ones((4, 3)))
    assert (network.parameters.grads == 7).all()
    assert not (other.parameters.grads == 7).any()


def test_batch_norm_needs_the_whole_batch() -> None:
    with pytest.raises(ValueError, match="batch norm"):
        replica(make_network(batch_norm=True))
