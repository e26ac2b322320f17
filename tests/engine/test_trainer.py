"""The training loop on small made-up data: blocks, batches, determinism, divergence, stopping."""

import math
from dataclasses import replace

import numpy as np
import pytest
from made_trainers import Silent, make_rows, make_trainer

from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.trainer import Diverged
from mlp_scratch.nn.losses import SoftmaxCrossEntropy


def test_same_seed_same_bits_other_seed_other_bits() -> None:
    settings = Settings(epochs=3, batch_size=8, seed=5)
    values = []
    for seed in (5, 5, 6):
        trainer = make_trainer(make_rows(60), replace(settings, seed=seed), dropout=0.3)
        trainer.run()
        values.append(trainer.network.parameters.values.tobytes())
    assert values[0] == values[1] != values[2]


def test_divergence_names_epoch_and_step() -> None:
    trainer = make_trainer(make_rows(60), Settings(epochs=50, batch_size=8, seed=0), lr=1e200)
    with np.errstate(all="ignore"), pytest.raises(Diverged, match=r"epoch 1, step \d+"):
        trainer.run()


def test_early_stopping_and_best_epochs() -> None:
    train = make_rows(60)
    validation = make_rows(30, seed=1)
    settings = Settings(epochs=400, batch_size=8, seed=0)
    trainer = make_trainer(train, settings, validation=validation, lr=0.5, patience=3)
    observer = Silent()
    assert trainer.run([observer]) == "stopped_early"
    assert trainer.monitor is not None
    losses = [row["val_loss"] for row in observer.rows]
    assert trainer.monitor.best_epoch == int(np.argmin(losses)) + 1 == observer.bests[-1]
    assert trainer.epoch == trainer.monitor.best_epoch + 3


def test_eval_every_looks_at_the_last_epoch_too() -> None:
    settings = Settings(epochs=5, batch_size=8, seed=0, eval_every=2, eval_train=True)
    trainer = make_trainer(make_rows(40), settings, validation=make_rows(10, seed=1))
    trainer.run()
    looked = [not math.isnan(row["val_loss"]) for row in trainer.history]
    assert looked == [False, True, False, True, True]
    assert list(trainer.history[0]) == trainer.columns
    evaluated = trainer.history[-1]["train_eval_loss"]
    logits = trainer.network.forward(trainer.train.x).copy()
    np.testing.assert_allclose(evaluated, SoftmaxCrossEntropy()(logits, trainer.train.labels)[0])


def test_zero_epochs() -> None:
    trainer = make_trainer(make_rows(10), Settings(epochs=0, batch_size=4, seed=0))
    before = trainer.network.parameters.values.copy()
    assert trainer.run() == "finished"
    np.testing.assert_array_equal(trainer.network.parameters.values, before)


def test_checkpoints_inside_an_epoch() -> None:
    settings = Settings(epochs=2, batch_size=4, seed=0, checkpoint_every_steps=3)
    observer = Silent()
    make_trainer(make_rows(40), settings).run([observer])
    # steps 3, 6, 9 | 12, 15, 18; none at step 10 or 20, where an epoch ends
    assert observer.step_checkpoints == 6
