"""What a view is, and what the command line hands to it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlp_scratch.runs.folder import RunFolder


@dataclass(frozen=True)
class Options:
    """What was typed beside the run and the view.

    words: after the view's name. overrides: ``data.KEY=VALUE``, where the data lies now. output:
    where the picture goes, None for the run's own folder. checkpoint: ``best`` or ``last``. seed:
    of what is drawn at random.
    """

    words: Sequence[str]
    overrides: Sequence[str]
    output: Path | None
    checkpoint: str
    seed: int


@dataclass(frozen=True)
class View:
    """show: gives the lines to print, and raises MlpScratchError. help: for ``--help``."""

    show: Callable[[RunFolder, Options], Iterable[str]]
    help: str
