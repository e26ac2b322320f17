"""All kinds of strange folders: what they are made from, and what is done to it."""

import random
import shutil
import stat
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import damage_arrays
import damage_study
import damage_texts
import payloads
import yaml
from damage_files import FILES, Damage, the_system

CHECKPOINTS = ("checkpoints/best.npz", "checkpoints/last.npz")
_MEASURED = (
    *("best.epoch", "best.val_accuracy", "final.val_loss", "epochs_done", "timings.total_seconds"),
    *(
        "final.epoch",
        "test.best.accuracy",
        "test.last",
        "best",
        "final",
        "final.samples_per_second",
    ),
)
_TOLD = (
    "message",
    "name",
    "run",
    "monitor",
    "data.classes",
    "data.source",
    "host.command",
    "resume",
)


@dataclass(frozen=True)
class Kind:
    """origin: run, sweep or search. Each number gives another folder, always the same."""

    origin: str
    name: str
    damage: Damage
    payloads: int = 0  # how many different things the damage can be, where that is known

    @property
    def many(self) -> int:
        """How many folders are enough; a search takes ten times as long to look at."""
        return max({"run": 22, "sweep": 20, "search": 8}[self.origin], self.payloads)

    def make(self, originals: Path, lab: Path, number: int) -> Path:
        """Copy the original into the folder ``lab``, which is made anew, and damage it there."""
        shutil.rmtree(lab, ignore_errors=True)
        folder = lab / {"search": "study"}.get(self.origin, self.origin)  # its study's name
        shutil.copytree(originals / self.origin, folder)
        if self.origin == "search":
            damage_study.belongs_here(folder)
        seed = zlib.crc32(f"{self.origin} {self.name} {number}".encode())
        self.damage(random.Random(seed), folder, number)
        return folder

    def __str__(self) -> str:
        return f"{self.origin}: {self.name}"


def _inside(part: str, damage: Damage) -> Damage:
    """Damage to one of the runs inside a sweep or a search."""

    def damaged(rng: random.Random, folder: Path, number: int) -> None:
        damage(rng, sorted(folder.glob(part))[number % 2], number)

    return damaged


