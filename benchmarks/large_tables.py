"""What reading a large table costs, beside ``pandas.read_csv``: time of processor, peak memory.

    python benchmarks/large_tables.py --rows 1000000

A table of 50 columns is made up: a label, 44 numbers of six digits, five columns of words. Then
each reading has a process of its own, in turns A B C A B C; the least of the turns counts, since a
busy machine only ever adds. ``pandas`` is ``read_csv`` and nothing else; ``table`` our reader;
``first`` all that is done until a training has its first batch: read, checked, cached, split into
training, validation and test rows, encoded into 312 features, standardized; ``again`` the same once
the cache is there. Imports and the config are counted in none of them.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

NUMBERS, WORDS = 44, (2, 5, 12, 50, 200)  # columns; how many different words each has
BLOCK = 50_000  # rows that are made at a time


def make(path: Path, rows: int) -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    for start in range(0, rows, BLOCK):
        n = min(BLOCK, rows - start)
        columns = {"label": rng.integers(0, 3, n)}
        for i in range(NUMBERS):
            columns[f"n{i}"] = np.round(rng.normal(size=n) * 10 ** (i % 5), 6 - i % 5)
        for i, different in enumerate(WORDS):
            columns[f"c{i}"] = rng.choice([f"word {j} of {i}" for j in range(different)], n)
        pd.DataFrame(columns).to_csv(path, index=False, mode="a", header=start == 0)


def read(what: str, path: Path) -> None:
    """Read the table once, and print the processor's seconds, the clock's, and the peak in MB."""
    import pandas as pd

    from mlp_scratch.config.compose import compose_config
    from mlp_scratch.data.tables.column_roles import Roles
    from mlp_scratch.data.tables.formats.any_table import read_table
    from mlp_scratch.data.tables.text.text_settings import Reading
    from mlp_scratch.experiment.build import build
    from mlp_scratch.experiment.load_data import load_data
    from mlp_scratch.experiment.settle import settle

    asked = (f"data.path={path}", "data.label=label", f"data.cache_dir={path.parent / what}")
    shape = ("data.normalize=standardize", "model.layers=[null,32,null]")
    config = compose_config(["data=table", *asked, *shape])
    started, before = time.perf_counter(), time.process_time()
    if what == "pandas":
        pd.read_csv(path)
    elif what == "table":
        read_table(path, Reading(), Roles(label="label"))
    else:
        trainer = build(settle(config, load_data(config))).trainer
        feed = trainer.descent.backpropagation.feed
        feed.start_epoch(0, trainer.train.in_order(0, 0))
        x, _ = feed(0, 128, 0, 0)
        assert x.shape == (128, 312)
    seconds, used = time.perf_counter() - started, time.process_time() - before
    print(used, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(what: str, path: Path) -> list[float]:
    command = [sys.executable, __file__, "--read", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()[-3:]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        read(args.read[0], Path(args.read[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        make(path, args.rows)
        print(f"{args.rows:,} rows x 50 columns, {path.stat().st_size >> 20} MB of text")
        found: dict[str, list[list[float]]] = {"pandas": [], "table": [], "first": [], "again": []}
        for turn in range(args.turns):
            found["pandas"].append(measured("pandas", path))
            found["table"].append(measured("table", path))
            found["first"].append(measured(f"cache{turn}", path))
            found["again"].append(measured(f"cache{turn}", path))
        beside = np.min(found["pandas"], axis=0)
        for what, turns in found.items():
            best = np.min(turns, axis=0)
            print(
                f"{what:<7} {best[0]:6.2f} s of processor ({best[0] / beside[0]:.2f} times), "
                f"{best[1]:6.2f} s, {best[2]:6.0f} MB ({best[2] / beside[2]:.2f} times)"
            )


if __name__ == "__main__":
    main()
