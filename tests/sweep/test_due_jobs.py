"""Which jobs are still to be run."""

from pathlib import Path

import pytest
from made_jobs import job

from mlp_scratch.sweep.due_jobs import is_due
from mlp_scratch.sweep.sweep_folder import Entry, Plan, SweepFolder


@pytest.fixture
def sweep(tmp_path: Path) -> tuple[SweepFolder, Plan]:
    jobs = [
        job(tmp_path, ["optim=sgd", "seed=0"], "finished", 0.90),
        job(tmp_path, ["optim=sgd", "seed=1"], "stopped_early", 0.92),
        job(tmp_path, ["optim=adam", "seed=0"], "finished", 0.95),
        job(tmp_path, ["optim=adam", "seed=1"], "failed"),
        job(tmp_path, ["optim=lion", "seed=0"], "running", 0.99),
    ]
    return SweepFolder(tmp_path), Plan([], jobs)


def test_what_is_due(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, plan = sweep
    due = [is_due(folder.run(e), retry_failed=False) for e in plan.jobs]
    assert due == [True, True, True, False, True]
    assert is_due(folder.run(plan.jobs[3]), retry_failed=True)
    for entry in plan.jobs[:2]:
        (folder.run(entry).path / "weights.png").touch()  # the last picture: nothing is missing
    assert not any(is_due(folder.run(e), retry_failed=True) for e in plan.jobs[:2])
    assert is_due(folder.run(Entry("nowhere", "0", [])), retry_failed=False)


@pytest.mark.parametrize(
    ("task", "picture"),
    [
        ("classification", "confusion_matrix"),
        ("regression", "regression"),
        ("multilabel", "labels"),
        ("autoencoder", "weights"),
    ],
)
def test_a_job_is_done_when_its_last_picture_is_drawn(runs, task: str, picture: str) -> None:
    path = runs.add("a", task=task)
    folder, entry = SweepFolder(runs.root), Entry("a", "a", [])
    assert is_due(folder.run(entry), retry_failed=False)
    (path / f"{picture}.png").touch()
    assert not is_due(folder.run(entry), retry_failed=False)
