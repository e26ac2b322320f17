"""What the description of a checkpoint must be like."""

from pathlib import Path

import pytest
from class_folders import write
from tiny_runs import begin

from mlp_scratch.config.compose import compose_config
from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.engine.checkpoint.checkpoint_schema import misfit


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
