"""The rules about over- and underfitting: what each must find and what it must leave alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_evidence import (
    FALLING,
    WELL,
    blind,
    check_found,
    check_what_to_try,
    columns,
    config,
    metrics,
)

from mlp_scratch.insight.diagnosis.diagnose import RULES, Rule
from mlp_scratch.insight.diagnosis.fit_rules import (
    class_never_predicted,
    overfitting,
    underfitting,
)

# what triggers a rule and what the finding must say and try; then what must not trigger it
FOUND: dict[str, tuple[Rule, dict[str, Any], str, str]] = {
    "the nearest row knows better": (
        underfitting,
        {"rows": blind(WELL.rows), "test_metrics": {"accuracy": 0.33}},  # type: ignore[arg-type]
        "right of held out rows, the nearest of 600 training rows 9",
        "model.layers=[null,128,64,null]",
    ),
    "too much dropout in one of the layers": (
        underfitting,
        {
            "rows": blind(WELL.rows),  # type: ignore[arg-type]
            "test_metrics": {"accuracy": 0.33},
            "config": config() | {"regularization.dropout": [0.0, 0.9, 0.0]},
        },
        "right of held out rows",
        "regularization=none",
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
}

LEFT_ALONE: dict[str, tuple[Rule, dict[str, Any]]] = {
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
}


@pytest.mark.parametrize("case", FOUND)
def test_a_rule_finds_what_is_wrong(case: str) -> None:
    check_found(*FOUND[case])


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("case", FOUND)
def test_what_to_try_can_be_typed_and_changes_something(case: str) -> None:
    rule, changes, *_ = FOUND[case]
    check_what_to_try(rule, changes)


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_a_rule_leaves_alone_what_is_well(case: str) -> None:
    rule, changes = LEFT_ALONE[case]
    assert rule(replace(WELL, **changes)) is None


HERE = [rule for rule in RULES if rule.__module__.endswith(".fit_rules")]


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_case_and_leaves_a_good_run_alone(rule: Rule) -> None:
    assert rule(WELL) is None
    assert rule in {found for found, *_ in FOUND.values()}
