"""Which jobs a sweep's command asks for: every combination of the values that it gives."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from mlp_scratch.config.command_line import each_value, parsed_overrides
from mlp_scratch.config.file_words import believed, keys_of
from mlp_scratch.runs.own_places import PLACES
from mlp_scratch.sweep.sweep_folder import SweepFolder


def combinations(words: Sequence[str]) -> list[list[str]]:
    """The overrides of each job, the last key fastest; of a key given twice the last counts.

    Raises ConfigError.
    """
    choices = {o.get_key_element(): each_value(o) for o in parsed_overrides(words)}
    return [list(job) for job in itertools.product(*choices.values())]


def combinations_in(
    folder: SweepFolder, words: Sequence[str], params: Mapping[str, Any]
) -> list[list[str]]:
    """The overrides of each job of a command; the jobs that ``folder`` knows where it asks for
    nothing, or only for other places to write to.

    words: the overrides typed. params: keys swept unless the words give them.
    Raises MlpScratchError.
    """
    if not params and keys_of(words) <= {*PLACES} and folder.plan_file.exists():
        known = folder.read_plan().jobs
        return [[*believed(entry.overrides, folder.plan_file), *words] for entry in known]
    return combinations([*(f"{key}={value}" for key, value in params.items()), *words])
