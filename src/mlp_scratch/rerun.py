"""Repeat a run in a new folder: ``python -m mlp_scratch.rerun RUN [key=value ...]``.

Without overrides the new run has the same bits as the old one, on the same machine.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch.errors import MlpScratchError, report_error
from mlp_scratch.experiment.session import train
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.folder import RunFolder, claim
from mlp_scratch.runs.saved_run import load_config


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_scratch.rerun",
        description="Repeat a run's experiment in a new folder, with its own config.",
    )
    parser.add_argument("run", help="a path, `latest`, or a unique part of the folder's name")
    parser.add_argument("overrides", nargs="*", help="key=value, for example seed=1 optim.lr=0.01")
    args = parser.parse_args(argv)
    try:
        repeated = find_run(args.run)
        config = load_config(repeated, args.overrides)
        threads = repeated.read_summary().get("threads")  # what auto was there: bits depend on it
        if args.overrides or type(threads) is not int or not 1 <= threads <= 1024:
            threads = None
        wanted = Path("outputs") / time.strftime("%Y-%m-%d") / time.strftime("%H-%M-%S")
        folder = RunFolder(claim(wanted, config.name, exact=False))
        with folder.locked():
            status = train(config, folder, threads=threads)
    except MlpScratchError as error:
        status = report_error(error)
    sys.exit(status)


if __name__ == "__main__":
    main()
