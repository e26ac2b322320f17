"""A run's config read back with overrides: each is the value that ``train`` takes it for."""

from dataclasses import asdict

import pytest
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.config.command_line import CommandLine, as_typed
from mlp_scratch.config.compose import compose_config
from mlp_scratch.errors import ConfigError
from mlp_scratch.nested import flat
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_config


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    place = tmp_path_factory.mktemp("saved")
    begin(tiny_config(write_data(place), ["training.epochs=1"]), place / "run")
    return RunFolder(place / "run")


@pytest.mark.parametrize(
    "word",
    [
        *("seed=010", "optim.lr=1e-2", "optim.lr=1E-2", "training.max_seconds=.5"),
        *("regularization.class_weight={3:2.0}", "training.early_stopping={patience:3}"),
        *("model.layers=[null, 8,null]", "model.batch_norm=True", "regularization.max_norm=null"),
        *("name=007", "name=true", "name='a b'", 'name="null"', "data.path='x, y.npz'"),
        *("optim=sgd", "augment=shift", "regularization=none"),
    ],
)
def test_an_override_is_the_value_that_train_takes_it_for(run: RunFolder, word: str) -> None:
    key = word.partition("=")[0]
    usual = flat(asdict(compose_config(["data=npz", "data.path=x"])))
    line = as_typed(CommandLine(["data=npz", "data.path=x", word]))
    trained = flat(asdict(compose_config(line.overrides)))
    again = flat(asdict(load_config(run, [word])))
    said = {name for name in trained if trained[name] != usual.get(name)} | {key} & trained.keys()
    assert {name: again[name] for name in said} == {name: trained[name] for name in said}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("seed=0x10", "seed=0x10: must be a whole number"),
        ("seed=1,2", "seed=1,2: not an override with one value; write key=value"),
        ("~optim.lr", "~optim.lr: not an override with one value; write key=value"),
        ("+optim.lr=1", "+optim.lr=1: not an override with one value; write key=value"),
        ("optim.lr", "optim.lr: not an override; write key=value"),
        ("optim.lrr=1", "optim.lrr=1: no such key (did you mean optim.lr?)"),
        ("name=${seed}", "name=${seed}: must be a plain value"),
        ("optim=adm", "optim=adm"),
    ],
)
def test_what_is_no_override_of_a_run(run: RunFolder, word: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(run, [word])
    assert str(caught.value).startswith(says)
    assert len(str(caught.value).splitlines()) <= 2
