"""``python -m mlp_scratch``: which version this is, and which commands there are."""

import sys
from collections.abc import Sequence

from mlp_scratch import __version__
from mlp_scratch.typos import did_you_mean

COMMANDS = {
    "train": "train a network, or a sweep of them with -m",
    "compare": "leaderboard and curves of many runs",
    "evaluate": "test metrics of a run",
    "predict": "labels for pictures or a table",
    "resume": "go on where a run or a sweep stopped",
    "rerun": "repeat a run in a new folder",
    "search": "hyperparameter search with Optuna",
    "export": "the network for other people's tools",
}


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in ("--version", "-V"):
        print(f"mlp_scratch {__version__}")
        sys.exit(0)
    if words and words[0] in COMMANDS:
        print(f"error: a command is a module: python -m mlp_scratch.{words[0]}", file=sys.stderr)
        sys.exit(2)
    if words and words[0] not in ("-h", "--help"):
        near = did_you_mean(words[0], COMMANDS)
        print(f"error: {words[0]}: no such command{near}; --help lists them", file=sys.stderr)
        sys.exit(2)
    print(f"mlp_scratch {__version__}, a laboratory for multilayer perceptrons\n")
    for name, does in COMMANDS.items():
        print(f"  python -m mlp_scratch.{name:10}{does}")
    print("\nEach of them answers --help.")


if __name__ == "__main__":
    main()
