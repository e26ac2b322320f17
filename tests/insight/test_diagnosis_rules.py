"""Each rule beside what it must find and what it must leave alone, on made evidence."""

from dataclasses import asdict, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.task import Task
from mlp_scratch.insight.diagnosis.data_rules import label_noise, unlike_test_rows
from mlp_scratch.insight.diagnosis.diagnose import ALL_WELL, RULES, Rule, diagnose, in_lines
from mlp_scratch.insight.diagnosis.evidence import Evidence
from mlp_scratch.insight.diagnosis.finding import Finding, percent
from mlp_scratch.insight.diagnosis.fit_rules import (
    class_never_predicted,
    overfitting,
    underfitting,
)
from mlp_scratch.insight.diagnosis.layer_rules import (
    dead_units,
    gradients_by_depth,
    rate_too_small,
    saturation,
)
from mlp_scratch.insight.diagnosis.learning_rules import (
    diverging,
    rate_too_large,
    start_too_far_off,
    stuck_at_chance,
)
from mlp_scratch.insight.diagnosis.table_rules import (
    constant_feature,
    duplicated_feature,
    leakage,
)
from mlp_scratch.insight.layers.layer_records import LayerTable
from mlp_scratch.insight.rows_at_hand import RowsAtHand
from mlp_scratch.nested import flat
from mlp_scratch.nn.activations import Identity
from mlp_scratch.nn.network import Network

EPOCHS, N, CLASSES = 8, 600, 3
DROPOUT = "regularization.dropout"


def columns(**curves: Any) -> dict[str, np.ndarray]:
    """Columns of metrics, one number standing for all epochs."""
    n = next((len(c) for c in curves.values() if np.ndim(c)), EPOCHS)
    found = {name: np.broadcast_to(np.float64(c), (n,)).copy() for name, c in curves.items()}
    return {"epoch": np.arange(1.0, n + 1), "step": 100 * np.arange(1.0, n + 1)} | found


@cache
def composed(*words: str) -> dict[str, Any]:
    return flat(asdict(compose_config([*words])))


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
RISEN = FALLING[::-1] * 2
UP_AND_DOWN = np.array([0.8, 0.9, 0.6, 0.9, 0.5, 0.9, 0.6, 0.8])
TEN_SIGMOIDS = config("activation=sigmoid") | {"model.layers": [4, *[8] * 10, 3]}
COPY = np.random.default_rng(5).normal(size=N)

