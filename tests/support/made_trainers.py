"""A small trainer for the tests of ``engine``, and one who only listens."""

from typing import Any

import numpy as np

from mlp_scratch.data.batches import batches_per_epoch
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.checkpoint.training_state import arrays_of, values_of
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.task import Task
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.averaging import AVERAGES
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
