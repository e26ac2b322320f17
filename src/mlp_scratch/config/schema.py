"""What a config may hold: the types of its values and the rules between them.

Default values are not here: they stand in ``conf/``. The sections whose keys never change are the
dataclasses below; the keys of those that choose something by ``name`` (activation, optim, schedule,
augment, tracking) come from the constructors, see ``registry.py``.
"""

import math
from dataclasses import dataclass
from typing import Any

from mlp_scratch.config.registry import REGISTRIES, one_of, try_constructors
from mlp_scratch.engine.metrics import MONITORED
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.initializers import INITIALIZERS

FROM_FILE = ("csv", "npz", "npy", "idx")  # data that needs data.path
NORMALIZATIONS = ("none", "unit", "standardize")


def require(ok: bool, key: str, value: Any, rule: str, fix: str = "") -> None:
    """Raise ConfigError ``key=value: rule; fix`` unless ``ok``."""
    if not ok:
        shown = "null" if value is None else value
        raise ConfigError(f"{key}={shown}: {rule}" + (f"; {fix}" if fix else ""))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _require_number(
    key: str, value: Any, low: float, high: float = math.inf, *, open_low=False, open_high=False
) -> None:
    """Raise ConfigError unless ``value`` is a finite number in the interval."""
    left, right = ("(" if open_low else "["), (")" if open_high or high == math.inf else "]")
    above = _is_number(value) and (value > low if open_low else value >= low)
    below = _is_number(value) and (value < high if open_high else value <= high)
    require(above and below, key, value, f"must be a number in {left}{low:g}, {high:g}{right}")


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
        layers, last = self.layers, len(self.layers) - 1
        shown = shown_list(layers)
        require(
            last >= 1,
            "model.layers",
            shown,
            "needs an input and an output size",
            "for example [784,128,64,10] or [null,128,null]",
        )
        for i, units in enumerate(layers):
            if units is None:
                require(
                    i in (0, last),
                    f"model.layers[{i}]",
                    units,
                    "only the first and the last size may be null",
                    f"give a number of units in {shown}",
                )
            else:
                require(
                    isinstance(units, int) and 1 <= units <= 10_000_000,
                    f"model.layers[{i}]",
                    units,
                    "a layer needs between 1 and 10,000,000 units",
                    f"change it in {shown}",
                )
        one_of("model.init", self.init, ("auto", *INITIALIZERS))
        _require_number("model.init_std", self.init_std, 0.0)
        _require_number("model.init_gain", self.init_gain, 0.0, open_low=True)
        _require_number("model.bn_eps", self.bn_eps, 0.0, 1.0, open_low=True)
        _require_number("model.bn_momentum", self.bn_momentum, 0.0, 1.0)


@dataclass
class RegularizationConfig:
    l2: float
    l1: float
    dropout: Any  # float, or one float for each hidden layer: OmegaConf has no such union
    input_dropout: float
    max_norm: float | None
    label_smoothing: float

    def check(self, n_hidden: int) -> None:
        section = "regularization"
        _require_number(f"{section}.l2", self.l2, 0.0)
        _require_number(f"{section}.l1", self.l1, 0.0)
        if isinstance(self.dropout, list):
            require(
                len(self.dropout) == n_hidden,
                f"{section}.dropout",
                shown_list(self.dropout),
                f"needs one rate for each of the {n_hidden} hidden layers",
                "or one number for all",
            )
        rates = self.dropout if isinstance(self.dropout, list) else [self.dropout]
        for rate in rates:
            _require_number(f"{section}.dropout", rate, 0.0, 1.0, open_high=True)
        _require_number(f"{section}.input_dropout", self.input_dropout, 0.0, 1.0, open_high=True)
        if self.max_norm is not None:
            _require_number(f"{section}.max_norm", self.max_norm, 0.0, open_low=True)
        _require_number(
            f"{section}.label_smoothing", self.label_smoothing, 0.0, 1.0, open_high=True
        )


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
        one_of("data.normalize", self.normalize, NORMALIZATIONS)
        _require_number("data.test_fraction", self.test_fraction, 0.0, 1.0, open_high=True)
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

    def check(self) -> None:
        section = "training"
        _require_number(f"{section}.epochs", self.epochs, 0)
        require(
            self.batch_size == "full"
            or (isinstance(self.batch_size, int) and self.batch_size >= 1),
            f"{section}.batch_size",
            self.batch_size,
            "must be a whole number from 1 up, or full",
        )
        require(
            self.threads == "auto" or (isinstance(self.threads, int) and 1 <= self.threads <= 1024),
            f"{section}.threads",
            self.threads,
            "must be a whole number from 1 to 1024, or auto",
        )
        _require_number(
            f"{section}.validation_fraction", self.validation_fraction, 0.0, 1.0, open_high=True
        )
        _require_number(f"{section}.eval_every", self.eval_every, 1)
        if self.clip_norm is not None:
            _require_number(f"{section}.clip_norm", self.clip_norm, 0.0, open_low=True)
        if self.checkpoint_every_steps is not None:
            _require_number(f"{section}.checkpoint_every_steps", self.checkpoint_every_steps, 1)
        stopping = self.early_stopping
        one_of(f"{section}.early_stopping.metric", stopping.metric, MONITORED)
        _require_number(f"{section}.early_stopping.min_delta", stopping.min_delta, 0.0)
        if stopping.patience is not None:
            _require_number(f"{section}.early_stopping.patience", stopping.patience, 1)
            require(
                self.validation_fraction > 0,
                f"{section}.early_stopping.patience",
                stopping.patience,
                f"needs validation rows, but {section}.validation_fraction=0",
                f"set {section}.validation_fraction=0.1 or patience=null",
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
        _require_number("seed", self.seed, 0, 2**63 - 1)
        self.model.check()
        self.data.check()
        self.training.check()
        self.regularization.check(n_hidden=len(self.model.layers) - 2)
        _require_number("optim.lr", self.optim["lr"], 0.0, open_low=True)
        warmup, total = self.schedule["warmup_epochs"], self.schedule["total_epochs"]
        _require_number("schedule.warmup_epochs", warmup, 0.0)
        _require_number("schedule.warmup_start", self.schedule["warmup_start"], 0.0, 1.0)
        if total is not None:
            _require_number("schedule.total_epochs", total, 1)
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


def shown_list(values: list) -> str:
    """A list as it is typed on the command line."""
    return "[" + ",".join("null" if v is None else str(v) for v in values) + "]"
