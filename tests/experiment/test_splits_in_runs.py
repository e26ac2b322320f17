"""Runs whose rows are split as their data says, and cross-validation, from config to checkpoint."""

from pathlib import Path

import numpy as np
import pytest
from tiny_runs import STEPS, Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.folds import with_folds
from mlp_scratch.errors import ConfigError, MlpScratchError
from mlp_scratch.experiment.run import Result
from mlp_scratch.neural_net import NeuralNet
from mlp_scratch.runs.reader import read_runs
from mlp_scratch.sklearn_estimator import NeuralNetClassifier
from mlp_scratch.sweep.summary import summary_text


def table(folder: Path, n: int = 120) -> Path:
    """Rows of 24 people; the words of ``colour`` are known to some of them only."""
    rng = np.random.default_rng(0)
    lines = ["x,colour,who,part,fold,y"]
    for i in range(n):
        colour = "rgb"[i % 3] if i % 24 else "rare"
        part = ("train", "train", "val", "test")[i % 4]
        x = i % 2 + rng.normal() / 2
        lines.append(f"{x:.3f},{colour},p{i % 24},{part},{i % 3},{'no' if i % 2 else 'yes'}")
    (folder / "t.csv").write_text("\n".join(lines) + "\n")
    return folder / "t.csv"


def run(folder: Path, name: str, *words: str) -> Result:
    config = tiny_config(table(folder), ("data=csv", "data.label=y", *words))
    config.training.epochs = 2
    result = begin(config, folder / name)
    assert result is not None
    return result


def sizes(result: Result) -> tuple[int, ...]:
    data = result.summary["data"]
    return data["n_train"], data["n_validation"], data["n_test"]


OTHERS = "data.drop=[who,part,fold]"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("data.split=part", "data.drop=[who,fold]"), (60, 30, 30)),
        (("data.group=who", "data.drop=[part,fold]", "data.test_fraction=0.25"), (70, 20, 30)),
        (("data.shuffle=false", OTHERS), (86, 22, 12)),
        (("data.limit=50", OTHERS), (40, 10, 12)),
        (("data.split=fold", "training.fold=1", "data.drop=[who,part]"), (80, 40, 0)),
        (("training.folds=4", "training.fold=3", OTHERS), (81, 27, 12)),
    ],
)
def test_rows_are_split_as_asked(tmp_path: Path, words: tuple[str, ...], expected: tuple) -> None:
    result = run(tmp_path, "run", *words)
    assert sizes(result) == expected
    assert result.status == "finished"
    assert np.isfinite(result.summary["final"]["val_loss"])


def test_a_fold_goes_on_where_it_stopped(tmp_path: Path) -> None:
    config = tiny_config(write_data(tmp_path), ("training.folds=3", "training.fold=1"))
    begin(config, tmp_path / "whole")
    begin(config, tmp_path / "halves", Ending(2 * STEPS))
    go_on(tmp_path / "halves")
    assert state_of(tmp_path / "whole") == state_of(tmp_path / "halves")


def test_validation_rows_of_an_npz_judge(tmp_path: Path) -> None:
    path = write_data(tmp_path)
    with np.load(path) as saved:
        arrays = dict(saved)
    np.savez(path, **arrays, x_val=arrays["x_test"], y_val=arrays["y_test"])
    config = tiny_config(path, ("training.validation_fraction=0",))
    config.training.early_stopping.patience = 3
    result = begin(config, tmp_path / "run")
    assert result is not None
    assert sizes(result) == (140, 30, 30)
    last = result.summary["test"]["last"]["accuracy"]
    assert result.summary["final"]["val_accuracy"] == last


def test_whoever_looks_at_validation_rows_needs_some(tmp_path: Path) -> None:
    config = tiny_config(write_data(tmp_path), ("training.validation_fraction=0",))
    config.training.early_stopping.patience = 3
    with pytest.raises(ConfigError, match="patience=3: needs validation rows"):
        begin(config, tmp_path / "run")


def test_means_are_taken_over_folds(tmp_path: Path) -> None:
    """Also where the words of a fold's training rows make another number of features."""
    widths = set()
    for fold in range(3):
        words = ("data.rare=4", "data.group=who", "data.drop=[part,fold]", "training.folds=3")
        result = run(tmp_path, f"f{fold}", *words, f"training.fold={fold}")
        widths.add(result.experiment.network.sizes[0])
    assert len(widths) > 1
    runs = read_runs([tmp_path])
    text = summary_text(runs)
    accuracies = [r.summary["best"]["val_accuracy"] for r in runs]
    assert f"{np.mean(accuracies):.2%}".replace("%", " %") in text
    assert f"{np.std(accuracies, ddof=1):.2%}".replace("%", " %") in text
    assert "test std" in text
    assert "mean over training.fold" in text


def test_folds_are_a_sweep() -> None:
    made = with_folds(parse_command_line(["training.folds=3", "optim.lr=0.1"]))
    assert made.multirun
    assert made.overrides == ["training.folds=3", "optim.lr=0.1", "training.fold=0,1,2"]
    assert "--multirun" in made.flags
    for words in (["training.folds=3", "training.fold=1"], ["training.folds=null"], ["seed=1"]):
        assert with_folds(parse_command_line(words)) == parse_command_line(words)
    swept = with_folds(parse_command_line(["-m", "training.folds=2", "optim.lr=.1,.2"]))
    assert swept.overrides[-1] == "training.fold=0,1"
    assert swept.flags == ("-m",)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["training.folds=1"], "must be a whole number from 2 to 1,000"),
        (["training.folds=x"], "must be a whole number from 2 to 1,000"),
        (["training.folds=1000000"], "must be a whole number from 2 to 1,000"),
        (["training.folds=3,5"], "one number of folds at a time"),
        (["training.folds=3", "hydra.run.dir=x"], "whose folder is hydra.sweep.dir"),
    ],
)
def test_what_is_no_number_of_folds(words: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        with_folds(parse_command_line(words))


def test_one_config_is_one_fold() -> None:
    with pytest.raises(ConfigError, match=r"training.folds=5: is one network .* cross_val_score"):
        compose_config(["training.folds=5"])
    with pytest.raises(ConfigError, match="there are training"):
        compose_config(["training.folds=5", "training.fold=5"])


def test_python_refers_to_cross_val_score() -> None:
    x, y = np.eye(10), np.arange(10) % 2
    with pytest.raises(MlpScratchError, match="cross_val_score"):
        NeuralNet(folds=5)
    with pytest.raises(MlpScratchError, match="cross_val_score"):
        NeuralNet(folds=5, fold=0).train(x, y)
    for words in (["training.folds=5"], ["training.folds=5", "training.fold=1"]):
        with pytest.raises(ValueError, match="cross_val_score"):
            NeuralNetClassifier(overrides=words).fit(x, y)
