"""The registry: every metric can be computed where it says, and knows what is good."""

import numpy as np
import pytest
from metric_data import classes, labels_of

from mlp_scratch.engine.metrics import METRICS, direction, is_share, known, lower_is_better


def perfect(task: str) -> tuple[np.ndarray, np.ndarray]:
    if task == "classification":
        labels = classes(n_classes=6)[1]
        return np.eye(6)[labels], labels
    if task == "multilabel":
        targets = labels_of()[1]
        return targets * 0.8 + 0.1, targets
    numbers = np.random.default_rng(0).gamma(2.0, size=(50, 2))
    return numbers, numbers.copy()


@pytest.mark.parametrize(
    ("name", "task"), [(name, task) for name, metric in METRICS.items() for task in metric.tasks]
)
def test_every_metric(name, task):
    metric = METRICS[name]
    predictions, targets = perfect(task)
    best = metric.function(predictions, targets, None)
    assert isinstance(best, float)
    assert best == pytest.approx(1.0 if metric.better == "max" else 0.0, abs=1e-12)
    turned = metric.function(predictions, np.roll(targets, 1, axis=0), np.ones(len(targets)))
    assert turned < best if metric.better == "max" else turned > best
    assert metric.unit in ("share", "target", "number")


def test_names_with_prefixes():
    assert known("best.val_macro_f1") is METRICS["macro_f1"]
    assert known("val_loss") is None
    assert lower_is_better("test_brier")
    assert lower_is_better("val_loss")
    assert not lower_is_better("train_eval_roc_auc")
    assert direction("val_calibration_error") == "min"
    assert is_share("val_top_2_accuracy")
    assert not is_share("val_r2")
