"""Our training against PyTorch's: every optimizer, schedule and regularizer for 50 steps.

PyTorch's side, in float64, is recorded in fixtures/torch.npz (see record_torch.py) and computed
anew where torch can be imported. Ours must follow it to the last digits in float64, and within
float32's rounding in float32, with plain and with fast kernels; and the comparison must notice when
a constant changes by 1 %.
"""

from pathlib import Path

import numpy as np
import pytest
import torch_cases
from torch_cases import CASES, Case, perturbed

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import PLAIN
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.schedules import SCHEDULES

FIXTURE = Path(__file__).parent / "fixtures" / "torch.npz"
TOLERANCES = {np.float64: 1e-13, np.float32: 2e-5}
CAN_BE_ANYTHING = [  # 1e-8 and 1e-5: too small
    *(("adam_usual", "eps"), ("batch_norm_usual", "eps"), ("layer_norm_usual", "eps")),
]


@pytest.fixture(scope="module", params=["recorded", "live"])
def theirs(request):
    if request.param == "recorded":
        with np.load(FIXTURE) as arrays:
            return dict(arrays)
    pytest.importorskip("torch")
    import torch_reference

    return torch_reference.reference()


def given(theirs):
    return {k.removeprefix("problem/"): v for k, v in theirs.items() if k.startswith("problem/")}


def distances(case: Case, name: str, theirs, dtype, kernels) -> dict[str, float]:
    """Largest difference between our run of ``case`` and theirs of the case ``name``."""
    ours = torch_cases.train(case, given(theirs), dtype, kernels)
    pairs = {key: (value, theirs[f"case/{name}/{key}"]) for key, value in ours.items()}
    assert all(a.shape == b.shape for a, b in pairs.values())
    return {key: float(np.abs(a - b).max()) for key, (a, b) in pairs.items()}


def test_table_has_every_optimizer_and_schedule():
    besides = {"lion", "lbfgs"}  # not in torch; in test_lbfgs.py
    assert {case.optim for case in CASES.values()} == set(OPTIMIZERS) - besides
    assert {case.schedule for case in CASES.values()} == set(SCHEDULES)
    for field in ("l1", "l2", "max_norm", "clip_norm", "label_smoothing", "batch_norm"):
        assert any(getattr(case, field) for case in CASES.values()), field


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fifty_steps(name, dtype, theirs, kernels):
    distance = distances(CASES[name], name, theirs, dtype, kernels)
    tolerance = TOLERANCES[dtype]
    assert distance.pop("factors") < 1e-12
    assert distance == {key: pytest.approx(0, abs=tolerance) for key in distance}


PERTURBED = [
    pytest.param(name, case, id=f"{name}-{change}")
    for name in CASES
    for change, case in perturbed(CASES[name]).items()
    if (name, change[:3]) not in CAN_BE_ANYTHING
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "case"), PERTURBED)
def test_one_percent_is_noticed(name, case):
    """With a constant 1 % off, ``test_fifty_steps`` would fail in float32, by a factor of ten."""
    with np.load(FIXTURE) as recorded:
        distance = distances(case, name, recorded, np.float32, PLAIN)
    distance.pop("factors")
    assert max(distance.values()) > 10 * TOLERANCES[np.float32]


ACTIVATION_ARGS = {
    "leaky_relu": {"negative_slope": 0.07},
    "elu": {"alpha": 1.3},
    "gelu": {"approximate": "none"},
    "gelu_tanh": {"approximate": "tanh"},
    "softplus": {"beta": 1.7},
}


@pytest.mark.parametrize("name", [*sorted(set(ACTIVATIONS) - {"identity"}), "gelu_tanh"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 2e-14), (np.float32, 1e-6)])
def test_activation(name, dtype, tolerance, theirs, kernels):
    """Value and slope on a grid, relative to the larger of 1 and the value."""
    kind = kernels.of(ACTIVATIONS[name.removesuffix("_tanh")])
    activation = kind(**ACTIVATION_ARGS.get(name, {}))
    z = theirs["activation/grid"].astype(dtype)[None]
    y = activation.forward(z.copy())
    ours = np.concatenate([y.copy(), activation.backward(np.ones_like(z))])
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, theirs[f"activation/{name}"], rtol=tolerance, atol=tolerance)
