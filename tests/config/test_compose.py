"""Every experiment composes; every mistake gets its message."""

import re

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.errors import ConfigError


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("choice", choices("experiment"))
def test_every_experiment_composes(choice: str) -> None:
    assert compose_config([f"experiment={choice}"]).name == choice


MISTAKES = [
    # what was typed, and what the answer must contain: key, value, rule or nearest name
    ("optim=adm", ["optim=adm", "adam"]),
    ("optm=adam", ["optm", "optim"]),
    ("optim.betta=1", ["optim.betta=1", "optim.beta"]),
    ("training.epoch=3", ["training.epoch=3", "training.epochs"]),
    ("training.epochs=ten", ["training.epochs=ten", "whole number"]),
    ("training.epochs=-1", ["training.epochs=-1", "at least 0"]),
    ("training.epochs=1.5", ["training.epochs=1.5", "whole number"]),
    ("model.layers=[784]", ["model.layers=[784]", "input and an output"]),
    ("model.layers=[784,0,10]", ["model.layers[1]=0", "from 1 to 10,000,000"]),
    ("model.layers=[784,-3,10]", ["model.layers[1]=-3", "from 1 to 10,000,000"]),
    ("model.layers=[784,null,10]", ["model.layers[1]=null", "first and the last"]),
    ("model.layers=784", ["model.layers", "list"]),
    ("model.layers=[784,a,10]", ["model.layers", "whole number"]),
    ("model.layers=[[],10]", ["model.layers[0]=[]", "whole number or null"]),
    ("optim=null", ["optim=null"]),
    ("model.init=he_nromal", ["model.init=he_nromal", "did you mean he_normal?"]),
    ("model.init=normal model.init_std=0", ["model.init_std=0", "greater than 0"]),
    ("model.init=orthogonal model.init_gain=-1", ["model.init_gain=-1", "greater than 0"]),
    ("model.bn_eps=0", ["model.bn_eps=0", "greater than 0"]),
    ("model.bn_momentum=2", ["model.bn_momentum=2", "[0, 1]"]),
    ("model.ln_eps=0", ["model.ln_eps=0", "greater than 0"]),
    ("model.layer_norm=true model.batch_norm=true", ["model.layer_norm=true", "batch_norm=false"]),
    ("model.activations=[relu]", ["model.activations=[relu]", "each of the 2 hidden layers"]),
    ("model.activations=[relu,rely]", ["model.activations[1]=rely", "did you mean relu?"]),
    ("model.activations=relu", ["model.activations=relu", "list"]),
    ("model.residual=plian", ["model.residual=plian", "did you mean plain?"]),
    ("model.residual=plain", ["model.residual=plain", "as wide as the one before"]),
    ("model.residual=inverted", ["model.residual=inverted", "all of one width"]),
    (
        "model.layers=[9,8,8,8,2] model.residual=inverted model.activations=[relu,relu,relu]",
        ["model.activations=[relu,relu,relu]", "each of the 2 hidden layers but the first"],
    ),
    ("model.parametrization=mu", ["model.parametrization=mu", "did you mean mup?"]),
    ("model.base_width=0", ["model.base_width=0", "from 1 to 10,000,000"]),
    ("regularization.input_dropout=1", ["regularization.input_dropout=1", "[0, 1)"]),
    ("regularization.dropout=[0,2]", ["regularization.dropout=2", "[0, 1)"]),
    ("model.layers=[784,10] regularization.dropout=-1", ["regularization.dropout=-1", "[0, 1)"]),
    ("regularization.dropout=1.0", ["regularization.dropout=1", "[0, 1)"]),
    ("regularization.dropout=[0.1,0.2,0.3]", ["regularization.dropout", "2 hidden layers"]),
    ("regularization.dropout=abc", ["regularization.dropout=abc", "number"]),
    ("regularization.l2=-1", ["regularization.l2=-1", "at least 0"]),
    ("regularization.max_norm=0", ["regularization.max_norm=0", "greater than 0"]),
    ("regularization.label_smoothing=1", ["regularization.label_smoothing=1", "[0, 1)"]),
    ("optim.lr=-1", ["optim.lr=-1", "greater than 0"]),
    ("optim.lr=0", ["optim.lr=0", "greater than 0"]),
    ("optim.lr=nan", ["optim.lr=nan", "greater than 0"]),
    ("optim.lr=null", ["optim.lr"]),
    ("optim.beta1=2", ["optim.beta1=2", "[0, 1)"]),
    ("optim.name=adm", ["optim.name=adm", "adam"]),
    ("activation=rely", ["activation=rely", "relu"]),
    ("augment=affine augment.max_rotation=1000", ["augment.max_rotation=1000", "180"]),
    ("schedule=step schedule.step_epochs=0", ["schedule.step_epochs=0", "at least 1"]),
    ("schedule=cosine schedule.min_factor=2", ["schedule.min_factor=2", "[0, 1]"]),
    ("schedule.warmup_epochs=11", ["schedule.warmup_epochs=11", "10 epochs"]),
    ("schedule=plateau training.validation_fraction=0", ["plateau", "validation_fraction=0.1"]),
    ("training.validation_fraction=1", ["training.validation_fraction=1", "[0, 1)"]),
    (
        "training.validation_fraction=0 training.early_stopping.patience=3",
        ["training.early_stopping.patience=3", "validation_fraction=0.1"],
    ),
    ("training.early_stopping.metric=loss", ["early_stopping.metric=loss", "val_loss"]),
    ("training.batch_size=0", ["training.batch_size=0", "full"]),
    ("training.batch_size=half", ["training.batch_size=half", "full"]),
    ("training.threads=0", ["training.threads=0", "auto"]),
    ("training.threads=1025", ["training.threads=1025", "from 1 to 1,024, or auto"]),
    ("training.eval_every=0", ["training.eval_every=0"]),
    ("training.kernels=fats", ["training.kernels=fats", "did you mean fast?"]),
    ("training.checkpoint_every_steps=0", ["training.checkpoint_every_steps=0", "at least 1"]),
    ("training.drop_last=perhaps", ["training.drop_last=perhaps", "true or false"]),
    ("seed=-1", ["seed=-1"]),
    ("seed=x", ["seed=x", "whole number"]),
    ("data=mnsit", ["data=mnsit", "mnist"]),
    ("data=csv", ["data.path=null", "data.path=FILE"]),
    ("data.path=x", ["data.path=x", "data=csv"]),
    ("data.delimiter=ab", ["data.delimiter=ab", "one character, or one of comma, semicolon"]),
    ("data.encoding=rot13", ["data.encoding=rot13", "an encoding of text"]),
    ("data.header=maybe", ["data.header=maybe", "auto, true or false"]),
    ("data.image_size=8", ["data.image_size=8", "data=folder"]),
    ("data=folder data.path=x data.image_size=[8]", ["data.image_size=[8]", "[height, width]"]),
    ("data=folder data.path=x data.image_size=0", ["data.image_size=0", "from 1 to 4,096"]),
    ("data=folder data.path=x data.colors=gray", ["data.colors=gray", "did you mean grey?"]),
    ("data=folder data.path=x data.broken=no", ["data.broken", "leave_out, refuse"]),
    (
        "data=folder data.path=x data.reader=ink data.colors=color",
        ["data.reader=ink", "data.colors=color"],
    ),
    ("data.normalize=zscore", ["data.normalize=zscore", "standardize"]),
    ("optim.lr=0.1 optm=adam optim=sgd", ["optm=adam: no such key (did you mean optim?)"]),
    ("~optim.bta1", ["~optim.bta1: no such key", "did you mean optim.beta1?"]),
    ("+seed=3", ["seed"]),
    ("epochs=3", ["epochs=3", "did you mean training.epochs?"]),
    ("dropout=0.2", ["dropout=0.2", "did you mean regularization.dropout?"]),
    ("augment.alpha=3", ["augment.alpha=3", "augment=elastic", "not of this choice"]),
    ("optim.momentum=0.9", ["optim.momentum=0.9", "optim=momentum, nesterov, rmsprop"]),
    ("training.early_stopping=5", ["training.early_stopping=5", "is a section"]),
    ("+extra=1", ["extra", "no such key"]),
    ("+optim.extra=1", ["optim.extra", "no such key"]),
    ("~seed", ["seed", "missing"]),
    ("nonsense", ["nonsense", "key=value"]),
    ("optim=[sgd,adam]", ["optim=[sgd,adam]: is one choice", "-m optim=sgd,adam"]),
    ("activation=[relu,tanh]", ["-m activation=relu,tanh"]),
    ("model.layers=784,128,10", ["'model.layers=[784,128,10]'"]),
]


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(("typed", "parts"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_mistake(typed: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        compose_config(typed.split())
    message = str(caught.value)
    for part in parts:
        assert part in message
    assert len(message.splitlines()) <= 2
    assert len(message) < 500


@pytest.mark.parametrize("word", ["data.drop=sex", "data.keep=3"])
def test_a_list_of_one_is_shown(word: str) -> None:
    shown = word.replace("=", "=[") + "]"
    with pytest.raises(ConfigError, match=re.escape(f"must be a list or null, as in {shown}")):
        compose_config(["data=table", "data.path=x.csv", word])
