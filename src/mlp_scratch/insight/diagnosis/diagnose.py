"""The rules in the order of their worth, and what is said at the end of a run."""

from collections.abc import Callable, Sequence

import numpy as np

from mlp_scratch.insight.diagnosis.data_rules import label_noise, unlike_test_rows
from mlp_scratch.insight.diagnosis.evidence import Evidence
from mlp_scratch.insight.diagnosis.finding import Finding
from mlp_scratch.insight.diagnosis.fit_rules import class_never_predicted, overfitting, underfitting
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
from mlp_scratch.insight.diagnosis.table_rules import constant_feature, duplicated_feature, leakage

Rule = Callable[[Evidence], Finding | None]
LEARNING: tuple[Rule, ...] = (  # whether anything was learnt, and why not
    *(diverging, start_too_far_off, stuck_at_chance, gradients_by_depth, dead_units, saturation),
    *(rate_too_small, rate_too_large),
)
FIT: tuple[Rule, ...] = (underfitting, class_never_predicted, label_noise, overfitting)
DATA: tuple[Rule, ...] = (leakage, unlike_test_rows, duplicated_feature, constant_feature)
RULES: tuple[Rule, ...] = (*LEARNING, *FIT, *DATA)  # what matters most comes first
HIDES: dict[Rule, tuple[Rule, ...]] = {  # what one finding makes needless to say
    diverging: (*LEARNING[1:], *FIT),
    start_too_far_off: (stuck_at_chance, *FIT),
    stuck_at_chance: (underfitting, class_never_predicted, label_noise, overfitting),
    underfitting: (label_noise,),
}
ALL_WELL = "diagnosis: nothing stands out"
MOST_LINES = 4


@np.errstate(all="ignore")
def diagnose(run: Evidence) -> list[Finding]:
    """All that the rules find, what matters most first; [] when all is well."""
    findings: list[Finding] = []
    hidden: set[Rule] = set()
    for rule in RULES:
        if rule not in hidden and (found := rule(run)) is not None:
            findings.append(found)
            hidden.update(HIDES.get(rule, ()))
    return findings


def in_lines(findings: Sequence[Finding], more: str, most: int = MOST_LINES) -> list[str]:
    """For the end of a run: at most so many lines, the last of which says where the others are.

    more: the command that shows all.
    """
    if not findings:
        return [ALL_WELL]
    shown = findings if len(findings) <= most else findings[: most - 1]
    lines = [f"diagnosis: {finding}" for finding in shown]
    if left := len(findings) - len(shown):
        lines.append(f"diagnosis: {left} more: {more}")
    return lines
