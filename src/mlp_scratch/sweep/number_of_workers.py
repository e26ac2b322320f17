"""How many processes work off the jobs of a sweep or a search, each a job at a time.

How many share the steps of one run is decided in ``engine/step_workers.py``.
"""

from mlp_scratch.cores import usable_cores
from mlp_scratch.nn.range_checks import whole

MOST_WORKERS = 1024


def check_workers(asked: int | None) -> None:
    """Raise HyperparameterError for what is no number of processes; null: as the cores can take."""
    if asked is not None:
        whole("workers", asked, 1, MOST_WORKERS)


def number_of_workers(asked: int | None, jobs: int, threads: int = 1) -> int:
    """As many as are ``asked`` for, else as the cores can take; no more than there are ``jobs``.

    threads: of a job, so that all of them together never want more cores than there are.
    """
    return min(asked or max(1, usable_cores() // threads), jobs)


def early_workers(asked: int | None, jobs: int) -> int:
    """How many are started while the jobs are still planned, which keeps one core busy."""
    return min(number_of_workers(asked, jobs), usable_cores() - 1)
