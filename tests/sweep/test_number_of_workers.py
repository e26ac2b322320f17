"""How many processes work off jobs."""

import pytest

from mlp_scratch.nn.range_checks import HyperparameterError
from mlp_scratch.sweep import number_of_workers as module
from mlp_scratch.sweep.number_of_workers import check_workers, early_workers, number_of_workers

CASES = [  # asked, jobs, threads of a job, cores -> workers, those before the plan is made
    (None, 9, 1, 4, 4, 3),
    (None, 2, 1, 4, 2, 2),
    (None, 9, 2, 4, 2, 3),
    (None, 9, 8, 4, 1, 3),
    (3, 9, 2, 4, 3, 3),
    (7, 5, 1, 4, 5, 3),
    (None, 9, 1, 1, 1, 0),
]


@pytest.mark.parametrize(("asked", "jobs", "threads", "cores", "workers", "early"), CASES)
def test_workers(asked, jobs, threads, cores, workers, early, monkeypatch) -> None:
    monkeypatch.setattr(module, "usable_cores", lambda: cores)
    assert number_of_workers(asked, jobs, threads) == workers
    assert early_workers(asked, jobs) == early


@pytest.mark.parametrize("asked", [0, -1, 1.5, "two", 1_000_000])
def test_what_is_no_number_of_workers(asked) -> None:
    check_workers(None)
    with pytest.raises(HyperparameterError, match="a whole number from 1 to 1,024"):
        check_workers(asked)
