"""A run in MLflow's store, on this machine or on a server."""

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.errors import missing_extra
from mlp_scratch.files import try_lock, write_text_atomically
from mlp_scratch.tracking.results import results

PATIENCE_SECONDS = 120  # for another job that opens MLflow's database


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
            self._run = read_plain_file(note, 1000).decode("ascii").strip()
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
        self._log(results(summary))
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
        while try_lock(file) is False:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{database}.lock is held by another process")
            time.sleep(0.05)
        yield
