"""Training with every loss against PyTorch's, with and without weights of the rows, for 50 steps.

PyTorch's side, in float64, is recorded in fixtures/torch_losses.npz (see record_torch.py) and
computed anew where torch can be imported.
"""

from pathlib import Path

import numpy as np
import pytest
from loss_cases import CLASSES, LOSS_CASES, WEIGHTINGS, drawn, train_with

from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.losses import LOSSES

FIXTURE = Path(__file__).parent / "fixtures" / "torch_losses.npz"
TOLERANCES = {np.float64: 1e-13, np.float32: 2e-5}
ONE_PERCENT = {"label_smoothing": 0.101, "gamma": 1.717, "delta": 0.606, "eps": 0.808}


@pytest.fixture(scope="module", params=["recorded", "live"])
def theirs(request):
    if request.param == "recorded":
        with np.load(FIXTURE) as arrays:
            return dict(arrays)
    pytest.importorskip("torch")
    import torch_losses

    return torch_losses.loss_reference()


def given(theirs, case):
    names = ("x", "targets", "W0", "b0", "W1", "b1")
    return {name: theirs[f"{case}/{name}"] for name in names}


def distance(case, weighting, theirs, dtype, kernels) -> float:
    ours = train_with(case, weighting, given(theirs, case), dtype, kernels)
    differences = [ours[key] - theirs[f"{case}/{weighting}/{key}"] for key in ours]
    return max(float(np.abs(difference).max()) for difference in differences)


def test_table_has_every_loss():
    assert {name for name, _ in LOSS_CASES.values()} == set(LOSSES)


@pytest.mark.parametrize("case", LOSS_CASES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fifty_steps(case, weighting, dtype, theirs, kernels):
    assert distance(case, weighting, theirs, dtype, kernels) < TOLERANCES[dtype]


@pytest.mark.parametrize("case", LOSS_CASES)
def test_weights_are_noticed(case):
    with np.load(FIXTURE) as arrays:
        recorded = dict(arrays)
    recorded |= {
        f"{case}/weights/{key}": recorded[f"{case}/zeros/{key}"] for key in ("params", "losses")
    }
    assert distance(case, "weights", recorded, np.float32, PLAIN) > 10 * TOLERANCES[np.float32]


@pytest.mark.parametrize(
    "case", ["cross_entropy_smoothed", "focal", "huber", "gaussian_nll_cut", "pinball"]
)
def test_one_percent_of_a_hyperparameter_is_noticed(case, monkeypatch):
    name, args = LOSS_CASES[case]
    for key in args:
        value = [0.101, 0.4, 0.8] if key == "quantiles" else ONE_PERCENT[key]
        monkeypatch.setitem(LOSS_CASES, case, (name, args | {key: value}))
        with np.load(FIXTURE) as recorded:
            assert distance(case, "none", recorded, np.float32, PLAIN) > 2e-4


def test_class_weights_are_weights_of_rows(kernels):
    """``CrossEntropyLoss(weight=...)`` is ours with the weight of each row's label."""
    pytest.importorskip("torch")
    import torch_losses

    loss, logits, labels = drawn("cross_entropy", kernels, rows=40)
    class_weights = np.linspace(0.3, 2.0, CLASSES)
    value, slopes = loss(logits, labels, weights=class_weights[labels])
    their_value, their_slopes = torch_losses.class_weighted(logits, labels, class_weights)
    assert value == pytest.approx(their_value, rel=1e-13)
    np.testing.assert_allclose(slopes, their_slopes, rtol=1e-11, atol=1e-16)
