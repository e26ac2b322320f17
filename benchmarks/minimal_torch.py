"""The least PyTorch script that trains the default network: data in memory, no records, no test.

python minimal_torch.py MNIST.npz THREADS
"""

import sys

import numpy as np
import torch
from torch import nn

torch.set_num_threads(int(sys.argv[2]))
with np.load(sys.argv[1]) as arrays:
    x = torch.from_numpy(arrays["x"][:54000] * np.float32(1 / 255))
    y = torch.from_numpy(arrays["y"][:54000])
model = nn.Sequential(
    nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
)
optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
loss_of = nn.CrossEntropyLoss()
for _ in range(10):
    order = torch.randperm(len(x))
    for rows in order.split(128):
        optimizer.zero_grad()
        loss = loss_of(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
print(loss.item())
