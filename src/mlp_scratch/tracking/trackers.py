"""Telling other people's tools how a run goes, beside the run's own folder.

A tracker is told when a run begins, after each epoch, and when it ends. What goes wrong there never
harms the run: there is a warning, and nothing more is told. Everything is in the folder anyway.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlp_scratch.engine.observer import Observer
from mlp_scratch.errors import ConfigError
from mlp_scratch.tracking.mlflow import MLflow
from mlp_scratch.tracking.tensorboard import TensorBoard

log = logging.getLogger("mlp_scratch")


class Tracker:
    """What an entry of ``TRACKERS`` can do; this one tells nobody. Making one touches nothing."""

    def begin(self, folder: Path, config: dict[str, Any], step: int) -> None:
        """A run starts in ``folder``, or goes on after ``step`` steps. config: by dotted key.
        Raises ConfigError when the package that it takes is not installed."""

    def epoch(self, row: dict[str, float]) -> None:
        """An epoch is over; ``row`` as in ``metrics.csv``."""

    def end(self, summary: dict[str, Any], pictures: dict[str, Path]) -> None:
        """The run is over; ``summary`` as in ``summary.json``, pictures by name."""


TRACKERS: dict[str, Callable[..., Any]] = {
    "none": Tracker,
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
}


class Careful(Observer):
    """The observer that tells a tracker; it falls silent, with one warning, when telling fails."""

    def __init__(self, tracker: Tracker, name: str) -> None:
        self._tracker: Tracker = tracker
        self._name = name

    def begin(self, folder: Path, config: dict[str, Any], step: int) -> None:
        """As ``Tracker.begin``; raises ConfigError when the tracker's package is missing."""
        self._try(lambda: self._tracker.begin(folder, config, step))

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        self._try(lambda: self._tracker.epoch(row))

    def end(self, summary: dict[str, Any], pictures: dict[str, Path]) -> None:
        """As ``Tracker.end``."""
        self._try(lambda: self._tracker.end(summary, pictures))

    def _try(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except ConfigError:
            raise
        except Exception as error:  # whatever another package raises
            reason = " ".join(str(error).split()) or type(error).__name__
            log.warning(f"tracking={self._name} has stopped ({reason}); the run goes on")
            self._tracker = Tracker()
