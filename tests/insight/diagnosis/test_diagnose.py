"""All rules together: nothing stands out, much is wrong, or much is missing."""

from dataclasses import replace

import numpy as np
import pytest
from made_evidence import (
    AT_CHANCE,
    CHANCE_IN_TEST,
    FALLING,
    GOOD,
    WELL,
    columns,
    metrics,
)

from mlp_scratch.insight.diagnosis.diagnose import ALL_WELL, diagnose, in_lines
from mlp_scratch.insight.diagnosis.finding import Finding


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
