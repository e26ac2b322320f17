"""Write fixtures/torch*.npz, PyTorch's side of every comparison. Run by hand, where torch is:

python tests/nn/record_torch.py
"""

from pathlib import Path

import numpy as np
import torch
from torch_reference import lbfgs_reference, reference

if __name__ == "__main__":
    folder = Path(__file__).parent / "fixtures"
    for name, recorded in {"torch": reference(), "torch_lbfgs": lbfgs_reference()}.items():
        path = folder / f"{name}.npz"
        np.savez_compressed(path, torch_version=torch.__version__, **recorded)
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB, torch {torch.__version__}")
