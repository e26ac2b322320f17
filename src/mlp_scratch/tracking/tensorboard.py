"""A run in TensorBoard's files: curves, hyperparameters with their results, pictures."""

import math
import struct
import time
from pathlib import Path
from typing import Any

from mlp_scratch.errors import missing_extra
from mlp_scratch.tracking.results import expected, results

FLUSH_SECONDS = 1.0  # shortest time between two waits for the disk


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
            {key: _simple(value) for key, value in config.items()}, dict.fromkeys(expected(config))
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
        self._scalars(results(summary))
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


def _simple(value: Any) -> Any:
    """What a table of hyperparameters can hold."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
