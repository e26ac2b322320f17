"""Where a config from a file may write: downloads, caches and news of a run go to places that the
user typed, or to those of ``conf/``, whatever a run's config says; data is read where it says."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from processes import run as command
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.fetch import download
from mlp_scratch.data.lookup.user_cache import user_cache
from mlp_scratch.errors import DataError, RunError
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import prepare
from mlp_scratch.runs.saved_run import load_config


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    begin(tiny_config(write_data(folder)), folder / "run")
    return folder / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def say(run: Path, section: str, **values: Any) -> None:
    """Let the run's config say something else."""
    plain = yaml.safe_load((run / "config.yaml").read_text())
    plain[section] |= values
    (run / "config.yaml").write_text(yaml.safe_dump(plain))


DOORS = {
    "resume": ["training.epochs=5"],
    "rerun": [],
    "evaluate": [],
    "predict": ["--test", "2"],
}


@pytest.mark.mostly_slow(8)
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("typed", [False, True])
def test_the_cache_is_the_users_own(
    door: str, typed: bool, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    monkeypatch.setenv("MLP_SCRATCH_CACHE", str(own))
    say(run, "data", cache_dir=str(tmp_path / "strange"), dir=str(tmp_path / "strange"))
    more = ["data.cache_dir=typed"] if typed else []
    ended, out, err = command(tmp_path, door, str(run), *more, *DOORS[door])
    assert ended == 0, out + err
    assert not (tmp_path / "strange").exists()
    assert (own / "parsed").exists() != typed
    assert (tmp_path / "typed").exists() == typed


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
@pytest.mark.parametrize("typed", [False, True])
def test_downloads_go_to_the_users_own_place(
    name: str, typed: bool, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Path] = []

    def asked(name: str, remotes: Any, folder: Path) -> list[Path]:
        places.append(folder)
        raise DataError("no network here")

    monkeypatch.setattr(download, "download_all", asked)
    say(run, "data", name=name, path=None, dir=str(tmp_path / "strange"))
    words = [f"data.dir={tmp_path / 'typed'}"] if typed else []
    with pytest.raises(DataError, match="no network"):
        load_data(load_config(RunFolder(run), words))
    assert places == [(tmp_path / "typed" if typed else user_cache()) / name]
    assert not (tmp_path / "strange").exists()


@pytest.mark.slow
def test_who_is_told_of_a_run_is_typed(run: Path, tmp_path: Path) -> None:
    tracking = {"name": "mlflow", "uri": "http://evil/", "experiment": "x"}
    say(run, "tracking", **tracking)
    with pytest.raises(RunError, match=r"add tracking\.uri=http://evil/ to the command"):
        prepare(RunFolder(run), ["training.epochs=5"])
    ended, _, err = command(tmp_path, "rerun", str(run))
    assert (ended, "http://evil/" in err) == (1, True)
    assert not (tmp_path / "outputs").exists()
    ended, out, err = command(tmp_path, "evaluate", str(run))  # tells nobody
    assert ended == 0, out + err
    typed = prepare(RunFolder(run), ["training.epochs=5", "tracking.uri=http://mine/"])[0]
    assert typed.tracking["uri"] == "http://mine/"
    default = compose_config(["tracking=mlflow"]).tracking["uri"]
    say(run, "tracking", uri=default)
    assert prepare(RunFolder(run), ["training.epochs=5"])[0].tracking["uri"] == default
