"""What an optimizer that compares losses cannot do with: whatever makes the loss another function
from one step to the next, or the step another than the optimizer's."""

from collections.abc import Mapping
from typing import Any

from mlp_scratch.config.written_values import shown
from mlp_scratch.errors import ConfigError
from mlp_scratch.nn.optimizers import OPTIMIZERS

_OFF: dict[str, Any] = {  # by dotted key
    "regularization.dropout": 0,
    "regularization.input_dropout": 0,
    "regularization.max_norm": None,
    "training.clip_norm": None,
    "augment.name": "none",
    "adversarial.name": "none",
    "model.batch_norm": False,
    "training.sampler": "shuffle",
}


def check_steady_loss(values: Mapping[str, Any]) -> None:
    """Raise ConfigError where ``optim`` asks for the loss and a value of the flat config forbids
    it."""
    name = values["optim.name"]
    if not getattr(OPTIMIZERS.get(name), "asks_for_loss", False):
        return
    for key, off in _OFF.items():
        value = values[key]
        if value != off and not (isinstance(value, list) and not any(value)):
            raise ConfigError(
                f"{key}={shown(value)}: does not go with optim={name}, whose steps compare losses "
                f"of one function; use {key.removesuffix('.name')}={shown(off)}"
            )
