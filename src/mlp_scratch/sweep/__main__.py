"""The process behind a sweep's jobs: ``python -m mlp_scratch.sweep PID``, started by sweeps alone.

PID is the sweep's. Until jobs can be heard of, the death of the sweep ends this process at once:
whatever it may be stuck in, an import from a slow disk or a module of the user's own.
"""

import atexit
import gc
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mlp_scratch import door
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.orphans import end_with


def draw_sweep_picture(sweep: Path) -> int:
    """Draw the curves of a sweep's jobs over one another into its folder; 0 if there is a picture.

    Prints why it could not be drawn.
    """
    from mlp_scratch.report.pictures.runs_compared import draw_runs
    from mlp_scratch.runs.reader import read_runs
    from mlp_scratch.sweep.sweep_folder import SweepFolder

    try:
        return 0 if draw_runs(read_runs(sweep), SweepFolder(sweep).picture) else 1
    except (MlpScratchError, OSError) as error:
        print(f"warning: the sweep's picture was not drawn ({error})", file=sys.stderr)
        return 1


@door.command
def main(argv: Sequence[str]) -> None:
    """Work off the jobs that come in on standard input."""
    if argv:
        end_with(int(argv[0]))
    from mlp_scratch.experiment.session import train  # from here on it may take long
    from mlp_scratch.sweep.job_process import serve

    atexit.register(gc.freeze)  # no search for garbage when the process ends anyway
    serve(partial(train, quiet=True), draw_sweep_picture)


if __name__ == "__main__":
    sys.exit(main())