# by rule: what triggers it and what the finding must say and try; then what must not trigger it
FOUND: dict[str, tuple[Rule, dict[str, Any], str, str]] = {
    "loss became NaN": (
        diverging,
        {"status": "diverged", "message": "the loss became nan in epoch 2, step 9; try this"},
        "the loss became nan in epoch 2, step 9, with lr 0.001",
        "optim.lr=0.0001",
    ),
    "loss rose": (
        diverging,
        {"metrics": metrics(train_loss=FALLING[::-1] * 20)},
        "rose from 1 in epoch 1 to 10",
        "optim.lr=0.0001",
    ),
    "loss above a constant's from the start": (
        diverging,
        {"metrics": metrics(train_loss=50.0), "config": config("optim=sgd", "optim.lr=1e4")},
        "ends at 50, a constant answer has 1.1, lr 10000",
        "optim.lr=0.1",
    ),
    "loss far above a constant's, and falling": (
        start_too_far_off,
        {"metrics": metrics(train_loss=40 - FALLING[::-1] * 40), "layers": layers(z_std=17.0)},
        "falls from 38 to 20 still, a constant answer has 1.1; outputs deviate by 17 before",
        "optim.lr=0.003",
    ),
    "classes at chance": (
        stuck_at_chance,
        {"metrics": AT_CHANCE, "config": config("optim.lr=1e-7"), **CHANCE_IN_TEST},
        "accuracy at best 33.0 %, the largest class has 33.3 %",
        "optim.lr=0.001",
    ),
    "deep sigmoids at chance": (
        stuck_at_chance,
        {"metrics": AT_CHANCE, "config": TEN_SIGMOIDS, **CHANCE_IN_TEST},
        "a constant answer has the loss 1.1",
        "activation=relu",
    ),
    "no hidden layer": (
        stuck_at_chance,
        {
            "metrics": AT_CHANCE,
            "config": config() | {"model.layers": [4, 3]},
            **CHANCE_IN_TEST,
        },
        "",
        "model.layers=[null,128,64,null]",
    ),
    "few steps": (
        stuck_at_chance,
        {"metrics": AT_CHANCE, "steps": 8, **CHANCE_IN_TEST},
        "",
        "training.batch_size=16",
    ),
    "numbers no better than their mean": (
        stuck_at_chance,
        {
            "config": config() | {"task": "regression", "loss.name": "huber"},
            "metrics": columns(train_loss=0.5, val_loss=0.5, val_r2=0.01),
        },
        "validation R² at best 0.01",
        "",
    ),
    "vanishing": (
        gradients_by_depth,
        {"layers": layers(grad_norm=[1e-7, 1e-5, 1e-2, 1]), "config": TEN_SIGMOIDS},
        "1e-07 of the last one's",
        "activation=relu",
    ),
    "exploding": (
        gradients_by_depth,
        {"layers": layers(grad_norm=[1e5, 1e3, 10, 1])},
        "1e+05 of the last one's",
        "model.batch_norm=true",
    ),
    "exploding at the start": (
        gradients_by_depth,
        {"layers": layers(grad_norm=[[1e3, 10, 2, 1], [1e-9, 1, 1, 1], [1e-9, 1, 1, 1]])},
        "1e+03 of the last one's",
        "model.batch_norm=true",
    ),
    "vanished under steps that are too large": (
        gradients_by_depth,
        {
            "layers": layers(grad_norm=[[1, 1, 1, 1], [1e-9, 1, 1, 1], [1e-9, 1, 1, 1]]),
            "config": config("optim.lr=0.5"),
        },
        "1e-09 of the last one's",
        "optim.lr=0.001",
    ),
    "dead": (
        dead_units,
        {"layers": layers(dead=[[0.0] * 4, [0, 0.75, 0, 0], [0, 0.875, 0, 0]])},
        "14 of 16 units of hidden layer 2 are 0 for every row looked at, since epoch 1",
        "activation=leaky_relu",
    ),
    "saturated": (
        saturation,
        {"layers": layers(saturated=[0.9, 0, 0, np.nan]), "config": config("activation=tanh")},
        "29 of 32 units of hidden layer 1",
        "activation=relu",
    ),
    "flat on either side": (
        saturation,
        {
            "layers": layers(z_std=[9.0, 18.0, 3.0, 40.0]),
            "config": config("activation=tanh", "model.init=normal"),
            "metrics": AT_CHANCE,
        },
        "what goes into hidden layer 2 deviates by 18, tanh is flat beyond 2.1",
        "model.init=auto",
    ),
    "small steps": (
        rate_too_small,
        {
            "layers": layers(update_ratio=1e-7 * np.ones(4)),
            "metrics": AT_CHANCE,
            "config": config("optim.lr=1e-5"),
        },
        "by 1e-07 of their size, lr 1e-05",
        "optim.lr=0.0001",
    ),
    "up and down": (
        rate_too_large,
        {"metrics": metrics(train_loss=UP_AND_DOWN)},
        "rose in 4 of 7 epochs",
        "optim.lr=0.0001",
    ),
    "up and down, where no layer has dropout": (
        rate_too_large,
        {"metrics": metrics(train_loss=UP_AND_DOWN), "config": config() | {DROPOUT: [0.0, 0.0]}},
        "rose in 4 of 7 epochs",
        "optim.lr=0.0001",
    ),
    "too much dropout in one of the layers": (
        underfitting,
        {
            "rows": blind(WELL.rows),  # type: ignore[arg-type]
            "test_metrics": {"accuracy": 0.33},
            "config": config() | {DROPOUT: [0.0, 0.9, 0.0]},
        },
        "right of held out rows",
        "regularization=none",
    ),
    "up and down in validation": (
        rate_too_large,
        {"metrics": metrics(train_loss=0.4, val_loss=UP_AND_DOWN)},
        "the validation loss rose in 4 of 7 epochs",
        "optim.lr=0.0001",
    ),
    "the nearest row knows better": (
        underfitting,
        {"rows": blind(WELL.rows), "test_metrics": {"accuracy": 0.33}},  # type: ignore[arg-type]
        "right of held out rows, the nearest of 600 training rows 9",
        "model.layers=[null,128,64,null]",
    ),
    "layers that are one linear map": (
        underfitting,
        {
            "rows": blind(WELL.rows),  # type: ignore[arg-type]
            "test_metrics": {"accuracy": 0.33},
            "config": config("activation=identity"),
        },
        "right of held out rows",
        "activation=relu",
    ),
    "a class is lost": (
        class_never_predicted,
        {"confusion": np.array([[90, 10, 0], [5, 95, 0], [9, 1, 0]])},
        "recall 0 in the test: c (0 of 10 rows)",
        "regularization.class_weight=balanced",
    ),
    "a class like the others is lost": (
        class_never_predicted,
        {"confusion": np.array([[90, 10, 0], [5, 95, 0], [90, 10, 0]])},
        "recall 0 in the test: c (0 of 100 rows)",
        "model.layers=[null,128,64,null]",
    ),
    "labels mixed up": (
        label_noise,
        {"rows": rows_at_hand(X, relabelled(Y, 0.2), X_TEST, relabelled(Y_TEST, 0.2))},
        "of the quarter of held out rows where the network is surest,",
        "regularization.label_smoothing=0.1",
    ),
    "learnt by heart": (
        overfitting,
        {
            "metrics": metrics(train_accuracy=1.0, val_accuracy=0.92, val_loss=FALLING[::-1]),
            "test_metrics": {"accuracy": 0.91},
            "last_test_metrics": {"accuracy": 0.91},
        },
        "accuracy 100 % in training, 92.0 % in validation; the validation loss rose from 0.05",
        "regularization.dropout=0.2",
    ),
    "learnt by heart, in the test": (
        overfitting,
        {
            "metrics": metrics(train_accuracy=1.0, val_accuracy=0.94),
            "n_validation": 20,
            "test_metrics": {"accuracy": 0.8},
            "last_test_metrics": {"accuracy": 0.8},
        },
        "accuracy 100 % in training, 80.0 % in the test",
        "regularization.dropout=0.2",
    ),
    "numbers learnt by heart": (
        overfitting,
        {
            "config": config() | {"task": "regression", "loss.name": "squared_error"},
            "metrics": columns(train_loss=FALLING, val_loss=FALLING[::-1] * 2),
        },
        "loss 0.05 in training, 0.518 in validation; the validation loss rose from 0.1 in epoch 1",
        "regularization.dropout=0.2",
    ),
    "the label in a column": (
        leakage,
        {"rows": with_column(Y * 10.0)},
        "c4 alone is right in 100 % of rows",
        "data.drop=[c4]",
    ),
    "twice the same": (
        duplicated_feature,
        {"rows": with_column(2.54 * X[:, 1] + 7)},
        "correlated by 1.000: c1 and c4",
        "data.drop=[c4]",
    ),
    "always the same": (
        constant_feature,
        {"rows": with_column(np.full(N, 7.0))},
        "the same in every training row: c4",
        "data.drop=[c4]",
    ),
    "test rows moved": (
        unlike_test_rows,
        {"rows": rows_at_hand(X, Y, X_TEST + 1.0, Y_TEST)},
        "means of the features lie",
        "data.normalize=standardize",
    ),
    "test classes other": (
        unlike_test_rows,
        {"rows": rows_at_hand(X, Y, X_TEST * 0.999, np.zeros_like(Y_TEST))},
        "class a is 33.3 % of the training rows, 100 % of the test rows",
        "",
    ),
    "test accuracy far below": (
        unlike_test_rows,
        {"test_metrics": {"accuracy": 0.7}},
        "accuracy 97.0 % in validation, 70.0 % in the test",
        "",
    ),
}

