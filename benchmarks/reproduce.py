"""Runs the presets that reproduce published results, and writes the table that compares them.

    python benchmarks/reproduce.py nanonet lecun_300 --seeds 3 data.dir=data
    python benchmarks/reproduce.py nanonet seed=7 data.dir=data
    python benchmarks/reproduce.py all --seeds 3 data.dir=data
    python benchmarks/reproduce.py                                             only the table

Each preset is an ordinary sweep over seeds under ``outputs/reproduce/<preset>``; repeated, it goes
on with what is missing. A speedrun is a command of its own for each seed, timed from outside. Then
the table is printed, and ``docs/results.md`` and its picture are written from the run folders,
unless they would lose a row whose runs are elsewhere; source and claims come from the comments of
the preset's YAML. Nothing else may be overridden than the seed, where the data lies and the number
of threads: a run whose config differs from its preset in anything else is refused.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from claims import Claim, Row, claims_of
from mlp_scratch.config.compose import compose_config
from mlp_scratch.engine.evaluation import loss_and_accuracy, predict
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.files import write_text_atomically
from mlp_scratch.inference.matching_data import test_data, test_rows
from mlp_scratch.nested import flat
from mlp_scratch.runs.config_file import read_config
from mlp_scratch.runs.find import find_runs
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network
from results_page import table, write_page

RUNS = Path("outputs/reproduce")
MAY_DIFFER = ("data.dir", "data.cache_dir", "data.download", "training.threads", "seed")
PRESETS = (
    *("nanonet", "mnist_nn", "mnist_nn_fast", "tiny", "two_layer", "first_principles"),
    *("lecun_300", "lecun_300_100", "nielsen_30", "nielsen_100", "keras_mlp"),
    *("speedrun_98", "speedrun_99", "aug_512_256", "simard_800", "simard_elastic", "bn_mlp"),
    *("dropout_relu", "bn_mlp_adv", "bn_mlp_vat", "aug_1000_500", "best"),
    *("fashion_100", "fashion_best", "cifar_256", "cifar_bn"),
)
ENSEMBLE = ("best", "aug_1000_500", "simard_elastic")  # all their runs together


def difference(preset: str, config: dict[str, Any]) -> str | None:
    """The first key in which a run's config is not its preset's, or None.

    What the preset leaves to the data, task and loss, the run's config says.
    """
    ours, theirs = flat(asdict(compose_config([f"experiment={preset}"]))), flat(config)
    for key in sorted(ours.keys() | theirs.keys()):
        if key not in MAY_DIFFER and ours.get(key) not in (theirs.get(key), "auto"):
            return f"{key}: {theirs.get(key)} instead of {ours.get(key)}"
    return None


def finished_runs(preset: str) -> dict[Path, dict[str, Any]]:
    """Folders and summaries of the preset's finished runs, one for each seed, of several the last;
    a foreign config is refused."""
    found: dict[int, tuple[Path, dict[str, Any]]] = {}
    where = RUNS / preset
    for folder in find_runs(where) if where.is_dir() else []:
        summary = RunFolder(folder).read_summary()
        if summary.get("status") not in ("finished", "stopped_early"):
            continue
        try:
            config = read_config(folder / "config.yaml")
        except (OSError, ValueError):
            continue
        other = difference(preset, config)
        if other is not None:
            raise SystemExit(f"{folder}: not the preset {preset} ({other})")
        found[int(summary["seed"])] = folder, summary
    return dict(found[seed] for seed in sorted(found))


def rows_of(preset: str) -> list[Row]:
    """What the table says of a preset: a row for each claim."""
    summaries = list(finished_runs(preset).values())
    if not summaries:
        return [Row(preset, claim, []) for claim in claims_of(preset)]
    seconds = list(command_seconds(preset).values()) or [
        s["timings"]["total_seconds"] for s in summaries
    ]
    command = f"python benchmarks/reproduce.py {preset} --seeds {len(summaries)}"
    return [
        Row(
            preset,
            claim,
            [claim.measured(summary) for summary in summaries],
            summaries[0]["epochs_done"],
            statistics.median(seconds),
            command,
        )
        for claim in claims_of(preset)
    ]


def ensemble_row() -> Row:
    """All runs of some presets, their probabilities averaged; their times are added up."""
    claim = Claim("this project", "test error", False, 0.5, None)
    runs = {folder: s for preset in ENSEMBLE for folder, s in finished_runs(preset).items()}
    if not runs:
        return Row("ensemble", claim, [])
    total: Any = 0
    for folder in runs:
        run = RunFolder(folder)
        trained = load_network(run, "last")
        rows = test_rows(test_data(run, trained, []), trained)
        total = total + predict(trained.network, rows, trained.task)
    _, accuracy = loss_and_accuracy(total / len(runs), rows.labels)
    seconds = sum(summary["timings"]["total_seconds"] for summary in runs.values())
    shown = " ".join(f"outputs/reproduce/{preset}/*/" for preset in ENSEMBLE)
    command = f"python -m mlp_scratch.evaluate {shown} --checkpoint last"
    name = f"ensemble of these {len(runs)}"
    return Row(name, claim, [100 * (1 - accuracy)], None, seconds, command)


def run(preset: str, seeds: Sequence[int], overrides: list[str]) -> int:
    """Sweep a preset over its seeds; the exit status."""
    print(f"{preset}: {', '.join(claim.text for claim in claims_of(preset))}", flush=True)
    command = [sys.executable, "-m", "mlp_scratch.train", f"experiment={preset}", *overrides]
    if not preset.startswith("speedrun"):
        where = f"hydra.sweep.dir={(RUNS / preset).as_posix()}"
        return subprocess.run(
            [*command, "-m", f"seed={','.join(map(str, seeds))}", where]
        ).returncode
    taken = command_seconds(preset)
    for seed in seeds:
        if str(seed) in taken:
            continue
        folder, tries = RUNS / preset / f"seed-{seed}", 1
        while folder.exists():  # an earlier try that failed
            tries += 1
            folder = folder.with_name(f"seed-{seed}_{tries}")
        started = time.perf_counter()
        status = subprocess.run(
            [*command, f"seed={seed}", f"hydra.run.dir={folder.as_posix()}"]
        ).returncode
        if status:
            return status
        taken[str(seed)] = time.perf_counter() - started
        write_text_atomically(RUNS / preset / "command_seconds.json", json.dumps(taken, indent=1))
    return 0


def command_seconds(preset: str) -> dict[str, float]:
    """Seconds of a speedrun's whole command, by seed."""
    path = RUNS / preset / "command_seconds.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Reproduce published results.")
    parser.add_argument("words", nargs="*", help="presets, or all; data.dir=, training.threads=")
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_intermixed_args()
    overrides, seeds = [], list(range(args.seeds))
    for word in (word for word in args.words if "=" in word):
        key, _, value = word.partition("=")
        if key not in MAY_DIFFER:
            parser.error(f"{word}: a preset is run as it is; only {', '.join(MAY_DIFFER)}")
        if key != "seed":
            overrides.append(word)
        elif value.isdecimal():
            seeds = [int(value)]
        else:
            parser.error(f"{word}: one whole number; --seeds N is for several, from 0 on")
    if not seeds:
        parser.error("--seeds: at least 1")
    presets = [word for word in args.words if "=" not in word]
    for preset in presets:
        if preset not in (*PRESETS, "all"):
            parser.error(f"{preset}: no such preset; there are {', '.join(PRESETS)}")
    worst = 0
    for preset in PRESETS if "all" in presets else presets:
        worst = max(worst, run(preset, seeds, overrides))
    try:
        rows = [row for preset in PRESETS for row in rows_of(preset)]
        rows.insert([row.preset for row in rows].index("best") + 1, ensemble_row())
    except MlpScratchError as error:
        sys.exit(f"error: {error}")
    print(table(rows))
    if worst == 0:
        write_page(rows)
    sys.exit(worst)


if __name__ == "__main__":
    main()
