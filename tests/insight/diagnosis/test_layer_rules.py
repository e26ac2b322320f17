"""The rules about the layers: what each must find and what it must leave alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_evidence import (
    AT_CHANCE,
    TEN_SIGMOIDS,
    WELL,
    check_found,
    check_what_to_try,
    config,
    layers,
    two_layers,
)

from mlp_scratch.insight.diagnosis.diagnose import RULES, Rule
from mlp_scratch.insight.diagnosis.layer_rules import (
    dead_units,
    gradients_by_depth,
    rate_too_small,
    saturation,
)

# what triggers a rule and what the finding must say and try; then what must not trigger it
FOUND: dict[str, tuple[Rule, dict[str, Any], str, str]] = {
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
}

LEFT_ALONE: dict[str, tuple[Rule, dict[str, Any]]] = {
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


HERE = [rule for rule in RULES if rule.__module__.endswith(".layer_rules")]


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_case_and_leaves_a_good_run_alone(rule: Rule) -> None:
    assert rule(WELL) is None
    assert rule in {found for found, *_ in FOUND.values()}
