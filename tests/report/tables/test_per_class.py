"""The table of classes: its means are the metrics' own."""

import numpy as np
import pytest

from mlp_scratch.engine.metrics.class_metrics import macro_f1
from mlp_scratch.report.tables.per_class import class_table


def test_the_mean_is_of_the_classes_that_were_seen() -> None:
    true, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 3])
    lines = class_table(["ant", "bee", "cat", "dragonfly"], true, predicted).splitlines()
    assert len(lines) == 6
    assert lines[3].split() == ["cat", "0.0000", "0.0000", "0.0000", "0"]
    name, precision, recall, f1, support = lines[5].split()
    assert (name, support) == ("mean", "5")
    assert float(precision) == pytest.approx((1 + 2 / 3 + 0) / 3, abs=1e-4)
    assert float(recall) == pytest.approx((1 / 2 + 2 / 3 + 0) / 3, abs=1e-4)
    assert float(f1) == pytest.approx(macro_f1(np.eye(4)[predicted], true), abs=1e-4)
