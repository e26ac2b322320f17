"""PyTorch as tutorials write it: a ``DataLoader`` over a ``TensorDataset``."""

from torch.utils.data import DataLoader, TensorDataset

from cells import Cell, Data
from peers import torch_eager


class Peer(torch_eager.Peer):
    def __init__(self, cell: Cell, data: Data, threads: int):
        super().__init__(cell, data, threads)
        self.loader = DataLoader(
            TensorDataset(self.x, self.y), cell.rows(len(self.x)), shuffle=True
        )

    def batches(self):
        return self.loader
