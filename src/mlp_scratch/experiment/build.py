"""From a config and a data set to the objects that train; no file is read or written here."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.config.registry import SHARED_KEYS, construct
from mlp_scratch.config.schema import FIXES, NETWORK_KEYS, ExperimentConfig
from mlp_scratch.config.structure import network_arguments, structure_of
from mlp_scratch.data.augment.augmentations import Ciresan
from mlp_scratch.data.batches import batches_per_epoch
from mlp_scratch.data.dataset import Dataset, never_learned
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.columns import Table
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.data.tables.encoder.encoder_record import arrays_of, description_of
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.engine.metrics import direction
from mlp_scratch.engine.numerics import NUMERICS
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.task import Task
from mlp_scratch.engine.time_limit import TimeLimit
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.resolve_task import training_differs
from mlp_scratch.experiment.settle import Settled
from mlp_scratch.experiment.split_rows import generator
from mlp_scratch.nn.kernels import kernels
from mlp_scratch.nn.network import Network
from mlp_scratch.runs.console import log
from mlp_scratch.runs.resume_rules import essence

_INITIALIZATION = 1  # a stream of the seed


@dataclass(frozen=True)
class Experiment:
    """What a run works with, made of its config.

    identity: what each checkpoint says beside the trainer's state, but for the thread count.
    training_differs: in words, why losses and accuracies of training and validation do not compare.
    dataset: its features; encoder: what made them of a table's columns, and table: the test rows as
    the table has them; None where there are none.
    """

    identity: dict[str, Any]
    dataset: Dataset
    normalizer: Normalizer
    network: Network
    trainer: Trainer
    test: Rows | None
    time_limit: TimeLimit
    training_differs: str
    encoder: TableEncoder | None = None
    table: Table | None = None

    @property
    def task(self) -> Task:
        """What the network's outputs mean."""
        return self.trainer.task

    @property
    def constants(self) -> dict[str, np.ndarray]:
        """The arrays that each checkpoint holds beside the trainer's state."""
        encoder = {} if self.encoder is None else arrays_of(self.encoder)
        return self.normalizer.arrays() | self.task.arrays() | encoder


def build_network(config: ExperimentConfig, sizes: list[int]) -> Network:
    """The network of a config, initialized from its seed."""
    model, regularization = config.model, config.regularization
    with keyed("training"):
        chosen = kernels(config.training.kernels)
    arguments = network_arguments(structure_of(config), config.activation, chosen)
    with keyed("model", FIXES, **NETWORK_KEYS):  # the data's own sizes are known only now
        return Network(
            sizes,
            **arguments,
            rng=generator(config.seed, _INITIALIZATION),
            initializer=model.init,
            init_std=model.init_std,
            init_gain=model.init_gain,
            dropout=regularization.dropout,
            input_dropout=regularization.input_dropout,
            batch_norm=model.batch_norm,
            bn_eps=model.bn_eps,
            bn_momentum=model.bn_momentum,
            dtype=config.training.dtype,
            kernels=chosen,
        )


