"""The state of a run is judged once: reader, finder, sweep and search give one answer."""

import json
from pathlib import Path

import pytest

from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import load_run
from mlp_scratch.runs.run_state import COMPLETE, ENDED, LOST, STATES, WRITTEN, state_of
from mlp_scratch.sweep.due_jobs import is_due
from mlp_scratch.sweep.job_process import write_failure

# what somebody may leave in the place of summary.json -> the state that everybody sees
SUMMARIES = {
    "{": "damaged",
    "": "damaged",
    "[]": "foreign",
    "{}": "foreign",
    '{"status": null}': "damaged",
    '{"status": "done"}': "damaged",
    '{"status": ["finished"]}': "damaged",
    '{"status": "finished", "epochs_done": "three"}': "damaged",
    '{"status": "running"}': "killed",
    **{json.dumps({"status": said}): said for said in WRITTEN if said != "running"},
}


@pytest.fixture
def job(runs) -> RunFolder:
    """A finished job of a sweep, its pictures drawn."""
    path = Path(runs.add("a"))
    (path / "confusion_matrix.png").touch()
    (path / "weights.png").touch()
    assert not is_due(RunFolder(path), retry_failed=True)
    return RunFolder(path)


@pytest.mark.parametrize("text", SUMMARIES)
def test_all_see_one_state(job: RunFolder, text: str) -> None:
    wanted = SUMMARIES[text]
    job.summary.write_text(text)
    assert state_of(job).status == load_run(job.path).status == wanted
    assert is_due(job, retry_failed=True) == (wanted not in COMPLETE)
    assert is_due(job, retry_failed=False) == (wanted not in ENDED)
    write_failure(job, "killed by signal 9")
    assert state_of(job).status == (wanted if wanted in ENDED else "failed")


@pytest.mark.parametrize("said", ["finished", "diverged", "running"])
def test_without_a_config_it_is_damaged(job: RunFolder, said: str) -> None:
    job.write_summary({"status": said})
    job.config.unlink()
    assert state_of(job).status == load_run(job.path).status == "damaged"


@pytest.mark.parametrize("said", ["failed", "interrupted"])
def test_it_may_fail_before_there_is_a_config(job: RunFolder, said: str) -> None:
    job.write_summary({"status": said, "message": "no\ndata"})
    job.config.unlink()
    assert state_of(job).status == said
    assert state_of(job).problem == "no data"


def test_the_lock_alone_tells_running_from_killed(job: RunFolder) -> None:
    job.write_summary({"status": "running"})
    with job.locked():
        assert state_of(job).status == "running"
    assert state_of(job).status == "killed"


def test_neither_config_nor_metrics_is_read(job: RunFolder) -> None:
    job.config.write_text("{")
    job.metrics.write_bytes(b"\xff")
    assert state_of(job).status == "finished"
    assert load_run(job.path).status == "damaged"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert state_of(RunFolder(tmp_path / "nowhere")).status == "damaged"
    assert is_due(RunFolder(tmp_path / "nowhere"), retry_failed=False)


def test_has_trained(job: RunFolder) -> None:
    for status, trained in {"failed": False, "interrupted": False, "diverged": True}.items():
        job.write_summary({"status": status})
        assert state_of(job).has_trained == trained
        job.write_summary({"status": status, "layers": [2, 3]})
        assert state_of(job).has_trained


def test_every_word_is_a_state() -> None:
    assert {*COMPLETE, *LOST, *ENDED, *WRITTEN} <= {*STATES}
