"""Repeat a run in a new folder: ``python -m mlp_scratch.rerun RUN [key=value ...]``.

Without overrides the new run has the same bits as the old one, on the same machine.
"""

import sys
from collections.abc import Sequence

from mlp_scratch import door
from mlp_scratch.experiment.session import repeat
from mlp_scratch.runs.find import find_run


@door.command
def main(argv: Sequence[str]) -> int:
    """The command."""
    parser = door.parser("rerun", "Repeat a run's experiment in a new folder, with its own config.")
    parser.add_argument("run", help="a path, `latest`, or a unique part of the folder's name")
    parser.add_argument("overrides", nargs="*", help="key=value, for example seed=1 optim.lr=0.01")
    args = parser.parse_args(argv)
    return repeat(find_run(args.run), args.overrides)


if __name__ == "__main__":
    sys.exit(main())
