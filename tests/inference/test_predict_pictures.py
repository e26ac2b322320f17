"""Answers for pictures."""

from pathlib import Path

import numpy as np
import pytest
from class_folders import LEVELS, write
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont
from tiny_runs import begin

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.pictures.ink.read_ink import read_ink
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import DataError
from mlp_scratch.inference.predict_pictures import doubt, predict_pictures
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


FONT = font_manager.findfont("DejaVu Sans")  # matplotlib brings it along


def handwritten(letter: str) -> np.ndarray:
    picture = Image.new("RGB", (300, 400), "white")
    font = ImageFont.truetype(FONT, 260)
    ImageDraw.Draw(picture).text((70, 50), letter, "black", font)
    return read_ink(picture, (28, 28)).rows


@pytest.mark.parametrize(
    ("most", "figure", "doubtful", "why"),
    [
        (0.6, "7", False, ""),
        (0.45, "7", True, ""),
        (0.99, "W", True, "; does not look like a 7"),
    ],
)
def test_a_figure_that_is_no_digit_is_doubted(most, figure, doubtful, why) -> None:
    rows = handwritten(figure)
    p = np.full(10, (1 - most) / 9)
    p[7] = most
    assert doubt(Task("classification", names=tuple("0123456789")), rows, p) == (doubtful, why)
    words = Task("classification", names=tuple("abcdefghij"))
    assert doubt(words, rows, p) == (most < 0.5, "")
