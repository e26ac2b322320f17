"""A run on a folder of pictures, from its files to predictions for others."""

import json
from pathlib import Path

import numpy as np
import pytest
from class_folders import write
from tiny_runs import begin, go_on

from mlp_scratch.config.compose import compose_config
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


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


def test_a_run_says_how_its_pictures_were_read(run: Path) -> None:
    summary = json.loads((run / "summary.json").read_text())
    assert summary["data"]["source"].endswith("75 pictures of 3 classes, 12x12 in colour")
    assert summary["test"]["last"]["accuracy"] > 0.9
    with np.load(run / "misclassified.npz") as mistakes:
        assert mistakes["images"].shape[1:] == (12 * 12 * 3,)
    trained = load_network(RunFolder(run))
    assert (trained.image_shape, trained.reader) == ((12, 12, 3), "resize")


def test_it_is_resumed(run: Path) -> None:
    assert go_on(run, words=["training.epochs=10"]) is not None
    assert len((run / "metrics.csv").read_text().splitlines()) == 11
