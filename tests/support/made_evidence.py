"""Made evidence of a run: all is well in it, and a test changes what it is about."""

from dataclasses import asdict, replace
from functools import cache
from typing import Any

import numpy as np
from tiny_runs import composed_of

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight.diagnosis.diagnose import Rule
from mlp_scratch.insight.diagnosis.evidence import Evidence
from mlp_scratch.insight.layers.layer_records import LayerTable
from mlp_scratch.insight.rows_at_hand import RowsAtHand
from mlp_scratch.nested import flat
from mlp_scratch.nn.activations import Identity
from mlp_scratch.nn.network import Network

EPOCHS, N, CLASSES = 8, 600, 3


def columns(**curves: Any) -> dict[str, np.ndarray]:
    """Columns of metrics, one number standing for all epochs."""
    n = next((len(c) for c in curves.values() if np.ndim(c)), EPOCHS)
    found = {name: np.broadcast_to(np.float64(c), (n,)).copy() for name, c in curves.items()}
    return {"epoch": np.arange(1.0, n + 1), "step": 100 * np.arange(1.0, n + 1)} | found


@cache
def composed(*words: str) -> dict[str, Any]:
    return flat(asdict(composed_of(words)))


def config(*words: str) -> dict[str, Any]:
    told = {"task": "classification", "loss.name": "cross_entropy", "training.epochs": 8}
    return composed(*words) | told | {"model.layers": [4, 32, 16, 8, 3]}


def rows_at_hand(
    x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, scale: float = 20.0
) -> RowsAtHand:
    """Rows (n, features) of classes, before a network that names the largest of the first three
    features. Half of the test rows validate."""
    network = Network([x.shape[1], CLASSES], Identity(), rng=np.random.default_rng(0))
    network.parameters.value("W0")[...] = scale * np.eye(x.shape[1], CLASSES)
    normalizer = Normalizer("none")
    train, other = (
        Rows(a.astype(np.float32), b, normalizer) for a, b in ((x, y), (x_test, y_test))
    )
    odd = np.arange(len(y_test)) % 2 == 1
    parts = (train, other.part(np.flatnonzero(odd)), other.part(np.flatnonzero(~odd)))
    encoder = TableEncoder.fit([Column(f"c{i}") for i in range(x.shape[1])], x)
    return RowsAtHand(network, Task(names=("a", "b", "c")), *parts, encoder)


def blobs(n: int, seed: int, features: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose class is the largest of their first three features, with some overlap."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, features)), np.arange(n) % CLASSES
    x[np.arange(n), y] += 3
    return x, y


def relabelled(y: np.ndarray, share: float) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.where(rng.random(len(y)) < share, rng.integers(0, CLASSES, len(y)), y)


X, Y = blobs(N, 0)
X_TEST, Y_TEST = blobs(N, 2)
FALLING = np.geomspace(0.5, 0.05, EPOCHS)
GOOD = columns(train_loss=FALLING, train_accuracy=0.98, val_loss=FALLING + 0.02, val_accuracy=0.97)
LOOKS = 3


def layers(**changed: Any) -> LayerTable:
    """Three looks at four layers; what is given for the layers is so in each, of what is given for
    all looks each has its own."""
    usual = {"dead": [0.1, 0, 0.2, np.nan], "saturated": [0.1, 0, 0.2, np.nan]}
    usual |= {"z_std": 1.0}
    usual |= {"weight_norm": 5.0, "grad_norm": 0.3, "z_mean": 0.0}
    usual |= {"update_ratio": [[np.nan] * 4, [2e-3] * 4, [2e-3] * 4]}
    table = {
        name: np.broadcast_to(np.float64(values), (LOOKS, 4))
        for name, values in (usual | changed).items()
    }
    return LayerTable(np.arange(LOOKS), table)


def two_layers() -> LayerTable:
    """The first and the last of them."""
    table = layers(grad_norm=[1e-9, 1, 1, 1])
    return LayerTable(table.epochs, {name: c[:, ::3] for name, c in table.columns.items()})


WELL = Evidence(
    config=config(),
    status="finished",
    message="",
    metrics=GOOD,
    layers=layers(),
    rows=rows_at_hand(X, Y, X_TEST, Y_TEST),
    test_metrics={"accuracy": 0.97},
    last_test_metrics={"accuracy": 0.97},
    confusion=np.diag([100, 100, 100]) + 2,
    n_validation=1000,
    steps=800,
    names=("a", "b", "c"),
)


def metrics(**curves: Any) -> dict[str, np.ndarray]:
    return GOOD | columns(**curves)


def with_column(column: np.ndarray) -> RowsAtHand:
    return rows_at_hand(
        np.column_stack([X, column]), Y, np.column_stack([X_TEST, X_TEST[:, 0]]), Y_TEST
    )


def blind(rows: RowsAtHand) -> RowsAtHand:
    """The network answers the first class for all rows."""
    network = Network([4, CLASSES], Identity(), rng=np.random.default_rng(0))
    network.parameters.value("W0")[...] = 0
    return replace(rows, network=network)


CHANCE_IN_TEST = {"test_metrics": {"accuracy": 0.34}, "last_test_metrics": {"accuracy": 0.34}}
AT_CHANCE = metrics(train_loss=1.0986, train_accuracy=0.33, val_loss=1.1, val_accuracy=0.34)
UP_AND_DOWN = np.array([0.8, 0.9, 0.6, 0.9, 0.5, 0.9, 0.6, 0.8])
TEN_SIGMOIDS = config("activation=sigmoid") | {"model.layers": [4, *[8] * 10, 3]}
COPY = np.random.default_rng(5).normal(size=N)


def check_found(rule: Rule, changes: dict[str, Any], words: str, override: str) -> None:
    """A run that is well but for ``changes`` makes ``rule`` say so, and what to try."""
    finding = rule(replace(WELL, **changes))
    assert finding is not None
    assert words in finding.evidence
    assert override in finding.override
    assert "\n" not in finding.evidence
    assert finding.record.keys() == {"rule", "evidence", "try"}


def check_what_to_try(rule: Rule, changes: dict[str, Any]) -> None:
    """The override of the finding composes, and is not what the run had."""
    run = replace(WELL, **changes)
    finding = rule(run)
    assert finding is not None
    key, _, value = finding.override.partition("=")
    composed(finding.override)
    assert str(run.config.get(key, run.config.get(f"{key}.name"))) != value
