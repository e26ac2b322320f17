"""What a config may hold: the types of its values and the rules between them.

Default values are not here: they stand in ``conf/``. The sections whose keys never change are the
dataclasses below; the keys of those that choose something by ``name`` (activation, optim, schedule,
augment, tracking) come from the constructors, see ``registry.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from mlp_scratch.config.data_config import DataConfig
from mlp_scratch.config.folds import check_folds
from mlp_scratch.config.keyed_errors import keyed
from mlp_scratch.config.lbfgs_rules import check_steady_loss
from mlp_scratch.config.ranges import RANGES, check_range
from mlp_scratch.config.registry import (
    REGISTRIES,
    SHARED_KEYS,
    hyperparameters,
    registered,
    try_constructors,
)
from mlp_scratch.config.written_values import shown
from mlp_scratch.errors import ConfigError
from mlp_scratch.nested import walk
from mlp_scratch.nn.initializers import INITIALIZERS
from mlp_scratch.nn.layers import BatchNorm, Dropout, LayerNorm
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import activations_for, check_layers, rates_for
from mlp_scratch.nn.parametrization import PARAMETRIZATIONS, MaximalUpdate
from mlp_scratch.nn.range_checks import one_of, whole

# How a config calls what a network is handed, and what it may say instead
NETWORK_KEYS = {
    "sizes": "layers",
    "activation": "activations",
    "initializer": "init",
    "std": "init_std",
    "gain": "init_gain",
    "eps": "bn_eps",
    "momentum": "bn_momentum",
}
FIXES = {
    "sizes": "for example [784,128,64,10] or [null,128,null]",
    "activation": "or null, for that of activation in all",
    "dropout": "or one number for all",
    "layer_norm": "set model.batch_norm=false, or leave it out",
}


@dataclass
class ModelConfig:
    layers: list[int | None]
    init: str
    init_std: float
    init_gain: float
    init_from: str | None
    freeze: int
    batch_norm: bool
    bn_eps: float
    bn_momentum: float
    bn_recompute: bool
    layer_norm: bool
    ln_eps: float
    activations: list[str] | None
    residual: str
    parametrization: str
    base_width: int

    def check(self) -> None:
        if None in self.layers[1:-1]:
            i = self.layers.index(None, 1)
            raise ConfigError(
                f"model.layers[{i}]=null: only the first and the last size may be null; "
                f"give a number of units in {shown(self.layers)}"
            )
        rng = np.random.default_rng(0)
        with keyed("model", FIXES, **NETWORK_KEYS):
            check_layers(self.layers, self.init, self.residual, self.batch_norm, self.layer_norm)
            whole("freeze", self.freeze, 0, len(self.layers) - 2)  # the last layer learns
            INITIALIZERS["normal"](rng, 1, 1, std=self.init_std)
            INITIALIZERS["orthogonal"](rng, 1, 1, gain=self.init_gain)
            BatchNorm(*np.ones((4, 1)), eps=self.bn_eps, momentum=self.bn_momentum)
        with keyed("model", eps="ln_eps"):
            LayerNorm(*np.ones((4, 1)), eps=self.ln_eps)
            one_of("parametrization", self.parametrization, PARAMETRIZATIONS)
            MaximalUpdate(base_width=self.base_width, scale_free=True)
        for i, name in enumerate(self.activations or ()):
            registered("activation", name, f"model.activations[{i}]")
        if self.activations is not None:
            with keyed("model", FIXES, **NETWORK_KEYS):
                activations_for(self.layers, self.activations, self.residual)


@dataclass
class RegularizationConfig:
    l2: float
    l1: float
    dropout: Any  # a rate, or one for each hidden layer; kept as typed, 0 or 0.0
    input_dropout: float
    max_norm: float | None
    label_smoothing: float
    class_weight: Any  # null, balanced, or a weight by class

    def check(self, layers: Sequence[int | None]) -> None:
        with keyed("regularization", FIXES):
            rates_for(layers, self.dropout)
        rates = self.dropout if isinstance(self.dropout, list) else [self.dropout]
        rng = np.random.default_rng(0)
        for key, rate in [("input_dropout", self.input_dropout), *(("dropout", r) for r in rates)]:
            with keyed("regularization", rate=key):
                Dropout(rate, rng)
        with keyed("regularization"):
            SoftmaxCrossEntropy(self.label_smoothing)


@dataclass
class EarlyStoppingConfig:
    metric: str
    patience: int | None
    min_delta: float


@dataclass
class TrainingConfig:
    epochs: int
    batch_size: int | str
    validation_fraction: float
    folds: int | None
    fold: int | None
    eval_every: int
    eval_train: bool
    metrics: list[str] | None
    early_stopping: EarlyStoppingConfig
    clip_norm: float | None
    drop_last: bool
    sampler: str
    threads: int | str
    checkpoint_every_steps: int | None
    kernels: str
    dtype: str
    max_seconds: float | None
    record_layers: bool | str
    snapshots: int


@dataclass
class ExperimentConfig:
    """One experiment, typed and checked: sections of ``REGISTRIES`` are mappings with a ``name``,
    the others are dataclasses."""

    name: str | None
    seed: int
    task: str
    loss: dict[str, Any]
    model: ModelConfig
    activation: dict[str, Any]
    optim: dict[str, Any]
    schedule: dict[str, Any]
    regularization: RegularizationConfig
    augment: dict[str, Any]
    average: dict[str, Any]
    adversarial: dict[str, Any]
    data: DataConfig
    training: TrainingConfig
    tracking: dict[str, Any]

    def check(self) -> None:
        """Raise ConfigError when a value is out of its range or two values contradict."""
        values = dict(walk(asdict(self)))
        for key in RANGES:
            check_range(key, values[key])
        check_steady_loss(values)
        self.model.check()
        self.data.check()
        self.regularization.check(self.model.layers)
        for section in REGISTRIES:
            try_constructors(section, getattr(self, section))
        self._check_schedule()
        may_hold_some = self.data.name in ("npz", "npy", "folder")
        if not self.names_validation and not may_hold_some:
            self.check_without_validation()
        check_folds(self.training.folds, self.training.fold)
        self._check_parametrization()

    def _check_schedule(self) -> None:
        warmup, total = self.schedule["warmup_epochs"], self.schedule["total_epochs"]
        horizon = self.training.epochs if total is None else total
        if warmup > horizon > 0:
            raise ConfigError(
                f"schedule.warmup_epochs={shown(warmup)}: is longer than the schedule's {horizon} "
                "epochs"
            )

    def _check_parametrization(self) -> None:
        """muP is one thing for steps that grow with the gradient and another for those that do
        not."""
        name = self.optim["name"]
        known = hasattr(registered("optim", name), "scale_free")
        if self.model.parametrization == "mup" and not known:
            raise ConfigError(
                f"model.parametrization=mup: does not know how optim={name} depends on the size of "
                "the gradient; its class may say so (scale_free), or set "
                "model.parametrization=standard"
            )

    @property
    def names_validation(self) -> bool:
        """Whether it says which rows validate."""
        training, data = self.training, self.data
        own = data.val_path is not None or data.split is not None
        return training.validation_fraction > 0 or training.fold is not None or own

    def check_without_validation(self) -> None:
        """Raise ConfigError where something looks at validation rows, as there are none."""
        patience = self.training.early_stopping.patience
        if patience is not None:
            raise ConfigError(
                f"training.early_stopping.patience={patience}: needs validation rows, but "
                "training.validation_fraction=0; set training.validation_fraction=0.1 or "
                "patience=null"
            )
        if self.schedule["name"] == "plateau":
            raise ConfigError(
                "schedule.name=plateau: watches validation rows, but "
                "training.validation_fraction=0; choose another schedule or set "
                "training.validation_fraction=0.1"
            )


def every_key(kind: type = ExperimentConfig, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, type) of all that a config may hold, those of every choice of a section too."""
    for field in fields(kind):
        key: str = f"{prefix}{field.name}"
        if is_dataclass(field.type):
            yield from every_key(field.type, f"{key}.")  # type: ignore[arg-type]
        elif key in REGISTRIES:
            parts = [SHARED_KEYS[key], *map(hyperparameters, REGISTRIES[key].values())]
            yield from ((f"{key}.{name}", part[name]) for part in parts for name in part)
        else:
            yield key, field.type
