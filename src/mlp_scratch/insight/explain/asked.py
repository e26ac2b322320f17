"""Which output of a network an explanation is about."""

from typing import NamedTuple

import numpy as np

from mlp_scratch.engine.task import Task
from mlp_scratch.errors import ConfigError
from mlp_scratch.typos import did_you_mean


class Asked(NamedTuple):
    """unit: of the last layer. of: in words. factor: what its number is times, to be in ``unit``s
    of the target; 1 for logits."""

    unit: int
    of: str
    factor: float = 1.0


def asked(task: Task, prediction: np.ndarray, name: str | None = None) -> Asked:
    """The output that stands for class, label or target ``name``; None: the likeliest class or
    label, the first target.

    prediction: ``Task.predictions`` of the row. Raises ConfigError for another name, and for an
    autoencoder, whose outputs are as many as its inputs.
    """
    if task.reconstructs:
        raise ConfigError("explain: is of classes, labels and numbers; this is an autoencoder")
    if name is not None and name not in task.names:
        raise ConfigError(
            f"explain {name}: is no class, label or target of the run"
            f"{did_you_mean(name, task.names)}; there are {', '.join(task.names[:20])}"
        )
    if task.name != "regression":
        place = int(np.argmax(prediction)) if name is None else task.names.index(name)
        return Asked(place, f"the logit of {task.names[place]}")
    place, loss = 0 if name is None else task.names.index(name), task.new_loss()
    unit = place * loss.per_target + loss.point
    if loss.scaling == "mean":  # the network gives the logarithm of what it predicts
        return Asked(unit, f"the logarithm of {task.names[place]}")
    return Asked(unit, task.names[place], float(task.scale[place]))
