"""Searches: the space, the study, trials as run folders, pruning, and going on."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sweeps import kill, wait_for, words, workers_of, write_data

pytest.importorskip("optuna")

import optuna

from mlp_scratch.errors import ConfigError
from mlp_scratch.search.__main__ import main
from mlp_scratch.search.space import corners, grid_of, grid_size, overrides_of, read_space
from mlp_scratch.search.study import SearchConfig, open_study

TWO = ["search.workers=2", "search.pruner=none"]
SPACE = ["search=optimizer", "search.startup_trials=2"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def start(folder: Path, *overrides: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlp_scratch.search", *overrides, f"search.dir={folder}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder.parent,
    )


def search(folder: Path, *overrides: str) -> tuple[int, str]:
    process = start(folder, *overrides)
    text = process.communicate(timeout=120)[0]
    return process.returncode, text


def trials(folder: Path) -> list[optuna.trial.FrozenTrial]:
    storage = f"sqlite:///{folder / 'study.db'}"
    return optuna.load_study(study_name=folder.name, storage=storage).get_trials()


def test_a_space_is_read() -> None:
    same = {"training.drop_last": "false", "model.layers": "[null,8,null]"}
    space = read_space(
        {
            "optim": {"choices": ["sgd", "adam"], "lr": {"low": 1e-4, "high": 0.1, "log": True}},
            "training.batch_size": {"low": 16, "high": 64, "step": 16},
            "training.drop_last": {"choices": [False]},
            "model.layers": {"choices": [[None, 8, None]]},
        }
    )
    assert list(space) == ["optim", "optim.lr", "training.batch_size", *list(same)]
    assert overrides_of({"optim.lr": 0.1, "model.layers": "[null,8,null]", "seed": 3}) == [
        "optim.lr=0.1",
        "model.layers=[null,8,null]",
        "seed=3",
    ]
    assert corners(space) == [
        {"optim": "sgd", "optim.lr": 1e-4, "training.batch_size": 16, **same},
        {"optim": "adam", "optim.lr": 0.1, "training.batch_size": 64, **same},
    ]
    del space["optim.lr"]
    assert grid_of(space)["training.batch_size"] == [16, 32, 48, 64]
    assert grid_size(space) == 8


@pytest.mark.parametrize(
    ("plain", "part"),
    [
        ({}, "empty"),
        ({"optim.lr": 3}, "search.space.optim.lr=3: not a range"),
        ({"optim.lr": {"low": 1}}, "must be numbers"),
        ({"optim.lr": {"low": "a", "high": 2}}, "must be numbers"),
        ({"optim.lr": {"low": 2.0, "high": 1.0}}, "search.space.optim.lr"),
        ({"optim.lr": {"low": 0.0, "high": 1.0, "log": True}}, "search.space.optim.lr"),
        (
            {"optim.lr": {"low": 1, "high": 2, "lgo": True}},
            "optim.lr.lgo: no such key",
        ),
        ({"optim": {"choices": []}}, "choices must be a list"),
    ],
)
def test_a_wrong_space_is_refused(plain: dict, part: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(part)):
        read_space(plain)


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (["search.trials=0"], ["search.trials=0", "at least 1"]),
        (["search.sampler=bayes"], ["search.sampler=bayes", "tpe, random, grid"]),
        (["search.pruner=x"], ["search.pruner=x", "median"]),
        (["search=defalt"], ["search=defalt", "default"]),
        (["search.trails=3"], ["search.trails=3", "search.trials"]),
        (["search.sampler=grid"], ["search.space.optim.lr", "needs choices"]),
        (["search.space.optim.lr.low=-1"], ["search.space.optim.lr"]),
        (["+search.space.optim.nosuch={choices:[1]}"], ["optim.nosuch", "no such key"]),
        (["training.validation_fraction=0"], ["validation_fraction=0"]),
        (["search.storage=sqlite:////nowhere/x.db"], ["search.storage=sqlite:////nowhere/x.db"]),
        (["search.storage=nodb://me:secret@host/x"], ["search.storage=nodb://me:***@host/x"]),
    ],
)
def test_mistakes_are_found_before_a_trial(
    data: Path,
    tmp_path: Path,
    overrides: list[str],
    parts: list[str],
    capsys: pytest.CaptureFixture,
) -> None:
    status = main([*words(data), *SPACE, *overrides, f"search.dir={tmp_path / 'study'}"])
    assert status in (1, 2)
    errors = capsys.readouterr().err
    for part in parts:
        assert part in errors
    assert "secret" not in errors
    assert not list(tmp_path.glob("study/0*"))


def test_trials_are_run_folders_and_a_study_goes_on(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    status, text = search(folder, *words(data), *SPACE, "search.trials=3", *TWO)
    assert status == 0, text
    runs = sorted(folder.glob("0*"))
    assert [run.name[:5] for run in runs] == ["0000,", "0001,", "0002,"]
    for trial, run in zip(trials(folder), runs, strict=True):
        config = yaml.safe_load((run / "config.yaml").read_text())
        assert config["optim"]["name"] == trial.params["optim"]
        assert config["optim"]["lr"] == trial.params["optim.lr"]
        assert (run / "summary.json").is_file()
        assert len(trial.intermediate_values) == 2
    before = [path.stat().st_mtime_ns for path in folder.glob("0*/summary.json")]
    status, text = search(folder, "search.trials=4")
    assert status == 0, text
    assert "4 trials, 3 of them done before" in text
    assert len({t.params["optim.lr"] for t in trials(folder)}) == 4  # what is new is new
    assert set(before) < {path.stat().st_mtime_ns for path in folder.glob("0*/summary.json")}
    assert len((folder / "trials.csv").read_text().splitlines()) == 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_an_interrupted_trial_goes_on_and_a_killed_one_has_failed(
    data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    space = ["+search.space.seed.choices=[5]", "training.epochs=100000", "search.pruner=none"]
    process = start(folder, *words(data), *SPACE, *space, "search.trials=2")
    wait_for(lambda: list(folder.glob("0000*/metrics.csv")), process)
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    wait_for(lambda: list(folder.glob("0001*/checkpoints/last.npz")), process)
    kill(process, signal.SIGTERM)
    assert process.returncode == 143
    assert [t.state.name for t in trials(folder)] == ["FAIL", "RUNNING"]
    epochs = len(next(folder.glob("0001*/metrics.csv")).read_text().splitlines()) - 1
    status, text = search(folder, f"training.epochs={epochs + 20}")
    assert status == 0, text
    assert len(list(folder.glob("0*"))) == 2
    log = next(folder.glob("0001*/train.log")).read_text()
    assert "resumed after epoch" in log
    assert len(next(folder.glob("0001*/metrics.csv")).read_text().splitlines()) - 1 == epochs + 20


@pytest.mark.slow
def test_a_hopeless_trial_is_pruned(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    status, text = search(
        folder,
        *words(data),
        "training.epochs=6",
        "optim=sgd",
        "search=settings",
        "+search.space.optim.lr.choices=[0.5,1e-9]",
        "search.sampler=grid",
        "+search.space.seed.choices=[1,2,3]",
        "search.startup_trials=1",
        "search.trials=6",
    )
    assert status == 0, text
    pruned = [t for t in trials(folder) if t.state.name == "PRUNED"]
    assert "1e-09" in {t.params["optim.lr"] for t in pruned}
    assert all(len(t.intermediate_values) < 6 for t in pruned)
    assert "pruned after epoch" in (folder / "trials.csv").read_text()


def test_the_search_uses_the_metric_that_decides(tmp_path: Path) -> None:
    config = SearchConfig(3, 1, "random", "none", 0, 0, 0, None, None, None, {})
    space = read_space({"seed": {"choices": [1, 2]}})
    tmp_path.joinpath("study").mkdir()
    open_study(config, tmp_path / "study", space, 3, larger_is_better=True)
    with pytest.raises(ConfigError, match=r"another training\.early_stopping\.metric"):
        open_study(config, tmp_path / "study", space, 3, larger_is_better=False)
