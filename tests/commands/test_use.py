"""``evaluate``, ``predict`` and ``resume`` on a trained run."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from running import Command, run_in, runs_in


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """A folder in which one run was trained; copy it before use."""
    folder = tmp_path_factory.mktemp("trained")
    done = run_in(
        folder,
        "train",
        *("data=digits", f"data.cache_dir={shared_cache}", "model.layers=[784,64,10]"),
        *("training.epochs=3", "name=trained"),
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """A trained run under ``tmp_path/outputs``."""
    shutil.copytree(trained_once / "outputs", tmp_path / "outputs")
    return runs_in(tmp_path)[0]


def test_evaluate_repeats_the_summary(run_command: Command, trained: Path, tmp_path: Path) -> None:
    said = json.loads((trained / "summary.json").read_text())["test"]
    for which in ("best", "last"):
        done = run_command("evaluate", "latest", "--checkpoint", which)
        assert done.returncode == 0, done.stderr
        accuracy = re.search(r"accuracy (\d\.\d+)", done.stdout)
        assert accuracy is not None
        assert float(accuracy.group(1)) == pytest.approx(said[which]["accuracy"], abs=5e-5)
    counts = [line.split()[1:] for line in done.stdout.splitlines()[-10:]]
    shown = np.array([[int(cell.replace(".", "0")) for cell in row] for row in counts])
    assert shown.sum() == np.sum(said["confusion_matrix"])
    copy = shutil.copytree(trained, tmp_path / "copy")
    both = run_command("evaluate", str(trained), str(copy))
    assert "ensemble of 2" in both.stdout
    twice = run_command("evaluate", str(trained), "trained")
    assert "ensemble" not in twice.stdout
    assert "counts once" in twice.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", ["flag", "variable"])
def test_parts_of_ones_own_serve_every_command(
    how: str, run_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parts.py").write_text(
        "from mlp_scratch.nn.activations import ACTIVATIONS, Tanh\n"
        "from mlp_scratch.nn.optimizers import OPTIMIZERS, SGD\n"
        "ACTIVATIONS['bend'], OPTIMIZERS['down'] = type('Bend', (Tanh,), {}), SGD\n"
    )
    for section, text in (("activation", "name: bend"), ("optim", "name: down\nlr: 0.1")):
        (tmp_path / "conf" / section).mkdir(parents=True)
        name = text.split()[1]
        (tmp_path / "conf" / section / f"{name}.yaml").write_text(text + "\n")
    mine = ("--config-dir", "conf", "activation=bend", "optim=down")
    done = run_command("train", *mine)
    assert done.returncode == 2
    assert "activation.name=bend: must be one of" in done.stderr
    assert done.stderr.endswith(" (--import MODULE imports one of your own)\n")
    if how == "variable":
        monkeypatch.setenv("MLP_SCRATCH_IMPORT", "parts")
    flags = {"flag": ("--import", "parts"), "variable": ()}[how]
    swept = ("-m", "seed=1,2", "hydra.launcher.workers=2", "hydra.sweep.dir=sweep")
    commands = [
        ("train", *mine, "hydra.run.dir=run"),
        ("train", *mine, *swept),
        ("evaluate", "run"),
        ("predict", "run", "--test", "3"),
        ("resume", "run", "training.epochs=3"),
        ("rerun", "run"),
        ("export", "run", "--to", "npz"),
    ]
    for words in commands if how == "flag" else commands[:3]:
        done = run_command(*words, *flags)
        assert done.returncode == 0, (words, done.stderr)
    monkeypatch.setenv("MLP_SCRATCH_IMPORT", "no_parts")
    done = run_command("evaluate", "run")
    assert done.returncode != 0
    assert "MLP_SCRATCH_IMPORT=no_parts: cannot be imported" in done.stderr
    monkeypatch.delenv("MLP_SCRATCH_IMPORT")
    done = run_command("evaluate", "run")
    assert "best.npz: activation.name=bend: must be one of" in done.stderr
    assert "do not fit" not in done.stderr


@pytest.mark.slow
def test_a_run_that_failed_says_so(run_command: Command, tmp_path: Path) -> None:
    assert run_command("train", "training.epochs=1").returncode == 0
    (run,) = runs_in(tmp_path)
    summary = json.loads((run / "summary.json").read_text())
    summary |= {"status": "failed", "message": "data=mnist: no such files"}
    (run / "summary.json").write_text(json.dumps(summary))
    (run / "checkpoints" / "best.npz").unlink()
    done = run_command("evaluate", "latest")
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"error: {run.relative_to(tmp_path)}: a run without best.npz; it failed: data=mnist: no"
    )
    (run / "summary.json").write_text(json.dumps(summary | {"message": "a\x1b[2Jb\nc"}))
    done = run_command("evaluate", "latest")
    assert done.stderr.endswith("it failed: a[2Jb\n")


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["predict", "latest", "nothing.png"], "nothing.png"),
        (["predict", "latest", "broken.png"], "broken.png"),
        (["predict", "nobody", "--test", "1"], "nobody"),
        (["evaluate", "nobody"], "nobody"),
        (["evaluate", "latest", "data.dir=x", "data.name=mnist", "data.download=false"], "mnist"),
        (["resume", "latest", "optim.lr=1"], "another experiment"),
        (["resume", "latest", "training.epochs=1"], "already done"),
        (["predict", "latest", "mine.csv", "--output", "../{cwd}/mine.csv"], "is what is read"),
        (["predict", "latest", "--test", "3", "--output", "."], "cannot be written"),
        (["predict", "latest", "--test", "3", "--output", "x.xyz"], "ends in .png, .pdf, .svg"),
        (["predict", "latest", "--animate", "x.mp4"], "ends in .gif"),
        (["export", "latest", "--to", "npz", "--output", "."], "cannot be written"),
        (["export", "latest", "--to", "npz", "--output", "{best}"], "is what is read"),
        (["export", "latest", "--to", "npz", "--output", "{last}"], "another checkpoint"),
        (["rerun", "latest", "optim.lrr=1"], "optim.lr"),
        (["rerun", "latest", "optim.lr=-1"], "optim.lr=-1"),
    ],
)
def test_mistakes(
    run_command: Command, trained: Path, tmp_path: Path, words: list[str], part: str
) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    (tmp_path / "mine.csv").write_text(",".join("0" * 784) + "\n")
    (best,) = tmp_path.rglob("best.npz")
    places = {"best": best, "last": best.with_name("last.npz"), "cwd": tmp_path.name}
    own = [best, best.with_name("last.npz"), tmp_path / "mine.csv"]
    before = [path.read_bytes() for path in own]
    words = [word.format(**places) for word in words]
    done: subprocess.CompletedProcess[str] = run_command(*words)
    assert [path.read_bytes() for path in own] == before
    assert done.returncode in (1, 2), done.stdout
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
