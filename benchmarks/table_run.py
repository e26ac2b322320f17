"""One ``train`` command on rows that scikit-learn sees too, and what its run came to."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import machine

SEEDS = 3
LEAST_MARGIN = 0.02  # of a score; or one deviation of scikit-learn's runs, where that is more


def write_rows(file: Path, x: np.ndarray, y: np.ndarray) -> None:
    """A CSV of x (n, inputs), numbers, and last a column ``y`` (n,) of numbers or words."""
    head = ",".join([*(f"x{i + 1}" for i in range(x.shape[1])), "y"])
    rows = (
        ",".join([*map(repr, row), str(label)])
        for row, label in zip(x.tolist(), y.tolist(), strict=True)
    )
    file.write_text("\n".join([head, *rows, ""]), "utf-8")


def train(folder: Path, name: str, words: Sequence[str]) -> dict[str, Any]:
    """Train on ``train.csv`` and ``test.csv`` in ``folder``: the summary, and the log as ``log``.

    No rows are held out to choose by, so that every row is trained on.
    """
    files = ("data.path=train.csv", "data.test_path=test.csv", "data.label=y")
    return train_words(folder, name, [*files, "training.validation_fraction=0", *words])


def train_words(folder: Path, name: str, words: Sequence[str]) -> dict[str, Any]:
    """One ``train data=csv`` command in ``folder``: the summary, and the log as ``log``."""
    command = [sys.executable, "-m", "mlp_scratch.train", "data=csv", *words]
    done = subprocess.run(
        [*command, f"hydra.run.dir=outputs/{name}"],
        cwd=folder,
        env=machine.clean_environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:])} failed:\n{done.stderr}")
    run = folder / "outputs" / name
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    return summary | {"log": (run / "train.log").read_text("utf-8")}


def line(name: str, ours: Sequence[float], theirs: Sequence[float]) -> tuple[str, bool]:
    """A row of the Markdown table, and whether ours is good enough."""
    deviation = float(np.std(theirs, ddof=1))
    good = np.mean(ours) >= np.mean(theirs) - max(deviation, LEAST_MARGIN)
    return f"| {name} | {shown(ours)} | {shown(theirs)} | {'yes' if good else 'NO'} |", bool(good)


def shown(scores: Sequence[float]) -> str:
    """Mean and deviation."""
    return f"{np.mean(scores):.3f} ± {np.std(scores, ddof=1):.3f}"
