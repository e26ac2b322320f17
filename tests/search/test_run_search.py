"""A search from what was typed: mistakes are found before a trial."""

from pathlib import Path

import pytest
from sweeps import words, write_data

pytest.importorskip("optuna")

from searches import SPACE

from mlp_scratch.search.__main__ import main


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


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
