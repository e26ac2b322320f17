"""Pictures per second of every augmentation, on one core, beside SciPy where it is installed.

    python benchmarks/augmentation.py                      the table
    python benchmarks/augmentation.py --gallery out.png    and a picture of what each one does
    python benchmarks/augmentation.py --mnist FOLDER       on MNIST (IDX), else built-in digits
    python benchmarks/augmentation.py --mnist FOLDER --ahead
                                                           what drawing ahead is worth, instead

Every augmentation runs with the values that conf/augment ships. Best of several rounds, kinds
taking turns, since a busy machine only ever makes things slower. ``--ahead`` trains presets with
the next batch drawn meanwhile by another thread, as ever, and without, taking turns an epoch at a
time: medians.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

for preset in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # users do not have these
    os.environ.pop(preset, None)
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402

from mlp_scratch.data.augment.augmentations import AUGMENTATIONS  # noqa: E402
from mlp_scratch.engine.feed import AugmentedFeed  # noqa: E402

CONF = Path(__file__).parents[1] / "conf" / "augment"
SHAPE = (28, 28)
ROUNDS = 12
TURNS = 5
PRESETS = ("speedrun_99", "aug_512_256", "simard_elastic", "aug_1000_500")
KINDS = [kind for kind in AUGMENTATIONS if kind != "none"]


def build(kind: str):
    keys = {str(key): value for key, value in OmegaConf.load(CONF / f"{kind}.yaml").items()}
    return AUGMENTATIONS[keys.pop("name")](SHAPE, **keys)


def load(mnist: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 784) uint8 and labels (n,) intp, n >= 1000."""
    if mnist is None:
        from mlp_scratch.data.builtin.digits import generate

        return generate(n_train=2000, n_test=10)[:2]
    from mlp_scratch.data.array_formats.idx import read_idx

    images, labels = (
        read_idx(sorted(mnist.glob(f"train-{part}*"))[0]) for part in ("images", "labels")
    )
    return images.reshape(len(images), -1), labels.astype(np.intp)


