"""A step: the gradient of a batch in blocks is that of all its rows."""

import math

import numpy as np
from made_trainers import make_rows, make_trainer

from mlp_scratch.engine.rows import BLOCK_ROWS
from mlp_scratch.engine.settings import Settings
from mlp_scratch.nn.losses import SoftmaxCrossEntropy


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
