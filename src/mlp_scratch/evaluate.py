"""Test a trained network: ``python -m mlp_scratch.evaluate RUN [RUN ...]``.

Loads the checkpoint alone, and the test rows of the run's data. Several runs are an ensemble: their
probabilities are averaged.
"""

import argparse
import sys
from collections.abc import Sequence

from mlp_scratch import door
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.own_modules import add_import_flag
from mlp_scratch.runs.find import find_run


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_scratch.evaluate",
        description="Test a trained network, or the averaged probabilities of several.",
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="path, `latest`, part of a name")
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    add_import_flag(parser)
    args = parser.parse_args(argv)
    overrides = [word for word in args.runs if "=" in word and word.startswith("data.")]
    names = [word for word in args.runs if word not in overrides]
    if not names:
        parser.error("the following arguments are required: RUN")
    found = [find_run(name) for name in names]
    runs = {folder.path.resolve(): folder for folder in found}
    if len(runs) < len(found):
        print("note: a run that was named twice counts once", file=sys.stderr)
    for line in evaluate_runs(list(runs.values()), args.checkpoint, overrides):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
