"""The weights that are evaluated and kept."""

import numpy as np
import pytest
from made_trainers import make_rows, make_trainer

from mlp_scratch.data.batches import epoch_order
from mlp_scratch.engine.checkpoint.training_state import arrays_of
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.engine.rows import BLOCK_ROWS
from mlp_scratch.engine.settings import Settings


@pytest.mark.parametrize("average", ["ema", "swa"])
def test_the_average_is_what_is_evaluated_and_saved(average: str) -> None:
    validation = make_rows(50, seed=3)
    settings = Settings(epochs=4, batch_size=8, seed=0)
    plain = make_trainer(make_rows(60), settings, validation=validation)
    trainer = make_trainer(make_rows(60), settings, validation=validation, average=average)
    plain.run()
    trainer.run()
    optimized, saved = trainer.network.parameters.values.copy(), arrays_of(trainer)
    np.testing.assert_array_equal(optimized, plain.network.parameters.values)
    np.testing.assert_array_equal(saved["optimized_values"], optimized)
    assert not np.array_equal(saved["W0"], trainer.network.parameters.value("W0"))
    trainer.kept.adopt()
    np.testing.assert_array_equal(trainer.network.parameters.value("W0"), saved["W0"])
    loss = evaluate(trainer.network, validation, trainer.task)["loss"]
    assert loss == trainer.history[-1]["val_loss"]


def test_recomputed_statistics_are_those_of_the_training_rows() -> None:
    train = make_rows(BLOCK_ROWS + 300)
    train.x.sort(axis=0)  # neighbours are alike, as in a file that is sorted by class
    settings = Settings(epochs=1, batch_size=64, seed=0, bn_recompute=True)
    trainer = make_trainer(train, settings, batch_norm=True)
    trainer.run()
    parameters, buffers = trainer.network.parameters, trainer.network.buffers
    sums = train.x @ parameters.value("W0") + parameters.value("b0")
    np.testing.assert_allclose(buffers["running_mean0"], sums.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(buffers["running_var0"], sums.var(axis=0), rtol=0.02)
    sums = sums[epoch_order(0, 0, len(train))]
    parts = (sums[:BLOCK_ROWS], sums[BLOCK_ROWS:])
    variances = [len(part) * part.var(axis=0, ddof=1) for part in parts]
    np.testing.assert_allclose(buffers["running_var0"], sum(variances) / len(train), rtol=1e-10)
