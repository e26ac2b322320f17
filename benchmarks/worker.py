"""One contestant in a process of its own: ``python worker.py PEER THREADS DATA.npz``.

Reads one request a line from standard input and answers each with a line of JSON:

    {"cell": [[784, 128, 64, 10], "adam", 128]}    set up, compile, warm up
    {"epoch": true}                                train once over the data, say how long it took
"""

import gc
import importlib
import json
import os
import resource
import sys
import time

import psutil

from cells import Cell, Data


def main() -> None:
    name, threads, file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints goes to standard error
    module = importlib.import_module(f"peers.{name}")
    data = Data.read(file)
    peer = None
    for line in sys.stdin:
        request = json.loads(line)
        if "cell" in request:
            peer = None  # free the old one first
            gc.collect()
            layers, optimizer, batch = request["cell"]
            peer = module.Peer(Cell(tuple(layers), optimizer, batch), data, threads)
            answer = {"blas": peer.blas()}
        else:
            answer = timed(peer.epoch)
        print(json.dumps(answer), file=answers)


def timed(epoch) -> dict:
    """Seconds of an epoch, and ``others``: how many cores other processes kept busy meanwhile.

    What the contestant's own child processes use is its own.
    """
    busy, own, started = _busy(), _own(), time.perf_counter()
    loss, accuracy = epoch()
    seconds = time.perf_counter() - started
    own = _own() - own
    others = max(0.0, (_busy() - busy - own) / seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peak += sum(child.memory_full_info().uss for child in psutil.Process().children()) / 2**20
    return {
        "seconds": seconds,
        "cpu_seconds": own,
        "others": others,
        "loss": loss,
        "accuracy": accuracy,
        "peak_mb": peak,
    }


def _own() -> float:
    children = (child.cpu_times() for child in psutil.Process().children())
    return time.process_time() + sum(times.user + times.system for times in children)


def _busy() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0)


if __name__ == "__main__":
    main()
