"""Records of finished runs of presets: ``docs/results/PRESET/SEED.json``, which outlive the runs.

A record has the config without the places on the machine, and the config's digest; the versions
and the commit; the metrics of the best and the last checkpoint; epochs, steps and seconds; the
SHA-256 of both checkpoints and the digest of the data. ``docs/results.md`` and its pictures are
written from records alone.
"""

import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from mlp_scratch.config.absent_keys import ABSENT_MEANS
from mlp_scratch.config.compose import compose_config
from mlp_scratch.files import write_text_atomically
from mlp_scratch.nested import flat

DOCS = Path(__file__).resolve().parent.parent / "docs"
PLACES = ("dir", "cache_dir")  # of the data, on the machine of the run
MAY_DIFFER = ("data.dir", "data.cache_dir", "data.download", "training.threads", "seed")
KEYS = (
    *("preset", "seed", "status", "started", "config", "config_digest", "versions", "numerics"),
    *("git", "blas", "cores", "threads", "task", "layers", "parameters", "data"),
    *("epochs_done", "steps_done", "seconds", "timed", "final", "best", "test", "checkpoints"),
)
_OF_DATA = ("name", "digest", "n_train", "n_validation", "n_test", "features")


def difference(preset: str, config: dict[str, Any]) -> str | None:
    """The first key in which a run's config is not its preset's, or None.

    What the preset leaves to the data, task and loss, the run's config says; a key that there was
    not yet has the value that was the rule then.
    """
    ours, theirs = _config_of(preset), flat(config)
    for key in sorted(ours.keys() | theirs.keys()):
        value = theirs.get(key, ABSENT_MEANS.get(key))
        if key not in MAY_DIFFER and ours.get(key) not in (value, "auto"):
            return f"{key}: {value} instead of {ours.get(key)}"
    return None


@cache
def _config_of(preset: str) -> dict[str, Any]:
    """By dotted key; not to be changed."""
    return flat(asdict(compose_config([f"experiment={preset}"])))


def digest_of(config: dict[str, Any]) -> str:
    """SHA-256 of a record's config, written as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def record_of(
    preset: str,
    folder: Path,
    config: dict[str, Any],
    summary: dict[str, Any],
    command_seconds: float | None,
) -> dict[str, Any]:
    """The record of a finished run. ``command_seconds``: of its whole command, where timed."""
    kept = {**config, "data": {k: v for k, v in config["data"].items() if k not in PLACES}}
    seconds = summary["timings"]["total_seconds"]
    record = {key: summary.get(key) for key in KEYS} | {
        "preset": preset,
        "config": kept,
        "config_digest": digest_of(kept),
        "cores": summary.get("host", {}).get("cores"),
        "data": {key: summary.get("data", {}).get(key) for key in _OF_DATA},
        "seconds": seconds if command_seconds is None else command_seconds,
        "timed": "run" if command_seconds is None else "command",
        "checkpoints": {
            path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((folder / "checkpoints").glob("*.npz"))
        },
    }
    return record


def write_record(record: dict[str, Any]) -> None:
    """Write a record in its place."""
    path = DOCS / "results" / record["preset"] / f"{record['seed']}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text_atomically(path, json.dumps(record) + "\n")


def records_of(preset: str) -> list[dict[str, Any]]:
    """A preset's records by seed. Exits with a line where one is not what its place says."""
    records = []
    for path in (DOCS / "results" / preset).glob("*.json"):
        record = json.loads(path.read_text("utf-8"))
        if tuple(record) != KEYS or record["preset"] != preset or str(record["seed"]) != path.stem:
            raise SystemExit(f"{path}: not a record of {preset}, seed {path.stem}")
        if digest_of(record["config"]) != record["config_digest"]:
            raise SystemExit(f"{path}: its config is not the one of its digest")
        if (other := difference(preset, record["config"])) is not None:
            raise SystemExit(f"{path}: not the preset {preset} ({other})")
        records.append(record)
    return sorted(records, key=lambda record: record["seed"])


def before_records() -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of the table that were measured before records were kept, by preset and claim."""
    rows = json.loads((DOCS / "results" / "before_records.json").read_text("utf-8"))
    return {(row["preset"], row["claim"]): row for row in rows}
