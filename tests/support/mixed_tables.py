"""A table of numbers, words and gaps, and answers for its rows."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from tiny_runs import tiny_config

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.inference.predict_table import predict_table
from mlp_scratch.runs.saved_run import TrainedNetwork

N = 140
Rows = list[dict[str, Any]]


def made(n: int = N, seed: int = 0) -> Rows:
    rng, rows = np.random.default_rng(seed), []
    for i in range(n):
        sex, age = rng.choice(["male", "female"]), int(rng.integers(1, 90))
        rows.append(
            {
                "PersonId": 1000 + 7 * i,
                "sex": sex,
                "age": age if rng.random() < 0.8 else "",
                "town": rng.choice(["Bonn", "Ulm", ""], p=[0.5, 0.4, 0.1]),
                "when": f"2024-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
                "seconds": 1_700_000_000 + int(rng.integers(0, 500)),
                "fare": round(float(rng.exponential(9)) + (age > 40) * 9, 2),
                "lived": "yes" if (sex == "female") != (age > 80) else "no",
            }
        )
    return rows


def written(path: Path, rows: Rows) -> Path:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def config_for(label: str, *words: str) -> ExperimentConfig:
    path = written(Path.cwd() / "people.csv", made())
    return tiny_config(path, ["data=csv", f"data.label={label}", *words])


def answer(trained: TrainedNetwork, rows: Rows, **more: Any) -> tuple[list[str], list[list[str]]]:
    file = written(Path("new.csv"), rows)
    lines = list(predict_table(trained, file, None, 0.5, Reading(), **more))
    return lines, [*csv.reader(Path("new_predictions.csv").read_text().splitlines())]


def without(rows: Rows, *names: str) -> Rows:
    return [{k: v for k, v in row.items() if k not in names} for row in rows]
