"""The runs of L-BFGS that are compared with PyTorch, and our side of them: 50 steps over all rows.

Its decisions at thresholds, and its curvatures, magnify what rounding leaves: the cases are tame
enough to stay together, which a penalty sees to.
"""

from dataclasses import dataclass

import numpy as np
from torch_cases import KEPT_STEPS, SIZES, STEPS

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import Kernels
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.regularizers import add_l1, add_l2, penalty


@dataclass(frozen=True)
class LBFGSCase:
    lr: float = 1.0
    history: int = 10
    l1: float = 0.0
    l2: float = 0.0
    evaluations: int = 25


LBFGS_CASES = {
    "l2": LBFGSCase(l2=0.02),
    "l1": LBFGSCase(l1=0.01),
    "short": LBFGSCase(history=3, l2=0.02),
    "long": LBFGSCase(0.7, 100, l2=0.01),
    "too_far": LBFGSCase(5.0, l2=0.01),
    "too_near": LBFGSCase(0.05, l2=0.01),
    "few": LBFGSCase(3.0, l2=0.02, evaluations=2),
}


def train(
    case: LBFGSCase, given: dict[str, np.ndarray], dtype: type, kernels: Kernels
) -> dict[str, np.ndarray]:
    """Our run of a case: parameters at the kept steps, losses with penalties before each."""
    activation, rng = kernels.of(ACTIVATIONS["tanh"])(), np.random.default_rng(0)
    network = Network(SIZES, activation, rng=rng, dtype=dtype, kernels=kernels)
    params = network.parameters
    for name in params.names:
        params.value(name)[...] = given[f"none_{name}"]
    options = {"history": case.history, "c1": 1e-4, "c2": 0.9}
    optimizer = kernels.of(OPTIMIZERS["lbfgs"])(
        params.size, params.n_weights, dtype, **options, max_evaluations=case.evaluations
    )
    loss_function = kernels.of(SoftmaxCrossEntropy)()
    x, labels = given["x"].astype(dtype), given["labels"].astype(np.intp)
    found: list[float] = []

    def objective() -> float:
        loss, dlogits = loss_function(network.forward(x, training=True), labels)
        network.backward(dlogits)
        kernels.of(add_l1)(params, case.l1)
        kernels.of(add_l2)(params, case.l2)
        found.append(loss + penalty(params, case.l1, case.l2))
        return found[-1]

    kept, losses = [], []
    for step in range(STEPS):
        found.clear()
        optimizer.step(params.values, params.grads, case.lr, objective)
        if step in KEPT_STEPS:
            kept.append(params.values.copy())
        losses.append(found[0])
    return {"params": np.array(kept), "losses": np.array(losses)}
