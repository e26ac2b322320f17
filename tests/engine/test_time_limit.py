"""A limit on the time of training, over all its sessions."""

from pathlib import Path

import pytest
from tiny_runs import begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.runs.metrics_file import read_metrics


def test_the_time_is_up_after_an_epoch_and_stays_up(tmp_path: Path) -> None:
    """What was trained is, to the bit, the beginning of what is trained without the limit."""
    data = write_data(tmp_path)
    words = ["training.epochs=3", "regularization.dropout=0.2"]
    begin(tiny_config(data, words), tmp_path / "whole")
    limited = tmp_path / "limited"
    result = begin(tiny_config(data, [*words, "training.max_seconds=1e-6"]), limited)
    for _ in range(2):  # what was spent is spent
        assert result is not None
        assert result.status == result.summary["status"] == "stopped_early"
        assert result.summary["message"].startswith("training.max_seconds=1e-06: reached after ep")
        assert result.summary["epochs_done"] == 1
        assert "test" in result.summary
        spent = read_metrics(limited / "metrics.csv")["seconds"].sum()
        assert result.experiment.time_limit.seconds == pytest.approx(spent)
        result = go_on(limited)
    result = go_on(limited, words=[f"training.max_seconds={spent * 0.99}"])
    assert result is not None
    assert result.summary["epochs_done"] == 1
    result = go_on(limited, words=["training.max_seconds=1000"])
    assert result is not None
    assert result.status == "finished"
    assert result.summary["message"] is None
    assert state_of(limited) == state_of(tmp_path / "whole")


@pytest.mark.parametrize("cell", ["1e5e5", "-1", "", "1e999", "--"])
def test_seconds_that_are_none_do_not_count(cell: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(tiny_config(write_data(tmp_path), ["training.epochs=2"]), run)
    lines = (run / "metrics.csv").read_text().splitlines()
    said, _, rate = lines[1].rsplit(",", 2)
    lines[1] = f"{said},{cell},{rate}"
    (run / "metrics.csv").write_text("\n".join([*lines, ""]))
    result = go_on(run, words=["training.max_seconds=1000"])
    assert result is not None
    assert result.experiment.time_limit.seconds == float(lines[2].rsplit(",", 2)[1])
