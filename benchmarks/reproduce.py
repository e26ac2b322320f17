"""Runs the presets that reproduce published results, keeps records, and writes the table.

    python benchmarks/reproduce.py nanonet lecun_300 --seeds 3 data.dir=data
    python benchmarks/reproduce.py nanonet seed=7 data.dir=data
    python benchmarks/reproduce.py all --seeds 3 data.dir=data
    python benchmarks/reproduce.py --record              records of the runs that are here already
    python benchmarks/reproduce.py                       only the table and its pictures

Each preset is an ordinary sweep over seeds under ``outputs/reproduce/<preset>``; repeated, it goes
on with what is missing. A speedrun is a command of its own for each seed, timed from outside. Every
finished run leaves its record, ``docs/results/PRESET/SEED.json``; then the table is printed, and
``docs/results.md`` and its pictures are written from the records alone; source and claims come from
the comments of the preset's YAML. Nothing else may be overridden than the seed, where the data lies
and the number of threads: a run whose config differs from its preset in anything else is refused.
The ensemble of the best runs is ``python -m mlp_scratch.evaluate`` of their folders.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from claims import claims_of
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.files import write_text_atomically
from mlp_scratch.runs.config_file import read_config
from mlp_scratch.runs.find import find_runs
from mlp_scratch.runs.folder import RunFolder
from records import MAY_DIFFER, difference, record_of, write_record
from results_page import PRESETS, all_rows, table, write_page

RUNS = Path("outputs/reproduce")
Run = tuple[Path, dict[str, Any], dict[str, Any]]  # folder, config, summary


def finished_runs(preset: str) -> list[Run]:
    """The preset's finished runs, one for each seed, of several the last; a foreign config is
    refused."""
    found: dict[int, Run] = {}
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
        found[int(summary["seed"])] = folder, config, summary
    return [found[seed] for seed in sorted(found)]


def keep_records(preset: str) -> None:
    """Write the records of the preset's finished runs."""
    timed = command_seconds(preset)
    for folder, config, summary in finished_runs(preset):
        seconds = timed.get(str(summary["seed"]))
        write_record(record_of(preset, folder, config, summary, seconds))


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
    parser.add_argument("--record", action="store_true", help="records of the runs that are here")
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
    try:
        for preset in PRESETS if args.record or "all" in presets else presets:
            try:
                if not args.record:
                    worst = max(worst, run(preset, seeds, overrides))
            finally:  # also of those that were finished before a Ctrl-C
                keep_records(preset)
        print(table(all_rows()))
        if worst == 0:
            write_page()
    except MlpScratchError as error:
        sys.exit(f"error: {error}")
    sys.exit(worst)


if __name__ == "__main__":
    main()
