"""The words after ``python -m mlp_scratch.search``, and those of the study's last call: which are
the search's own, and which hold for every trial."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.config.command_line import CommandLine
from mlp_scratch.config.file_words import believed, key_of, keys_of
from mlp_scratch.errors import ConfigError, RunError, in_one_line
from mlp_scratch.runs.config_file import plain_yaml

if TYPE_CHECKING:
    from mlp_scratch.search.space import Space

ASKED = "search.yaml"  # the overrides of the last call, in the study's folder
LARGEST_ASKED = 1 << 20  # bytes
STORED_WHERE = ("search.storage", "search.study")


def asked_before(line: CommandLine) -> list[str]:
    """With nothing but ``search.dir`` and the like a search goes on as it was asked for.

    Raises RunError for what its file has no say over; where the trials are stored is shown, to be
    typed by whoever wants it.
    """
    folder = next((w.partition("=")[2] for w in line.overrides if w.startswith("search.dir=")), "")
    path = Path(folder) / ASKED
    if not folder or not os.path.lexists(path):
        return []
    try:
        content = plain_yaml(read_plain_file(path, LARGEST_ASKED).decode("utf-8"))
        before = [str(word) for word in content["overrides"]]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({in_one_line(error)})") from error
    again = keys_of(line.overrides) | {"search.dir"}
    kept = believed([word for word in before if key_of(word) not in again], path)
    from mlp_scratch.search.study import without_password

    if stored := [without_password(word) for word in kept if key_of(word) in STORED_WHERE]:
        command = ["python", "-m", "mlp_scratch.search", *line.overrides, *stored]
        raise RunError(
            f"{path}: keeps its trials at {' '.join(stored)}; a file has no say over that, so "
            f"nothing was started\nif it is your own, or you have looked at it: "
            f"{shlex.join(command)}"
        )
    return kept


def refuse_what_varies(words: Sequence[str], space: "Space") -> None:
    """ConfigError for a value that is to hold for all trials and is varied as well."""
    for word in words:
        key = key_of(word)
        within = [k for k in space if k == key or ("={" in word and k.startswith(f"{key}."))]
        if within and not of_the_search(word):
            varied = within[0]
            choices = ".choices" if any(k.startswith(f"{varied}.") for k in space) else ""
            raise ConfigError(
                f"{word}: the search varies {varied}; leave the value out, or hold it for all "
                f"trials by adding '~search.space.{varied}{choices}'"
            )


def judged_by(metric: str, words: Sequence[str]) -> str:
    """The override by which each trial goes by ``search.metric``. Raises ConfigError."""
    override = f"training.early_stopping.metric={metric}"
    key = key_of(override)
    other = next((word for word in words if key_of(word) == key and word != override), None)
    if other is not None:
        raise ConfigError(f"search.metric={metric}: the trials go by {other}; leave one out")
    return override


def of_the_search(word: str) -> bool:
    return word.lstrip("+~").startswith(("search=", "search."))
