"""Test a trained network: ``python -m mlp_scratch.evaluate RUN [RUN ...] [FILE]``.

Loads the checkpoint alone, and the test rows of the run's data, or those of a file or a folder of
pictures: labelled rows that came later. Several runs are an ensemble: their probabilities are
averaged.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch import door
from mlp_scratch.errors import ConfigError
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.inference.predict_table import is_table
from mlp_scratch.runs.find import find_run, find_runs
from mlp_scratch.streams import note

ARRAYS = (".npz", ".npy")  # how their names end


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    parser = door.parser(
        "evaluate", "Test a trained network, or the averaged probabilities of several."
    )
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="path, `latest`, part of a name; and labelled rows: a table, .npz, .npy, or pictures "
        "in a folder for each class",
    )
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    args = parser.parse_args(argv)
    overrides = [word for word in args.runs if "=" in word and word.startswith("data.")]
    words = [word for word in args.runs if word not in overrides]
    files = [word for word in words if _is_file(word) or (len(words) > 1 and _is_no_run(word))]
    names = [word for word in words if word not in files]
    if len(files) > 1:
        raise ConfigError(f"{files[1]}: one file or folder of rows at a time")
    if not names:
        parser.error("the following arguments are required: RUN")
    found = [find_run(name) for name in names]
    runs = {folder.path.resolve(): folder for folder in found}
    if len(runs) < len(found):
        note("a run that was named twice counts once")
    file = Path(files[0]) if files else None
    for line in evaluate_runs(list(runs.values()), args.checkpoint, overrides, file):
        print(line)


def _is_file(word: str) -> bool:
    """Whether it is a file of rows, or is called as one: a run is a folder."""
    called = is_table(Path(word)) or word.lower().endswith(ARRAYS)
    return os.path.isfile(word) or (called and not os.path.isdir(word))


def _is_no_run(word: str) -> bool:
    """Whether it is a folder without a run: of pictures."""
    return os.path.isdir(word) and not find_runs(word)


if __name__ == "__main__":
    sys.exit(main())
