"""Ours and the peers in one run, taking turns: A B C ... A B C ..., each in its own process.

    python benchmarks/speed.py --data data --out speed.json            all of it
    python benchmarks/speed.py --data data --cells adam:128 sgd:full   some rows of the table
    python benchmarks/render.py speed.json                             docs/performance.md from it

A turn is two passes over MNIST's 60,000 images, of which the second is timed: threads that slept
while others had their turn are placed anew when they wake, for the first few dozen milliseconds
often on one core. Every worker tells how many cores other processes
kept busy during its turn; medians are taken over its calm turns, or over its calmest where too few
were calm, and the JSON keeps them all. On a machine that is never left in peace ``--busy`` gives
everyone one thread and compares processor time instead of the time on the clock.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import machine
from cells import BATCHES, OPTIMIZERS, Cell
from mlp_scratch.data.load import load_dataset
from mlp_scratch.engine.step_workers import thread_count

HERE = Path(__file__).parent
LAYERS, NAIVE_LAYERS = (784, 128, 64, 10), (784, 128, 10)
THREADS = (1, 2)
PEERS = ("ours", "floor", "torch_eager", "torch_loader", "sklearn_mlp", "jax_step", "jax_scan")
NAIVE_CELL = Cell(NAIVE_LAYERS, "sgd", 32)
PEACE = 0.10  # cores that others may have used in a turn that counts as calm
ENOUGH = 3  # turns that make a median
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


def measure(cell: Cell, workers: list[Worker], rounds: int, at_most: int, clock: str) -> dict:
    """Turns until everyone had ``rounds`` calm ones, but no more than ``at_most`` each."""
    result = {}
    for worker in workers:
        setup = worker.ask(cell=[cell.layers, cell.optimizer, cell.batch])
        result[worker.name] = {**setup, "turns": []}
    for done in range(1, at_most + 1):
        for worker in workers:
            time.sleep(PAUSE)
            worker.ask(epoch=True)
            result[worker.name]["turns"].append(worker.ask(epoch=True))
        calm = [sum(t["others"] <= PEACE for t in r["turns"]) for r in result.values()]
        if done >= rounds and min(calm) >= rounds:
            break
    for entry in result.values():
        entry |= summary(entry["turns"], clock)
    return result


def summary(turns: list[dict], clock: str) -> dict:
    """Median and spread over the calm turns; clock: "seconds", or "cpu_seconds" of all turns."""
    calmest = sorted(turns, key=lambda turn: turn["others"])
    calm = sum(turn["others"] <= PEACE for turn in turns)
    used = calmest[: max(calm, ENOUGH)] if clock == "seconds" else turns
    times = [turn[clock] for turn in used]
    quartiles = statistics.quantiles(times, n=4) if len(times) > 1 else times * 3
    return {
        "median": statistics.median(times),
        "quartiles": [quartiles[0], quartiles[2]],
        "fastest": min(times),
        "calm": calm,
        "loss": turns[-1]["loss"],
        "accuracy": turns[-1]["accuracy"],
        "peak_mb": max(turn["peak_mb"] for turn in turns),
    }


def table(cell: Cell, result: dict, n: int) -> dict:
    """Seconds an epoch of each at its better thread count, and the ratios to ours.

    Beside that ours as ``training.threads=auto`` has it, and ours and the plain products with one
    thread each.
    """
    best: dict[str, str] = {}
    for name, entry in result.items():
        peer = name.split("@")[0]
        if peer not in best or entry["median"] < result[best[peer]]["median"]:
            best[peer] = name
    ours = result[best["ours"]]["median"]
    auto = f"ours@{thread_count('auto', cell.rows(n), cell.parameters)}"
    best["ours_auto"] = auto if auto in result else "ours@1"  # with --busy everyone has one thread
    best["ours_1"] = "ours@1"
    if "floor" in best:
        best["floor_1"] = "floor@1"
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
    parser.add_argument("--rounds", type=int, default=5, help="calm turns wanted of each")
    parser.add_argument("--at-most", type=int, default=12, help="turns of each at most")
    parser.add_argument("--busy", action="store_true", help="one thread each, processor time")
    arguments = parser.parse_args()
    threads = (1,) if arguments.busy else THREADS
    report: dict = {
        "machine": machine.describe(),
        "peak": machine.peak(),
        "started": time.strftime("%Y-%m-%d %H:%M"),
        "clock": "cpu_seconds" if arguments.busy else "seconds",
        "cells": {},
    }
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "mnist.npz"
        n = prepare(arguments.data, data)
        cells = chosen(arguments.cells)
        invited = [*arguments.peers, *(["naive_numpy"] if NAIVE_CELL in cells else [])]
        workers = {peer: [Worker(peer, t, data) for t in threads] for peer in invited}
        for cell in cells:
            peers = ["ours", "naive_numpy"] if cell == NAIVE_CELL else arguments.peers
            contestants = [worker for peer in peers for worker in workers[peer]]
            result = measure(
                cell, contestants, arguments.rounds, arguments.at_most, report["clock"]
            )
            rows = table(cell, result, n)
            report["cells"][cell.key] = {"results": result, "table": rows}
            arguments.out.write_text(json.dumps(report, indent=1) + "\n")
            show(cell, rows)
        for pair in workers.values():
            for worker in pair:
                worker.close()


if __name__ == "__main__":
    main()
