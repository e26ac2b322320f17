"""The training loop on small made-up data: blocks, batches, determinism, divergence, stopping."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlp_scratch.data.batches import batches_per_epoch, epoch_order
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.checkpoint.training_state import arrays_of, load, values_of
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.engine.rows import BLOCK_ROWS, Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.task import Task
from mlp_scratch.engine.trainer import Diverged, Trainer
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.adversarial import ADVERSARIES
from mlp_scratch.nn.averaging import AVERAGES
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS


def state_of(trainer: Trainer) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    return arrays_of(trainer), values_of(trainer)


class Silent:
    """An observer that only counts."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.bests: list[int] = []
        self.batches = 0
        self.step_checkpoints = 0
        self.last_steps: list[int] = []

    def on_batch(self, epoch, batches_done, n_batches, mean_loss) -> None:
        self.batches += 1

    def on_epoch(self, row, is_best) -> None:
        self.rows.append(row)
        if is_best:
            self.bests.append(int(row["epoch"]))

    each_step = False

    def before_last_step(self, epoch) -> None:
        self.last_steps.append(epoch)

    def on_save(self) -> None:
        """A recorder's affair."""

    def on_step_checkpoint(self) -> None:
        self.step_checkpoints += 1


def make_rows(n: int, seed: int = 0, classes: int = 3) -> Rows:
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=n)
    x = rng.normal(size=(n, 5)) + labels[:, None]
    return Rows(x.astype(np.float64), labels, Normalizer("none"))


def make_trainer(
    train: Rows,
    settings: Settings,
    *,
    validation: Rows | None = None,
    lr: float = 0.1,
    dtype=np.float64,
    dropout: float = 0.0,
    patience: int | None = None,
    batch_norm: bool = False,
    average: str = "none",
    adversary: Any | None = None,
) -> Trainer:
    network = Network(
        [5, 7, 3],
        ACTIVATIONS["tanh"](),
        rng=np.random.default_rng(1),
        dropout_rng=np.random.default_rng(2),
        dropout=dropout,
        batch_norm=batch_norm,
        dtype=dtype,
    )
    parameters = network.parameters
    optimizer = OPTIMIZERS["sgd"](parameters.size, parameters.n_weights, dtype)
    steps = batches_per_epoch(len(train), settings.batch_size, settings.drop_last)
    rate = LearningRate(
        lr,
        "constant",
        {},
        steps_per_epoch=steps,
        total_steps=steps * settings.epochs,
        warmup_steps=0,
        warmup_start=1.0,
    )
    monitor = Monitor("val_loss", "min", patience, 0.0) if validation is not None else None
    averaging = {"none": {}, "ema": {"decay": 0.9}, "swa": {"start_epoch": 2}}[average]
    descent = GradientDescent(
        network,
        optimizer,
        train,
        Task(names=("0", "1")),
        settings,
        average=AVERAGES[average](parameters.size, dtype, **averaging),
        adversary=adversary,
    )
    return Trainer(descent, rate, validation, monitor)


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


@pytest.mark.parametrize(
    ("n", "batch_size", "drop_last", "expected"),
    [
        (10, 3, False, 4),
        (10, 3, True, 3),
        (10, 10, True, 1),
        (10, None, False, 1),
        (3, 1, False, 3),
    ],
)
def test_batches_per_epoch(n, batch_size, drop_last, expected) -> None:
    assert batches_per_epoch(n, batch_size, drop_last) == expected
    trainer = make_trainer(
        make_rows(n), Settings(epochs=2, batch_size=batch_size, seed=0, drop_last=drop_last)
    )
    assert trainer.run() == "finished"
    assert trainer.step == 2 * expected


def test_training_metrics_are_running_means_over_the_rows_seen() -> None:
    train = make_rows(50)
    trainer = make_trainer(train, Settings(epochs=1, batch_size=16, seed=0), lr=1e-12)
    trainer.run()  # with so small a rate the network stays as it was
    fresh = make_trainer(train, Settings(epochs=1, batch_size=16, seed=0)).network
    loss, _ = SoftmaxCrossEntropy()(fresh.forward(train.x), train.labels)
    np.testing.assert_allclose(trainer.history[0]["train_loss"], loss, rtol=1e-9)


