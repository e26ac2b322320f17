"""How well real tables are learned from their files, beside scikit-learn's usual preparation.

    python benchmarks/tables.py FOLDER [TABLE ...]

FOLDER holds tables and a ``tables.json`` that says of each its task, target (name, or number from
0), whether it has a header, the columns to drop, and what was once reached (``reference``, its
deviation ``std``, and the ``trivial`` answer's score). Ours is told path, label and dropped columns
alone: one command on the whole file shows that it trains, then one for each of 3 splits. A split
keeps a fifth of the file's lines, as they are, for the test. scikit-learn gets the same rows, read
by pandas with what tables.json knows: gaps in numbers filled with the median, words one-hot,
numbers standardized. Both have one hidden layer of 32 ReLU units, Adam, the same rate, batches and
steps; ours lets the rate fall along a cosine, which scikit-learn does not know.

Exits 1 unless every table trains and each mean is at least the reference, and scikit-learn's own
mean here, less a margin, and above the trivial answer where the reference is. The margin is the
largest of .02, the reference's deviation, and two standard errors of a test set of that size,
which are those of Agresti & Coull 1998, since a perfect reference would have none.
"""

import argparse
import gzip
import io
import json
import math
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import machine
from table_run import LEAST_MARGIN, SEEDS, shown, train_words

EPOCHS, LEAST_STEPS, BATCH, LR, UNITS = 200, 4000, 200, 0.002, 32
GAPS = ("?", "NA", "unknown", "")


