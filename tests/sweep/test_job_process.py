"""The process that works on a sweep's jobs."""

import os
from pathlib import Path

import pytest

from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.sweep.job_process import _Worker

links = pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")


@links
def test_a_link_is_found_before_the_log_is_opened(tmp_path: Path) -> None:
    """Otherwise what a worker's libraries print would already stand in what it leads to."""
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.log.symlink_to(tmp_path / "outside")
    worker = _Worker(lambda *_: 0, None)
    assert worker.work({"folder": str(run.path), "config": {}, "job": "run"}) == 1
    assert not (tmp_path / "outside").exists()
    assert "behind a link" in run.read_summary()["message"]
