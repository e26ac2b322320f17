"""Telling other people's tools how a run goes, beside the run's own folder.

A tracker is told when a run begins, after each epoch, and when it ends. What goes wrong there never
harms the run: there is a warning, and nothing more is told. Everything is in the folder anyway.
"""

import logging
import math
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from mlp_scratch.engine.observer import Observer
from mlp_scratch.errors import ConfigError, missing_extra
from mlp_scratch.files import try_lock, write_text_atomically

log = logging.getLogger("mlp_scratch")

FLUSH_SECONDS = 1.0  # shortest time between two waits for the disk
PATIENCE_SECONDS = 120  # for another job that opens MLflow's database


class Tracker(Protocol):
    """What an entry of ``TRACKERS`` can do. Its constructor touches nothing."""

    def begin(self, folder: Path, config: dict[str, Any], step: int) -> None:
        """A run starts in ``folder``, or goes on after ``step`` steps. config: by dotted key.
        Raises ConfigError when the package that it takes is not installed."""

    def epoch(self, row: dict[str, float]) -> None:
        """An epoch is over; ``row`` as in ``metrics.csv``."""

    def end(self, summary: dict[str, Any], pictures: dict[str, Path]) -> None:
        """The run is over; ``summary`` as in ``summary.json``, pictures by name."""


class NoTracker:
    """Tells nobody."""

    def begin(self, folder: Path, config: dict[str, Any], step: int) -> None:
        pass

    def epoch(self, row: dict[str, float]) -> None:
        pass

    def end(self, summary: dict[str, Any], pictures: dict[str, Path]) -> None:
        pass


class TensorBoard:
    """Scalars by step, hyperparameters with their results, and pictures, in TensorBoard's files.

    images: whether the pictures go there too. The files lie in the run's folder, so that
    ``tensorboard --logdir outputs`` calls each run by its folder's name.
    """

    def __init__(self, *, images: bool) -> None:
        self._images = images

    def begin(self, folder: Path, config: dict[str, Any], step: int) -> None:
        try:  # its SummaryWriter writes in a thread, and what it has not written dies with us
            from tensorboardX.event_file_writer import EventsWriter
            from tensorboardX.proto.event_pb2 import Event, SessionLog
            from tensorboardX.proto.summary_pb2 import Summary
            from tensorboardX.summary import hparams
        except ImportError as error:
            raise missing_extra("tracking=tensorboard", "tensorboardX", "tensorboard") from error
        self._Event, self._Summary = Event, Summary
        self._file = EventsWriter(str(folder / "events"))
        self._step, self._flushed = step, 0.0
        if step:  # what a killed process told of steps that are now done again is void
            again = SessionLog(status=SessionLog.START)
            self._file.write_event(Event(wall_time=time.time(), step=step + 1, session_log=again))
        experiment, start, self._session_end = hparams(
            {key: _simple(value) for key, value in config.items()},
            dict.fromkeys(tag for tag, _ in _results({})),
        )
        self._write(experiment)
        self._write(start)
        self._file.flush()

    def epoch(self, row: dict[str, float]) -> None:
        self._step = int(row["step"])
        self._scalars({_tag(column): value for column, value in row.items() if column != "step"})
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self._file.flush()
            self._flushed = time.monotonic()

    def end(self, summary: dict[str, Any], pictures: dict[str, Path]) -> None:
        self._scalars({tag: value for tag, value in _results(summary) if value is not None})
        for name, path in pictures.items() if self._images else ():
            png = path.read_bytes()
            width, height = struct.unpack(">II", png[16:24])
            image = self._Summary.Image(
                width=width, height=height, colorspace=3, encoded_image_string=png
            )
            self._write(self._Summary(value=[self._Summary.Value(tag=name, image=image)]))
        self._write(self._session_end)
        self._file.close()

    def _scalars(self, values: dict[str, float]) -> None:
        told = [
            self._Summary.Value(tag=tag, simple_value=value)
            for tag, value in values.items()
            if not math.isnan(value)
        ]
        self._write(self._Summary(value=told))

    def _write(self, summary: Any) -> None:
        event = self._Event(wall_time=time.time(), step=self._step, summary=summary)
        self._file.write_event(event)


