"""Which classes are chosen: the fast ones for ours, and nothing else for anybody's own."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mlp_scratch
from mlp_scratch.nn.activations import ACTIVATIONS, Identity, ReLU
from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.kernels import kernels as named
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS, Adam
from mlp_scratch.nn.range_checks import HyperparameterError

FAST = named("fast")


class Softsign:
    """As the README has it."""

    initializer = "glorot_uniform"

    def forward(self, z):
        self._shrink = 1 / (1 + np.abs(z))
        return z * self._shrink

    def backward(self, dy):
        return dy * self._shrink**2


class SlowAdam(Adam):
    def step(self, params, grads, lr):
        super().step(params, grads, lr / 2)


def test_plain_is_itself() -> None:
    for kind in (*ACTIVATIONS.values(), *OPTIMIZERS.values(), Softsign):
        assert PLAIN.of(kind) is kind


@pytest.mark.parametrize("plain", [*ACTIVATIONS.values(), *OPTIMIZERS.values()])
def test_fast_is_another_of_the_same_name(plain) -> None:
    fast = FAST.of(plain)
    if plain in (Identity, OPTIMIZERS["lbfgs"]):  # nothing to be gained
        assert fast is plain
        return
    assert fast.__module__ == plain.__module__.replace(".nn.", ".nn.fast.")
    assert fast.__name__ == plain.__name__
    assert issubclass(fast, plain)


@pytest.mark.parametrize("own", [Softsign, SlowAdam, type("ReLU", (ReLU,), {}), lambda: None])
def test_what_is_ones_own_is_used_as_it_is(own) -> None:
    assert FAST.of(own) is own


def test_an_own_activation_and_optimizer_train(kernels, monkeypatch) -> None:
    """Also where one takes the name of ours."""
    monkeypatch.setitem(ACTIVATIONS, "relu", Softsign)
    monkeypatch.setitem(OPTIMIZERS, "adam", SlowAdam)
    activation = kernels.of(ACTIVATIONS["relu"])()
    network = Network([3, 8, 2], activation, rng=np.random.default_rng(0), kernels=kernels)
    assert type(network.blocks[0].activation) is Softsign
    params, args = network.parameters, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    kind = kernels.of(OPTIMIZERS["adam"])
    optimizer = kind(params.size, params.n_weights, np.float32, **args)
    assert type(optimizer) is SlowAdam
    x = np.random.default_rng(1).standard_normal((64, 3)).astype(np.float32)
    labels, loss = np.argmax(x[:, :2], axis=1), kernels.of(SoftmaxCrossEntropy)()
    for _ in range(200):
        _, dlogits = loss(network.forward(x, training=True), labels)
        network.backward(dlogits)
        optimizer.step(params.values, params.grads, 0.05)
    assert loss.correct > 60


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(HyperparameterError, match="kernels must be one of fast, plain, got 'slow'"):
        named("slow")


def test_plain_works_without_the_fast_folder(tmp_path) -> None:
    package = tmp_path / "mlp_scratch"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copytree(Path(mlp_scratch.__file__).parent / "nn", package / "nn")
    shutil.rmtree(package / "nn" / "fast")
    code = """
import numpy as np
from mlp_scratch.nn import adversarial, averaging, batch_statistics, kernels, regularizers
from mlp_scratch.nn.activations import ReLU
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import SGD
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
chosen = kernels.kernels("plain")
network = Network([3, 4, 2], chosen.of(ReLU)(), rng=np.random.default_rng(0), kernels=chosen)
loss, values = chosen.of(SoftmaxCrossEntropy)(), network.parameters.values
before, dlogits = loss(network.forward(np.ones((5, 3), np.float32)), np.zeros(5, int))
network.backward(dlogits)
chosen.of(SGD)(values.size, values.size, np.float32).step(values, network.parameters.grads, 0.1)
assert loss(network.forward(np.ones((5, 3), np.float32)), np.zeros(5, int))[0] < before
try:
    kernels.kernels("fast")
except ValueError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env={}
    )
    assert done.stdout.startswith("kernels must be plain, for the folder nn/fast"), done.stderr
