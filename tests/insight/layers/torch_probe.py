"""The same network in PyTorch, whose hooks say what went through it: float64."""

from typing import Any

import numpy as np
import torch
from torch import nn

from mlp_scratch.nn.blocks import Residual
from mlp_scratch.nn.layers import BatchNorm
from mlp_scratch.nn.network import Network

ACTIVATIONS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "identity": nn.Identity,
}


class Multiplied(nn.Module):
    def __init__(self, multiplier: Any) -> None:
        super().__init__()
        self.factor = multiplier.factor if multiplier else 1.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64)


def _norm_module(norm: Any) -> nn.Module:
    units = len(norm.gamma)
    kind = nn.BatchNorm1d if isinstance(norm, BatchNorm) else nn.LayerNorm
    module = kind(units, eps=norm.eps).double()
    with torch.no_grad():
        module.weight.copy_(_tensor(norm.gamma))
        module.bias.copy_(_tensor(norm.beta))
    return module.train()


class TorchNetwork:
    """After ``backward``: by layer, z, a and the gradient of W, as (n_in, n_out) arrays.

    names: the activation of each block, None where there is none.
    """

    def __init__(self, network: Network, names: list[str | None]) -> None:
        self.z: list[np.ndarray] = []
        self.a: list[np.ndarray] = []
        self.linears: list[nn.Linear] = []
        pairs = zip(network.blocks, names, strict=True)
        blocks = {id(block.dense): self._block(block, name) for block, name in pairs}
        self.stages: list[tuple[bool, list[nn.Module]]] = []
        for stage in network.stages:
            inner = stage.blocks if isinstance(stage, Residual) else [stage]
            modules = [blocks[id(block.dense)] for block in inner]
            self.stages.append((isinstance(stage, Residual), modules))

    def _block(self, block: Any, name: str | None) -> nn.Sequential:
        linear = nn.Linear(*block.dense.W.shape).double()
        with torch.no_grad():
            linear.weight.copy_(_tensor(block.dense.W.T))
            linear.bias.copy_(_tensor(block.dense.b))
        self.linears.append(linear)
        bend = ACTIVATIONS[name or "identity"]()
        bend.register_forward_hook(self._see)
        norm = [_norm_module(block.norm)] if block.norm else []
        inside = [Multiplied(block.scale), linear]
        inside = [*norm, *inside] if block.norm_first else [*inside, *norm]
        return nn.Sequential(*inside, Multiplied(block.gain), bend)

    def _see(self, module: nn.Module, given: tuple[torch.Tensor], made: torch.Tensor) -> None:
        self.z.append(given[0].detach().numpy())
        self.a.append(made.detach().numpy())

    def __call__(self, x: np.ndarray) -> torch.Tensor:
        rows = _tensor(x)
        for residual, modules in self.stages:
            before = rows
            for module in modules:
                rows = module(rows)
            rows = before + rows if residual else rows
        return rows

    @property
    def gradients(self) -> list[np.ndarray]:
        return [linear.weight.grad.numpy().T for linear in self.linears]
