"""What the diagnosis looks at: of a run that has come to its end, and of a folder."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import CheckpointError, MlpScratchError
from mlp_scratch.experiment.build import Experiment, build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.settle import settle
from mlp_scratch.insight.diagnosis.evidence import Evidence
from mlp_scratch.insight.layers.layer_records import layers_if_any
from mlp_scratch.insight.rows_at_hand import RowsAtHand
from mlp_scratch.nested import entry, flat
from mlp_scratch.runs.config_file import read_flat_config
from mlp_scratch.runs.confusion_matrix import confusion_matrix_in
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.metrics_file import Columns, read_metrics, to_columns
from mlp_scratch.runs.run_state import state_of
from mlp_scratch.runs.saved_run import copy_parameters, load_config, load_network


def evidence_at_the_end(
    experiment: Experiment, folder: RunFolder, summary: Mapping[str, Any]
) -> Evidence:
    """Of a run whose network holds the best checkpoint, or the last where there was no test.

    What was asked for is read from ``config.yaml``. Raises OSError or ValueError.
    """
    trainer, keys = experiment.trainer, read_flat_config(folder.config)
    return _evidence(experiment, folder, summary, keys, to_columns(trainer.history), trainer.step)


def evidence_in(folder: RunFolder, overrides: Sequence[str] = ()) -> tuple[Evidence, list[str]]:
    """Of a folder, with lines on what is missing there. overrides: where the data lies now.

    Raises RunError or ConfigError.
    """
    missing: list[str] = []
    config, state = load_config(folder, overrides), state_of(folder)
    summary = {**state.summary, "status": state.status}
    try:
        metrics = read_metrics(folder.metrics)
    except (OSError, ValueError) as error:
        metrics = {}
        missing.append(f"metrics.csv cannot be read ({error}): nothing is said of how it learned")
    experiment = None
    try:
        experiment = _as_trained(folder, config)
    except (MlpScratchError, OSError) as error:
        missing.append(f"without data and network nothing is said of rows ({error})")
    steps = int(metrics["step"][-1]) if len(metrics.get("step", ())) else 0
    if layers_if_any(folder.layers) is None:
        missing.append("no layers.csv: nothing is said of layers")
    return _evidence(experiment, folder, summary, flat(asdict(config)), metrics, steps), missing


def _as_trained(folder: RunFolder, config: Any) -> Experiment:
    """What trained, its network as the best checkpoint has it. Raises MlpScratchError."""
    trained, dataset = load_network(folder), load_data(config)
    if dataset.digest != trained.data_digest:
        raise CheckpointError(f"{dataset.source}: the data has changed since")
    experiment = build(settle(config, dataset, trained.encoder))
    copy_parameters(read_checkpoint(folder.best), experiment.network)
    return experiment


def _evidence(
    experiment: Experiment | None,
    folder: RunFolder,
    summary: Mapping[str, Any],
    keys: Mapping[str, Any],
    metrics: Columns,
    steps: int,
) -> Evidence:
    rows, n = None, _whole(entry(summary, "data", "n_validation"))
    names: Sequence[str] = ()
    confusion = confusion_matrix_in(summary)
    if experiment is not None:
        rows = rows_at_hand(experiment)
        names, n = rows.task.names, len(rows.validation or ())
        if confusion is not None and len(confusion) != len(names):
            confusion = None  # of a summary that is not this run's
    elif confusion is not None:
        names = _class_names(folder, len(confusion))
    return Evidence(
        config=keys,
        status=str(summary.get("status")),
        message=str(summary.get("message") or ""),
        metrics=metrics,
        layers=layers_if_any(folder.layers),
        rows=rows,
        test_metrics=_test_metrics(summary, "best"),
        last_test_metrics=_test_metrics(summary, "last"),
        confusion=confusion,
        n_validation=n,
        steps=steps,
        names=names,
    )


def rows_at_hand(experiment: Experiment) -> RowsAtHand:
    """The rows of an experiment, with the network as it is now."""
    trainer, dataset, encoder = experiment.trainer, experiment.dataset, experiment.encoder
    names = dataset.feature_names or (() if encoder is None else encoder.names)
    return RowsAtHand(
        *(experiment.network, experiment.task, trainer.train, trainer.validation),
        *(experiment.test, encoder, dataset.image_shape, tuple(names)),
    )


def _class_names(folder: RunFolder, n: int) -> Sequence[str]:
    """As the checkpoint has them, where the data is not at hand; else their numbers, from 1."""
    with contextlib.suppress(MlpScratchError, OSError):
        names = load_network(folder).task.names
        if len(names) == n:
            return names
    return [f"(number {k} of {n})" for k in range(1, n + 1)]


def _test_metrics(summary: Mapping[str, Any], which: str) -> dict[str, float]:
    found = entry(summary, "test", which)
    if not isinstance(found, Mapping):
        return {}
    return {str(k): float(v) for k, v in found.items() if type(v) in (int, float)}


def _whole(found: Any) -> int:
    return found if type(found) is int and 0 <= found < 2**53 else 0
