"""The process behind a sweep's jobs: ``python -m mlp_scratch.sweep``, started by sweeps alone."""

import atexit
import gc
from functools import partial

from mlp_scratch.sweep.job_process import serve
from mlp_scratch.train import draw_sweep_picture, train


def main() -> None:
    """Work off the jobs that come in on standard input."""
    atexit.register(gc.freeze)  # no search for garbage when the process ends anyway
    serve(partial(train, quiet=True), draw_sweep_picture)


if __name__ == "__main__":
    main()
