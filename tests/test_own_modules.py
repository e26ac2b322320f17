"""``--import``: typed alone, at once, by every command, and in every process that trains."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from running import Command

from mlp_scratch.evaluate import main
from mlp_scratch.own_modules import add_import_flag, without_import_flag

NOTE = "open('imported.txt', 'a').write(__name__ + '\\n')\n"


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two modules that note in a file that they were imported, and some with something wrong.

    Also in this process, which is left as it was.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("MLP_SCRATCH_IMPORT", "-")  # so that it is put back
    monkeypatch.delenv("MLP_SCRATCH_IMPORT")
    before = set(sys.modules)
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(NOTE)
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "torn.py").write_text("def f(:\n")
    (tmp_path / "leaving.py").write_text("raise SystemExit\n")
    (tmp_path / "lines.py").write_text("raise ValueError('one\\ntwo')\n")
    yield tmp_path / "imported.txt"
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def names(noted: Path) -> set[str]:
    return set(noted.read_text().split()) if noted.exists() else set()


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        (["a=1", "--import", "x", "-m"], ["a=1", "-m"]),
        (["--import=x,y", "a=1", "--import", "z"], ["a=1"]),
        (["a=1"], ["a=1"]),
    ],
)
def test_hydra_does_not_see_it(words: list[str], rest: list[str]) -> None:
    assert without_import_flag(words) == rest


@pytest.mark.parametrize(
    "words",
    [
        ["--import", "first,second"],
        ["--import=first", "a=1", "--import", "second"],
        ["a=1", "--import", "first, second,"],
    ],
)
def test_every_way_to_type_it(words: list[str], noted: Path) -> None:
    argparse_parser = argparse.ArgumentParser()
    argparse_parser.add_argument("rest", nargs="*")
    add_import_flag(argparse_parser)
    argparse_parser.parse_intermixed_args(words)
    assert names(noted) == {"first", "second"}
    assert os.environ["MLP_SCRATCH_IMPORT"].replace(" ", "").strip(",") == "first,second"


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("command", ["train", "evaluate", "compare", "search"])
def test_commands_import_before_they_work(
    command: str, noted: Path, run_command: Command, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text(NOTE)
    words = {"train": ("--cfg", "job"), "compare": (), "search": ("search.trials=x",)}
    done = run_command(command, *words.get(command, ("nobody",)), "--import", "a.b", small=False)
    assert (done.returncode == 0) == (command == "train"), done.stderr
    assert "Traceback" not in done.stderr
    assert names(noted) == {"a.b"}


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("broken", "--import broken: cannot be imported (division by zero)"),
        ("torn", "--import torn: cannot be imported (invalid syntax (torn.py, line 1))"),
        ("leaving", "--import leaving: cannot be imported (SystemExit)"),
        ("lines", "--import lines: cannot be imported (one two)"),
        ("nowhere", "--import nowhere: cannot be imported (No module named 'nowhere')"),
        ("first.py", "--import first.py: is no module's name; write --import first"),
        ("optim=adam", "write --import my_parts, for my_parts.py in this folder"),
        ("../first", "--import ../first: is no module's name"),
        (",", "--import ,: names no module"),
    ],
)
def test_mistakes_are_one_line(
    module: str, said: str, noted: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["nobody", "--import", module]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert not names(noted)
    assert "MLP_SCRATCH_IMPORT" not in os.environ


@pytest.mark.slow
def test_it_replaces_parts_in_every_process_that_trains(
    run_command: Command, tmp_path: Path
) -> None:
    """One that gives a known name another meaning must do so in workers too, or not at all."""
    (tmp_path / "stiff.py").write_text(
        "from mlp_scratch.nn.optimizers import OPTIMIZERS, SGD\n"
        "class Stiff(SGD):\n"
        "    def step(self, params, grads, lr):\n"
        "        self.t += 1\n"
        "OPTIMIZERS['sgd'] = Stiff\n"
    )
    stiff, swept = ("optim=sgd", "--import", "stiff"), ("-m", "seed=1,2")
    for words in (
        ("train", *stiff, "hydra.run.dir=one/run"),
        ("train", *stiff, *swept, "hydra.sweep.dir=sweep", "hydra.launcher.workers=2"),
        ("resume", "one/run", "training.epochs=3", "--import", "stiff"),
    ):
        done = run_command(*words)
        assert done.returncode == 0, (words, done.stderr)
    for metrics in [tmp_path / "one/run/metrics.csv", *tmp_path.glob("sweep/*/metrics.csv")]:
        rows = [line.split(",") for line in metrics.read_text().splitlines()]
        losses = {row[rows[0].index("val_loss")] for row in rows[1:]}
        assert len(losses) == 1, metrics


@pytest.mark.slow
def test_trials_of_a_search_have_it(noted: Path, run_command: Command, tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="the extra 'search' is not installed")
    done = run_command(
        *("search", "data=digits", "training.epochs=1", "search=optimizer", "search.trials=2"),
        *("search.workers=1", "search.dir=study", "model.layers=[784,8,10]", "--import", "first"),
    )
    assert done.returncode == 0, done.stderr
    assert noted.read_text().split() == ["first"] * 2  # here, and in the worker
    assert "first" not in (tmp_path / "study" / "search.yaml").read_text()


@pytest.mark.parametrize("word", ["--import=first", "--import"])
def test_no_file_has_a_say_over_it(
    word: str, noted: Path, run_command: Command, tmp_path: Path
) -> None:
    pytest.importorskip("optuna", reason="the extra 'search' is not installed")
    (tmp_path / "study").mkdir()
    asked = {"overrides": ["data=digits", "search=optimizer", "search.trials=1", word, "first"]}
    (tmp_path / "study" / "search.yaml").write_text(yaml.safe_dump(asked))
    (tmp_path / "sweep").mkdir()
    plan = {"asked": [{"launcher": [word], "config_dir": None}], "jobs": []}
    (tmp_path / "sweep" / "sweep.yaml").write_text(yaml.safe_dump(plan))
    for command in (("search", "search.dir=study"), ("resume", "sweep")):
        done = run_command(*command, small=False)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
    assert not names(noted)