LEFT_ALONE: dict[str, tuple[Rule, dict[str, Any]]] = {
    "a loss that ends small and noisy": (
        rate_too_large,
        {"metrics": metrics(train_loss=UP_AND_DOWN / 100)},
    ),
    "the majority class, better told than by its share": (
        stuck_at_chance,
        {"metrics": metrics(train_loss=0.8, train_accuracy=0.34, val_accuracy=0.34)},
    ),
    "dropout that hides what was learnt": (
        stuck_at_chance,
        {"metrics": metrics(train_loss=1.0986, train_accuracy=0.34, val_accuracy=0.9)},
    ),
    "a test that is better than chance": (stuck_at_chance, {"metrics": AT_CHANCE}),
    "a training loss under dropout": (
        rate_too_large,
        {
            "metrics": metrics(train_loss=UP_AND_DOWN),
            "config": config("regularization.dropout=0.3"),
        },
    ),
    "a validation loss of few rows": (
        rate_too_large,
        {"metrics": metrics(val_loss=UP_AND_DOWN), "n_validation": 10},
    ),
    "dead at the last look alone": (
        dead_units,
        {"layers": layers(dead=[[0.0] * 4, [0, 0.2, 0, 0], [0, 0.875, 0, 0]])},
    ),
    "two layers": (gradients_by_depth, {"layers": two_layers()}),
    "small steps at the end of a good training": (
        rate_too_small,
        {"layers": layers(update_ratio=1e-7 * np.ones(4)), "config": config("optim.lr=1e-5")},
    ),
    "small steps at the usual rate": (
        rate_too_small,
        {"layers": layers(update_ratio=1e-7 * np.ones(4)), "metrics": AT_CHANCE},
    ),
    "flat on either side, and well": (
        saturation,
        {"layers": layers(z_std=18.0), "config": config("activation=tanh")},
    ),
    "a loss that falls slowly from far off": (
        diverging,
        {"metrics": metrics(train_loss=np.linspace(3.1, 2.9, EPOCHS))},
    ),
    "a loss that falls fast from far off": (
        start_too_far_off,
        {"metrics": metrics(train_loss=100 * FALLING**2.5)},
    ),
    "two points between training and validation": (
        overfitting,
        {"metrics": metrics(train_accuracy=0.995, val_accuracy=0.975, val_loss=FALLING[::-1])},
    ),
    "a gap within the error of twenty rows": (
        overfitting,
        {
            "metrics": metrics(train_accuracy=1.0, val_accuracy=0.9, val_loss=FALLING[::-1]),
            "n_validation": 20,
            "confusion": None,
        },
    ),
    "a class with three test rows": (
        class_never_predicted,
        {"confusion": np.array([[90, 10, 0], [5, 95, 0], [2, 1, 0]])},
    ),
    "classes that overlap": (
        label_noise,
        {"rows": rows_at_hand(X / 2, Y, X_TEST / 2, Y_TEST)},
    ),
    "a network that tells nothing": (label_noise, {"rows": blind(WELL.rows)}),  # type: ignore[arg-type]
    "a column that helps": (leakage, {"rows": with_column(Y + COPY)}),
    "a column that is alike": (duplicated_feature, {"rows": with_column(X[:, 0] + 0.01 * COPY)}),
    "a flag that is mostly 0": (constant_feature, {"rows": with_column(np.arange(N) == 77)}),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_rule_finds_what_is_wrong(case: str) -> None:
    rule, changes, words, override = FOUND[case]
    finding = rule(replace(WELL, **changes))
    assert finding is not None
    assert words in finding.evidence
    assert override in finding.override
    assert "\n" not in finding.evidence
    assert finding.record.keys() == {"rule", "evidence", "try"}


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("case", FOUND)
def test_what_to_try_can_be_typed_and_changes_something(case: str) -> None:
    rule, changes, _, _ = FOUND[case]
    run = replace(WELL, **changes)
    finding = rule(run)
    assert finding is not None
    key, _, value = finding.override.partition("=")
    composed(finding.override)
    assert str(run.config.get(key, run.config.get(f"{key}.name"))) != value


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_a_rule_leaves_alone_what_is_well(case: str) -> None:
    rule, changes = LEFT_ALONE[case]
    assert rule(replace(WELL, **changes)) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_case_and_leaves_a_good_run_alone(rule: Rule) -> None:
    assert rule(WELL) is None
    assert rule in {found for found, *_ in FOUND.values()}


def test_one_line_when_all_is_well_and_four_when_much_is_wrong() -> None:
    assert diagnose(WELL) == []
    assert in_lines([], "inspect") == [ALL_WELL] == ["diagnosis: nothing stands out"]
    many = [Finding(f"rule {i}", "so", "seed=1") for i in range(6)]
    assert in_lines(many[:4], "inspect") == [
        f"diagnosis: rule {i}: so; try seed=1" for i in range(4)
    ]
    lines = in_lines(many, "inspect RUN")
    assert len(lines) == 4
    assert lines[-1] == "diagnosis: 3 more: inspect RUN"


def test_a_run_that_was_lost_is_not_called_overfitted_too() -> None:
    lost = replace(WELL, status="diverged", message="the loss became nan", metrics=AT_CHANCE)
    assert [finding.rule for finding in diagnose(lost)] == ["diverging"]
    counts = np.diag([300, 0, 0]) + np.eye(3, k=-1) * 100
    stuck = replace(WELL, metrics=AT_CHANCE, confusion=counts, **CHANCE_IN_TEST)  # type: ignore[arg-type]
    assert "stuck at chance" in [finding.rule for finding in diagnose(stuck)]
    assert "a class never predicted" not in [finding.rule for finding in diagnose(stuck)]


BARE = {
    "nothing but a config": {"metrics": {}, "layers": None, "rows": None, "confusion": None},
    "no rows": {"rows": None},
    "an epoch": {"metrics": {name: column[:1] for name, column in GOOD.items()}},
    "no validation": {
        "metrics": columns(train_loss=FALLING, train_accuracy=0.98),
        "n_validation": 0,
        "rows": replace(WELL.rows, validation=None),  # type: ignore[type-var]
    },
    "no test": {"confusion": None, "test_metrics": {}, "last_test_metrics": {}},
    "looks now and then": {
        "metrics": metrics(val_loss=[np.nan, 0.3, np.nan, 0.2, np.nan, 0.1, np.nan, 0.1])
    },
    "infinite": {"metrics": columns(train_loss=np.inf, val_loss=np.nan)},
}


@pytest.mark.parametrize("case", BARE)
def test_what_is_missing_is_no_finding(case: str) -> None:
    assert diagnose(replace(WELL, **BARE[case])) == []


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.5, "50.0 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.9999, "above 99.9 %"),
        (1e-5, "below 0.1 %"),
    ],
)
def test_a_share_never_rounds_to_none_or_all(share: float, text: str) -> None:
    assert percent(share) == text
