"""What adds up over an epoch."""

import numpy as np
from made_trainers import make_rows, make_trainer

from mlp_scratch.engine.settings import Settings
from mlp_scratch.nn.losses import SoftmaxCrossEntropy


def test_training_metrics_are_running_means_over_the_rows_seen() -> None:
    train = make_rows(50)
    trainer = make_trainer(train, Settings(epochs=1, batch_size=16, seed=0), lr=1e-12)
    trainer.run()  # with so small a rate the network stays as it was
    fresh = make_trainer(train, Settings(epochs=1, batch_size=16, seed=0)).network
    loss, _ = SoftmaxCrossEntropy()(fresh.forward(train.x), train.labels)
    np.testing.assert_allclose(trainer.history[0]["train_loss"], loss, rtol=1e-9)
