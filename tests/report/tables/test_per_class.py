"""The tables of classes, labels and targets: their means are the metrics' own."""

import numpy as np
import pytest

from mlp_scratch.engine.metrics.class_metrics import macro_f1
from mlp_scratch.report.tables.per_class import (
    class_table,
    label_table,
    target_scores,
    target_table,
)


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


def test_the_table_of_targets_has_each_in_its_unit():
    true = np.array([[0.0, 100.0], [2.0, 300.0]])
    predicted = true + [[1.0, 30.0], [1.0, -40.0]]
    scores = target_scores(true, predicted)
    assert scores["rmse"] == pytest.approx([1.0, np.sqrt((900 + 1600) / 2)])
    assert scores["mae"] == pytest.approx([1.0, 35.0])
    assert scores["r2"] == pytest.approx([0.0, 1 - 1250 / 10_000])
    head, *rows = target_table(["y", "price"], true, predicted).splitlines()
    assert head.split() == ["target", "rmse", "mae", "r2"]
    assert [row.split() for row in rows] == [
        ["y", "1", "1", "0.0000"],
        ["price", "35.36", "35", "0.8750"],
    ]
    assert len({len(line) for line in (head, *rows)}) == 1


TRUE = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
GIVEN = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]])


def test_the_table():
    lines = label_table(["cat", "dog", "cow"], TRUE, GIVEN).splitlines()
    assert lines[0].split() == ["label", "precision", "recall", "f1", "support"]
    assert lines[2].split() == ["dog", "0.6667", "1.0000", "0.8000", "2"]
    assert lines[-1].split()[0] == "mean"
    assert len({len(line) for line in lines}) == 1
