"""Throughput of a sweep: 16 jobs of [784,64,10], 3 epochs of MNIST, by one worker and by two.

    python benchmarks/sweep.py --data-dir data [--repeats 3]

The two take turns in one run; everything is included, from the start of the command to its end:
imports, composing, worker start-up, training, test, pictures, records. The ratio of medians is the
result. A job's overhead is what it costs a worker beyond its training and its pictures.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

JOBS = 16
PRESETS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS")


def sweep(workers: int, data_dir: str, folder: Path) -> dict[str, float]:
    """Run the sweep once; seconds by what they were spent on."""
    command = [
        *(sys.executable, "-m", "mlp_scratch.train", "-m", "data=mnist", f"data.dir={data_dir}"),
        *("model.layers=[784,64,10]", "training.epochs=3", "training.threads=1"),
        *(f"seed=range({JOBS})", f"hydra.launcher.workers={workers}", f"hydra.sweep.dir={folder}"),
    ]
    environment = {key: value for key, value in os.environ.items() if key not in PRESETS}
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    summaries = [json.loads(path.read_text()) for path in folder.glob("*/summary.json")]
    assert len(summaries) == JOBS
    timings = [summary["timings"] for summary in summaries]
    return {
        "wall": wall,
        "training": sum(t["training_seconds"] for t in timings),
        "total": sum(t["total_seconds"] for t in timings),
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data-dir", default="data")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    data_dir = str(Path(args.data_dir).resolve())
    runs: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # data/cache goes there
        sweep(2, data_dir, Path(scratch, "warm"))
        for repeat in range(args.repeats):
            for workers in (1, 2):
                run = sweep(workers, data_dir, Path(scratch, f"{workers}-{repeat}"))
                runs[workers].append(run)
                load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
                print(f"{workers} worker(s): {run['wall']:.2f} s   (load {load:.1f})", flush=True)
    medians = {n: statistics.median(run["wall"] for run in runs[n]) for n in runs}
    ratios = [one["wall"] / two["wall"] for one, two in zip(runs[1], runs[2], strict=True)]
    for workers, run in ((n, min(runs[n], key=lambda r: r["wall"])) for n in runs):
        spent = run["wall"] * workers
        print(
            f"{workers} worker(s), fastest: {run['wall']:.2f} s; a job: {spent / JOBS:.2f} s of a "
            f"worker, {run['training'] / JOBS:.2f} s of it training, "
            f"{(spent - run['training']) / JOBS:.2f} s everything else (test, pictures, records, "
            f"and its share of the start)"
        )
    print(
        f"two workers: {medians[1] / medians[2]:.2f} times the throughput of one "
        f"(by turns: {', '.join(f'{ratio:.2f}' for ratio in ratios)}); target 1.7"
    )


if __name__ == "__main__":
    main()
