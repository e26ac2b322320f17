"""The log of a run."""

from pathlib import Path

from mlp_scratch.runs.console import log, logging_to


def test_a_log_with_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("2026-01-01 INFO epoch 1\n2026-01-01 INFO epo")
    with logging_to(path, quiet=True):
        log.info("resumed")
    lines = path.read_text().splitlines()
    assert lines[0] == "2026-01-01 INFO epoch 1"
    assert lines[1].endswith("INFO resumed")
    assert len(lines) == 2