def scipy_peers() -> dict[str, Callable[[np.ndarray], object]]:
    """The same deformations as one would write them with SciPy, a picture at a time."""
    try:
        from scipy.ndimage import affine_transform, gaussian_filter, map_coordinates
    except ImportError:
        return {}
    rng, grid = np.random.default_rng(0), np.indices(SHAPE)
    centre = np.array([13.5, 13.5])

    def affine(images: np.ndarray) -> None:
        for image in images.reshape(-1, *SHAPE):
            angle = np.deg2rad(rng.uniform(-15, 15))
            cos, sin = np.cos(angle), np.sin(angle)
            matrix = np.array([[cos, -sin], [sin, cos]]) * rng.uniform(0.9, 1.1, 2)
            shift = rng.uniform(-2, 2, 2)
            affine_transform(
                image, matrix, centre - matrix @ (centre + shift), output=np.float32, order=1
            )

    def elastic(images: np.ndarray) -> None:
        for image in images.reshape(-1, *SHAPE):
            field = [gaussian_filter(rng.uniform(-1, 1, SHAPE), 4) * 34 for _ in "yx"]
            map_coordinates(image, grid + field, np.float32, order=1)

    return {"affine": affine, "elastic": elastic}


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(images: np.ndarray, labels: np.ndarray) -> None:
    batches = [32, 128, 1000]
    peers, rng = scipy_peers(), np.random.default_rng(0)
    kinds = {kind: build(kind) for kind in KINDS}
    out = np.empty((max(batches), images.shape[1]), np.float32)
    best: dict[tuple[str, int], float] = {}
    for _ in range(ROUNDS):
        for kind, augmentation in kinds.items():
            for n in batches:
                x, y = images[:n], labels[:n]
                for _ in range(max(1, 1000 // n)):
                    t = seconds(lambda: augmentation.apply(x, y, rng, out[:n])) / n  # noqa: B023
                    best[kind, n] = min(t, best.get((kind, n), t))
        for kind, peer in peers.items():
            t = seconds(lambda: peer(images[:100])) / 100  # noqa: B023
            best[kind, 0] = min(t, best.get((kind, 0), t))

    print(f"images/s on one core, {SHAPE[0]}x{SHAPE[1]} bytes to float32, best of {ROUNDS} rounds")
    print(
        f"{'':10}" + "".join(f"{f'batch {n}':>12}" for n in batches) + f"{'SciPy':>12}{'ratio':>8}"
    )
    for kind in kinds:
        row = "".join(f"{1 / best[kind, n]:12,.0f}" for n in batches)
        if kind in peers:
            row += f"{1 / best[kind, 0]:12,.0f}{best[kind, 0] / best[kind, 128]:7.0f}x"
        print(f"{kind:10}{row}")


def drawing_ahead(mnist: Path) -> None:
    from mlp_scratch.config.compose import compose_config
    from mlp_scratch.experiment.build import build
    from mlp_scratch.experiment.load_data import load_data
    from mlp_scratch.experiment.settle import settle

    foretell = AugmentedFeed._after
    print(f"{'':15} {'ahead, s':>9} {'not, s':>9} {'ratio':>6}   an epoch")
    for preset in PRESETS:
        config = compose_config([f"experiment={preset}", f"data.dir={mnist}"])
        trainers = [build(settle(config, load_data(config))).trainer for _ in range(2)]
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(TURNS):
            for ahead, trainer in enumerate(trainers):
                AugmentedFeed._after = foretell if ahead else lambda *_: None
                trainer.settings = replace(trainer.settings, epochs=trainer.epoch + 1)
                times[ahead].append(seconds(lambda: trainer.run()))  # noqa: B023
        losses = [trainer.history[-1]["train_loss"] for trainer in trainers]
        assert losses[0] == losses[1], "drawing ahead changed the bits"
        without, ahead = map(statistics.median, times)
        print(f"{preset:15} {ahead:9.3f} {without:9.3f} {without / ahead:6.2f}")


def gallery(images: np.ndarray, labels: np.ndarray, path: Path, draws: int = 5) -> None:
    """Ten digits down, several draws of each kind across, the originals on the left."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    rows = np.array([np.flatnonzero(labels == digit)[0] for digit in range(10)])
    x, y = images[rows], labels[rows]
    panels = {"original": [x.astype(np.float32)]}
    for kind in KINDS:
        augmentation, rng = build(kind), np.random.default_rng(0)
        panels[kind] = [
            augmentation.apply(x, y, rng, np.empty(x.shape, np.float32)) for _ in range(draws)
        ]
    widths = [len(columns) for columns in panels.values()]
    figure, axes = plt.subplots(
        1, len(panels), figsize=(0.52 * sum(widths) + 1, 5.6), width_ratios=widths, squeeze=True
    )
    for axis, (kind, columns) in zip(axes, panels.items(), strict=True):
        tiles = np.stack(columns).reshape(-1, 10, *SHAPE).transpose(1, 2, 0, 3)
        axis.imshow(tiles.reshape(10 * SHAPE[0], -1), cmap="gray_r", vmin=0, vmax=255)
        axis.set_title(kind, fontsize=11)
        axis.set_xticks(np.arange(1, len(columns)) * SHAPE[1] - 0.5, [])
        axis.set_yticks(np.arange(1, 10) * SHAPE[0] - 0.5, [])
        axis.grid(color="0.8", linewidth=0.6)
        axis.tick_params(length=0)
    figure.tight_layout(w_pad=0.6)
    figure.savefig(path, dpi=120, bbox_inches="tight")
    print(f"gallery: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help="folder of MNIST's IDX files")
    parser.add_argument("--gallery", type=Path, metavar="PNG", help="also draw what each kind does")
    parser.add_argument("--ahead", action="store_true", help="what drawing ahead is worth")
    arguments = parser.parse_args()
    if arguments.ahead:
        if arguments.mnist is None:
            parser.error("--ahead trains presets: it needs --mnist FOLDER")
        drawing_ahead(arguments.mnist)
        return
    images, labels = load(arguments.mnist)
    measure(images, labels)
    if arguments.gallery:
        gallery(images, labels, arguments.gallery)


if __name__ == "__main__":
    main()
