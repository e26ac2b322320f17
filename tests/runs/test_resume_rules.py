"""What may change when a run is resumed, and what is refused."""

from dataclasses import asdict
from pathlib import Path

import pytest
from tiny_runs import Ending, begin, go_on, state_of, tiny_config, write_data

from mlp_scratch.config.key_roles import MAY_CHANGE
from mlp_scratch.errors import CheckpointError, ConfigError
from mlp_scratch.nested import flat
from mlp_scratch.runs import recorder
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import prepare
from mlp_scratch.runs.saved_run import load_config

WORDS = ("training.epochs=4", "training.checkpoint_every_steps=4", "regularization.dropout=0.2")
STOP_AT = 26  # inside the last epoch, behind a checkpoint


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was killed in its last epoch."""
    monkeypatch.setattr(recorder, "CHECKPOINT_SECONDS", 0.0)
    begin(tiny_config(data, WORDS), tmp_path / "run", Ending(STOP_AT))
    return tmp_path / "run"


@pytest.mark.parametrize(
    "word",
    [
        *("optim.lr=0.1", "seed=1", "model.layers=[64,7,3]", "training.batch_size=8"),
        *("optim=sgd", "regularization.dropout=0", "data.normalize=none", "name=other"),
        *("training.threads=2", "training.eval_every=2"),
    ],
)
def test_what_would_be_another_experiment(word: str, run: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        prepare(RunFolder(run), [word])
    assert str(caught.value).startswith(word)
    assert all(key in str(caught.value) for key in MAY_CHANGE)
    assert f"python -m mlp_scratch.rerun {RunFolder(run).path}" in str(caught.value)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("training.epoch=5", "no such key (did you mean training.epochs?)"),
        ("training", "not an override; write key=value"),
        ("nonsense=1", "no such key"),
    ],
)
def test_what_is_no_key_at_all(word: str, says: str, run: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        prepare(RunFolder(run), [word])
    assert str(caught.value).startswith(f"{word}: {says}")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("lr: 0.001", "lr: 0.01", "optim.lr=0.01"),
        ("dropout: 0.2", "dropout: 0.3", "regularization.dropout=0.3"),
        ("seed: 0", "seed: 1", "seed=1"),
        ("batch_size: 16", "batch_size: 15", "training.batch_size=15"),
        ("  beta1: 0.9", "  beta1: 0.8", "optim.beta1=0.8"),
    ],
)
def test_a_config_edited_by_hand(old: str, new: str, key: str, run: Path) -> None:
    text = (run / "config.yaml").read_text()
    assert text.count(old) == 1
    (run / "config.yaml").write_text(text.replace(old, new))
    with pytest.raises(CheckpointError) as caught:
        go_on(run)
    assert str(caught.value).startswith(key)
    assert "put it back" in str(caught.value)


@pytest.mark.mostly_slow(6)
@pytest.mark.parametrize("schedule", ["cosine", "linear", "onecycle"])
@pytest.mark.parametrize("step", [6, 10])
def test_a_horizon_that_would_move(schedule: str, step: int, data: Path, tmp_path: Path) -> None:
    words = [f"schedule={schedule}", "training.checkpoint_every_steps=3"]
    begin(tiny_config(data, words), tmp_path / "run", Ending(step))
    for epochs in (3, 9):
        with pytest.raises(ConfigError, match=r"schedule\.total_epochs"):
            prepare(RunFolder(tmp_path / "run"), [f"training.epochs={epochs}"])
    prepare(RunFolder(tmp_path / "run"), ["training.epochs=4"])


def test_fewer_epochs_than_are_done(run: Path) -> None:
    with pytest.raises(ConfigError, match="3 epochs are already done"):
        prepare(RunFolder(run), ["training.epochs=2"])
    with pytest.raises(ConfigError, match="epoch 4 is already under way"):
        prepare(RunFolder(run), ["training.epochs=3"])


def test_what_may_change_does(run: Path) -> None:
    words = ["training.early_stopping.patience=7", "training.checkpoint_every_steps=null"]
    config, _, _ = prepare(RunFolder(run), [*words, "training.epochs=5"])
    assert config.training.early_stopping.patience == 7
    assert config.training.checkpoint_every_steps is None
    go_on(run, words=[*words, "training.epochs=5"])
    assert len(state_of(run)["metrics"]) == 5


ALTERED = [  # a line of config.yaml, what stands there now, the word that is said and can be typed
    ("clip_norm: null", "clip_norm: 2.5", "training.clip_norm=2.5", "null"),
    ("batch_norm: false", "batch_norm: true", "model.batch_norm=true", "false"),
]


@pytest.mark.parametrize(("line", "now", "word", "before"), ALTERED)
def test_an_altered_config_is_told_in_words_that_rerun_reads(
    line: str, now: str, word: str, before: str, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    begin(tiny_config(write_data(tmp_path), ["training.epochs=2"]), path)
    file = RunFolder(path).config
    text = file.read_text("utf-8")
    assert text.count(line) == 1
    file.write_text(text.replace(line, now), "utf-8")
    said = f"trained with {before}; put it back, .*mlp_scratch.rerun .*run {word}$"
    with pytest.raises(CheckpointError, match=said) as error:
        go_on(path, words=["training.epochs=3"])
    assert str(error.value).startswith(f"{word} in ")
    key = word.partition("=")[0]
    assert flat(asdict(load_config(RunFolder(path), [f"{key}={before}"])))[key] in (None, False)
