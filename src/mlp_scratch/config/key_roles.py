"""What a config key is for, said once: the experiment itself, or only how long it goes on, where
its data lies, how it is called, or who is told of it.

Resuming, telling the jobs of a sweep apart and comparing runs ask different questions. The answers
are derived here from one list, so that no two of them disagree by accident.
"""

from collections.abc import Collection
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlp_scratch.config.absent_keys import is_absent
from mlp_scratch.nested import without

if TYPE_CHECKING:
    from mlp_scratch.config.schema import ExperimentConfig  # which imports Hydra

HOW_LONG = (
    "training.epochs",
    "training.max_seconds",
    "training.early_stopping.patience",
    "training.early_stopping.min_delta",
)
WHEN_SAVED = ("training.checkpoint_every_steps",)
# the contents count, which their digest tells
WHICH_FILE = ("data.path", "data.test_path", "data.val_path")
WHERE = ("data.dir", "data.cache_dir", "data.download")
NAMES = ("name",)
TOLD = ("tracking",)
TOLD_WHERE = ("tracking.uri",)
# what is written down beside the training
LOOKED_AT = ("training.record_layers", "training.snapshots")
HOW_FAST = ("training.threads",)  # the last bits, and the time

# a run that is resumed stays the same experiment when these change
MAY_CHANGE = (*HOW_LONG, *WHEN_SAVED, *WHICH_FILE, *WHERE, *TOLD_WHERE, *LOOKED_AT)
NOT_ESSENTIAL = (*MAY_CHANGE, *NAMES, *TOLD)
# jobs of a sweep that differ in these alone are one job
NOT_IDENTIFYING = (*WHERE, *TOLD, *LOOKED_AT)
# runs that differ in these alone are one setting, tried again
_LABELS = frozenset((*WHEN_SAVED, *WHICH_FILE, *WHERE, *NAMES, *HOW_FAST, *LOOKED_AT))
_LABEL_SECTIONS = (*TOLD, "hydra")


def is_hyperparameter(key: str) -> bool:
    """Whether runs that differ in this dotted key are different settings."""
    return key not in _LABELS and key.partition(".")[0] not in _LABEL_SECTIONS


def essentials(config: "ExperimentConfig", besides: Collection[str]) -> dict[str, Any]:
    """The config as plain values, ``besides`` these keys and sections, and without the keys that
    older ones do not have where they say what was so before."""
    return without(asdict(config), lambda key, value: key in besides or is_absent(key, value))
