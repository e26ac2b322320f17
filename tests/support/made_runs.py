import json

import numpy as np
import pytest
import yaml

COLUMNS = (
    *("epoch", "step", "lr", "train_loss", "train_accuracy", "val_loss", "val_accuracy"),
    *("grad_norm", "weight_norm", "seconds", "samples_per_second"),
)


METRICS = {  # of the other tasks, beside the loss: the column, and its value at a level
    "regression": {
        "rmse": lambda a: 40 * (1 - a),
        "mae": lambda a: 30 * (1 - a),
        "r2": lambda a: a,
    },
    "autoencoder": {"rmse": lambda a: 1 - a},
    "multilabel": {"macro_f1": lambda a: a, "subset_accuracy": lambda a: a - 0.1},
}


def make_config(**changes):
    """A config as a run saves it; ``changes`` by dotted key, ``optim__lr=0.1``."""
    config = {
        "name": None,
        "seed": 0,
        "model": {"layers": [784, 128, 10], "init": "auto"},
        "activation": {"name": "relu"},
        "optim": {"name": "adam", "lr": 0.001, "beta1": 0.9},
        "schedule": {"name": "constant"},
        "regularization": {"l2": 0.0, "dropout": 0.0, "max_norm": None},
        "data": {"name": "digits", "dir": "data", "download": True},
        "training": {"epochs": 5, "batch_size": 128, "early_stopping": {"patience": None}},
    }
    if changes.get("optim__name", "adam") != "adam":
        del config["optim"]["beta1"]
    for dotted, value in changes.items():
        *parents, last = dotted.split("__")
        place = config
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return config


def make_rows(epochs, level):
    """Learning curves that end at a validation accuracy of ``level``."""
    rows = []
    for epoch in range(1, epochs + 1):
        gap = 0.2 * np.exp(-epoch)
        accuracy = float(level - 0.2 * (np.exp(-epoch) - np.exp(-epochs)))
        loss = float(0.05 + gap)
        values = (
            epoch,
            epoch * 10,
            0.001,
            loss,
            accuracy,
            loss + 0.1,
            accuracy,
            1.0,
            2.0,
            0.5,
            1e5,
        )
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def of_task(task, rows):
    """The rows as a run of another task writes them: without accuracies, with its own metrics."""
    made = []
    for row in rows:
        level = row["val_accuracy"]
        metrics = {f"val_{name}": value(level) for name, value in METRICS[task].items()}
        kept = {name: value for name, value in row.items() if not name.endswith("_accuracy")}
        at = list(kept).index("val_loss") + 1
        made.append(dict([*list(kept.items())[:at], *metrics.items(), *list(kept.items())[at:]]))
    return made


class Runs:
    """Writes run folders below ``root``."""

    def __init__(self, root):
        self.root = root
        self.made = 0

    def add(
        self,
        where,
        /,
        level=0.95,
        status="finished",
        epochs=5,
        summary=None,
        task="classification",
        **config,
    ):
        """A run that ends at ``level``; ``summary`` changes entries of summary.json."""
        folder = self.root / where
        self.made += 1
        (folder / "checkpoints").mkdir(parents=True)
        (folder / ".hydra").mkdir()
        content = make_config(**config)
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        (folder / "config.yaml").write_text(text, encoding="utf-8")
        rows = make_rows(epochs, level)
        columns = COLUMNS
        if task != "classification":
            rows = of_task(task, rows)
            columns = of_task(task, make_rows(1, level))[0]
        lines = [",".join(columns)] + [",".join(map(repr, row.values())) for row in rows]
        (folder / "metrics.csv").write_text("\n".join(lines) + "\n")
        complete = status in ("finished", "stopped_early")
        report = {
            "status": status,
            "name": content["name"],
            "run": folder.name,
            "started": "2026-01-02T03:04:05+0000",
            "monitor": "val_accuracy",
            "timings": {"total_seconds": 1.0 + self.made / 7},
            "message": None,
        }
        if status != "running" and rows:
            report |= {"best": rows[-1], "final": rows[-1], "epochs_done": epochs}
        if complete:
            test = {"loss": 0.2, "accuracy": level - 0.01}
            report["test"] = {"best": test, "last": test, "confusion_matrix": [[1, 0], [0, 1]]}
        if task != "classification":
            report |= {"task": task, "monitor": f"val_{next(iter(METRICS[task]))}"}
            report["data"] = {"targets": ["price"]}
            if complete:
                test = {name: value(level - 0.01) for name, value in METRICS[task].items()}
                test = {"epoch": epochs, "loss": 0.2, **test}
                report["test"] = {"best": test, "last": test}
        (folder / "summary.json").write_text(json.dumps(report | (summary or {})))
        return folder


@pytest.fixture
def runs(tmp_path):
    """A maker of run folders below ``runs.root``, an empty folder."""
    root = tmp_path / "outputs"
    root.mkdir()
    return Runs(root)
