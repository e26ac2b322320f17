"""Several runs, or one, evaluated."""

from pathlib import Path

import pytest
from class_folders import write
from tiny_runs import begin

from mlp_scratch.config.compose import compose_config
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.runs.folder import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("folder")
    write(base / "p/train", 20)
    write(base / "p/test", 5)
    words = ("data=folder", "data.path=x", "model.layers=[null,32,null]", "training.epochs=9")
    config = compose_config((*words, "training.batch_size=8", "optim.lr=0.003"))
    config.data.path, config.data.cache_dir = str(base / "p"), str(base / "cache")
    assert begin(config, base / "run") is not None
    return base / "run"


def test_it_is_evaluated_with_pictures_of_another_size(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "other/train", 1, (90, 40))
    write(tmp_path / "other/test", 4, (90, 40))
    lines = "\n".join(evaluate_runs([RunFolder(run)], "best", [f"data.path={tmp_path}/other"]))
    assert "accuracy 1.0000" in lines
