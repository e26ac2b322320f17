"""How the cost of training grows with width, depth, batch size and data size.

    python benchmarks/scale.py --out scale.json

Each point trains with the project's loop on made-up bytes with 784 features, on one thread, and
notes the processor time of every step; a quarter of all steps were faster than the number that
counts, since a busy machine only ever makes steps slower.
"""

import argparse
import contextlib
import json
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

import machine
from mlp_scratch import blas
from mlp_scratch.data.batches import batches_per_epoch
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.learning_rate import LearningRate
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.engine.rows import Rows
from mlp_scratch.engine.settings import Settings
from mlp_scratch.engine.task import Task
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.fast import FAST
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS

SECONDS = 0.5  # of training for each point, at least five steps
WIDTHS = (64, 128, 256, 512, 1024, 2048, 4096)
DEPTHS = (1, 2, 4, 8, 16, 32)
BATCHES = (1, 4, 16, 32, 64, 128, 256, 512, 2048, 8192)
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000)


class Enough(Exception):
    """Time is up."""


def make_rows(n: int) -> Rows:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (n, 784), dtype=np.uint8)
    return Rows(x, rng.integers(0, 10, n), Normalizer("unit").fit(x))


def step_seconds(layers: list[int], batch: int, rows: Rows) -> float:
    """The lower quartile of a step's time, SGD, batches of ``batch``."""
    relu, rng = FAST.of(ACTIVATIONS["relu"])(), np.random.default_rng(0)
    network = Network(layers, relu, rng=rng, kernels=FAST)
    parameters = network.parameters
    optimizer = FAST.of(OPTIMIZERS["sgd"])(parameters.size, parameters.n_weights, np.float32)
    steps = batches_per_epoch(len(rows), batch, True)
    rate = LearningRate(
        1e-4,
        "constant",
        {},
        steps_per_epoch=steps,
        total_steps=steps * 1000,
        warmup_steps=0,
        warmup_start=1.0,
    )
    settings = Settings(epochs=1000, batch_size=batch, seed=0, drop_last=True)
    descent = GradientDescent(network, optimizer, rows, Task(), settings)
    trainer = Trainer(descent, rate, None, None)
    trainer.share(1)
    times: list[float] = []
    step, end = trainer.descent.step, time.process_time() + SECONDS

    def timed(*args) -> tuple[float, int]:
        start = time.process_time()
        done = step(*args)
        stop = time.process_time()
        times.append(stop - start)
        if stop > end and len(times) >= 5:
            raise Enough
        return done

    trainer.descent.step = timed  # type: ignore[method-assign]
    with contextlib.suppress(Enough):
        trainer.run()
    # a small batch is fetched with its neighbours: take them together
    together = max(1, 128 // batch) if len(times) > 500 else 1
    whole = np.array(times[: len(times) // together * together]).reshape(-1, together)
    return float(np.quantile(whole.mean(axis=1), 0.25))


def multiplications(layers: list[int]) -> int:
    """Multiplications for a row: forward, dW, and dx of all layers but the first."""
    products = [a * b for a, b in pairwise(layers)]
    return 3 * sum(products) - products[0]


def point(value: int, layers: list[int], batch: int, rows: Rows) -> dict:
    seconds = step_seconds(layers, batch, rows)
    done = {
        "value": value,
        "microseconds_a_row": seconds / batch * 1e6,
        "gflops": 2 * multiplications(layers) * batch / seconds / 1e9,
    }
    print(
        f"  {value:7,}  {done['microseconds_a_row']:9.3f} us a row  {done['gflops']:6.1f} GFLOP/s"
    )
    return done


def main() -> None:
    machine.restart_clean()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("scale.json"), metavar="JSON")
    arguments = parser.parse_args()
    few, base = make_rows(20_000), [784, 128, 64, 10]
    report: dict = {"machine": machine.describe(), "blas": blas.describe(), "curves": {}}
    curves = report["curves"]
    print("width: [784, w, w, 10], batch 128")
    curves["width"] = [point(w, [784, w, w, 10], 128, few) for w in WIDTHS]
    print("depth: 784, d times 128, 10, batch 128")
    curves["depth"] = [point(d, [784, *[128] * d, 10], 128, few) for d in DEPTHS]
    print("batch: [784, 128, 64, 10]")
    curves["batch"] = [point(b, base, b, few) for b in BATCHES]
    print("rows: [784, 128, 64, 10], batch 128")
    curves["rows"] = [point(n, base, 128, make_rows(n)) for n in SIZES]
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
