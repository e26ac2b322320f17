"""What the diagnosis says of runs whose configs are drawn at random, to be judged one by one.

    python benchmarks/diagnosis.py OUT --data data --tables tables --runs 40

The runs are drawn from a seed: digits (built-in, MNIST), two-dimensional worlds and tables, in some
labels drawn anew or three classes made rare; depth 0 to 8, width 4 to 256, any activation and
optimizer, learning rates from 1e-5 to 10, batch sizes, dropout, penalties, normalization and first
weights. ``--mild`` draws near the defaults, where most is well: depth 1 to 3, a learning rate
within a factor of 3 of its optimizer's own. Each takes a second or two, and leaves its folder in
OUT. A line says how it ended and what was found; ``runs.json`` has it all.

The other half is ``pytest -m slow tests/insight/test_diagnosed_runs.py``: runs that go wrong on
purpose, and healthy ones.
"""

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.config.compose import compose_config
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.run import run_experiment
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.metrics_file import read_metrics

WORLDS = ("moons", "spirals", "circles", "checkerboard", "sine")
TABLES = {  # file: label
    "iris.csv": "species",
    "titanic-kaggle.csv": "Survived",
    "wine.csv": "0",
    "winequality-red.csv": "class",
    "concrete.csv": "strength",
}
STEPS = 1500  # that a run has at most


class NoSignal:
    """Stands in for Ctrl-C, which does not come."""

    received, trainer = None, None


