"""PyTorch's side of every comparison, in float64. Needs torch; ``record_torch.py`` saves it."""

import numpy as np
import torch
from lbfgs_cases import LBFGS_CASES, LBFGSCase
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch_cases import (
    BATCH,
    CASES,
    KEPT_STEPS,
    PLATEAU_METRICS,
    SIZES,
    STEPS,
    STEPS_PER_EPOCH,
    Case,
    problem,
    shapes,
)

torch.set_num_threads(1)  # for matrices this small, threads only wait for each other

GRID = np.concatenate([np.linspace(-8, 8, 65)[:-1] + 0.01, [-30.0, -3e-3, 1e-5, 30.0]])

FUNCTIONS = {
    "relu": (F.relu, {}),
    "leaky_relu": (F.leaky_relu, {"negative_slope": 0.07}),
    "elu": (F.elu, {"alpha": 1.3}),
    "selu": (F.selu, {}),
    "gelu": (F.gelu, {"approximate": "none"}),
    "gelu_tanh": (F.gelu, {"approximate": "tanh"}),
    "silu": (F.silu, {}),
    "tanh": (torch.tanh, {}),
    "sigmoid": (torch.sigmoid, {}),
    "softplus": (F.softplus, {"beta": 1.7}),
}


def reference() -> dict[str, np.ndarray]:
    """Everything that is compared, by name."""
    given = problem()
    result = {f"problem/{name}": value for name, value in given.items()}
    for name, case in CASES.items():
        result |= {f"case/{name}/{key}": value for key, value in train(case, given).items()}
    return result | activations()


def lbfgs_reference() -> dict[str, np.ndarray]:
    """PyTorch's runs of L-BFGS, and the problem, by name."""
    given = problem()
    result = {f"problem/{name}": value for name, value in given.items()}
    for name, case in LBFGS_CASES.items():
        result |= {f"{name}/{key}": value for key, value in train_lbfgs(case, given).items()}
    return result


