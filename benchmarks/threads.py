"""One thread or two, on an idle machine and beside busy processes: what ``auto`` is decided by.

    python benchmarks/threads.py --data data --out threads.json

Seconds of a pass over MNIST's 60,000 images with momentum, at batch sizes on both sides of the
rule, while so many other processes do nothing but work. All settings take turns.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import machine
from cells import Cell
from speed import LAYERS, THREADS, Worker, prepare

BATCHES = (32, 128, 512, 0)  # 0: full
NEIGHBOURS = (0, 1, 2)


def measure(workers: dict[tuple[str, int], Worker], rounds: int) -> list[dict]:
    """Medians over turns, with each number of neighbours."""
    found = []
    for neighbours in NEIGHBOURS:
        busy = [
            subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(neighbours)
        ]
        times: dict[tuple[str, int], list[float]] = {key: [] for key in workers}
        try:
            for _ in range(rounds):
                for key, worker in workers.items():
                    times[key].append(worker.ask(epoch=True)["seconds"])
        finally:
            for process in busy:
                process.kill()
                process.wait()
        for (batch, threads), seconds in times.items():
            entry = {"batch": batch, "threads": threads, "neighbours": neighbours}
            found.append({**entry, "median": statistics.median(seconds), "turns": seconds})
            print(f"{entry}  {found[-1]['median']:.3f} s", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="data", metavar="DIR", help="where MNIST's files are")
    parser.add_argument("--out", type=Path, default=Path("threads.json"), metavar="JSON")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "mnist.npz"
        prepare(arguments.data, data)
        workers: dict[tuple[str, int], Worker] = {}
        for batch in BATCHES:
            cell = Cell(LAYERS, "momentum", batch)
            for threads in THREADS:
                worker = workers[cell.batch_label, threads] = Worker("ours", threads, data)
                worker.ask(cell=[cell.layers, cell.optimizer, cell.batch])
                worker.ask(epoch=True)
        report = {"machine": machine.describe(), "times": measure(workers, arguments.rounds)}
        for worker in workers.values():
            worker.close()
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
