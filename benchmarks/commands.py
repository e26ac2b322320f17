"""Whole commands from a shell's point of view: seconds, processor seconds, peak memory.

    python benchmarks/commands.py --data data --out commands.json

Each command runs in a fresh process, ours and PyTorch's in turns; medians and all turns are saved.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

import machine
from speed import prepare

HERE = Path(__file__).parent
TRAIN = [sys.executable, "-m", "mlp_scratch.train"]

# The command up to its first step, which it tells about instead of doing it.
FIRST_STEP = """
import os, time
from mlp_scratch import train
from mlp_scratch.engine.loop import GradientDescent
def first_step(*_):
    print("took", time.time() - float(os.environ["STARTED"]), time.process_time(), flush=True)
    os._exit(0)
GradientDescent.step = first_step
train.main()
"""

INFERENCE = """
import sys, time
import numpy as np
from mlp_scratch.neural_net import NeuralNet
with np.load(sys.argv[1]) as arrays:
    x, y = arrays["x"], arrays["y"]
net = NeuralNet(layers=[784, 128, 10], epochs=1)
net.train(x[:6000], y[:6000])
for _ in range(20):
    start, cpu = time.perf_counter(), time.process_time()
    net.predict(x[:10000])
    print("took", time.perf_counter() - start, time.process_time() - cpu)
"""


def run(words: list[str], folder: Path) -> dict:
    """Run a command in ``folder``; its seconds, processor seconds, peak memory and output."""
    started = time.perf_counter()
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=machine.clean_environment() | {"STARTED": repr(time.time())},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed; run it by hand to see why")
    return {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
        "output": output,
    }


def peak_with_children(words: list[str], folder: Path) -> float:
    """Most megabytes that a command and its child processes hold together, what they share counted
    once; looked at every few milliseconds."""
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=machine.clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    most, family = 0, psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            own = family.memory_info().rss
            most = max(most, own + sum(c.memory_full_info().uss for c in family.children()))
        time.sleep(0.005)
    return most / 2**20


def summary(turns: list[dict]) -> dict:
    for turn in turns:
        turn.pop("output", None)
    keys = turns[0]
    return {
        "median": {key: statistics.median(turn[key] for turn in turns) for key in keys},
        "least": {key: min(turn[key] for turn in turns) for key in keys},
        "turns": turns,
    }


def told(words: list[str], folder: Path) -> list[dict]:
    """What a script prints: lines of ``took SECONDS PROCESSOR_SECONDS``, among others."""
    lines = run(words, folder)["output"].splitlines()
    pairs = [map(float, line.split()[1:]) for line in lines if line.startswith("took ")]
    return [{"seconds": wall, "cpu_seconds": cpu} for wall, cpu in pairs]


def tiny_data(folder: Path) -> Path:
    """A data set for runs that are there to be compared."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 600)
    path = folder / "tiny.npz"
    np.savez(path, x=rng.normal(size=(600, 4)) + y[:, None], y=y)
    return path


def measure(folder: Path, data: str, arrays: Path, rounds: int, leave_out: list[str]) -> dict:
    mnist = ["data=mnist", f"data.dir={data}"]
    single = [*TRAIN, *mnist, "training.epochs=1"]
    run(single, folder)  # fills the cache
    tiny = ["data=npz", f"data.path={tiny_data(folder)}", "model.layers=[null,8,null]"]
    for seed in range(10):
        run([*TRAIN, *tiny, f"seed={seed}", "name=small"], folder)
    small = sorted((folder / "outputs").glob("*/*small*"))
    commands = {
        "train": [*TRAIN, *mnist],
        "torch 1": [sys.executable, str(HERE / "minimal_torch.py"), str(arrays), "1"],
        "torch 2": [sys.executable, str(HERE / "minimal_torch.py"), str(arrays), "2"],
        "help": [*TRAIN, "--help"],
        "compare": [sys.executable, "-m", "mlp_scratch.compare", *map(str, small)],
        "batch 512": [*single, "training.batch_size=512"],
        "full batch": [*single, "training.batch_size=full"],
    }
    commands = {name: words for name, words in commands.items() if name not in leave_out}
    turns: dict[str, list[dict]] = {name: [] for name in [*commands, "first step", "inference"]}
    for _ in range(rounds):
        for name, words in commands.items():
            turns[name].append(run(words, folder))
            turns[name][-1]["peak_mb"] = max(
                turns[name][-1]["peak_mb"], peak_with_children(words, folder)
            )
        turns["first step"] += told([sys.executable, "-c", FIRST_STEP, *mnist], folder)
    turns["inference"] = told([sys.executable, "-c", INFERENCE, str(arrays)], folder)[2:]
    return {name: summary(times) for name, times in turns.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="data", metavar="DIR", help="where MNIST's files are")
    parser.add_argument("--out", type=Path, default=Path("commands.json"), metavar="JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        arrays = folder / "mnist.npz"
        prepare(arguments.data, arrays)
        data = str(Path(arguments.data).absolute())
        result = measure(folder, data, arrays, arguments.rounds, arguments.leave_out)
    report = {"machine": machine.describe(), "commands": result}
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    for name, entry in result.items():
        median, least = entry["median"], entry["least"]
        memory = f"{median['peak_mb']:8.0f} MB" if "peak_mb" in median else ""
        print(
            f"{name:12}{median['seconds']:9.3f} s (least {least['seconds']:.3f}), processor "
            f"{median['cpu_seconds']:.3f} s (least {least['cpu_seconds']:.3f}){memory}"
        )


if __name__ == "__main__":
    main()
