"""What ``summary.json`` says of a run, and when it is written."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

from mlp_scratch.engine.numerics import NUMERICS
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.runs.console import log
from mlp_scratch.runs.folder import RunFolder, command
from mlp_scratch.runs.provenance import GitState, arithmetic, host, versions

MOST_EARLIER = 20  # changes of NumPy or BLAS that a summary remembers


class RunSummary:
    """The clock and the summary of one session's work on a run.

    ``contents`` grows in this order: who, where and when; what was ``prepared``; how it was
    ``trained``; ``test``, if it comes to one. It is written when the training begins, at the end,
    and when something fails in between.

    goes_on: the run has a checkpoint, and its earlier timings count. single: a run that does not
    begin leaves no summary. repeats: the summary of another run, whose bits this one is meant to
    have.
    """

    def __init__(
        self,
        folder: RunFolder,
        name: str | None,
        seed: int,
        *,
        goes_on: bool,
        single: bool,
        repeats: Mapping[str, Any] | None = None,
    ) -> None:
        self._started = time.perf_counter()
        self._git = GitState()
        self._folder = folder
        self._before = folder.read_summary() if goes_on else repeats or {}
        self._earlier = self._before.get("timings", {}) if goes_on else {}
        self._leaves_as_is = goes_on or single  # what is there, until this session has begun
        self.contents: dict[str, Any] = {
            "status": "running",
            "name": name,
            "run": folder.path.name,
            "seed": seed,
            "host": host(),
            "versions": versions(),
            "numerics": NUMERICS,
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }

    def prepared(self, experiment: Experiment, threads: int, blas: dict[str, Any]) -> None:
        """What trains, and on what."""
        dataset, trainer = experiment.dataset, experiment.trainer
        self.contents |= {
            "layers": list(experiment.network.sizes),
            "parameters": experiment.network.parameters.size,
            "threads": threads,
            "task": trainer.task.name,
            "loss": trainer.task.loss_name,
            "monitor": trainer.monitor.metric if trainer.monitor else None,
            "data": {
                "name": dataset.name,
                "digest": dataset.digest,
                "source": dataset.source,
                "n_train": len(trainer.train),
                "n_validation": len(trainer.validation or ()),
                "n_test": len(experiment.test or ()),
                "features": dataset.n_features,
                "image_shape": dataset.image_shape and list(dataset.image_shape),
                "classes": list(dataset.class_names),
                "targets": list(dataset.target_names),
                "weighted": dataset.weights_train is not None,
            },
            "blas": blas,
        }
        self._compare_arithmetic()

    def _compare_arithmetic(self) -> None:
        """Warn if another NumPy or BLAS computed what came before, and keep what it was."""
        before, now = arithmetic(self._before), arithmetic(self.contents)
        earlier = self._before.get("earlier_arithmetic")
        earlier = earlier[-MOST_EARLIER:] if isinstance(earlier, list) else []
        if any(before[name] != now.get(name) for name in before):
            log.warning(f"computed by {_named(before)} before, by {_named(now)} now: other bits")
            earlier.append(before)
        if earlier:
            self.contents["earlier_arithmetic"] = earlier

    def begin(self) -> None:
        """Say that the run is under way. Raises OSError."""
        self._leaves_as_is = False
        self.write()

    def trained(self, trainer: Trainer, seconds: float, checkpoint_seconds: float) -> None:
        """The last epoch and the best one, and how long they took."""
        history, monitor = trainer.history, trainer.monitor
        best_epoch = trainer.epoch if monitor is None else monitor.best_epoch
        best = next((row for row in history if row["epoch"] == best_epoch), {})
        epochs = [row["seconds"] for row in history if "seconds" in row]
        self.contents |= {
            "epochs_done": trainer.epoch,
            "steps_done": trainer.step,
            "final": _looked_at(history[-1]) if history else {},
            "best": _looked_at(best),
            "timings": {
                "training_seconds": seconds + self._earlier.get("training_seconds", 0.0),
                "checkpoint_seconds": checkpoint_seconds
                + self._earlier.get("checkpoint_seconds", 0.0),
                "seconds_per_epoch": sum(epochs) / len(epochs) if epochs else None,
            },
        }

    def write(self) -> None:
        """Write ``summary.json``. Raises OSError."""
        self.contents.setdefault("message", None)
        self.contents |= {
            "resume": command("resume", self._folder.path),
            "git": self._git.result(),
        }
        timings = self.contents.setdefault("timings", {})
        elapsed = time.perf_counter() - self._started
        timings["total_seconds"] = elapsed + self._earlier.get("total_seconds", 0.0)
        self._folder.write_summary(self.contents)

    @contextlib.contextmanager
    def telling_failures(self) -> Iterator[None]:
        """Write what ends the run before its time, and pass it on."""
        try:
            yield
        except KeyboardInterrupt:
            place = "after the last" if "steps_done" in self.contents else "before the first"
            self._try_write("interrupted", f"stopped {place} step")
            raise
        except Exception as error:
            self._try_write("failed", str(error) or type(error).__name__)
            raise

    def _try_write(self, status: str, message: str) -> None:
        """``write`` when something has already gone wrong; a second failure changes nothing.

        A run that could not be resumed is what it was before: its summary keeps its results.
        """
        if self._leaves_as_is:
            return
        self.contents |= {"status": status, "message": message}
        try:
            self.write()
        except OSError as error:
            log.warning(f"{self._folder.summary} cannot be written ({error.strerror})")


def _named(arithmetic: Mapping[str, str]) -> str:
    """For people: ``NumPy 2.1.0 with BLAS kernel Haswell``."""
    titles = {"numpy": "NumPy", "kernel": "BLAS kernel"}
    return " with ".join(f"{titles[name]} {what}" for name, what in arithmetic.items())


def _looked_at(row: dict[str, float]) -> dict[str, float]:
    """A row without the columns that nobody looked at in its epoch."""
    return {key: value for key, value in row.items() if value == value}
