"""The rules about a training that does not learn: what each must find and leave alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_evidence import (
    AT_CHANCE,
    CHANCE_IN_TEST,
    EPOCHS,
    FALLING,
    TEN_SIGMOIDS,
    UP_AND_DOWN,
    WELL,
    check_found,
    check_what_to_try,
    columns,
    config,
    layers,
    metrics,
)

from mlp_scratch.insight.diagnosis.diagnose import RULES, Rule
from mlp_scratch.insight.diagnosis.learning_rules import (
    diverging,
    rate_too_large,
    start_too_far_off,
    stuck_at_chance,
)

# what triggers a rule and what the finding must say and try; then what must not trigger it
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
    "up and down": (
        rate_too_large,
        {"metrics": metrics(train_loss=UP_AND_DOWN)},
        "rose in 4 of 7 epochs",
        "optim.lr=0.0001",
    ),
    "up and down, where no layer has dropout": (
        rate_too_large,
        {
            "metrics": metrics(train_loss=UP_AND_DOWN),
            "config": config() | {"regularization.dropout": [0.0, 0.0]},
        },
        "rose in 4 of 7 epochs",
        "optim.lr=0.0001",
    ),
    "up and down in validation": (
        rate_too_large,
        {"metrics": metrics(train_loss=0.4, val_loss=UP_AND_DOWN)},
        "the validation loss rose in 4 of 7 epochs",
        "optim.lr=0.0001",
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
    "a loss that falls slowly from far off": (
        diverging,
        {"metrics": metrics(train_loss=np.linspace(3.1, 2.9, EPOCHS))},
    ),
    "a loss that falls fast from far off": (
        start_too_far_off,
        {"metrics": metrics(train_loss=100 * FALLING**2.5)},
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


HERE = [rule for rule in RULES if rule.__module__.endswith(".learning_rules")]


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_case_and_leaves_a_good_run_alone(rule: Rule) -> None:
    assert rule(WELL) is None
    assert rule in {found for found, *_ in FOUND.values()}
