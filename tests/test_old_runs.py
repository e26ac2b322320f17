"""Run folders of an earlier version are evaluated, compared, resumed and repeated by today's.

They lie in ``fixtures/old_runs``, whose README says how they came to be, with what that version
made of them next. On its BLAS kernel and NumPy today's arrays are the same to the bit, elsewhere
to the rounding of float32, which in so few steps stays below the tolerances here.
"""

import csv
import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from running import run_in, runs_in

from mlp_scratch import NeuralNet
from mlp_scratch.data.tables.encoder.encoder_record import NUMBERS
from mlp_scratch.engine.checkpoint import read_checkpoint

OLD = Path(__file__).parent / "fixtures" / "old_runs"
TRAINED = ("adam", "norm", "interrupted", "sweep/optim=sgd", "sweep/optim=adam")
TRIALS = ("study/0000,optim=momentum,lr=0.00563", "study/0001,optim=momentum,lr=0.504")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A copy of the old working directory: ``runs/`` and the table that they were trained on."""
    return Path(shutil.copytree(OLD, tmp_path / "lab"))


def said(lab: Path, command: str, *words: str) -> str:
    """What a command prints; it must succeed."""
    done = run_in(lab, command, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def summary(run: Path) -> dict[str, Any]:
    return json.loads((run / "summary.json").read_text())


def bytes_of_arrays(checkpoint: Path) -> dict[str, bytes]:
    """The bytes of each array; what is said beside them may have gained a word, and a table's
    columns an encoder."""
    arrays = read_checkpoint(checkpoint).arrays
    return {name: array.tobytes() for name, array in arrays.items() if name not in NUMBERS}


def check_same_training(run: Path, expected: Path) -> None:
    """``run`` ends in the state of the checkpoint ``expected``."""
    new, old = read_checkpoint(run / "checkpoints" / "last.npz"), read_checkpoint(expected)
    assert new.arrays.keys() - NUMBERS.keys() == old.arrays.keys()  # tables have an encoder now
    now, then = summary(run), summary(OLD / "runs" / "adam")
    same_kernel = now["blas"]["kernel"] == then["blas"]["kernel"]
    same_bits = same_kernel and now["versions"]["numpy"] == then["versions"]["numpy"]
    for name, array in old.arrays.items():
        np.testing.assert_allclose(new.arrays[name], array, rtol=1e-4, atol=1e-6, err_msg=name)
        if same_bits:
            np.testing.assert_array_equal(new.arrays[name], array, err_msg=name)
    for key in ("epoch", "batch", "step", "optimizer_steps", "average_updates"):
        assert new.meta["trainer"][key] == old.meta["trainer"][key]
    assert new.meta["trainer"]["monitor"] == pytest.approx(old.meta["trainer"]["monitor"])


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize("name", ["adam", "norm", TRAINED[-1], TRIALS[1]])
def test_evaluated_as_it_was_when_it_ended(lab: Path, name: str) -> None:
    run = lab / "runs" / name
    for which in ("best", "last"):
        ended = summary(run)["test"][which]
        text = said(lab, "evaluate", f"runs/{name}", "--checkpoint", which)
        assert f"accuracy {ended['accuracy']:.4f}" in text
        loss = re.search(r"test loss ([\d.]+)", text)
        assert loss is not None
        assert float(loss[1]) == pytest.approx(ended["loss"], abs=1e-4)


def test_compared(lab: Path) -> None:
    """In the table and in the page's data each run stands with its own numbers."""
    rows = json.loads(said(lab, "compare", "runs", "--json", "--no-plot", "--html", "page.html"))
    by_name = {row["run"]: row for row in rows}
    assert by_name.keys() == {*TRAINED, *TRIALS}
    page = re.search(r'id="data">(.*?)</script>', (lab / "page.html").read_text("utf-8"), re.DOTALL)
    assert page is not None
    for name, row in by_name.items():
        ended = summary(lab / "runs" / name)
        assert row["status"] == ended["status"]
        assert row["val_accuracy"] == ended["best"]["val_accuracy"]
        assert json.dumps(name)[1:-1] in page[1]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("name", ["adam", "norm", "interrupted"])
