"""Where something is written for a config that came from a file."""

import shutil
from pathlib import Path

import pytest
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.runs.own_places import use_own_places


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    begin(tiny_config(write_data(folder)), folder / "run")
    return folder / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.mark.slow
def test_data_that_lies_there_is_read_there(run: Path, tmp_path: Path) -> None:
    def dir_of(name: str) -> str:
        config: ExperimentConfig = compose_config([f"data={name}", f"data.dir={tmp_path}"])
        use_own_places(config, ())
        return config.data.dir

    assert dir_of("mnist") == compose_config().data.dir
    assert dir_of("digits") == str(tmp_path)
    (tmp_path / "mnist.npz").touch()
    assert dir_of("mnist") == str(tmp_path)
    assert dir_of("cifar10") == compose_config().data.dir
    (tmp_path / "cifar-10-binary.tar.gz").touch()
    assert dir_of("cifar10") == str(tmp_path)
