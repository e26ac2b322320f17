"""Statistics computed anew."""

import numpy as np

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.batch_statistics import recomputed_statistics
from mlp_scratch.nn.network import Network

ACTIVATION_ARGS = {
    "leaky_relu": {"negative_slope": 0.1},
    "elu": {"alpha": 1.2},
    "gelu": {"approximate": "none"},
    "softplus": {"beta": 1.0},
}


def make(kernels, sizes=(5, 7, 6, 4), activation="tanh", seed=0, dtype=np.float64, **args):
    args.setdefault("dropout_rng", np.random.default_rng(seed + 1))
    chosen = kernels.of(ACTIVATIONS[activation])(**ACTIVATION_ARGS.get(activation, {}))
    args |= {"dtype": dtype, "kernels": kernels}
    network = Network(sizes, chosen, rng=np.random.default_rng(seed), **args)
    for name in network.parameters.names:
        if name.startswith("b"):  # biases and betas off zero, so that nothing hides there
            values = network.parameters.value(name)
            values[...] = 0.1 * np.random.default_rng(seed + 2).standard_normal(values.shape)
    return network


def draw(rows, sizes=(5, 7, 6, 4), dtype=np.float64, seed=3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, sizes[0])).astype(dtype), rng.integers(0, sizes[-1], rows)


def test_recomputed_statistics_are_the_mean_of_the_batches(kernels):
    """Four batches of the rows of one: their means average to the mean, variances by hand."""
    network, (x, _) = make(kernels, (5, 6, 4), batch_norm=True), draw(20)
    momentum = network.blocks[0].norm.momentum
    network.forward(x + 3, training=True)  # something to be forgotten
    before = {name: array.copy() for name, array in network.buffers.items()}
    parameters = {name: array.copy() for name, array in network.parameters.arrays().items()}
    network.parameters.values *= 2.0  # they are not asked
    batches = (x[start : start + 5] for start in range(0, 20, 5))
    statistics = recomputed_statistics(network, parameters, batches)
    for name, array in before.items():
        np.testing.assert_array_equal(network.buffers[name], array)
    network.parameters.values *= 0.5
    z = x @ network.parameters.value("W0") + network.parameters.value("b0")
    np.testing.assert_allclose(statistics["running_mean0"], z.mean(axis=0), rtol=1e-10)
    variances = z.reshape(4, 5, 6).var(axis=1, ddof=1)
    np.testing.assert_allclose(statistics["running_var0"], variances.mean(axis=0), rtol=1e-10)
    assert network.blocks[0].norm.momentum == momentum
