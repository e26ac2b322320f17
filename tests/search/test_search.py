"""Searches: the space, the study, trials as run folders, pruning, and going on."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from forked import start_command
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
    asked = [*overrides, f"search.dir={folder}"]
    return start_command(folder.parent, "search", asked, stderr=subprocess.STDOUT)


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
        ({"seed": {"choices": list(range(2000))}}, "search.space.seed: 2,000 choices"),
        ({"optim.lr": {"low": 0.1, "high": 1.0, "step": 1e-310}}, "search.space.optim.lr"),
    ],
)
def test_a_wrong_space_is_refused(plain: dict, part: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(part)):
        read_space(plain)


@pytest.mark.parametrize(
    ("plain", "part"),
    [
        ({"seed": {"low": 0, "high": 10**12}}, "search.space.seed.step=1: too small"),
        ({"optim.lr": {"low": 0.1, "high": 1.0, "step": 1e-9}}, "optim.lr.step=1e-09: too small"),
        ({k: {"low": 0, "high": 999} for k in "abcdefgh"}, "points; use tpe or random"),
    ],
)
def test_a_grid_without_end_is_refused(plain: dict, part: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(part)):
        grid_of(read_space(plain))


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (["search.trials=0"], ["search.trials=0", "at least 1"]),
        (["search.sampler=bayes"], ["search.sampler=bayes", "tpe, random, grid"]),
        (["search.pruner=x"], ["search.pruner=x", "median"]),
        (["search.metric=val_accurac"], ["search.metric=val_accurac", "val_accuracy"]),
        (
            ["search.metric=val_loss", "training.early_stopping.metric=val_accuracy"],
            ["search.metric=val_loss", "training.early_stopping.metric=val_accuracy", "leave one"],
        ),
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


@pytest.mark.slow
def test_a_metric_of_the_search_is_the_trials(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    few = ["search.trials=2", "search.pruner=none", "search.metric=val_loss"]
    status, text = search(folder, *words(data), *SPACE, *few)
    assert status == 0, text
    status, text = search(folder, "search.trials=3")  # goes on as it was asked for
    assert status == 0, text
    storage = f"sqlite:///{folder / 'study.db'}"
    study = optuna.load_study(study_name=folder.name, storage=storage)
    assert study.direction.name == "MINIMIZE"
    runs = sorted(folder.glob("0*"))
    assert len(runs) == 3
    for trial, run in zip(trials(folder), runs, strict=True):
        summary = json.loads((run / "summary.json").read_text())
        assert summary["monitor"] == "val_loss"
        assert trial.value == summary["best"]["val_loss"]
    status, text = search(folder, "search.trials=4", "search.metric=val_accuracy")
    assert status == 2, text
    assert "another training.early_stopping.metric" in text


@pytest.mark.slow
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
    config = SearchConfig(3, 1, "random", "none", 0, 0, None, 0, None, None, None, {})
    space = read_space({"seed": {"choices": [1, 2]}})
    tmp_path.joinpath("study").mkdir()
    open_study(config, tmp_path / "study", space, 3, "val_loss")
    open_study(config, tmp_path / "study", space, 3, "val_loss")
    for other in ("val_accuracy", "val_rmse"):  # of another direction, of the same
        with pytest.raises(ConfigError, match=r"another training\.early_stopping\.metric"):
            open_study(config, tmp_path / "study", space, 3, other)


VARIED = {  # what is typed, in a search that varies ``optim`` and ``optim.lr``: the way out
    "optim.lr=0.1": "~search.space.optim.lr",
    "++optim.lr=0.1": "~search.space.optim.lr",
    "optim=sgd": "~search.space.optim.choices",
}


@pytest.mark.parametrize("said", [*VARIED, "optim={lr:0.1}"])
def test_a_typed_value_that_is_varied_is_refused(
    said: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    status = main([*words(data), "search=optimizer", said, f"search.dir={tmp_path / 'study'}"])
    assert status == 2
    err = capsys.readouterr().err
    assert f"{said}: the search varies optim" in err
    assert f"'{VARIED.get(said, '')}" in err
    assert not (tmp_path / "study").exists()


@pytest.mark.slow
def test_a_value_held_for_all_trials_and_failures_that_count(data: Path, tmp_path: Path) -> None:
    """As the refusal proposes it; and one failed trial of two is no success."""
    folder = tmp_path / "study"
    held = [word for said in ("optim=sgd", "optim.lr=0.1") for word in (said, VARIED[said])]
    augment = "+search.space.augment.choices=[none,shift]"
    grid = ["search.sampler=grid", "search.trials=2"]
    status, text = search(folder, *words(data), "search=optimizer", *held, augment, *grid)
    assert status == 1, text
    assert "1 of 2 trials failed just now" in text
    states = {t.params["augment"]: t.state.name for t in trials(folder)}
    assert states == {"none": "COMPLETE", "shift": "FAIL"}
    (config,) = [yaml.safe_load(path.read_text()) for path in folder.glob("0*=none/config.yaml")]
    assert (config["optim"]["name"], config["optim"]["lr"]) == ("sgd", 0.1)
    status, text = search(folder)  # nothing to do, and nothing has failed now
    assert status == 0, text


def searched(data: Path, folder: Path, *more: str) -> None:
    """Write what ``search.yaml`` says, of a search that nobody has worked on yet."""
    folder.mkdir()
    said = [word for word in words(data) if not word.startswith("data.cache_dir=")]
    said += [*SPACE, "search.trials=1", *more]
    (folder / "search.yaml").write_text(yaml.safe_dump({"overrides": said}))


@pytest.mark.slow
def test_where_trials_are_stored_is_typed(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    searched(data, folder, f"search.storage={url}", "search.study=x")
    status, text = search(folder)
    assert status == 1
    assert not (tmp_path / "elsewhere.db").exists()
    shown = text.splitlines()[1].partition(": ")[2]
    assert shown == (
        f"python -m mlp_scratch.search search.dir={folder} search.storage={url} search.study=x"
    )
    status, text = search(folder, *shown.split()[4:])
    assert status == 0, text
    assert (tmp_path / "elsewhere.db").exists()


@pytest.mark.slow
def test_a_search_from_a_file_writes_to_places_of_the_user(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_SCRATCH_CACHE", str(tmp_path / "own"))
    folder, strange = tmp_path / "study", tmp_path / "strange"
    varied = f"+search.space.data.cache_dir.choices=[{strange}/a,{strange}/b]"
    searched(data, folder, f"data.cache_dir={strange}", varied.replace("cache_dir", "dir"))
    status, text = search(folder)
    assert status == 0, text
    searched(data, tmp_path / "other", varied)
    status, text = search(tmp_path / "other")
    assert status == 0, text
    assert not strange.exists()
    assert list((tmp_path / "own" / "parsed").iterdir())
    status, text = search(folder, "data.cache_dir=typed", "search.trials=2")
    assert status == 0, text
    assert list((tmp_path / "typed").iterdir())


@pytest.mark.mostly_slow(6)
@pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")
@pytest.mark.parametrize("name", ["../victim", "linked", 5, "0000"])
def test_trials_that_lie_elsewhere(name: object, data: Path, tmp_path: Path) -> None:
    """A study's database may name any folder; the search writes into its own alone."""
    folder, victim = tmp_path / "study", tmp_path / "victim"
    searched(data, folder)
    victim.mkdir()
    (folder / "linked").symlink_to(victim)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'study.db'}", study_name=folder.name, direction="maximize"
    )
    study.enqueue_trial(
        {"optim": "sgd", "optim.lr": 0.1},
        user_attrs={"folder": name, "owner": str(folder.absolute())},
    )
    status, text = search(folder)
    assert "Traceback" not in text
    assert not list(victim.iterdir())
    assert (status == 0) == (name in (5, "0000")), text


@pytest.mark.mostly_slow(3)
@pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")
@pytest.mark.parametrize("name", ["study.db", "study.db-journal", "study.db-wal"])
def test_a_database_that_is_a_link(name: str, data: Path, tmp_path: Path) -> None:
    folder, outside = tmp_path / "study", tmp_path / "outside"
    searched(data, folder)
    outside.write_bytes(b"")
    (folder / name).symlink_to(outside)
    status, text = search(folder)
    assert (status, "behind a link" in text) == (1, True), text
    assert outside.read_bytes() == b""


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_a_line(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read_only(path: Path, text: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr("mlp_scratch.search.run_search.write_text_atomically", read_only)
    assert main([*words(data), *SPACE, f"search.dir={tmp_path / 's'}"]) == 1
    error = capsys.readouterr().err
    assert error == f"error: {tmp_path}/s/search.yaml: cannot be written (Read-only file system)\n"
