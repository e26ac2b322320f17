"""A job of a sweep, as it lies in the sweep's folder."""

import json
from pathlib import Path
from typing import Any

import yaml

from mlp_scratch.sweep.sweep_folder import Entry


def job(folder: Path, overrides: list[str], status: str, accuracy: float | None = None) -> Entry:
    entry = Entry(",".join(overrides), str(hash(tuple(overrides))), overrides)
    run = folder / entry.folder
    run.mkdir()
    metrics = (
        {}
        if accuracy is None
        else {"epoch": 2, "val_accuracy": accuracy, "val_loss": round(1 - accuracy, 2)}
    )
    summary: dict[str, Any] = {
        "status": status,
        "monitor": "val_accuracy",
        "best": metrics,
        "final": metrics,
        "epochs_done": 3,
        "timings": {"total_seconds": 1.5},
        "message": "it broke" if status == "failed" else None,
    }
    (run / "summary.json").write_text(json.dumps(summary))
    config = {"optim": {"name": overrides[0][6:], "lr": 0.1}, "seed": int(overrides[1][5:])}
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    return entry
