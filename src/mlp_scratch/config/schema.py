"""What a config may hold: the types of its values and the rules between them.

Default values are not here: they stand in ``conf/``. The sections whose keys never change are the
dataclasses below; the keys of those that choose something by ``name`` (activation, optim, schedule,
augment, tracking) come from the constructors, see ``registry.py``.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp_scratch.config.ranges import keyed
from mlp_scratch.config.registry import REGISTRIES, try_constructors
from mlp_scratch.config.values import shown
from mlp_scratch.data.normalize import KINDS
from mlp_scratch.engine.metrics import MONITORED
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.activations import ReLU
from mlp_scratch.nn.hyperparameters import HyperparameterError, in_interval, one_of, whole
from mlp_scratch.nn.layers import Dropout
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network

FROM_FILE = ("csv", "npz", "npy", "idx")  # data that needs data.path


def require(ok: bool, key: str, value: Any, rule: str, fix: str = "") -> None:
    """Raise ConfigError ``key=value: rule; fix`` unless ``ok``."""
    if not ok:
        raise ConfigError(f"{key}={shown(value)}: {rule}" + (f"; {fix}" if fix else ""))


def _whole_or(word: str, name: str, value: Any, *bounds: int) -> None:
    """Raise HyperparameterError unless ``value`` is ``word`` or a whole number within bounds."""
    try:
        if value != word:
            whole(name, value, *bounds)
    except HyperparameterError as error:
        raise HyperparameterError(name, f"{error.rule}, or {word}", value) from error


@dataclass
class ModelConfig:
    layers: list[int | None]
    init: str
    init_std: float
    init_gain: float
    init_from: str | None
    batch_norm: bool
    bn_eps: float
    bn_momentum: float
    bn_recompute: bool

    def check(self) -> None:
        last = len(self.layers) - 1
        require(
            last >= 1,
            "model.layers",
            self.layers,
            "needs an input and an output size",
            "for example [784,128,64,10] or [null,128,null]",
        )
        for i, units in enumerate(self.layers):
            if units is not None:
                with keyed("model"):
                    whole(f"layers[{i}]", units, 1, 10_000_000)
                continue
            require(
                i in (0, last),
                f"model.layers[{i}]",
                units,
                "only the first and the last size may be null",
                f"give a number of units in {shown(self.layers)}",
            )
        names = {"initializer": "init", "std": "init_std", "gain": "init_gain"}
        for init in (self.init, "normal", "orthogonal"):  # those two take the values
            with keyed("model", eps="bn_eps", momentum="bn_momentum", **names):
                Network(
                    [1, 1, 1],
                    ReLU(),
                    rng=np.random.default_rng(0),
                    initializer=init,
                    init_std=self.init_std,
                    init_gain=self.init_gain,
                    batch_norm=True,
                    bn_eps=self.bn_eps,
                    bn_momentum=self.bn_momentum,
                )


@dataclass
class RegularizationConfig:
    l2: float
    l1: float
    dropout: Any  # a rate, or one for each hidden layer; kept as typed, 0 or 0.0
    input_dropout: float
    max_norm: float | None
    label_smoothing: float

    def check(self, n_hidden: int) -> None:
        rates = self.dropout if isinstance(self.dropout, list) else [self.dropout]
        require(
            rates is not self.dropout or len(rates) == n_hidden,
            "regularization.dropout",
            self.dropout,
            f"needs one rate for each of the {n_hidden} hidden layers",
            "or one number for all",
        )
        rng = np.random.default_rng(0)
        for key, rate in [("input_dropout", self.input_dropout), *(("dropout", r) for r in rates)]:
            with keyed("regularization", rate=key):
                Dropout(rate, rng)
        with keyed("regularization"):
            SoftmaxCrossEntropy(self.label_smoothing)
            in_interval("l2", self.l2, "[0, inf)")
            in_interval("l1", self.l1, "[0, inf)")
            if self.max_norm is not None:
                in_interval("max_norm", self.max_norm, "(0, inf)")


@dataclass
class DataConfig:
    name: str
    dir: str
    cache_dir: str
    download: bool
    path: str | None
    test_path: str | None
    label: str | None
    test_fraction: float
    normalize: str

    def check(self) -> None:
        with keyed("data"):
            one_of("normalize", self.normalize, KINDS)
            in_interval("test_fraction", self.test_fraction, "[0, 1)")
        from_file = self.name in FROM_FILE
        require(
            from_file or self.path is None,
            "data.path",
            self.path,
            f"data={self.name} reads no such file",
            f"use one of {', '.join(f'data={name}' for name in FROM_FILE)}, or leave it out",
        )
        require(
            not from_file or self.path is not None,
            "data.path",
            None,
            f"data={self.name} needs a file",
            "add data.path=FILE",
        )


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
    eval_every: int
    eval_train: bool
    early_stopping: EarlyStoppingConfig
    clip_norm: float | None
    drop_last: bool
    threads: int | str
    checkpoint_every_steps: int | None
    kernels: str

    def check(self) -> None:
        stopping = self.early_stopping
        with keyed("training"):
            whole("epochs", self.epochs, 0)
            whole("eval_every", self.eval_every, 1)
            in_interval("validation_fraction", self.validation_fraction, "[0, 1)")
            one_of("kernels", self.kernels, ("fast", "plain"))
            if self.clip_norm is not None:
                in_interval("clip_norm", self.clip_norm, "(0, inf)")
            if self.checkpoint_every_steps is not None:
                whole("checkpoint_every_steps", self.checkpoint_every_steps, 1)
            _whole_or("full", "batch_size", self.batch_size, 1)
            _whole_or("auto", "threads", self.threads, 1, 1024)
        with keyed("training.early_stopping"):
            one_of("metric", stopping.metric, MONITORED)
            in_interval("min_delta", stopping.min_delta, "[0, inf)")
            if stopping.patience is not None:
                whole("patience", stopping.patience, 1)
        require(
            stopping.patience is None or self.validation_fraction > 0,
            "training.early_stopping.patience",
            stopping.patience,
            "needs validation rows, but training.validation_fraction=0",
            "set training.validation_fraction=0.1 or patience=null",
        )


@dataclass
class ExperimentConfig:
    """One experiment, typed and checked: sections of ``REGISTRIES`` are mappings with a ``name``,
    the others are dataclasses."""

    name: str | None
    seed: int
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
        with keyed(""):
            whole("seed", self.seed, 0)
        self.model.check()
        self.data.check()
        self.training.check()
        self.regularization.check(n_hidden=len(self.model.layers) - 2)
        with keyed("optim"):
            in_interval("lr", self.optim["lr"], "(0, inf)")
        warmup, total = self.schedule["warmup_epochs"], self.schedule["total_epochs"]
        with keyed("schedule"):
            in_interval("warmup_epochs", warmup, "[0, inf)")
            in_interval("warmup_start", self.schedule["warmup_start"], "[0, 1]")
            if total is not None:
                whole("total_epochs", total, 1)
        horizon = self.training.epochs if total is None else total
        require(
            warmup <= horizon or horizon == 0,
            "schedule.warmup_epochs",
            warmup,
            f"is longer than the schedule's {horizon} epochs",
        )
        require(
            self.schedule["name"] != "plateau" or self.training.validation_fraction > 0,
            "schedule.name",
            "plateau",
            "watches validation rows, but training.validation_fraction=0",
            "choose another schedule or set training.validation_fraction=0.1",
        )
        for section in REGISTRIES:
            try_constructors(section, getattr(self, section))