class MLflow:
    """A run in MLflow's store: metrics by step, parameters, and the pictures as artifacts.

    uri: of the store. experiment: the name under which it lists the run. The run's id is kept in
    ``mlflow_run.txt`` in its folder, so that a resumed run goes on there as well.
    """

    STATUS: ClassVar = {
        "finished": "FINISHED",
        "stopped_early": "FINISHED",
        "interrupted": "KILLED",
    }

    def __init__(self, *, uri: str, experiment: str) -> None:
        self._uri = uri
        self._experiment = experiment

    def begin(self, folder: Path, config: dict[str, Any], step: int) -> None:
        try:
            from mlflow import MlflowClient
            from mlflow.entities import Metric, Param
        except ImportError as error:
            raise missing_extra("tracking=mlflow", "mlflow", "mlflow") from error
        for chatty in ("alembic", "mlflow"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._metric = Metric
        self._step = step
        with _alone(self._uri):  # whoever opens a new database first makes its tables
            self._client = MlflowClient(tracking_uri=self._uri)
            known = self._client.get_experiment_by_name(self._experiment)
            experiment = (
                known.experiment_id if known else self._client.create_experiment(self._experiment)
            )
        note = folder / "mlflow_run.txt"
        if note.exists():
            self._run = note.read_text("utf-8").strip()
            self._client.update_run(self._run, status="RUNNING")
            return
        run = self._client.create_run(
            experiment, run_name=folder.name, tags={"folder": str(folder.absolute())}
        )
        self._run = run.info.run_id
        write_text_atomically(note, self._run + "\n")
        params = [Param(key, str(value)) for key, value in config.items()]
        self._client.log_batch(self._run, params=params)

    def epoch(self, row: dict[str, float]) -> None:
        self._step = int(row["step"])
        self._log({key: value for key, value in row.items() if key != "step"})

    def end(self, summary: dict[str, Any], pictures: dict[str, Path]) -> None:
        self._log({tag: value for tag, value in _results(summary) if value is not None})
        for path in pictures.values():
            self._client.log_artifact(self._run, str(path))
        self._client.set_terminated(self._run, self.STATUS.get(summary["status"], "FAILED"))

    def _log(self, values: dict[str, float]) -> None:
        now = round(time.time() * 1000)
        metrics = [
            self._metric(key, float(value), now, self._step)
            for key, value in values.items()
            if not math.isnan(value)
        ]
        self._client.log_batch(self._run, metrics=metrics)


@contextmanager
def _alone(uri: str) -> Iterator[None]:
    """Keep the other jobs of a sweep waiting, where the store is a local database."""
    if not uri.startswith("sqlite:///"):
        yield
        return
    database = Path(uri.removeprefix("sqlite:///"))
    database.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{database}.lock", "a+b") as file:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not try_lock(file):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{database}.lock is held by another process")
            time.sleep(0.05)
        yield


TRACKERS: dict[str, Callable[..., Any]] = {
    "none": NoTracker,
    "tensorboard": TensorBoard,
    "mlflow": MLflow,
}


class Tracked:
    """An observer that tells a tracker what it tells the recorder, after the recorder."""

    def __init__(self, recorder: Observer, tracker: "Careful") -> None:
        self._recorder = recorder
        self._tracker = tracker

    def on_batch(self, epoch: int, batches_done: int, n_batches: int, mean_loss: float) -> None:
        self._recorder.on_batch(epoch, batches_done, n_batches, mean_loss)

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        self._recorder.on_epoch(row, is_best)
        self._tracker.epoch(row)

    def on_step_checkpoint(self) -> None:
        self._recorder.on_step_checkpoint()


class Careful:
    """A tracker that falls silent, with one warning, when telling fails."""

    def __init__(self, tracker: Tracker, name: str) -> None:
        self._tracker: Tracker = tracker
        self._name = name

    def begin(self, folder: Path, config: dict[str, Any], step: int) -> None:
        """Raises ConfigError when the tracker's package is missing."""
        try:
            self._tracker.begin(folder, config, step)
        except ConfigError:
            raise
        except Exception as error:
            self._stop(error)

    def epoch(self, row: dict[str, float]) -> None:
        self._try(lambda: self._tracker.epoch(row))

    def end(self, summary: dict[str, Any], pictures: dict[str, Path]) -> None:
        self._try(lambda: self._tracker.end(summary, pictures))

    def _try(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except Exception as error:  # whatever another package raises
            self._stop(error)

    def _stop(self, error: Exception) -> None:
        reason = " ".join(str(error).split()) or type(error).__name__
        log.warning(f"tracking={self._name} has stopped ({reason}); the run goes on")
        self._tracker = NoTracker()


def _tag(column: str) -> str:
    """The chart of a column: ``train_loss`` and ``val_loss`` are curves of the chart "loss"."""
    for start, split in (
        ("train_eval_", "train_eval"),
        ("train_", "train"),
        ("val_", "validation"),
    ):
        if column.startswith(start):
            return f"{column.removeprefix(start)}/{split}"
    return column


def _results(summary: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The numbers that runs are compared by; None where the run has none."""
    best, test = summary.get("best", {}), summary.get("test", {}).get("best", {})
    for metric in ("val_accuracy", "val_loss"):
        yield f"best/{metric}", best.get(metric)
    for metric in ("accuracy", "loss"):
        yield f"test/{metric}", test.get(metric)


def _simple(value: Any) -> Any:
    """What a table of hyperparameters can hold."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
