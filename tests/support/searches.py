"""Searches as a person starts them."""

import subprocess
from pathlib import Path

import optuna
from forked import start_command

SPACE = ["search=optimizer", "search.startup_trials=2"]


def start(folder: Path, *overrides: str) -> subprocess.Popen[str]:
    asked = [*overrides, f"search.dir={folder}"]
    return start_command(folder.parent, "search", asked, stderr=subprocess.STDOUT)


def search(folder: Path, *overrides: str) -> tuple[int, str]:
    process = start(folder, *overrides)
    text = process.communicate(timeout=120)[0]
    return process.returncode, text


def trials(folder: Path) -> list[optuna.trial.FrozenTrial]:
    storage = f"sqlite:///{folder / 'study.db'}"
    return optuna.load_study(study_name=folder.name, storage=storage).get_trials()
