"""The rules about the rows and their labels: what each must find and what it must leave alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_evidence import (
    WELL,
    X_TEST,
    Y_TEST,
    X,
    Y,
    blind,
    check_found,
    check_what_to_try,
    relabelled,
    rows_at_hand,
)

from mlp_scratch.insight.diagnosis.data_rules import label_noise, unlike_test_rows
from mlp_scratch.insight.diagnosis.diagnose import RULES, Rule

# what triggers a rule and what the finding must say and try; then what must not trigger it
FOUND: dict[str, tuple[Rule, dict[str, Any], str, str]] = {
    "labels mixed up": (
        label_noise,
        {"rows": rows_at_hand(X, relabelled(Y, 0.2), X_TEST, relabelled(Y_TEST, 0.2))},
        "of the quarter of held out rows where the network is surest,",
        "regularization.label_smoothing=0.1",
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
    "classes that overlap": (
        label_noise,
        {"rows": rows_at_hand(X / 2, Y, X_TEST / 2, Y_TEST)},
    ),
    "a network that tells nothing": (label_noise, {"rows": blind(WELL.rows)}),  # type: ignore[arg-type]
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


HERE = [rule for rule in RULES if rule.__module__.endswith(".data_rules")]


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_case_and_leaves_a_good_run_alone(rule: Rule) -> None:
    assert rule(WELL) is None
    assert rule in {found for found, *_ in FOUND.values()}
