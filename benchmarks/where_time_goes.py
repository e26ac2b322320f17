"""Where a training step spends its time: products, gather, activation, loss, optimizer, the rest.

    python benchmarks/where_time_goes.py --data data --out where.json

The project's own loop runs with a stopwatch around its parts, on one thread. Steps are taken
together until they make 256 rows, and the mean is over the calmest quarter of these windows: a busy
machine disturbs the others. The stopwatch itself costs some 3 microseconds a step, which count as
the rest. Beside it: the step's products as one would write them, without tiles, and nothing else.
And the step that two processes share, as the first of them sees it.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

import machine
from cells import Cell, Data
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.nn.fast import layers
from peers import floor, ours
from speed import LAYERS, prepare

WINDOW_ROWS = 256
CALM = 1 / 4
CELLS = [(o, b) for b in (32, 64, 128, 512) for o in ("sgd", "momentum", "adam")]
PARTS = ("matrix products", "optimizer", "gather", "activation", "loss and accuracy")
SHARED_PARTS = ("its rows", "its parameters", "handing over, waiting")
REST = "bias, Python"


class Stopwatch:
    """Seconds by part since the last ``take``."""

    def __init__(self, parts: tuple[str, ...] = PARTS) -> None:
        self.parts, self._seconds = parts, dict.fromkeys(parts, 0.0)

    def around(self, part: str, call: Callable) -> Callable:
        def timed(*args, **kwargs):
            start = time.perf_counter()
            result = call(*args, **kwargs)
            self._seconds[part] += time.perf_counter() - start
            return result

        return timed

    def take(self) -> list[float]:
        taken = list(self._seconds.values())
        self._seconds = dict.fromkeys(self._seconds, 0.0)
        return taken


class Timed:
    """An object whose call is timed."""

    def __init__(self, watch: Stopwatch, part: str, inner) -> None:
        self._call, self._inner = watch.around(part, inner.__call__), inner

    def __call__(self, *args):
        return self._call(*args)

    def __getattr__(self, name: str):
        return getattr(self._inner, name)


def calm(rows: list, batch: int) -> np.ndarray:
    """Mean over the calmest windows of steps (the last column says how calm), in microseconds."""
    steps = max(1, WINDOW_ROWS // batch)
    columns = len(rows[0])
    windows = np.array(rows[: len(rows) // steps * steps]).reshape(-1, steps, columns).mean(axis=1)
    return windows[windows[:, -1] <= np.quantile(windows[:, -1], CALM)].mean(axis=0) * 1e6


def plain_products(cell: Cell, data: Data, epochs: int) -> float:
    """Microseconds of the step's matrix products alone."""
    peer, rows = floor.Peer(cell, data, 1), []
    for _ in range(epochs * len(data.x) // cell.batch):
        start = time.perf_counter()
        peer.run(peer.products)
        rows.append([time.perf_counter() - start])
    return float(calm(rows, cell.batch)[0])


def measure(cell: Cell, data: Data, epochs: int) -> dict[str, float]:
    """Microseconds a step, by part."""
    trainer = ours.Peer(cell, data, 1).trainer
    watch, part = Stopwatch(), trainer.descent.backpropagation
    part.feed = Timed(watch, "gather", part.feed)
    part.loss = Timed(watch, "loss and accuracy", part.loss)
    alone = trainer.descent.workers
    alone.update = watch.around("optimizer", alone.update)
    for block in trainer.network.blocks:
        if activation := block.activation:
            activation.forward = watch.around("activation", activation.forward)
            activation.backward = watch.around("activation", activation.backward)
    plain = layers.product
    layers.product = watch.around("matrix products", plain)
    try:
        return taken_apart(trainer, watch, epochs)
    finally:
        layers.product = plain


def measure_shared(cell: Cell, data: Data, epochs: int) -> dict[str, float]:
    """Microseconds a step that two processes share, by part, in the first of them."""
    trainer = ours.Peer(cell, data, 2).trainer
    watch = Stopwatch(SHARED_PARTS)
    shared = trainer.descent.workers
    shared._parts[0].gradient = watch.around(SHARED_PARTS[0], shared._parts[0].gradient)
    start = shared._start

    def started():
        start()
        shared._shards[0].update = watch.around(SHARED_PARTS[1], shared._shards[0].update)
        for name in ("begin", "wait", "result"):
            for worker in shared._others:
                setattr(worker, name, watch.around(SHARED_PARTS[2], getattr(worker, name)))

    shared._start = started
    times = taken_apart(trainer, watch, epochs)
    trainer.close()
    return times


def taken_apart(trainer: Trainer, watch: Stopwatch, epochs: int) -> dict[str, float]:
    """Train, and return the microseconds a step of each of the watch's parts, and of the rest."""
    step, rows = trainer.descent.step, []

    def whole_step(*args):
        start = time.perf_counter()
        done = step(*args)
        rows.append([*watch.take(), time.perf_counter() - start])
        return done

    trainer.descent.step = whole_step
    for epoch in range(epochs + 1):
        trainer.settings = replace(trainer.settings, epochs=epoch + 1)
        trainer.run()
        if epoch == 0:
            rows.clear()  # warm now
    times = calm(rows, trainer.batch_size)
    return dict(zip(watch.parts, times.tolist(), strict=False)) | {
        REST: float(times[-1] - times[:-1].sum())
    }


def main() -> None:
    machine.restart_clean()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="data", metavar="DIR", help="where MNIST's files are")
    parser.add_argument("--out", type=Path, default=Path("where.json"), metavar="JSON")
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        prepare(arguments.data, Path(temporary) / "mnist.npz")
        data = Data.read(Path(temporary) / "mnist.npz")
    report: dict = {"machine": machine.describe(), "cells": {}, "shared": {}}
    for optimizer, batch in CELLS:
        cell = Cell(LAYERS, optimizer, batch)
        parts = measure(cell, data, arguments.epochs)
        plain = plain_products(cell, data, arguments.epochs)
        report["cells"][cell.key] = {"parts": parts, "plain products": plain}
        total = sum(parts.values())
        shares = ", ".join(f"{part} {t:.1f} ({t / total:.0%})" for part, t in parts.items())
        print(f"{cell.key}: {total:.0f} us a step; {shares}; {total / plain:.2f} times", end=" ")
        print(f"its plain products, {plain:.0f} us", flush=True)
        shared = report["shared"][cell.key] = measure_shared(cell, data, arguments.epochs)
        parts_of_it = ", ".join(f"{part} {t:.1f}" for part, t in shared.items())
        print(f"  shared by two: {sum(shared.values()):.0f} us; {parts_of_it}", flush=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
