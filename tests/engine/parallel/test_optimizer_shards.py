"""Several optimizers, each with a part of the parameters, give the bits of one."""

import numpy as np
import pytest

from mlp_scratch.engine.parallel.shared_step import optimizer_for
from mlp_scratch.nn.fast import FAST
from mlp_scratch.nn.optimizers import OPTIMIZERS

ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
RMSPROP = {"alpha": 0.9, "eps": 1e-2, "momentum": 0.9, "centered": True}
HYPERPARAMETERS = {
    "sgd": {},
    "momentum": {"momentum": 0.9, "dampening": 0.5},
    "nesterov": {"momentum": 0.9},
    "adam": ADAM,
    "adamw": ADAM | {"weight_decay": 0.1},
    "rmsprop": RMSPROP,
    "adagrad": {"eps": 1e-10, "initial_accumulator": 0.1, "lr_decay": 0.1},
    "lion": {"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.1},
}


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "lbfgs"])  # one for all
@pytest.mark.parametrize("cut", [7, 15, 18])
def test_two_with_a_part_each_give_the_bits_of_one(name, cut) -> None:
    rng = np.random.default_rng(0)
    grads = rng.standard_normal((300, 20)).astype(np.float32)
    grads[:100, 3] = 0
    kind = FAST.of(OPTIMIZERS[name])
    assert vars(kind)["elementwise"]
    whole, divided = (kind(20, 15, np.float32, **HYPERPARAMETERS[name]) for _ in range(2))
    p, q = np.ones((2, 20), np.float32)
    for g in grads[:100]:
        whole.step(p, g, 0.01)
        divided.step(q, g, 0.01)
    parts = {where: optimizer_for(divided, *where) for where in ((0, cut), (cut, 20))}
    for g in grads[100:]:
        whole.step(p, g, 0.01)
        for (start, stop), optimizer in parts.items():
            optimizer.step(q[start:stop], g[start:stop], 0.01)
    np.testing.assert_array_equal(p, q)
    for key, array in whole.state.items():
        np.testing.assert_array_equal(divided.state[key], array)
    assert {optimizer.t for optimizer in parts.values()} == {300}
