"""How hard the built-in digits are, and what they teach about real ones.

    python benchmarks/digits.py
    python benchmarks/digits.py --mnist FOLDER --gallery FILE.png

Three figures: the test accuracy of a linear softmax classifier, that of a [784, 128, 64, 10]
network, and how many of MNIST's test images the same network reads, which never saw one.  The last
needs FOLDER, which holds MNIST's files in any form that ``data=mnist`` accepts.  FILE.png shows
some of the digits, beside MNIST's test images where there are any.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from mlp_scratch.data.builtin import digits
from mlp_scratch.data.load import load_dataset
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.fast import FAST
from mlp_scratch.nn.losses import count_correct
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS


def train(
    x: np.ndarray, y: np.ndarray, sizes: Sequence[int], *, epochs: int, lr: float, seed: int
) -> Network:
    """Adam on batches of 128 rows of x (n, n_in), bytes, with labels y (n,)."""
    rng = np.random.default_rng(seed)
    network = Network(sizes, FAST.of(ACTIVATIONS["relu"])(), rng=rng, kernels=FAST)
    params = network.parameters
    optimizer = FAST.of(OPTIMIZERS["adam"])(
        len(params.values), params.n_weights, np.float32, beta1=0.9, beta2=0.999, eps=1e-8
    )
    loss = FAST.SoftmaxCrossEntropy()
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 128):
            rows = order[start : start + 128]
            _, dlogits = loss(network.forward(scaled(x[rows]), training=True), y[rows])
            network.backward(dlogits)
            optimizer.step(params.values, params.grads, lr)
    return network


def accuracy(network: Network, x: np.ndarray, y: np.ndarray) -> float:
    """Percent of the rows of x that the network reads as y says."""
    return 100 * count_correct(network.forward(scaled(x)), y) / len(y)


def scaled(x: np.ndarray) -> np.ndarray:
    """Bytes to float32 in [0, 1]."""
    return x.astype(np.float32) / np.float32(255)


def gallery(file: Path, splits: Sequence[tuple[np.ndarray, np.ndarray]], each: int = 20) -> None:
    """Write a PNG: a row for each digit, ``each`` images of it from every (x, y) side by side."""
    from PIL import Image

    side = digits.SIDE
    blocks = []
    for x, y in splits:
        rows = [np.hstack(x[y == digit][:each].reshape(-1, side, side)) for digit in range(10)]
        blocks += [np.vstack(rows), np.full((10 * side, side // 2), 128, dtype=np.uint8)]
    picture = Image.fromarray(np.hstack(blocks[:-1]))
    picture.resize((2 * picture.width, 2 * picture.height)).save(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mnist", type=Path, help="folder with MNIST's files")
    parser.add_argument("--gallery", type=Path, help="PNG to write: the digits, and MNIST if given")
    parser.add_argument("--seeds", type=int, default=3, help="networks to train (default: 3)")
    args = parser.parse_args()

    start = time.perf_counter()
    x_train, y_train, x_test, y_test = digits.generate()
    seconds = time.perf_counter() - start
    print(f"{len(x_train):,} + {len(x_test):,} images drawn in {seconds:.2f} s")
    splits = [(x_test, y_test)]
    if args.mnist:
        mnist = load_dataset("mnist", dir=args.mnist, cache_dir=None, download=False)
        if mnist.x_test is None or mnist.y_test is None:
            parser.error(f"no test images in {args.mnist}")
        splits.append((mnist.x_test, mnist.y_test))
    if args.gallery:
        gallery(args.gallery, splits)

    linear, deep = [784, 10], [784, 128, 64, 10]
    for sizes, epochs, lr in ((linear, 20, 3e-3), (deep, 10, 1e-3)):
        networks = [
            train(x_train, y_train, sizes, epochs=epochs, lr=lr, seed=seed)
            for seed in range(args.seeds)
        ]
        for name, (x, y) in zip(("digits, test", "MNIST, test"), splits, strict=False):
            found = [accuracy(network, x, y) for network in networks]
            each = " ".join(f"{value:.2f}" for value in found)
            print(f"{sizes!s:<20} {name:<13} {np.mean(found):6.2f} %   ({each})")


if __name__ == "__main__":
    with threadpool_limits(1):  # batches this small only suffer from more
        main()
