"""Optimizers that treat every parameter by itself can have their work divided."""

import copy
from typing import Any, TypeVar

import numpy as np

C = TypeVar("C", bound=type)

_CLASSES: set[type] = set()


def elementwise(optimizer_class: C) -> C:
    """Declare that all arrays of an optimizer have one element a parameter, and that ``step`` looks
    at each of these by itself: several optimizers, each with a part of the parameters, then give
    the same bits as one. ``state`` must change in place, and nothing else from step to step but
    ``t``. A subclass must be declared anew.
    """
    _CLASSES.add(optimizer_class)
    return optimizer_class


def is_elementwise(optimizer: Any) -> bool:
    """Whether its class was declared so."""
    return type(optimizer) in _CLASSES


def part(optimizer: Any, start: int, stop: int) -> Any:
    """An optimizer for parameters start to stop, with views of the state of an elementwise one.

    It goes on from that one's ``t``, which it does not move.
    """
    mine = copy.copy(optimizer)
    for name, value in vars(optimizer).items():
        if isinstance(value, np.ndarray):
            setattr(mine, name, value[start:stop])
    mine.state = {name: array[start:stop] for name, array in optimizer.state.items()}
    if hasattr(optimizer, "_n_weights"):
        mine._n_weights = min(max(optimizer._n_weights - start, 0), stop - start)
    return mine
