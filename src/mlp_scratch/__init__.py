"""A configuration-driven laboratory for multilayer perceptrons, written in NumPy alone."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlp_scratch.neural_net import NeuralNet
    from mlp_scratch.runs.reader import load_run, load_runs

__version__ = "0.1.0"
__all__ = ["NeuralNet", "__version__", "load_run", "load_runs"]

_HOMES = {
    "NeuralNet": "mlp_scratch.neural_net",
    "load_run": "mlp_scratch.runs.reader",
    "load_runs": "mlp_scratch.runs.reader",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is: ``import mlp_scratch`` itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mlp_scratch' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
