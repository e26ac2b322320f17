"""What checkpoints cost: their share of the training time, MNIST with Adam and batches of 128.

    python benchmarks/checkpoint_cost.py --data FOLDER      a folder with MNIST's files

Each run is a process of its own with everything at its default but the length: checkpoints at the
ends of epochs, at most one a second, flushed to the disk. The share is the time spent in writing
them over the time from the first step to the last, both as the run's own summary has them. The
built-in digits stand in where there is no MNIST; they are a sixth as many, so epochs are shorter.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 0.05


def one_run(folder: Path, words: list[str]) -> dict[str, float]:
    """Train once; seconds of training and of checkpoints, and the size of one in MiB."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    command = [sys.executable, "-m", "mlp_scratch.train", f"hydra.run.dir={folder}", *words]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    timings = json.loads((folder / "summary.json").read_text("utf-8"))["timings"]
    size = (folder / "checkpoints" / "last.npz").stat().st_size / 2**20
    return {**timings, "size": size}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with MNIST's files")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    name = "mnist" if args.data else "digits"
    words = [f"data={name}", f"training.epochs={args.epochs}", "optim=adam"]
    if args.data:
        words += [f"data.dir={args.data.absolute()}", "data.download=false"]
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        words.append(f"data.cache_dir={folder}/cache")
        for i in range(args.runs):
            took = one_run(Path(folder) / str(i), words)
            shares.append(took["checkpoint_seconds"] / took["training_seconds"])
            print(
                f"{name}, {args.epochs} epochs: {took['training_seconds']:.2f} s of training, "
                f"{took['checkpoint_seconds']:.3f} s of checkpoints ({took['size']:.1f} MiB each): "
                f"{shares[-1]:.2%}"
            )
    median = statistics.median(shares)
    print(f"median share {median:.2%}, limit {LIMIT:.0%}: {'kept' if median < LIMIT else 'broken'}")
    sys.exit(0 if median < LIMIT else 1)


if __name__ == "__main__":
    main()
