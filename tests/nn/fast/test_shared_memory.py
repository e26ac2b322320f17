"""The fast classes use their arrays again."""

import tracemalloc

import numpy as np
import pytest

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.fast import FAST
from mlp_scratch.nn.layers import Dense, Output
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS

ARGS = {
    "leaky_relu": {"negative_slope": 0.1},
    "elu": {"alpha": 1.2},
    "gelu": {"approximate": "none"},
    "softplus": {"beta": 1.0},
}


@pytest.mark.parametrize(("kind", "transposed"), [(Dense, False), (Output, True)])
def test_dense_takes_its_memory_once(kind, transposed) -> None:
    layer = FAST.of(kind)(np.ones((4, 3)), np.ones(3), np.empty((4, 3)), np.empty(3))
    first = layer.forward(np.ones((8, 4)))
    for rows in (3, 8, 1, 5):
        y = layer.forward(np.ones((rows, 4)))
        assert np.shares_memory(y, first)
        assert (y.T if transposed else y).flags.c_contiguous  # as the loss likes it


def test_dlogits_belong_to_the_loss_until_its_next_call() -> None:
    logits, labels, loss = np.ones((4, 3)), np.array([0, 1, 2, 1]), FAST.of(SoftmaxCrossEntropy)()
    first = loss(logits, labels)[1]
    assert loss(logits, labels)[1].base is first.base


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_step_asks_for_no_large_memory(activation) -> None:
    """Once batches of every size have been seen, all arrays are in place."""
    sizes, rows = (200, 300, 300, 10), 64
    rng = np.random.default_rng(3)
    x = rng.standard_normal((rows, sizes[0])).astype(np.float32)
    labels = rng.integers(0, sizes[-1], rows)
    chosen = FAST.of(ACTIVATIONS[activation])(**ARGS.get(activation, {}))
    network = Network(sizes, chosen, rng=rng, kernels=FAST)
    loss, params = FAST.of(SoftmaxCrossEntropy)(), network.parameters
    args = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    adam = FAST.of(OPTIMIZERS["adam"])(params.size, params.n_weights, np.float32, **args)

    def step():
        _, dlogits = loss(network.forward(x, training=True), labels)
        network.backward(dlogits)
        adam.step(params.values, params.grads, 0.01)

    step()
    tracemalloc.start()
    step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < rows * 300 * 4 / 2  # half of one hidden layer's array