def elsewhere(rng: random.Random, folder: Path, number: int) -> None:
    """The config names data, a cache or weights in places of all sorts."""
    path = folder / "config.yaml"
    config = yaml.safe_load(path.read_text())
    raws = [raw.strip("'") for raw in payloads.YAML["places"]]
    key = ("path", "dir", "cache_dir", "test_path")[number % 4]
    config["data"][key] = raws[number // 4 % len(raws)]
    config["data"]["name"] = ("npz", "csv", "npz", "mnist", "cifar10", "auto")[number % 6]
    path.write_text(yaml.safe_dump(config))


def _several(origin: str) -> Damage:
    """Two to four kinds of damage, one after the other."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        kinds = [kind for kind in KINDS if kind.origin == origin and kind.name != "several"]
        for kind in rng.sample(kinds, rng.choice((2, 3, 4))):
            if not all(map(_is_small_file, folder.rglob("*"))):
                return  # the next damage would read a device without an end
            try:
                kind.damage(rng, folder, rng.randrange(1000))
            except Exception:  # what it would damage is damaged already
                continue

    return damage


def _is_small_file(path: Path) -> bool:
    mode = path.lstat()
    return stat.S_ISDIR(mode.st_mode) or (stat.S_ISREG(mode.st_mode) and mode.st_size < 1 << 26)


def _texts() -> dict[str, Damage]:
    yamls, jsons = damage_texts.yaml_values, damage_texts.json_values
    at = partial(damage_texts.json_at, "summary.json")
    long = [raw for raw in payloads.JSON["texts"] if raw.startswith('"')]
    return {
        **{f"config's {k}": yamls("config.yaml", raws) for k, raws in payloads.YAML.items()},
        "config's keys": damage_texts.yaml_key("config.yaml"),
        "another config": damage_texts.yaml_file("config.yaml"),
        **{f"summary's {k}": jsons("summary.json", raws) for k, raws in payloads.JSON.items()},
        "summary's keys": damage_texts.json_keys("summary.json"),
        "numbers of epochs": at(_MEASURED, payloads.JSON["numbers"]),
        "kinds of epochs": at(_MEASURED, payloads.JSON["kinds"] + payloads.JSON["texts"]),
        "what is told": at(_TOLD, long),
        "when it started": at(("started",), payloads.JSON["dates"]),
        "its state": at(("status",), payloads.JSON["states"]),
        "confusion": at(("test.confusion_matrix", "data.classes"), payloads.JSON["sizes"]),
        "image shapes": at(
            ("data.image_shape", "data.features"),
            [
                *("[60000, 60000]", "[8, 8]", "[0, 0]", "[-1, 64]", '["8", 8]', "[8, 8, 1e999]"),
                *("64", "1e999", "[1000000000000, 1]", "null", "[NaN, 1]"),
            ],
        ),
        "cells": damage_texts.cells("metrics.csv"),
        "tables": damage_texts.table("metrics.csv"),
    }


PAYLOADS = {
    "run: lying checkpoints": len(damage_arrays.LIARS),
    "run: lying pictures": len(damage_arrays.LIARS),
    "run: descriptions": 2 * len(damage_arrays.STRANGE),
    "run: another config": 2 * len(payloads.YAML_FILES),
    "sweep: another plan": 2 * len(payloads.YAML_FILES),
    "sweep: jobs' names": len(payloads.NAMES),
    "sweep: jobs' words": len(payloads.WORDS),
    "sweep: what was asked": len(payloads.WORDS),
    "search: what was asked": len(payloads.SEARCH_WORDS) + len(payloads.WORDS),
    "search: statements": len(damage_study.STATEMENTS),
    "search: trials' names": len(payloads.NAMES),
}


def _all_kinds() -> list[Kind]:
    runs: dict[str, Damage] = {
        **FILES,
        "all files": the_system,
        **_texts(),
        "data elsewhere": elsewhere,
        "lying checkpoints": damage_arrays.lying(*CHECKPOINTS),
        "lying pictures": damage_arrays.lying("misclassified.npz"),
        "descriptions": damage_arrays.described,
        "without a word": damage_arrays.without_a_word,
        "arrays": damage_arrays.arrays_changed,
        "mistakes": damage_arrays.mistakes,
        "several": _several("run"),
    }
    plans = damage_texts.yaml_values
    sweeps: dict[str, Damage] = {
        **FILES,
        "all files": the_system,
        **{f"plan's {k}": plans("sweep.yaml", raws) for k, raws in payloads.YAML.items()},
        "another plan": damage_texts.yaml_file("sweep.yaml"),
        **{f"jobs' {what}": damage_texts.jobs(what) for what in ("names", "words")},
        "what was asked": damage_texts.jobs("asked"),
        "many jobs": damage_texts.jobs("many"),
        "a job's config": _inside("optim=*", damage_texts.yaml_file("config.yaml")),
        "several": _several("sweep"),
    }
    searches: dict[str, Damage] = {
        **FILES,
        **{f"asked {k}": plans("search.yaml", raws) for k, raws in payloads.YAML.items()},
        "another search": damage_texts.yaml_file("search.yaml"),
        "what was asked": damage_texts.searched,
        "statements": damage_study.statements,
        "trials' names": damage_study.names,
        "many trials": damage_study.crowd,
        "several": _several("search"),
    }
    made = {"run": runs, "sweep": sweeps, "search": searches}
    return [
        Kind(origin, name, damage, PAYLOADS.get(f"{origin}: {name}", 0))
        for origin, kinds in made.items()
        for name, damage in kinds.items()
    ]


KINDS = _all_kinds()


def is_untouched(place: Path) -> bool:
    """Whether the user's own files beside the lab are as they were, and nothing was executed."""
    victim = place / "victim"
    kept = (victim / "precious").read_text() == "not for strangers"
    executed = [*place.glob("canary"), *place.glob("*/canary"), *place.glob("*/*/canary")]
    return kept and len([*victim.iterdir()]) == 1 and not executed
