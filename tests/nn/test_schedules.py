"""Schedules at their corners, by hand; test_torch.py compares them with PyTorch step by step."""

import math

import pytest

from mlp_scratch.nn.range_checks import HyperparameterError
from mlp_scratch.nn.schedules import SCHEDULES, Plateau, warmup

# name, arguments, {step: factor} with 10 steps an epoch and 100 in all
CORNERS = [
    ("constant", {}, {0: 1.0, 99: 1.0, 1000: 1.0}),
    ("step", {"step_epochs": 3, "gamma": 0.1}, {0: 1, 29: 1, 30: 0.1, 59: 0.1, 60: 0.01}),
    ("exponential", {"gamma": 0.5}, {0: 1, 9: 1, 10: 0.5, 19: 0.5, 35: 0.125}),
    ("cosine", {"min_factor": 0.2}, {0: 1, 50: 0.6, 100: 0.2, 130: 0.2}),
    ("cosine", {"min_factor": 0.0}, {25: (1 + math.sqrt(0.5)) / 2}),
    ("linear", {"end_factor": 0.5}, {0: 1, 50: 0.75, 100: 0.5, 130: 0.5}),
    (
        "onecycle",
        {"pct_start": 0.31, "div_factor": 25.0, "final_div_factor": 100.0},
        {0: 1 / 25, 15: 0.52, 30: 1, 99: 1 / 2500, 200: 1 / 2500},
    ),
    ("onecycle", {"pct_start": 0.01, "div_factor": 2.0, "final_div_factor": 5.0}, {0: 1, 99: 0.1}),
    ("onecycle", {"pct_start": 0.0, "div_factor": 2.0, "final_div_factor": 5.0}, {99: 0.1}),
    ("onecycle", {"pct_start": 1.0, "div_factor": 2.0, "final_div_factor": 5.0}, {0: 0.5, 99: 1}),
]


@pytest.mark.parametrize(("name", "args", "expected"), CORNERS)
def test_corners(name, args, expected):
    for step, factor in expected.items():
        assert SCHEDULES[name](step, 10, 100, **args) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(("name", "args"), [(name, args) for name, args, _ in CORNERS])
def test_a_single_step_is_enough_and_factors_stay_between_0_and_1(name, args):
    for total in (1, 2, 3, 17):
        for step in range(total + 2):
            assert 0 <= SCHEDULES[name](step, 1, total, **args) <= 1


def test_warmup():
    assert [warmup(step, 4, 0.2) for step in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1])
    assert warmup(0, 0, 0.0) == 1.0


def plateau(**changes):
    args = {"factor": 0.5, "patience": 2, "threshold": 0.0, "min_factor": 0.2} | changes
    return Plateau(**args)


@pytest.mark.parametrize(
    ("mode", "metrics", "values"),
    [
        ("min", [5, 4, 4, 4, 4, 4, 4, 4], [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25]),
        ("max", [5, 6, 6, 6, 6, 7, 6, 6, 6], [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]),
        ("min", [1] * 13, [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2]),
        ("min", [math.nan] * 3, [1, 1, 0.5]),
    ],
)
def test_plateau(mode, metrics, values):
    schedule = plateau()
    seen = []
    for metric in metrics:
        schedule.observe(metric, mode)
        seen.append(schedule.value)
    assert seen == values


@pytest.mark.parametrize(("mode", "better", "same"), [("min", 89.9, 90.1), ("max", 110.1, 109.9)])
def test_plateau_threshold_is_relative(mode, better, same):
    for metric, value in ((better, 1.0), (same, 0.5)):
        schedule = plateau(threshold=0.1, patience=0)
        schedule.observe(100.0, mode)
        schedule.observe(metric, mode)
        assert schedule.value == value


def test_plateau_goes_on_from_its_state():
    whole, first = plateau(), plateau()
    for metric in (5, 4, 4, 4):
        whole.observe(metric, "min")
        first.observe(metric, "min")
    second = plateau()
    second.load(first.state())
    assert second.state() == whole.state()
    second.observe(4, "min")
    whole.observe(4, "min")
    assert second.value == whole.value == 0.5


def test_plateau_knows_two_modes():
    with pytest.raises(HyperparameterError, match="mode must be one of min, max"):
        plateau().observe(1.0, "auto")
