"""The numerics revision: written down, defaulted, and missed by nobody who goes on with a run."""

import json
import re
import shutil
from pathlib import Path

import pytest
from running import run_in

from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from mlp_scratch.engine.numerics import NUMERICS, other_numerics

ROOT = Path(__file__).parents[2]
OLD = ROOT / "tests" / "fixtures" / "old_runs"
OTHER = NUMERICS + 6


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """An old run's working directory; its checkpoints and its summary name no revision."""
    return Path(shutil.copytree(OLD, tmp_path / "lab"))


@pytest.mark.parametrize(
    ("made", "warns"),
    [
        ({"numerics": NUMERICS}, False),
        ({"numerics": OTHER}, True),
        ({}, NUMERICS != 1),
        ({"numerics": "\x1b[2J"}, True),
    ],
)
def test_one_line_names_both_revisions(made: dict, warns: bool) -> None:
    line = other_numerics(made)
    assert (line is not None) == warns
    if line is not None:
        assert f"under {NUMERICS}:" in line
        assert str(made.get("numerics", 1)) in line or "'\\x1b[2J'" in line
        assert line.isprintable()


@pytest.mark.slow
def test_a_resumed_run_carries_todays(lab: Path) -> None:
    run = lab / "runs" / "adam"
    done = run_in(lab, "resume", "runs/adam", "training.epochs=4")
    assert done.returncode == 0
    assert ("numerics revision" in done.stdout + done.stderr) == (NUMERICS != 1)
    assert json.loads((run / "summary.json").read_text())["numerics"] == NUMERICS
    assert read_checkpoint(run / "checkpoints" / "last.npz").meta["numerics"] == NUMERICS


@pytest.mark.slow
def test_going_on_under_another_revision_warns(lab: Path) -> None:
    """With the number altered in what an old run left: evaluated and compared in silence."""
    run = lab / "runs" / "adam"
    for path in (run / "checkpoints").iterdir():
        saved = read_checkpoint(path)
        write_checkpoint(path, Checkpoint(saved.arrays, saved.meta | {"numerics": OTHER}))
    summary = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps(summary | {"numerics": OTHER}))
    warning = f"runs/adam: made under numerics revision {OTHER}, and goes on under {NUMERICS}"
    for command, warns in (
        (("evaluate", "runs/adam"), False),
        (("compare", "runs", "--no-plot"), False),
        (("rerun", "runs/adam"), True),
        (("resume", "runs/adam", "training.epochs=4"), True),
    ):
        done = run_in(lab, *command)
        assert done.returncode == 0, done.stderr
        assert (done.stdout + done.stderr).count(warning) == warns, command


def test_the_changelog_tells_of_every_revision() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    named = {int(number) for number in re.findall(r"[Nn]umerics revision (\d+)", text)}
    assert named == set(range(1, NUMERICS + 1))
