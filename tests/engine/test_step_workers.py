"""What ``training.threads=auto`` comes to: a function of the config and of the machine."""

import pytest

from mlp_scratch import cores
from mlp_scratch.cores import usable_cores
from mlp_scratch.engine import step_workers
from mlp_scratch.engine.step_workers import SHARED_WORK, THREADED_BATCH, thread_count

LARGE = SHARED_WORK  # parameters of a network whose every step is worth sharing


@pytest.fixture
def machine(monkeypatch):
    """machine(processors, cores, quota, fork) pretends to be one."""

    def pretend(processors=4, siblings=1, quota=None, fork=True):
        files = {
            f"/sys/devices/system/cpu/cpu{k}/topology/thread_siblings_list": (
                f"{k // siblings * siblings}-{k // siblings * siblings + siblings - 1}"
            )
            for k in range(processors)
        }
        if quota is not None:
            files["/sys/fs/cgroup/cpu.max"] = quota
        monkeypatch.setattr(cores, "_processors", lambda: set(range(processors)))
        monkeypatch.setattr(cores, "_read", lambda path: files.get(path, ""))
        monkeypatch.setattr(step_workers, "can_fork", lambda: fork)

    return pretend


def test_two_share_what_is_worth_it(machine) -> None:
    machine()
    enough = -(-SHARED_WORK // 128)
    assert thread_count("auto", 128, enough) == 2
    assert thread_count("auto", 128, enough - 1) == 1
    assert thread_count("auto", 32, LARGE) == 2
    assert thread_count("auto", 31, LARGE) == 1
    assert thread_count("auto", 512, LARGE, can_share=False) == 1


def test_without_a_fork_the_batch_must_be_large(machine) -> None:
    machine(fork=False)
    assert thread_count("auto", THREADED_BATCH, LARGE) == 2
    assert thread_count("auto", THREADED_BATCH - 1, LARGE) == 1


@pytest.mark.parametrize(
    ("pretended", "expected"),
    [
        ({"processors": 1}, 1),
        ({"processors": 2, "siblings": 2}, 1),  # two hyperthreads of one core
        ({"processors": 4, "siblings": 2}, 2),
        ({"quota": "max 100000"}, 2),
        ({"quota": "150000 100000"}, 1),
        ({"quota": "50000 100000"}, 1),
        ({"quota": "400000 100000"}, 2),
        ({"quota": "what is this"}, 2),
    ],
)
def test_two_need_two_cores(machine, pretended, expected) -> None:
    machine(**pretended)
    assert thread_count("auto", 512, LARGE) == expected


def test_a_quota_is_less_than_the_processors(machine) -> None:
    machine(processors=8, quota="300000 100000")
    assert usable_cores() == 3
    machine(processors=2, quota="300000 100000")
    assert usable_cores() == 2
    machine(quota="10000 100000")
    assert usable_cores() == 1


@pytest.mark.parametrize("asked", [1, 2, 64])
def test_a_number_is_taken_at_its_word(machine, asked) -> None:
    machine(processors=1)
    assert thread_count(asked, 8, 10) == asked