def train_lbfgs(case: LBFGSCase, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What ``lbfgs_cases.train`` does. One iteration a step; ``max_eval`` counts the first loss."""
    params = {n: torch.tensor(given[f"none_{n}"], requires_grad=True) for n in shapes(Case())}
    weights = [p for name, p in params.items() if name.startswith("W")]
    x, labels = torch.tensor(given["x"]), torch.tensor(given["labels"])
    optimizer = torch.optim.LBFGS(
        list(params.values()),
        lr=case.lr,
        max_iter=1,
        max_eval=case.evaluations + 1,
        history_size=case.history,
        line_search_fn="strong_wolfe",
    )

    def closure() -> torch.Tensor:
        rows = torch.tanh(x @ params["W0"] + params["b0"])
        rows = torch.tanh(rows @ params["W1"] + params["b1"])
        loss = F.cross_entropy(rows @ params["W2"] + params["b2"], labels)
        loss = loss + case.l1 * sum(w.abs().sum() for w in weights)
        loss = loss + case.l2 / 2 * sum((w * w).sum() for w in weights)
        optimizer.zero_grad()
        loss.backward()
        return loss

    kept, losses = [], []
    for step in range(STEPS):
        losses.append(optimizer.step(closure).item())
        if step in KEPT_STEPS:
            kept.append(torch.cat([p.detach().flatten() for p in params.values()]).numpy())
    return {"params": np.array(kept), "losses": np.array(losses)}


def activations() -> dict[str, np.ndarray]:
    result = {"activation/grid": GRID}
    for name, (function, args) in FUNCTIONS.items():
        z = torch.tensor(GRID, requires_grad=True)
        y = function(z, **args)
        y.sum().backward()
        result[f"activation/{name}"] = np.stack([y.detach().numpy(), z.grad.numpy()])
    return result


def train(case: Case, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """PyTorch's run of a case; what ``torch_cases.train`` does with our own pieces."""
    params = {
        name: torch.tensor(given[f"{case.residual}_{name}"], requires_grad=True)
        for name in shapes(case)
    }
    weights = [p for name, p in params.items() if name.startswith("W")]
    others = [p for name, p in params.items() if not name.startswith("W")]
    running = [(torch.zeros(n).double(), torch.ones(n).double()) for n in SIZES[1:-1]]
    activation = F.gelu if case.activation == "gelu" else getattr(torch, case.activation)
    x, labels = torch.tensor(given["x"]), torch.tensor(given["labels"])

    def layer_norm(rows: torch.Tensor, k: int) -> torch.Tensor:
        gamma, beta = params[f"gamma{k}"], params[f"beta{k}"]
        return F.layer_norm(rows, gamma.shape, gamma, beta, **case.layer_norm)

    def forward(rows: torch.Tensor, training: bool) -> torch.Tensor:
        if case.residual == "inverted":
            rows = rows @ params["W0"] + params["b0"]
            inside = activation(layer_norm(rows, 1) @ params["W1"] + params["b1"])
            rows = rows + inside @ params["W2"] + params["b2"]
            return rows @ params["W3"] + params["b3"]
        for k in range(len(SIZES) - 2):
            before = rows
            rows = rows @ params[f"W{k}"] + params[f"b{k}"]
            if case.batch_norm:
                rows = F.batch_norm(
                    rows,
                    *running[k],
                    params[f"gamma{k}"],
                    params[f"beta{k}"],
                    training=training,
                    **case.batch_norm,
                )
            if case.layer_norm:
                rows = layer_norm(rows, k)
            rows = activation(rows, **case.activation_args)
            if case.residual == "plain" and k == 1:
                rows = before + rows
        k = len(SIZES) - 2
        return rows @ params[f"W{k}"] + params[f"b{k}"]

    optimizer = _optimizer(case, weights, others)
    schedulers = _schedulers(case, optimizer)
    kept, losses, factors = [], [], []
    for step in range(STEPS):
        start = step % STEPS_PER_EPOCH * BATCH
        logits = forward(x[start : start + BATCH], training=True)
        loss = F.cross_entropy(
            logits, labels[start : start + BATCH], label_smoothing=case.label_smoothing
        )
        penalty = case.l1 * sum(w.abs().sum() for w in weights)
        optimizer.zero_grad()
        (loss + penalty).backward()
        if case.clip_norm:
            torch.nn.utils.clip_grad_norm_(list(params.values()), case.clip_norm)
        factors.append(optimizer.param_groups[0]["lr"] / case.lr)
        optimizer.step()
        if case.max_norm:
            with torch.no_grad():
                for w in weights:
                    w.copy_(torch.renorm(w, p=2, dim=1, maxnorm=case.max_norm))
        epoch_ends = step % STEPS_PER_EPOCH == STEPS_PER_EPOCH - 1
        for scheduler, every in schedulers:
            if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
                if epoch_ends:
                    scheduler.step(PLATEAU_METRICS[step // STEPS_PER_EPOCH])
            elif every == "step" or epoch_ends:
                scheduler.step()
        losses.append(loss.item())
        if step in KEPT_STEPS:
            kept.append(torch.cat([p.detach().flatten() for p in params.values()]).numpy())
    with torch.no_grad():
        evaluated = forward(x, training=False).numpy()
    return {
        "params": np.array(kept),
        "losses": np.array(losses),
        "factors": np.array(factors),
        "logits": evaluated,
    }


def _optimizer(case: Case, weights: list, others: list) -> torch.optim.Optimizer:
    args = dict(case.optim_args)
    decay = args.pop("weight_decay", case.l2)
    groups = [
        {"params": weights, "weight_decay": decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if "beta1" in args:
        args["betas"] = (args.pop("beta1"), args.pop("beta2"))
    if case.optim == "nesterov":
        args["nesterov"] = True
    if case.optim == "adagrad":
        args["initial_accumulator_value"] = args.pop("initial_accumulator")
    optimizers = {
        "sgd": torch.optim.SGD,
        "momentum": torch.optim.SGD,
        "nesterov": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
        "adagrad": torch.optim.Adagrad,
    }
    return optimizers[case.optim](groups, lr=case.lr, **args)


def _schedulers(case: Case, optimizer: torch.optim.Optimizer) -> list[tuple]:
    """(scheduler, when it steps): PyTorch's own for the case's schedule and warmup."""
    args = case.schedule_args
    made: list[tuple] = []
    if case.schedule == "step":
        made = [(lr_scheduler.StepLR(optimizer, args["step_epochs"], args["gamma"]), "epoch")]
    elif case.schedule == "exponential":
        made = [(lr_scheduler.ExponentialLR(optimizer, args["gamma"]), "epoch")]
    elif case.schedule == "cosine":
        low = args["min_factor"] * case.lr
        made = [(lr_scheduler.CosineAnnealingLR(optimizer, STEPS, low), "step")]
    elif case.schedule == "linear":
        made = [(lr_scheduler.LinearLR(optimizer, 1.0, args["end_factor"], STEPS), "step")]
    elif case.schedule == "onecycle":
        one = lr_scheduler.OneCycleLR(
            optimizer, max_lr=case.lr, total_steps=STEPS, cycle_momentum=False, **args
        )
        made = [(one, "step")]
    elif case.schedule == "plateau":
        one = lr_scheduler.ReduceLROnPlateau(
            optimizer,
            factor=args["factor"],
            patience=args["patience"],
            threshold=args["threshold"],
            min_lr=args["min_factor"] * case.lr,
        )
        made = [(one, "epoch")]
    if case.warmup_args:
        start, steps = case.warmup_args["start_factor"], case.warmup_args["warmup_steps"]
        made.append((lr_scheduler.LinearLR(optimizer, start, 1.0, steps), "step"))
    return made
