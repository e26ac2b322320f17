"""The network's parts from the command line to the checkpoint, and back."""

import json
from pathlib import Path

import pytest
from running import Command


@pytest.mark.slow
def test_the_commands(run_command: Command, tmp_path: Path) -> None:
    """Train, resume, evaluate, and start from it: in the same structure only."""
    words = ["model.layers=[null,16,16,null]", "model.residual=inverted", "model.layer_norm=true"]
    run = ["data=digits", "training.epochs=1", "hydra.run.dir=run"]
    for command in (["train", *words, *run], ["resume", "run", "training.epochs=2"]):
        done = run_command(*command)
        assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["status"] == "finished"
    assert run_command("evaluate", "run").returncode == 0
    run = ["data=digits", "training.epochs=1", "model.init_from=run"]
    done = run_command("train", *words, *run, "hydra.run.dir=same")
    assert done.returncode == 0, done.stderr
    done = run_command("train", *words[:2], *run, "hydra.run.dir=other")
    assert done.returncode == 2
    assert "model.init_from=" in done.stderr
    assert "layer_norm is True there and False here" in done.stderr
