"""Trials: run folders that go on, end early, fail and are counted."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest
import yaml
from sweeps import kill, wait_for, words, workers_of, write_data

pytest.importorskip("optuna")

import optuna
from searches import SPACE, search, start, trials

TWO = ["search.workers=2", "search.pruner=none"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.mark.slow
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


VARIED = {  # what is typed, in a search that varies ``optim`` and ``optim.lr``: the way out
    "optim.lr=0.1": "~search.space.optim.lr",
    "++optim.lr=0.1": "~search.space.optim.lr",
    "optim=sgd": "~search.space.optim.choices",
}


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