def test_same_seed_same_bits_other_seed_other_bits() -> None:
    settings = Settings(epochs=3, batch_size=8, seed=5)
    values = []
    for seed in (5, 5, 6):
        trainer = make_trainer(make_rows(60), replace(settings, seed=seed), dropout=0.3)
        trainer.run()
        values.append(trainer.network.parameters.values.tobytes())
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(
    ("batch_norm", "average"), [(False, "none"), (True, "none"), (True, "ema"), (False, "swa")]
)
@pytest.mark.parametrize("stop_at", [1, 7, 8, 13, 17])
def test_going_on_from_any_step_gives_the_same_bits(
    stop_at: int, batch_norm: bool, average: str
) -> None:
    settings = Settings(
        epochs=3,
        batch_size=8,
        seed=5,
        l2=1e-3,
        clip_norm=0.5,
        max_norm=2.0,
        bn_recompute=batch_norm,
    )
    train, validation = make_rows(60), make_rows(20, seed=9)

    def fresh() -> Trainer:
        return make_trainer(
            train,
            settings,
            validation=validation,
            dropout=0.3,
            batch_norm=batch_norm,
            average=average,
        )

    undisturbed = fresh()
    undisturbed.run()
    first = fresh()
    counted = first.descent.step

    def stopping(*args):
        if first.step == stop_at - 1:
            first.stop_requested = True
        return counted(*args)

    first.descent.step = stopping  # type: ignore[method-assign]
    assert first.run() == "interrupted"
    assert first.step == stop_at
    arrays, values = state_of(first)
    second = fresh()
    load(second, {k: v.copy() for k, v in arrays.items()}, values, first.history)
    assert second.run() == "finished"
    ours, theirs = state_of(second), state_of(undisturbed)
    assert ours[1] == theirs[1]
    for name in theirs[0]:
        assert ours[0][name].tobytes() == theirs[0][name].tobytes(), name
    for mine, other in zip(second.history, undisturbed.history, strict=True):
        timings = ("seconds", "samples_per_second")
        assert {k: v for k, v in mine.items() if k not in timings} == {
            k: v for k, v in other.items() if k not in timings
        }


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


@pytest.mark.parametrize("batch_size", [8, 60, None])
def test_observers_are_told_before_the_last_step_of_an_epoch(batch_size: int | None) -> None:
    trainer = make_trainer(make_rows(60), Settings(epochs=3, batch_size=batch_size, seed=0))
    observer, steps = Silent(), []
    observer.before_last_step = lambda epoch: steps.append((epoch, trainer.step))  # type: ignore
    trainer.run([observer])
    n = 8 if batch_size == 8 else 1
    assert steps == [(epoch, n * epoch - 1) for epoch in (1, 2, 3)]


@pytest.mark.parametrize("batch_size", [8, 60, None])
def test_who_wants_it_is_told_of_each_step_but_the_last(batch_size: int | None) -> None:
    trainer = make_trainer(make_rows(60), Settings(epochs=2, batch_size=batch_size, seed=0))
    told: list[tuple[int, int]] = []
    close, other = Silent(), Silent()
    close.each_step = True
    close.on_step = lambda step: told.append((step, trainer.step))  # type: ignore
    trainer.run([other, close])  # the other has no such method
    n = 8 if batch_size == 8 else 1
    assert told == [(step, step) for step in range(1, 2 * n) if step != n]


def test_virtual_adversaries_are_drawn_again_after_a_stop() -> None:
    settings = Settings(epochs=2, batch_size=8, seed=5)
    vat = ADVERSARIES["vat"](epsilon=0.5, weight=1.0, xi=0.1, power_iterations=1)
    train = make_rows(60)
    whole = make_trainer(train, settings, adversary=vat)
    whole.run()
    first = make_trainer(train, settings, adversary=vat)
    observer = Silent()
    observer.on_step_checkpoint = lambda: setattr(first, "stop_requested", True)  # type: ignore
    first.settings = replace(settings, checkpoint_every_steps=11)
    assert first.run([observer]) == "interrupted"
    second = make_trainer(train, settings, adversary=vat)
    arrays, values = state_of(first)
    load(second, {k: v.copy() for k, v in arrays.items()}, values, first.history)
    second.run()
    ours, plain = second.network.parameters.values, make_trainer(train, settings)
    assert ours.tobytes() == whole.network.parameters.values.tobytes()
    plain.run()
    assert ours.tobytes() != plain.network.parameters.values.tobytes()
