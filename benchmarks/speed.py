"""Ours and the peers in one run, taking turns: A B C ... A B C ..., each in its own process.

    python benchmarks/speed.py --data data --out speed.json            all of it
    python benchmarks/speed.py --data data --cells adam:128 sgd:full   some rows of the table
    python benchmarks/render.py speed.json                             docs/performance.md from it

A turn is one pass over MNIST's 60,000 images. Every worker tells how many cores other processes
kept busy during its turn; medians are taken over the turns in which these were left in peace, when
there are enough of them, and the JSON says how many there were.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine
import numpy as np
from cells import BATCHES, OPTIMIZERS, Cell

from mlp_scratch.data.load import load_dataset
from mlp_scratch.lab.threads import thread_count

HERE = Path(__file__).parent
LAYERS, NAIVE_LAYERS = (784, 128, 64, 10), (784, 128, 10)
THREADS = (1, 2)
PEERS = ("ours", "floor", "torch_eager", "torch_loader", "sklearn_mlp", "jax_step", "jax_scan")
NAIVE_CELL = Cell(NAIVE_LAYERS, "sgd", 32)
PEACE = 0.10  # cores that others may have used in a turn that counts as undisturbed
ENOUGH = 3  # undisturbed turns that make a median
PAUSE = 0.05  # seconds between turns: idle threads of the last one stop spinning


class Worker:
    """A peer with a thread count, in a process of its own that lives as long as the run."""

    def __init__(self, peer: str, threads: int, data: Path):
        self.name = f"{peer}@{threads}"
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), peer, str(threads), str(data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=machine.clean_environment(),
        )

    def ask(self, **request: object) -> dict:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} died; run its worker by hand to see why")
        return json.loads(answer)

    def close(self) -> None:
        self._process.communicate()


def measure(cell: Cell, workers: list[Worker], rounds: int, at_most: int) -> dict:
    """Turns until everyone had ``rounds`` undisturbed ones, but no more than ``at_most`` each."""
    result = {}
    for worker in workers:
        setup = worker.ask(cell=[cell.layers, cell.optimizer, cell.batch])
        result[worker.name] = {**setup, "turns": []}
    for done in range(1, at_most + 1):
        for worker in workers:
            time.sleep(PAUSE)
            result[worker.name]["turns"].append(worker.ask(epoch=True))
        calm = [sum(t["others"] <= PEACE for t in r["turns"]) for r in result.values()]
        if done >= rounds and min(calm) >= rounds:
            break
    for entry in result.values():
        entry |= summary(entry["turns"])
    return result


def summary(turns: list[dict]) -> dict:
    calm = [t["seconds"] for t in turns if t["others"] <= PEACE]
    used = calm if len(calm) >= ENOUGH else [t["seconds"] for t in turns]
    quartiles = statistics.quantiles(used, n=4) if len(used) > 1 else used * 3
    return {
        "median": statistics.median(used),
        "quartiles": [quartiles[0], quartiles[2]],
        "fastest": min(used),
        "undisturbed": len(calm),
        "loss": turns[-1]["loss"],
        "accuracy": turns[-1]["accuracy"],
        "peak_mb": max(t["peak_mb"] for t in turns),
    }


def table(cell: Cell, result: dict, n: int) -> dict:
    """Seconds an epoch of each peer at its better thread count, and the ratios to ours."""
    own = f"ours@{thread_count('auto', cell.rows(n))}"
    best: dict[str, str] = {}
    for name, entry in result.items():
        peer = name.split("@")[0]
        if peer not in best or entry["median"] < result[best[peer]]["median"]:
            best[peer] = name
    best["ours"] = own
    ours = result[own]["median"]
    return {
        peer: {
            "which": name,
            "seconds": result[name]["median"],
            "ratio": result[name]["median"] / ours,
            "loss": result[name]["loss"],
        }
        for peer, name in best.items()
    }


def show(cell: Cell, rows: dict) -> None:
    print(f"\n{cell.key}")
    for peer, row in rows.items():
        print(
            f"  {peer:13}{row['seconds']:8.3f} s  x{row['ratio']:5.2f}  "
            f"threads {row['which'].split('@')[1]}  loss {row['loss']:.4f}",
            flush=True,
        )


def prepare(folder: str, target: Path) -> int:
    data = load_dataset("mnist", dir=folder, cache_dir=None, download=False)
    where = str(Path(folder).absolute())
    np.savez(target, x=data.x_train, y=data.y_train.astype(np.int64), folder=where)
    return len(data.x_train)


def chosen(words: list[str]) -> list[Cell]:
    """``adam:128`` ``sgd:full`` -> cells; nothing: all of them."""
    if not words:
        return [NAIVE_CELL] + [Cell(LAYERS, o, b) for o in OPTIMIZERS for b in BATCHES]
    cells = []
    for word in words:
        optimizer, _, batch = word.partition(":")
        if word == "naive":
            cells.append(NAIVE_CELL)
        else:
            cells.append(Cell(LAYERS, optimizer, 0 if batch == "full" else int(batch)))
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="data", metavar="DIR", help="where MNIST's files are")
    parser.add_argument("--out", type=Path, default=Path("speed.json"), metavar="JSON")
    parser.add_argument("--cells", nargs="*", default=[], metavar="OPTIM:BATCH")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), metavar="PEER")
    parser.add_argument("--rounds", type=int, default=5, help="undisturbed turns wanted of each")
    parser.add_argument("--at-most", type=int, default=12, help="turns of each at most")
    arguments = parser.parse_args()
    report: dict = {
        "machine": machine.describe(),
        "peak": machine.peak(),
        "started": time.strftime("%Y-%m-%d %H:%M"),
        "rounds": arguments.rounds,
        "cells": {},
    }
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "mnist.npz"
        n = prepare(arguments.data, data)
        workers = {
            peer: [Worker(peer, t, data) for t in THREADS]
            for peer in [*arguments.peers, "naive_numpy"]
        }
        for cell in chosen(arguments.cells):
            peers = ["ours", "naive_numpy"] if cell == NAIVE_CELL else arguments.peers
            contestants = [worker for peer in peers for worker in workers[peer]]
            result = measure(cell, contestants, arguments.rounds, arguments.at_most)
            rows = table(cell, result, n)
            report["cells"][cell.key] = {"results": result, "table": rows}
            arguments.out.write_text(json.dumps(report, indent=1) + "\n")
            show(cell, rows)
        for pair in workers.values():
            for worker in pair:
                worker.close()


if __name__ == "__main__":
    main()
