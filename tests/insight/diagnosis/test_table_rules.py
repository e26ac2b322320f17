"""The rules about the columns of a table: what each must find and what it must leave alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_evidence import (
    COPY,
    WELL,
    N,
    X,
    Y,
    check_found,
    check_what_to_try,
    with_column,
)

from mlp_scratch.insight.diagnosis.diagnose import RULES, Rule
from mlp_scratch.insight.diagnosis.table_rules import (
    constant_feature,
    duplicated_feature,
    leakage,
)

# what triggers a rule and what the finding must say and try; then what must not trigger it
FOUND: dict[str, tuple[Rule, dict[str, Any], str, str]] = {
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
}

LEFT_ALONE: dict[str, tuple[Rule, dict[str, Any]]] = {
    "a column that helps": (leakage, {"rows": with_column(Y + COPY)}),
    "a column that is alike": (duplicated_feature, {"rows": with_column(X[:, 0] + 0.01 * COPY)}),
    "a flag that is mostly 0": (constant_feature, {"rows": with_column(np.arange(N) == 77)}),
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


HERE = [rule for rule in RULES if rule.__module__.endswith(".table_rules")]


@pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_case_and_leaves_a_good_run_alone(rule: Rule) -> None:
    assert rule(WELL) is None
    assert rule in {found for found, *_ in FOUND.values()}
