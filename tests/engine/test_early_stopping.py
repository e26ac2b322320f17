"""The best epoch and the patience, on hand-made sequences of a metric."""

import pytest

from mlp_scratch.engine.early_stopping import Monitor

SEQUENCES = [
    # mode, min_delta, patience, values, best epoch, looks until exhausted (None: never)
    ("max", 0.0, 2, [0.1, 0.3, 0.2, 0.3], 2, 4),
    ("max", 0.0, 3, [0.1, 0.3, 0.2, 0.3], 2, None),
    ("min", 0.0, 2, [1.0, 0.5, 0.4, 0.3], 4, None),
    ("min", 0.2, 2, [1.0, 0.9, 0.85], 3, 3),  # better, but never by more than min_delta
    ("min", 0.1, 2, [1.0, 0.95, 0.85], 3, None),  # by more than min_delta in two steps
    ("max", 0.0, None, [0.5, 0.4, 0.3, 0.2], 1, None),
]


@pytest.mark.parametrize(
    ("mode", "min_delta", "patience", "values", "best_epoch", "stops_at"), SEQUENCES
)
def test_sequence(mode, min_delta, patience, values, best_epoch, stops_at) -> None:
    monitor = Monitor("val_loss", mode, patience, min_delta)
    stopped = None
    for epoch, value in enumerate(values, start=1):
        is_best = monitor.observe(value, epoch)
        assert is_best == (monitor.best_epoch == epoch)
        if monitor.exhausted and stopped is None:
            stopped = epoch
    assert monitor.best_epoch == best_epoch
    assert monitor.best == values[best_epoch - 1]
    assert stopped == stops_at


def test_saved_state_goes_on_the_same() -> None:
    one, other = (Monitor("val_accuracy", "max", 3, 0.01) for _ in range(2))
    for epoch, value in enumerate([0.5, 0.7, 0.7], start=1):
        one.observe(value, epoch)
    other.load(one.state())
    for epoch, value in enumerate([0.705, 0.8, 0.1, 0.1, 0.1], start=4):
        assert one.observe(value, epoch) == other.observe(value, epoch)
        assert one.exhausted == other.exhausted
    assert one.exhausted


def test_nan_is_never_best() -> None:
    for mode in ("max", "min"):
        monitor = Monitor("val_loss", mode, None, 0.0)
        assert not monitor.observe(float("nan"), 1)
        assert monitor.best_epoch == 0
