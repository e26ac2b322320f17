"""PyTorch eager at its best: tensors in memory, one gather a batch, fused optimizer."""

import torch
from torch import nn

from cells import BETA1, BETA2, EPS, MOMENTUM, Cell, Data, first_weights


class Peer:
    def __init__(self, cell: Cell, data: Data, threads: int):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.cell = cell
        self.x = torch.from_numpy(data.floats)
        self.y = torch.from_numpy(data.y)
        self.model = network(cell)
        self.optimizer = optimizer(cell, self.model)
        self.loss = nn.CrossEntropyLoss()
        for _ in range(3):  # the allocator and the kernels' caches warm up at rate 0
            for group in self.optimizer.param_groups:
                group["lr"] = 0.0
            self.step(self.x[: cell.rows(len(self.x))], self.y[: cell.rows(len(self.x))])
        self.optimizer = optimizer(cell, self.model)

    def blas(self) -> str:
        mkl = "MKL" if torch.backends.mkl.is_available() else "no MKL"
        kernel = torch.backends.cpu.get_cpu_capability()
        return f"torch {torch.__version__} {mkl} {kernel}, {torch.get_num_threads()} threads"

    def batches(self):
        n, batch = len(self.x), self.cell.batch
        if not batch:
            yield self.x, self.y
            return
        order = torch.randperm(n)
        for start in range(0, n, batch):
            rows = order[start : start + batch]
            yield self.x.index_select(0, rows), self.y.index_select(0, rows)

    def step(self, x, y):
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.model(x)
        loss = self.loss(logits, y)
        loss.backward()
        self.optimizer.step()
        return logits, loss

    def epoch(self) -> tuple[float, float]:
        total, correct = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for x, y in self.batches():
            logits, loss = self.step(x, y)
            with torch.no_grad():  # added up as tensors: .item() a batch would cost more
                total += loss.detach() * len(y)
                correct += (logits.argmax(1) == y).sum()
        return total.item() / len(self.x), correct.item() / len(self.x)


def network(cell: Cell) -> nn.Module:
    layers: list[nn.Module] = []
    for W, b in first_weights(cell.layers):
        linear = nn.Linear(*W.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.T.copy()))
            linear.bias.copy_(torch.from_numpy(b))
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def optimizer(cell: Cell, model: nn.Module) -> torch.optim.Optimizer:
    if cell.optimizer == "adam":
        return torch.optim.Adam(
            model.parameters(), cell.lr, betas=(BETA1, BETA2), eps=EPS, fused=True
        )
    momentum = MOMENTUM if cell.optimizer == "momentum" else 0.0
    return torch.optim.SGD(model.parameters(), cell.lr, momentum=momentum, fused=True)
