"""The process behind a sweep's jobs: ``python -m mlp_scratch.worker``, started by sweeps alone."""

from functools import partial

from mlp_scratch.lab.sweep_worker import serve
from mlp_scratch.train import train


def main() -> None:
    """Work off the jobs that come in on standard input."""
    serve(partial(train, quiet=True))


if __name__ == "__main__":
    main()