def draw(rng: np.random.Generator, folder: Path, data: str, tables: Path, mild: bool) -> list[str]:
    """The overrides of one run, whose arrays are written to ``folder`` where some are changed."""
    kind = rng.choice(["pictures", "world", "table"], p=[0.45, 0.3, 0.25])
    if kind == "pictures":
        words, rows = pictures(rng, folder, data)
    elif kind == "world":
        rows = int(rng.choice([600, 2000, 4000]))
        words = [f"data={rng.choice(WORLDS)}", f"data.n={rows}"]
    else:
        name = str(rng.choice(list(TABLES)))
        words, rows = [f"data.path={tables / name}", f"data.label={TABLES[name]}"], 1000
        words.insert(0, "data=table")
    batch = rng.choice([16, 32, 64, 128, 512, "full"], p=[0.15, 0.2, 0.2, 0.25, 0.1, 0.1])
    steps = 1 if batch == "full" else -(-rows // int(batch))
    epochs = int(np.clip(STEPS // steps, 2, rng.integers(5, 15 if kind == "pictures" else 50)))
    width = round(float(np.exp(rng.uniform(np.log(32 if mild else 4), np.log(256)))))
    depth = rng.integers(1, 4) if mild else rng.integers(0, 9)
    layers = ",".join(map(str, ["null", *[width] * int(depth), "null"]))
    words += [f"model.layers=[{layers}]", f"training.batch_size={batch}"]
    words += [f"training.epochs={epochs}", f"activation={rng.choice(sorted(ACTIVATIONS))}"]
    optimizer = rng.choice(sorted(set(OPTIMIZERS) - {"lbfgs"}))
    lr = float(np.exp(rng.uniform(np.log(1e-5), np.log(10))))
    if mild:
        usual = compose_config([f"optim={optimizer}"]).optim["lr"]
        lr = usual * float(np.exp(rng.uniform(np.log(1 / 3), np.log(3))))
    words += [f"optim={optimizer}", f"optim.lr={lr:.2g}"]
    if rng.random() < 0.35:
        words.append(f"regularization.dropout={rng.uniform(0.1, 0.3 if mild else 0.6):.1f}")
    if rng.random() < 0.35:
        low, high = (-11, -7) if mild else (np.log(1e-5), 0)
        words.append(f"regularization.l2={np.exp(rng.uniform(low, high)):.1g}")
    if rng.random() < 0.3:
        words.append(f"model.{rng.choice(['batch_norm', 'layer_norm'])}=true")
    if not mild and rng.random() < 0.3:
        words += ["model.init=normal", f"model.init_std={np.exp(rng.uniform(-6, 0.5)):.2g}"]
    if rng.random() < 0.1 and kind == "pictures":
        words.append("regularization.class_weight=balanced")
    return [*words, f"seed={rng.integers(100)}"]


def pictures(rng: np.random.Generator, folder: Path, data: str) -> tuple[list[str], int]:
    """Digits as they are, with a share of labels drawn anew, or with three classes made rare."""
    source = str(rng.choice(["digits", "mnist"]))
    rows = int(rng.choice([500, 2000, 4000]))
    plain = [f"data={source}", f"data.limit={rows}", f"data.dir={data}"]
    fault = rng.choice(["none", "noise", "rare"], p=[0.6, 0.2, 0.2])
    if fault == "none":
        return plain, rows
    found = load_data(compose_config([f"data={source}", "data.limit=6000", f"data.dir={data}"]))
    assert found.x_test is not None
    assert found.y_test is not None
    x, y = np.concatenate([found.x_train, found.x_test]), np.append(found.y_train, found.y_test)
    if fault == "noise":
        share = rng.choice([0.1, 0.2, 0.3])
        y = np.where(rng.random(len(y)) < share, rng.integers(0, 10, len(y)), y)
        (folder / "fault").write_text(f"{share:.0%} of labels drawn anew")
    else:
        stays = (y > 2) | (rng.random(len(y)) < 0.03)
        x, y = x[stays], y[stays]
        (folder / "fault").write_text("classes 0, 1, 2 with 3 % of their rows")
    x, side = x.reshape(len(x), 28, 28), min(rows, len(y) - 1000)
    parts = {"x_train": x[:side], "y_train": y[:side], "x_test": x[-1000:], "y_test": y[-1000:]}
    np.savez(folder / "data.npz", **parts)
    return ["data=npz", f"data.path={folder / 'data.npz'}"], side


def run(words: list[str], folder: Path) -> dict[str, Any]:
    """Train; how it ended and what was found."""
    path = folder / "run"
    path.mkdir()
    started = time.process_time()
    with RunFolder(path).locked():
        run_experiment(compose_config([*words, "training.threads=1"]), RunFolder(path), NoSignal())  # type: ignore[arg-type]
    summary = json.loads((path / "summary.json").read_text("utf-8"))
    curves = read_metrics(path / "metrics.csv") if summary["status"] != "diverged" else {}
    ends = {name: (float(c[0]), float(c[-1])) for name, c in curves.items() if len(c)}
    tested = {k: v for k, v in summary.get("test", {}).get("best", {}).items() if k != "epoch"}
    return {
        "words": words,
        "status": summary["status"],
        "ends": ends,
        "tested": tested,
        "findings": summary.get("diagnosis"),
        "seconds": time.process_time() - started,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", default="data", help="where MNIST lies")
    parser.add_argument("--tables", type=Path, default=Path("tables"), help="where tables lie")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--mild", action="store_true", help="near the defaults")
    args = parser.parse_args()
    logging.getLogger("mlp_scratch").setLevel(logging.WARNING)
    found = []
    for i in range(1, args.runs + 1):
        folder = args.out.resolve() / f"{i:02d}"
        folder.mkdir(parents=True)
        rng = np.random.default_rng([args.seed, i])
        words = draw(rng, folder, args.data, args.tables.resolve(), args.mild)
        try:
            entry = run(words, folder)
        except MlpScratchError as error:  # a combination that is refused
            entry = {"words": words, "status": str(error), "findings": []}
        fault = folder / "fault"
        entry |= {"run": i, "fault": fault.read_text() if fault.exists() else ""}
        found.append(entry)
        rules = ", ".join(finding["rule"] for finding in entry["findings"]) or "nothing"
        tested = " ".join(f"{k} {v:.3g}" for k, v in entry.get("tested", {}).items())
        print(f"{i:2d} {entry['status']}; {tested}; {rules}\n   {' '.join(words)}", flush=True)
        (args.out / "runs.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
