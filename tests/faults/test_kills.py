"""Real training processes are killed at moments drawn uniformly over the whole run, and resumed.

Each ends with the bits of the run that nothing happened to.

    pytest -m slow tests/faults/test_kills.py -n 0 -s       a hundred kills, with their statistics
"""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from processes import finish, kill, run, start, words_for
from tiny_runs import state_of, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint

AT_ONCE = 2


def kill_and_resume(data: Path, folder: Path, moment: float) -> str | None:
    """Kill a run ``moment`` seconds after its start, and resume it; how far it was, or None when it
    had already ended."""
    started = time.monotonic()
    process = start(folder.parent, "train", *words_for(data, folder))
    time.sleep(max(0.0, moment - (time.monotonic() - started)))
    if not kill(process):
        return None
    stage = stage_of(folder)
    if stage == "nothing there":
        status, _, err = run(folder.parent, "train", *words_for(data, folder))
    else:
        status, _, err = run(folder.parent, "resume", str(folder))
        if stage == "no config yet" and status:  # then it says to start again, elsewhere
            assert "start it again with train" in err or "is not a run's folder" in err, err
            return stage
    assert status == 0, f"{stage}: {err}"
    return stage


def stage_of(folder: Path) -> str:
    if not folder.exists():
        return "nothing there"
    checkpoints = folder / "checkpoints"
    inside = list(checkpoints.glob(".*.tmp"))
    if (checkpoints / "last.npz").exists():
        checkpoint = read_checkpoint(checkpoints / "last.npz")
        if inside:
            return "inside a checkpoint write"
        return "after training" if checkpoint.epoch == 30 else "after a checkpoint"
    if inside:
        return "inside the first checkpoint write"
    return "no checkpoint yet" if (folder / "config.yaml").exists() else "no config yet"


def kills(wanted: int, data: Path, tmp_path: Path, seed: int) -> Counter:
    """Kill so many runs; returns how many were killed at which stage."""
    began = time.monotonic()
    undisturbed = start(tmp_path, "train", *words_for(data, tmp_path / "undisturbed"))
    second = start(tmp_path, "train", *words_for(data, tmp_path / "beside it"))
    assert finish(undisturbed)[0] == 0
    duration = time.monotonic() - began
    assert finish(second)[0] == 0
    expected = state_of(tmp_path / "undisturbed")
    dice, stages = random.Random(seed), Counter()

    def one(i: int) -> None:
        folder = tmp_path / f"run{i}"
        stage = kill_and_resume(data, folder, dice.uniform(0.0, duration))
        if stage is None:
            stages["ended before"] += 1
            return
        if (folder / "metrics.csv").exists():
            assert state_of(folder) == expected, f"{folder}, killed {stage}"
        stages[stage] += 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = 0
        while stages.total() - stages["ended before"] < wanted:
            missing = wanted - (stages.total() - stages["ended before"])
            for future in [pool.submit(one, done + i) for i in range(missing)]:
                future.result()
            done += missing
            assert done < 3 * wanted, f"most runs end before they are killed: {stages}"
    del stages["ended before"]
    return stages


def after_first_checkpoint(stages: Counter) -> int:
    later = ("after a checkpoint", "inside a checkpoint write", "after training")
    return sum(stages[stage] for stage in later)


def report(stages: Counter) -> None:
    print(f"\n{stages.total()} kills: " + ", ".join(f"{n} {s}" for s, n in stages.most_common()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def test_two_kills(data: Path, tmp_path: Path) -> None:
    stages = kills(2, data, tmp_path, seed=time.time_ns())
    report(stages)
    assert stages.total() == 2


@pytest.mark.slow
def test_ten_kills(data: Path, tmp_path: Path) -> None:
    stages = kills(10, data, tmp_path, seed=time.time_ns())
    report(stages)
    assert after_first_checkpoint(stages) >= 2


@pytest.mark.marathon
@pytest.mark.slow
def test_a_hundred_kills(data: Path, tmp_path: Path) -> None:
    stages = kills(100, data, tmp_path, seed=1)
    report(stages)
    assert after_first_checkpoint(stages) >= 20
    assert stages["inside a checkpoint write"] >= 1
