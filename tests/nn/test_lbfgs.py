"""L-BFGS: PyTorch's trajectory, Rosenbrock's valley, the Wolfe conditions, and going on.

PyTorch's side, in float64, is recorded in fixtures/torch_lbfgs.npz and computed anew where torch
can be imported, as that of the other optimizers.
"""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import lbfgs_cases
import numpy as np
import pytest
import torch_cases
from lbfgs_cases import LBFGS_CASES

from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.lbfgs import LBFGS

FIXTURE = Path(__file__).parent / "fixtures" / "torch_lbfgs.npz"
USUAL = {"history": 10, "c1": 1e-4, "c2": 0.9, "max_evaluations": 25}


@pytest.fixture(scope="module", params=["recorded", "live"])
def theirs(request):
    if request.param == "recorded":
        with np.load(FIXTURE) as arrays:
            return dict(arrays)
    pytest.importorskip("torch")
    import torch_reference

    return torch_reference.lbfgs_reference()


def distance(case, name, theirs, dtype, kernels, steps) -> float:
    given = {k.removeprefix("problem/"): v for k, v in theirs.items() if k.startswith("problem/")}
    ours = lbfgs_cases.train(case, given, dtype, kernels)
    ends = {"losses": steps, "params": sum(step < steps for step in torch_cases.KEPT_STEPS)}
    pairs = [(ours[key], theirs[f"{name}/{key}"], end) for key, end in ends.items()]
    assert all(a.shape == b.shape for a, b, _ in pairs)
    return max(float(np.abs(a[:end] - b[:end]).max()) for a, b, end in pairs)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("name", LBFGS_CASES)
def test_fifty_steps_as_pytorch_in_float64(name, theirs, kernels) -> None:
    assert distance(LBFGS_CASES[name], name, theirs, np.float64, kernels, 30) < 1e-11
    assert distance(LBFGS_CASES[name], name, theirs, np.float64, kernels, 50) < 1e-8


@pytest.mark.parametrize("name", ["l2", "l1", "short", "long", "too_far"])
def test_twenty_steps_as_pytorch_in_float32(name, theirs, kernels) -> None:
    assert distance(LBFGS_CASES[name], name, theirs, np.float32, kernels, 20) < 1e-4


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("name", LBFGS_CASES)
def test_the_comparison_notices_a_small_change(name, theirs) -> None:
    case = LBFGS_CASES[name]
    changes = [{"lr": case.lr * 1.01}, {"lr": case.lr * 0.99}]
    changes += [{key: getattr(case, key) * 1.01} for key in ("l1", "l2") if getattr(case, key)]
    changes += [{"history": case.history - 1}] if case.history <= 10 else []
    for change in changes:
        other = replace(case, **change)
        assert distance(other, name, theirs, np.float64, PLAIN, 50) > 1e-4, change


def rosenbrock(p: np.ndarray, grads: np.ndarray) -> float:
    x, y = p
    grads[:] = -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)
    return float((1 - x) ** 2 + 100 * (y - x**2) ** 2)


@pytest.mark.parametrize("history", [3, 5, 10])
def test_rosenbrock(history: int) -> None:
    """In tens of steps where the others need thousands. Not one step goes up."""
    optimizer = LBFGS(2, 2, np.float64, **USUAL | {"history": history})
    p, grads, losses = np.array([-1.2, 1.0]), np.zeros(2), []
    for _ in range(60):
        losses.append(rosenbrock(p, grads))
        optimizer.step(p, grads, 1.0, lambda: rosenbrock(p, grads))
    assert all(after <= before for before, after in pairwise(losses))
    np.testing.assert_allclose(p, [1, 1], atol=1e-4)
    at_p = np.zeros(2)
    rosenbrock(p, at_p)
    np.testing.assert_array_equal(grads, at_p)


def test_a_bowl_is_left_in_as_many_steps_as_it_has_directions() -> None:
    """With exact line searches it is the method of conjugate gradients; nearly so with c2 small."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((6, 6))
    a = a @ a.T + np.eye(6)
    p, grads = rng.standard_normal(6), np.zeros(6)
    optimizer = LBFGS(6, 6, np.float64, **USUAL | {"c2": 1e-3})

    def objective() -> float:
        grads[:] = a @ p
        return float(p @ a @ p) / 2

    start = objective()
    for _ in range(8):
        optimizer.step(p, grads, 1.0, objective)
    assert objective() < 1e-9 * start


def test_goes_on_bit_for_bit_from_state_and_t() -> None:
    def steps(optimizer: LBFGS, p: np.ndarray, n: int) -> None:
        grads = np.zeros(2)
        for _ in range(n):
            optimizer.step(p, grads, 1.0, lambda: rosenbrock(p, grads))

    whole, first, second = (LBFGS(2, 2, np.float64, **USUAL | {"history": 4}) for _ in range(3))
    p, q = np.array([-1.2, 1.0]), np.array([-1.2, 1.0])
    steps(whole, p, 20)
    steps(first, q, 9)
    for name, array in first.state.items():
        second.state[name][...] = array
    second.t = first.t
    steps(second, q, 11)
    np.testing.assert_array_equal(p, q)
    assert whole.t == second.t == 20


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_nothing_is_done_where_there_is_no_loss_or_no_slope(loss: float) -> None:
    for value, slope in ((loss, 1.0), (1.0, 0.0), (1.0, 1e-8)):
        p, grads = np.ones(3), np.full(3, slope)
        optimizer = LBFGS(3, 3, np.float64, **USUAL)
        optimizer.step(p, grads, 1.0, lambda value=value: value)
        np.testing.assert_array_equal(p, 1)
        assert not optimizer.state["s"].any()
        assert optimizer.t == 1
