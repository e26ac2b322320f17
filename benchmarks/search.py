"""What pruning saves: 40 trials with the median pruner against 40 without, on MNIST.

    python benchmarks/search.py --data-dir data --out outputs/pruning [--seeds 0 1]

Both searches of a seed run side by side, one worker each, so that they share whatever else the
machine does. The random sampler proposes the same trials to both, so that what pruning loses is not
confused with luck; ``--sampler tpe`` lets each learn from its own. Folders that hold them already
are gone on with, or read if they are complete. Prints a table and draws the best validation error
so far against the seconds of trials spent.
"""

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

PRESETS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS")
PRUNERS = {"pruned": "median", "unpruned": "none"}


def start(
    folder: Path, pruner: str, seed: int, args: argparse.Namespace
) -> subprocess.Popen | None:
    """Start a search, or go on with it; None when it has all of its trials."""
    if (folder / "trials.csv").is_file() and len(trials(folder)["error"]) >= args.trials:
        return None
    words = [f"search.dir={folder}"]
    if not (folder / "search.yaml").is_file():
        words += ["data=mnist", f"data.dir={args.data_dir}", f"training.epochs={args.epochs}"]
        words += [f"search.trials={args.trials}", f"search.pruner={pruner}", f"search.seed={seed}"]
        words += [f"search.sampler={args.sampler}"]
    environment = {key: value for key, value in os.environ.items() if key not in PRESETS}
    command = [sys.executable, "-m", "mlp_scratch.search", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def trials(folder: Path) -> dict[str, np.ndarray]:
    """Of each trial in the order of their numbers: seconds, epochs, best validation error."""
    with open(folder / "trials.csv", encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["job"])
    return {
        "seconds": np.array([float(row["seconds"]) for row in rows]),
        "epochs": np.array([int(row["epochs"]) for row in rows]),
        "error": np.array([1 - float(row["best_val_accuracy"] or 0) for row in rows]),
        "pruned": np.array([row["message"].startswith("pruned") for row in rows]),
    }


def draw(found: dict[tuple[str, int], dict[str, np.ndarray]], sampler: str, path: Path) -> None:
    from mlp_scratch.report.pictures import style

    note = f"MNIST, {sampler} sampler, search=default"
    figure = style.new_figure(6.4, 3.8, "What pruning saves", note)
    axes = figure.add_subplot()
    figure.subplots_adjust(left=0.12, right=0.97, bottom=0.14, top=0.82)
    styles = dict(zip(PRUNERS, style.CYCLE, strict=False))
    for (name, seed), trial in found.items():
        spent = np.cumsum(trial["seconds"])
        best = 100 * np.minimum.accumulate(trial["error"])
        line = {"color": styles[name], "linestyle": "-" if seed == 0 else "--"}
        label = f"{name}, seed {seed}: {best[-1]:.2f} % after {spent[-1]:.0f} s"
        axes.step(spent, best, where="post", label=label, **line)
        axes.plot(spent[-1], best[-1], "o", color=styles[name])
    style.dress(
        axes, "", "seconds of trials, one after the other", "best validation error so far, %"
    )
    axes.set_yscale("log")
    axes.set_yticks([2, 3, 4, 5], ["2", "3", "4", "5"])
    axes.minorticks_off()
    style.legend(axes)
    style.write(figure, path)


def main() -> None:
    """Search twice, print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--out", type=Path, default=Path("outputs/pruning"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--sampler", choices=["random", "tpe"], default="random")
    parser.add_argument("--epochs", type=int, default=8)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    found = {}
    for seed in args.seeds:
        folders = {name: args.out / f"{name}-{seed}" for name in PRUNERS}
        running = [start(folders[name], pruner, seed, args) for name, pruner in PRUNERS.items()]
        if any(process.wait() for process in running if process is not None):
            sys.exit("a search did not come to its end")
        for name, folder in folders.items():
            found[name, seed] = trial = trials(folder)
            print(
                f"seed {seed}, {name}: {len(trial['error'])} trials, {trial['pruned'].sum()} "
                f"pruned, {trial['epochs'].sum()} epochs, {trial['seconds'].sum():.0f} s, "
                f"best validation error {100 * trial['error'].min():.2f} %"
            )
    draw(found, args.sampler, args.out / "search_pruning.png")


if __name__ == "__main__":
    main()