def lines_of(path: Path, rows: int) -> tuple[list[str], list[str]]:
    """The file's first lines, header or not, and one line a row."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig") as file:
        lines = [line for line in file.read().splitlines() if line.strip()]
    return lines[: len(lines) - rows], lines[len(lines) - rows :]


def frame_of(head: list[str], rows: list[str], entry: dict[str, Any]) -> pd.DataFrame:
    """The rows as pandas reads them; columns are names, or numbers from 0."""
    counts = {sep: rows[0].count(sep) for sep in ",;\t"}
    sep = max(counts, key=counts.__getitem__)
    frame = pd.read_csv(
        io.StringIO("\n".join([*(head[-1:] if entry["header"] else []), *rows])),
        sep=sep if counts[sep] else r"\s+",
        header=0 if entry["header"] else None,
        na_values=list(GAPS),
        skipinitialspace=True,
    )
    for name in words_in(frame):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "missing").astype(str)
    return frame.drop(columns=entry["drop"])


def words_in(frame: pd.DataFrame) -> list[Any]:
    """Names of the columns that are no numbers."""
    return [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c].dtype)]


def target_of(frame: pd.DataFrame, entry: dict[str, Any]) -> Any:
    """What the frame calls the target."""
    target = entry["target"]
    return target if isinstance(target, str) else frame.columns[target]


def theirs(train: pd.DataFrame, test: pd.DataFrame, entry: dict[str, Any], seed: int) -> float:
    """Accuracy or R2 of scikit-learn on the test rows."""
    target = target_of(train, entry)
    x, y = train.drop(columns=target), train[target]
    words = words_in(x)
    numbers = [c for c in x.columns if c not in words]
    prepared = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), words),
        sparse_threshold=0,
    )
    settings: dict[str, Any] = {
        "hidden_layer_sizes": (UNITS,), "learning_rate_init": LR, "batch_size": min(BATCH, len(x)),
        "max_iter": epochs_of(len(x)), "tol": 0, "n_iter_no_change": 10**9, "random_state": seed,
    }  # fmt: skip
    network: Any
    if entry["task"] == "classification":
        network = MLPClassifier(**settings)
    else:
        network = TransformedTargetRegressor(MLPRegressor(**settings), transformer=StandardScaler())
    model = make_pipeline(prepared, network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs were asked for
        model.fit(x, y)
    return float(model.score(test.drop(columns=target), test[target]))


def epochs_of(rows: int) -> int:
    """EPOCHS, or as many as make LEAST_STEPS."""
    return max(EPOCHS, math.ceil(LEAST_STEPS / math.ceil(rows / BATCH)))


def told(entry: dict[str, Any]) -> list[str]:
    """What ours is told of a table beside its path."""
    drop = [f"data.drop={json.dumps(entry['drop'])}"] if entry["drop"] else []
    return [f"data.label={json.dumps(entry['target'])}", *drop]


def ours(
    parts: tuple[list[str], list[str]], head: list[str], entry: dict[str, Any], seed: int, at: Path
) -> float:
    """The metric on the test rows of one ``train`` command."""
    for name, rows in zip(("train.csv", "test.csv"), parts, strict=True):
        (at / name).write_text("\n".join([*head, *rows, ""]), "utf-8")
    words = [
        *("data.path=train.csv", "data.test_path=test.csv", *told(entry)),
        *("training.validation_fraction=0", f"model.layers=[null,{UNITS},null]", "optim=adam"),
        "schedule=cosine",
        *(f"optim.lr={LR}", f"training.batch_size={BATCH}", f"task={entry['task']}"),
        *(f"training.epochs={epochs_of(len(parts[0]))}", f"seed={seed}"),
    ]
    return train_words(at, f"split-{seed}", words)["test"]["last"][entry["metric"]]


def compare(path: Path, entry: dict[str, Any]) -> tuple[str, bool]:
    """A row of the Markdown table, and whether ours is good enough."""
    head, rows = lines_of(path, entry["rows"])
    classes = entry["task"] == "classification"
    frame = frame_of(head, rows, entry)
    y = frame[target_of(frame, entry)]
    common = y.map(y.value_counts()) > 1
    strata = y.where(common, "rare").to_numpy() if classes else None
    mine, peer = [], []
    with tempfile.TemporaryDirectory() as place:
        words = [f"data.path={path.absolute()}", *told(entry), "training.epochs=1"]
        train_words(Path(place), "whole", words)
        for seed in range(SEEDS):
            chosen, held = train_test_split(
                np.arange(len(rows)), test_size=0.2, random_state=seed, stratify=strata
            )
            parts = [rows[i] for i in chosen], [rows[i] for i in held]
            mine.append(ours(parts, head, entry, seed, Path(place)))
            peer.append(theirs(frame.iloc[chosen], frame.iloc[held], entry, seed))
    reference, least = entry["reference"], max(entry["std"], LEAST_MARGIN)
    if classes:
        n = len(held) + 4
        p = (reference * len(held) + 2) / n
        least = max(least, 2 * math.sqrt(p * (1 - p) / n))
    good = np.mean(mine) >= max(reference, float(np.mean(peer))) - least
    good &= np.mean(mine) > entry["trivial"] or reference <= entry["trivial"]
    steps = epochs_of(len(chosen)) * math.ceil(len(chosen) / BATCH)
    text = f"| {path.name} | {steps:,} | {entry['metric']} | {shown(mine)} | {shown(peer)} | "
    text += f"{reference:.3f} ± {entry['std']:.3f} | {least:.3f} | {entry['trivial']:.3f} | "
    return f"{text}{'yes' if good else 'NO'} |", bool(good)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="has tables.json in it")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="some of them")
    args = parser.parse_args()
    entries = json.loads((args.folder / "tables.json").read_text("utf-8"))
    print(f"one hidden layer of {UNITS}, Adam, lr {LR}, batches of {BATCH}, {SEEDS} splits\n")
    columns = ("table", "steps", "metric", "mlp_scratch", "scikit-learn", "reference", "margin")
    print(f"| {' | '.join(columns)} | trivial | good |\n|{'---|' * (len(columns) + 2)}")
    good = 0
    for name in args.tables or entries:
        text, fine = compare(args.folder / name, entries[name])
        print(text, flush=True)
        good += fine
    wanted = len(args.tables or entries)
    print(f"\n{good} of {wanted} tables are learned as well as that")
    sys.exit(good < wanted)


if __name__ == "__main__":
    machine.restart_clean()
    main()
