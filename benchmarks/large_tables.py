"""What reading a large table costs, beside ``pandas.read_csv``: time of processor, peak memory.

    python benchmarks/large_tables.py --rows 1000000

A table of 50 columns is made up: a label, 44 numbers of six digits, five columns of words. Then
each reading has a process of its own, in turns A B C A B C; the least of the turns counts, since a
busy machine only ever adds. ``pandas`` is ``read_csv`` and nothing else; ``table`` our reader;
``first`` all of `load_dataset` with the data cache written, and ``again`` the same once it is
there.
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
    started = time.perf_counter()
    if what == "pandas":
        import pandas as pd

        pd.read_csv(path)
    elif what == "table":
        from mlp_scratch.data.tables.column_roles import Roles
        from mlp_scratch.data.tables.text.text_settings import Reading
        from mlp_scratch.data.tables.text.text_table import read_table

        read_table(path, Reading(), Roles(label="label"))
    else:
        from mlp_scratch.data.load import load_dataset

        load_dataset("csv", dir=path.parent, path=path, label="label", cache_dir=path.parent / what)
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / 1024)


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
