"""A step: the gradient of a batch in blocks is that of all its rows."""

import math

import numpy as np
import pytest
from made_trainers import make_rows, make_trainer

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.loop import GradientDescent, OneProcess
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.task import Task
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS


def test_full_batch_in_blocks_is_the_gradient_of_all_rows() -> None:
    train = make_rows(2 * BLOCK_ROWS + 77)
    trainer = make_trainer(train, Settings(epochs=1, batch_size=None, seed=0))
    before = trainer.network.parameters.values.copy()
    logits = trainer.network.forward(train.x).copy()
    whole = make_trainer(train, Settings(epochs=1, batch_size=None, seed=0)).network
    loss, dlogits = SoftmaxCrossEntropy()(whole.forward(train.x, training=True), train.labels)
    whole.backward(dlogits)
    trainer.run()
    np.testing.assert_allclose(trainer.history[0]["train_loss"], loss, rtol=1e-12)
    accuracy = np.mean(logits.argmax(axis=1) == train.labels)
    assert trainer.history[0]["train_accuracy"] == accuracy
    np.testing.assert_allclose(
        trainer.network.parameters.values, before - 0.1 * whole.parameters.grads, rtol=1e-10
    )
    np.testing.assert_allclose(
        trainer.history[0]["grad_norm"], np.linalg.norm(whole.parameters.grads), rtol=1e-10
    )


def test_large_minibatches_go_in_blocks_too() -> None:
    train = make_rows(3 * BLOCK_ROWS)
    big = make_trainer(train, Settings(epochs=1, batch_size=2 * BLOCK_ROWS, seed=0))
    big.run()
    assert big.step == 2
    assert math.isfinite(big.history[0]["train_loss"])


def descent(**settings) -> GradientDescent:
    rng = np.random.default_rng(0)
    network = Network([4, 6, 3], ACTIVATIONS["tanh"](), rng=rng, dtype=np.float64)
    rows = Rows(rng.normal(size=(20, 4)), np.arange(20) % 3, Normalizer("none"))
    parameters = network.parameters
    optimizer = OPTIMIZERS["sgd"](parameters.size, parameters.n_weights, np.float64)
    more = Settings(epochs=1, batch_size=5, seed=0, **settings)
    return GradientDescent(network, optimizer, rows, Task(names=tuple("abc")), more)


class Seen:
    """Stands in the place of ``OneProcess``, and notes what it is asked for."""

    def __init__(self, inner: OneProcess) -> None:
        self.inner, self.asked = inner, list[str]()

    def __getattr__(self, name: str):
        self.asked.append(name)
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    "settings", [{}, {"l2": 0.1, "clip_norm": 0.5}, {"l1": 0.1, "max_norm": 1.0}, {"freeze": 1}]
)
def test_whoever_stands_in_is_asked_for_everything(settings: dict) -> None:
    alone, handed = descent(**settings), descent(**settings)
    handed.workers = Seen(handed.workers)
    for one in (alone, handed):
        one.workers.start_epoch(0, np.arange(20))
        results = [one.step(k, 5 * k, 5 * k + 5, 0.1) for k in range(4)]
        one.workers.close()
    assert handed.workers.asked == ["start_epoch", *["gradient", "update"] * 4, "close"]
    same = (alone.network.parameters.values, handed.network.parameters.values)
    np.testing.assert_array_equal(*same)
    assert results[-1][0] > 0


def test_a_step_goes_down() -> None:
    one = descent()
    one.workers.start_epoch(0, np.arange(20))
    losses = [one.step(0, 0, 5, 0.1)[0] for _ in range(30)]
    assert losses[-1] < losses[0]
