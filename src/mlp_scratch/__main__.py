"""``python -m mlp_scratch``: which version this is, and which commands there are."""

import sys
from collections.abc import Sequence

from mlp_scratch import __version__, door
from mlp_scratch.errors import ConfigError
from mlp_scratch.typos import did_you_mean

COMMANDS = {
    "train": "train a network, or a sweep of them with -m",
    "compare": "leaderboard and curves of many runs",
    "evaluate": "test metrics of a run",
    "inspect": "what went wrong in a training, and a look inside the network",
    "predict": "labels for pictures or a table",
    "resume": "go on where a run or a sweep stopped",
    "rerun": "repeat a run in a new folder",
    "lr_range": "a learning rate to begin with, from one short training",
    "search": "hyperparameter search with Optuna",
    "export": "the network for other people's tools",
}


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    first = argv[0] if argv else "--help"
    if first in ("--version", "-V"):
        return print(f"mlp_scratch {__version__}")
    if first in COMMANDS:
        raise ConfigError(f"a command is a module: python -m mlp_scratch.{first}")
    if first not in ("-h", "--help"):
        near = did_you_mean(first, COMMANDS)
        raise ConfigError(f"{first}: no such command{near}; --help lists them")
    print(f"mlp_scratch {__version__}, a laboratory for multilayer perceptrons\n")
    for name, does in COMMANDS.items():
        print(f"  python -m mlp_scratch.{name:10}{does}")
    print("\nEach of them answers --help.")


if __name__ == "__main__":
    sys.exit(main())
