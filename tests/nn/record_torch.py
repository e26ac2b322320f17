"""Write fixtures/torch*.npz, PyTorch's side of every comparison. Run by hand, where torch is:

python tests/nn/record_torch.py
"""

from pathlib import Path

import numpy as np
import torch
from torch_losses import loss_reference
from torch_reference import lbfgs_reference, reference

RECORDED = {"torch": reference, "torch_losses": loss_reference, "torch_lbfgs": lbfgs_reference}

if __name__ == "__main__":
    for name, record in RECORDED.items():
        path = Path(__file__).parent / "fixtures" / f"{name}.npz"
        np.savez_compressed(path, torch_version=torch.__version__, **record())
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB, torch {torch.__version__}")
