"""PyTorch's side of the losses, in float64. Needs torch; ``record_torch.py`` saves it.

Where PyTorch has no such loss, its formula is written down and differentiated by autograd.
"""

from typing import Any

import numpy as np
import torch
from loss_cases import CLASSES, KEPT, LOSS_CASES, LR, WEIGHTINGS, K, loss_problem, weights_of
from torch.nn import functional as F
from torch_cases import BATCH, ROWS, STEPS, STEPS_PER_EPOCH

torch.set_num_threads(1)  # for matrices this small, threads only wait for each other


def loss_reference() -> dict[str, np.ndarray]:
    """Everything that is compared, by name."""
    result = {}
    for case in LOSS_CASES:
        given = loss_problem(case)
        result |= {f"{case}/{name}": value for name, value in given.items()}
        for weighting in WEIGHTINGS:
            run = train_with(case, weighting, given)
            result |= {f"{case}/{weighting}/{key}": value for key, value in run.items()}
    return result


def row_losses(name: str, args: dict[str, Any], outputs: torch.Tensor, t: torch.Tensor):
    """(rows,) from PyTorch's losses with reduction="none", of several targets the mean."""
    if name == "cross_entropy":
        return F.cross_entropy(outputs, t, reduction="none", **args)
    if name == "focal":
        surprise = F.cross_entropy(outputs, t, reduction="none")
        return (1 - torch.exp(-surprise)) ** args["gamma"] * surprise
    if name == "binary_cross_entropy":
        t = t.to(outputs.dtype)
        return F.binary_cross_entropy_with_logits(outputs, t, reduction="none").mean(dim=1)
    y = outputs.reshape(len(outputs), K, -1)
    if name == "gaussian_nll":
        return F.gaussian_nll_loss(
            y[..., 0], t, torch.exp(y[..., 1]), reduction="none", eps=args["eps"]
        ).mean(dim=1)
    if name == "pinball":
        q, below = torch.tensor(args["quantiles"], dtype=y.dtype), t[:, :, None] - y
        return torch.maximum(q * below, (q - 1) * below).mean(dim=(1, 2))
    losses = {
        "squared_error": F.mse_loss,
        "absolute_error": F.l1_loss,
        "huber": F.huber_loss,
        "poisson": F.poisson_nll_loss,
    }
    return losses[name](y[..., 0], t, reduction="none", **args).mean(dim=1)


def train_with(case: str, weighting: str, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """PyTorch's run of a case; what ``loss_cases.train_with`` does with our own pieces."""
    name, args = LOSS_CASES[case]
    order = ("W0", "W1", "b0", "b1")
    params = {key: torch.tensor(given[key], requires_grad=True) for key in order}
    x, targets = torch.tensor(given["x"]), torch.tensor(given["targets"])
    weights = weights_of(weighting, ROWS)
    w = None if weights is None else torch.tensor(weights)
    optimizer = torch.optim.SGD(params.values(), lr=LR)
    kept, losses = [], []
    for step in range(STEPS):
        start = step % STEPS_PER_EPOCH * BATCH
        batch = slice(start, start + BATCH)
        hidden = torch.tanh(x[batch] @ params["W0"] + params["b0"])
        rows = row_losses(name, args, hidden @ params["W1"] + params["b1"], targets[batch])
        loss = rows.mean() if w is None else (w[batch] * rows).sum() / w[batch].sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step in KEPT:
            kept.append(torch.cat([p.detach().flatten() for p in params.values()]).numpy())
    return {"params": np.array(kept), "losses": np.array(losses)}


def class_weighted(
    logits: np.ndarray, labels: np.ndarray, class_weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Value and gradient of ``CrossEntropyLoss(weight=class_weights)``."""
    assert logits.shape[1] == CLASSES
    z = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(class_weights))(z, torch.tensor(labels))
    loss.backward()
    return loss.item(), z.grad.numpy()
