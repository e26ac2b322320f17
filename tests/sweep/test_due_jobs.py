"""Which jobs are still to be run."""

from pathlib import Path

import pytest
from made_jobs import job

from mlp_scratch.sweep.due_jobs import state_of_job
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


def test_states(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, plan = sweep
    assert [state_of_job(folder.run(e)) for e in plan.jobs] == [
        "begun",
        "begun",
        "begun",
        "failed",
        "begun",
    ]
    for entry in plan.jobs[:2]:
        (folder.run(entry).path / "weights.png").touch()  # the last picture: nothing is missing
    assert [state_of_job(folder.run(e)) for e in plan.jobs[:2]] == ["done", "done"]
    assert state_of_job(folder.run(Entry("nowhere", "0", []))) == "new"


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
    assert state_of_job(folder.run(entry)) == "begun"
    (path / f"{picture}.png").touch()
    assert state_of_job(folder.run(entry)) == "done"