def test_resumed_as_it_was_resumed_then(lab: Path, name: str) -> None:
    """Three more epochs, or the rest of the epoch that Ctrl-C came into and two more."""
    run = lab / "runs" / name
    assert (read_checkpoint(run / "checkpoints" / "last.npz").meta["trainer"]["batch"] > 0) == (
        name == "interrupted"
    )
    said(lab, "resume", f"runs/{name}", "training.epochs=6")
    check_same_training(run, OLD / "expected" / f"{name}.npz")
    assert summary(run)["status"] == "finished"
    with open(run / "metrics.csv", newline="") as file:
        assert [int(row["epoch"]) for row in csv.DictReader(file)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("name", ["adam", "norm", "sweep/optim=adam"])
def test_repeated(lab: Path, name: str) -> None:
    said(lab, "rerun", f"runs/{name}")
    (again,) = runs_in(lab)
    check_same_training(again, OLD / "runs" / name / "checkpoints" / "last.npz")


@pytest.mark.slow
def test_a_sweeps_jobs_are_known_as_done(lab: Path) -> None:
    """Resumed, it draws the pictures that the fixture lacks; asked for again, it has nothing to do.

    Both name the jobs' configs as the old version did, though configs may have more keys today.
    """
    folder = lab / "runs" / "sweep"
    plan = yaml.safe_load((folder / "sweep.yaml").read_text())
    before = {path: bytes_of_arrays(path) for path in folder.glob("*/checkpoints/*.npz")}
    assert len(before) == 4
    said(lab, "resume", "runs/sweep")
    words = plan["asked"][0]["overrides"]
    assert "2 of them done before" in said(lab, "train", "-m", *words, "hydra.sweep.dir=runs/sweep")
    assert yaml.safe_load((folder / "sweep.yaml").read_text())["jobs"] == plan["jobs"]
    after = {path: bytes_of_arrays(path) for path in folder.glob("*/checkpoints/*.npz")}
    assert after == before  # to the bit, wherever this runs: nothing was trained


@pytest.mark.slow
@pytest.mark.parametrize("moved", [False, True])
def test_a_study_goes_on(lab: Path, moved: bool) -> None:
    """Its trials count, and one more joins them. A study knows its trials' folders as its own by
    the absolute path: one that was moved goes on, but its table starts anew."""
    pytest.importorskip("optuna")
    folder = lab / "runs" / "study"
    if not moved:
        database = sqlite3.connect(folder / "study.db")
        with database:
            change = "UPDATE trial_user_attributes SET value_json = ? WHERE key = 'owner'"
            database.execute(change, (json.dumps(str(folder)),))
        database.close()
    before = {path: path.read_bytes() for path in folder.glob("*/checkpoints/*.npz")}
    assert len(before) == 4
    text = said(lab, "search", "search.dir=runs/study", "search.trials=3")
    assert "3 trials, 2 of them done before" in text
    with open(folder / "trials.csv", newline="") as file:
        rows = {row["job"]: row["status"] for row in csv.DictReader(file)}
    new = {name for name in rows if name.startswith("0002,")}
    assert len(new) == 1
    assert set(rows) == (new if moved else {*new, *(Path(name).name for name in TRIALS)})
    assert set(rows.values()) == {"finished"}
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_saved_network_predicts_what_it_did() -> None:
    with open(OLD / "flowers.csv", newline="") as file:
        rows = list(csv.reader(file))[1:]
    x = np.array([row[1:] for row in rows], np.float64)
    found = NeuralNet.load(OLD / "runs" / "flowers.npz").predict_proba(x)
    expected = np.load(OLD / "expected" / "probabilities.npz")["probabilities"]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_fixture_names_no_machine() -> None:
    """Absolute paths in it are those of /home/user."""
    for path in OLD.rglob("*"):
        if path.is_file():
            text = path.read_bytes().replace(b"\0", b"").decode("latin-1")
            paths = set(re.findall(r"""["' =](/[a-z]+/[a-z]+)""", text))
            assert paths <= {"/home/user"}, (path, paths)
