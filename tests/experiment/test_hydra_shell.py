"""What Hydra offers on its command line works through our shell, and leaves no folder behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from running import Command, runs_in

from mlp_scratch.config.paths import conf_dir

FLAGS = [
    # typed, what must be printed, what must not
    (["--cfg", "job"], ["optim:\n  name: adam", "kernels: fast"], ["hydra:"]),
    (["--cfg", "job", "--package", "optim"], ["name: adam", "lr: "], ["seed"]),
    (["optim=sgd", "--cfg", "job"], ["optim:\n  name: sgd"], []),
    (["--cfg", "hydra", "--resolve"], ["dir: outputs/20"], ["${now"]),
    (["--cfg", "job", "name=${hydra:job.name}", "--resolve"], ["name: train"], []),
    (["--info", "defaults"], ["optim", "adam"], []),
    (["--info", "searchpath"], ["command-line", "own"], []),
    (["--cfg", "job", "optim=mine"], ["name: sgd", "lr: 0.125"], []),
    (["--help"], ["optim: adagrad", "mine"], []),
]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own" / "optim").mkdir(parents=True)
    (tmp_path / "own" / "optim" / "mine.yaml").write_text("name: sgd\nlr: 0.125\n", "utf-8")
    return tmp_path / "own"


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(("typed", "printed", "not_printed"), FLAGS, ids=lambda w: " ".join(w))
def test_flags(
    run_command: Command, tmp_path: Path, own: Path, typed: list, printed: list, not_printed: list
) -> None:
    done = run_command("train", "--config-dir", str(own), *typed, small=False)
    assert done.returncode == 0, done.stderr
    for part in printed:
        assert part in done.stdout
    for part in not_printed:
        assert part not in done.stdout
    assert not (tmp_path / "outputs").exists()


@pytest.mark.slow
def test_a_search_path_of_ones_own(run_command: Command, tmp_path: Path, own: Path) -> None:
    words = (f"hydra.searchpath=[file://{own.as_posix()}]", "optim=mine", "training.epochs=1")
    done = run_command("train", *words, "name=${hydra:job.name}")
    assert done.returncode == 0, done.stderr
    (run,) = runs_in(tmp_path)
    config = yaml.safe_load((run / "config.yaml").read_text("utf-8"))
    assert config["optim"] == {"name": "sgd", "lr": 0.125}
    assert config["name"] == "train"


@pytest.mark.skipif(os.name != "posix", reason="bash asks for completions")
def test_tab_completion(tmp_path: Path) -> None:
    asked = {"COMP_LINE": "mlp-train optim=ada", "COMP_POINT": "19"}
    command = [sys.executable, "-m", "mlp_scratch.train", "-sc", "query=bash"]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | asked, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["optim=adagrad", "optim=adam", "optim=adamw"], done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize("words", [["optim=adm"], ["-m", "optim=adm,sgd"]])
def test_a_mistake_is_one_line_unless_all_of_it_is_asked_for(
    run_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    done = run_command("train", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    assert "Traceback" in run_command("train", *words).stderr
    assert not runs_in(tmp_path)


THEIRS = "hydra.experimental.callback"

UNCLAIMABLE = [
    # typed in a folder with files of a user's own, part of the answer
    ("hydra.run.dir=.", "already in use"),
    ("++hydra.run.dir=.", "already in use"),
    ("hydra.run.dir=./", "already in use"),
    ("hydra.run.dir=/", "already in use"),
    ("hydra.run.dir=..", "already in use"),
    ("hydra.run.dir=summary.json", "already in use"),
    ("hydra.run.dir=", "hydra.run.dir=: names no folder"),
    ("hydra.run.dir=${oc.env:NOPE}", "cannot be claimed"),
    ("hydra.output_subdir=..", "hydra.output_subdir=..: must be a plain name"),
    ("hydra.callbacks=null", "hydra.callbacks=null: would let runs share a folder"),
    ("~hydra.callbacks.claim", "~hydra.callbacks.claim: would let runs share a folder"),
    ("-m hydra.sweep.dir=. seed=0,1", "already in use"),
    ("-m hydra.sweep.dir= seed=0,1", "hydra.sweep.dir=: names no folder"),
    ("--config-dir own experiment=here", "already in use"),
]


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize(("typed", "said"), UNCLAIMABLE, ids=[case[0] for case in UNCLAIMABLE])
def test_what_cannot_be_claimed_stops_the_run(
    run_command: Command, tmp_path: Path, own: Path, typed: str, said: str
) -> None:
    (own / "experiment").mkdir()
    text = "# @package _global_\nhydra:\n  run:\n    dir: .\n"
    (own / "experiment" / "here.yaml").write_text(text, "utf-8")
    for name in ("summary.json", "config.yaml"):
        (tmp_path / name).write_text("mine", "utf-8")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    done = run_command("train", *typed.split(), "training.epochs=0")
    assert done.returncode in (1, 2), done.stdout
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.slow
def test_an_empty_working_directory_can_be_the_folder(run_command: Command, tmp_path: Path) -> None:
    failed = run_command("train", "data=csv", "data.path=nothing.csv", "hydra.run.dir=.")
    assert failed.returncode == 1
    assert not list(tmp_path.iterdir())
    done = run_command("train", "training.epochs=0", "hydra.run.dir=.")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "summary.json").is_file()


def test_without_our_callback_nothing_is_trained(run_command: Command, tmp_path: Path) -> None:
    shutil.copytree(conf_dir(), tmp_path / "theirs")
    config = tmp_path / "theirs" / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("ClaimRunFolder", "Callback"), "utf-8")
    text = config.read_text("utf-8").replace("mlp_scratch.experiment.hydra_shell", THEIRS)
    config.write_text(text, "utf-8")
    done = run_command("train", "--config-path", str(tmp_path / "theirs"), "training.epochs=0")
    assert done.returncode == 1
    assert "not claimed; hydra.callbacks must stay as it is in ours" in done.stderr
    assert not runs_in(tmp_path)
    assert not list((tmp_path / "outputs").rglob("train.log"))