def build(settled: Settled, *, validate_on_test: bool = False) -> Experiment:
    """Everything that a run needs; what is built knows nothing of the config.

    validate_on_test: the data set's test rows are those that the training is judged by.
    Raises ConfigError when config and data do not fit.
    """
    config, rows, sizes = settled.config, settled.rows, settled.sizes
    dataset, encoder = rows.dataset, rows.encoder
    train, validation, test = rows.train, rows.validation, rows.test
    if validate_on_test and test is not None:
        validation = test
    if not len(validation):
        config.check_without_validation()
    if dataset.task == "classification":
        parts = {"train": train, "val": validation, "test": test}
        labels = {part: some.labels for part, some in parts.items() if some is not None}
        for line in never_learned(dataset.class_names, labels):
            if line not in dataset.notes:
                log.info(line)

    training, regularization = config.training, config.regularization
    batch_size = _batch_size(config, len(train))
    network = build_network(config, sizes)
    parameters = network.parameters
    shape = (parameters.size, parameters.n_weights, parameters.values.dtype)
    optimizer = construct("optim", config.optim, *shape, kernels=network.kernels)
    if batch_size and batch_size < len(train) and getattr(optimizer, "asks_for_loss", False):
        raise ConfigError(
            f"training.batch_size={batch_size}: does not go with optim={config.optim['name']}, "
            "whose steps compare losses of the same rows; use training.batch_size=full"
        )
    steps = batches_per_epoch(len(train), batch_size, training.drop_last)
    settings = Settings(
        epochs=training.epochs,
        batch_size=batch_size,
        seed=config.seed,
        drop_last=training.drop_last,
        balanced=training.sampler == "balanced",
        eval_every=training.eval_every,
        eval_train=training.eval_train,
        l1=regularization.l1,
        l2=regularization.l2,
        max_norm=regularization.max_norm,
        clip_norm=training.clip_norm,
        checkpoint_every_steps=training.checkpoint_every_steps,
        freeze=config.model.freeze,
        bn_recompute=config.model.batch_norm and config.model.bn_recompute,
    )
    stopping = training.early_stopping
    monitor = None
    if len(validation):
        mode = direction(stopping.metric)
        monitor = Monitor(stopping.metric, mode, stopping.patience, stopping.min_delta)
    descent = GradientDescent(
        *(network, optimizer, train, rows.task, settings),
        build_augmentation(config, dataset),
        construct("average", config.average, shape[0], shape[2], kernels=network.kernels),
        construct("adversarial", config.adversarial),
    )
    validated = validation if len(validation) else None
    trainer = Trainer(descent, _learning_rate(config, steps), validated, monitor)
    identity = _identity(config, dataset, rows.task, encoder) | {"sizes": sizes}
    limit, differs = TimeLimit(trainer, training.max_seconds), training_differs(config)
    of_rows = (identity, dataset, rows.normalizer, network, trainer, test, limit, differs)
    return Experiment(*of_rows, encoder, _test_table(settled.read))


def _test_table(dataset: Dataset) -> Table | None:
    """The test rows of a table, as it has them."""
    columns, x, offset = dataset.columns, dataset.x_test, dataset.offset
    if columns is None or x is None:
        return None
    return Table(columns, x, np.zeros(len(columns)) if offset is None else offset)


def _batch_size(config: ExperimentConfig, n_train: int) -> int | None:
    """Rows a step; None means all of them, also where more are asked for than there are."""
    asked = config.training.batch_size
    if asked != "full" and int(asked) <= n_train:
        return int(asked)
    if asked != "full":
        said = f"larger than the {n_train} training rows, taken as full"
        log.info(f"training.batch_size={asked}: {said}")
    return None


def _identity(
    config: ExperimentConfig, dataset: Dataset, task: Task, encoder: TableEncoder | None
) -> dict[str, Any]:
    model = config.model
    return {
        "activation": config.activation,
        "structure": structure_of(config),
        "batch_norm": {"on": model.batch_norm, "eps": model.bn_eps, "momentum": model.bn_momentum},
        "task": {
            "name": task.name,
            "loss": config.loss,
            "names": list(task.names),
            "metrics": list(task.metrics),
        },
        "class_names": list(dataset.class_names),
        "image_shape": dataset.image_shape and list(dataset.image_shape),
        "reader": dataset.reader,
        "feature_names": dataset.feature_names,
        "columns": None if encoder is None else description_of(encoder),
        "target_names": list(dataset.target_names),
        "ids": list(dataset.ids),
        "normalize": config.data.normalize,
        "data_name": dataset.name,
        "data_digest": dataset.digest,
        "numerics": NUMERICS,
        "experiment": essence(config),
    }


def build_augmentation(config: ExperimentConfig, dataset: Dataset) -> Any:
    """The augmentation of the config, or None. Raises ConfigError."""
    name = config.augment["name"]
    if name == "none":
        return None
    if dataset.image_shape is None:
        raise ConfigError(
            f"augment={name}: needs images, and the rows of data '{dataset.name}' are not; "
            "use augment=none"
        )
    augmentation = construct("augment", config.augment, dataset.image_shape)
    if isinstance(augmentation, Ciresan):
        augmentation.name_classes(dataset.class_names)
    return augmentation


def _learning_rate(config: ExperimentConfig, steps_per_epoch: int) -> LearningRate:
    schedule = config.schedule
    shared = {"name", *SHARED_KEYS["schedule"]}
    hyperparameters = {key: value for key, value in schedule.items() if key not in shared}
    total_epochs = schedule["total_epochs"] or config.training.epochs
    return LearningRate(
        config.optim["lr"],
        schedule["name"],
        hyperparameters,
        steps_per_epoch=steps_per_epoch,
        total_steps=total_epochs * steps_per_epoch,
        warmup_steps=round(schedule["warmup_epochs"] * steps_per_epoch),
        warmup_start=schedule["warmup_start"],
    )
