"""A run on a folder of pictures, from its files to predictions for others."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_runs import begin, go_on

from mlp_scratch.config.compose import compose_config
from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.engine.checkpoint.checkpoint_schema import misfit
from mlp_scratch.errors import DataError
from mlp_scratch.inference.ensemble import evaluate_runs
from mlp_scratch.inference.predict_pictures import predict_pictures
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network

LEVELS = {"red": (220, 30, 30), "green": (30, 160, 30), "blue": (40, 40, 230)}


def write(folder: Path, many: int, size: tuple[int, int] = (12, 12)) -> Path:
    """Noise around each class's colour."""
    rng = np.random.default_rng(0)
    for name, level in LEVELS.items():
        (folder / name).mkdir(parents=True)
        for i in range(many):
            noise = rng.normal(0, 10, (*size, 3)) + np.array(level)
            pixels = np.clip(noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


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


def test_it_answers_for_other_pictures(run: Path, tmp_path: Path) -> None:
    others = write(tmp_path / "others", 1, (90, 40))
    files = [others / name / "0.png" for name in LEVELS]
    trained = load_network(RunFolder(run))
    lines = [*predict_pictures(trained, files, tmp_path / "answer.png", 0.5)]
    for name, line in zip(LEVELS, lines, strict=False):
        assert f"0.png  {name} " in line.replace("   ", "  ").replace("   ", "  "), line


def test_pictures_further_down_are_hinted_at(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "others", 1, (9, 9))
    with pytest.raises(
        DataError, match=r"no pictures in it .*; there are folders in it: name these"
    ):
        next(predict_pictures(load_network(RunFolder(run)), [tmp_path / "others"], None, 0.5))


def test_it_is_evaluated_with_pictures_of_another_size(run: Path, tmp_path: Path) -> None:
    write(tmp_path / "other/train", 1, (90, 40))
    write(tmp_path / "other/test", 4, (90, 40))
    lines = "\n".join(evaluate_runs([RunFolder(run)], "best", [f"data.path={tmp_path}/other"]))
    assert "accuracy 1.0000" in lines


@pytest.mark.parametrize(
    ("reader", "shape", "fits"),
    [
        ("resize", [12, 12, 3], True),
        ("resize", [12, 36], True),
        ("ink", [12, 36], True),
        ("ink", [12, 12, 3], False),
        ("resize", [12, 9, 4], False),
        ("resize", None, False),
    ],
)
def test_a_checkpoint_whose_reader_cannot_be(
    run: Path, reader: str, shape: list[int] | None, fits: bool
) -> None:
    saved = read_checkpoint(run / "checkpoints/best.npz")
    meta = {**saved.meta, "reader": reader, "image_shape": shape}
    assert (misfit(meta, saved.arrays) is None) == fits


def test_it_is_resumed(run: Path) -> None:
    assert go_on(run, words=["training.epochs=10"]) is not None
    assert len((run / "metrics.csv").read_text().splitlines()) == 11
