"""Every YAML composes and builds; every mistake gets its message."""

import logging
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.compose import check_command_line, compose_config
from mlp_scratch.config.data_config import FROM_FILE
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.registry import REGISTRIES
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.resolve_task import asked_task
from mlp_scratch.experiment.settle import settle

BUILT_GROUPS = [*sorted(REGISTRIES), "model", "regularization", "training"]


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


def small_images(task: str = "classification") -> Dataset:
    """Whose targets suit the task."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(256, size=(300, 784)).astype(np.uint8), np.arange(300) % 10
    names = tuple("0123456789")
    if task != "classification":
        y, names = np.eye(10)[y], ()
    targets = names or tuple(f"y{i}" for i in range(10))
    made = ("made", x, y, x[:50], y[:50], names, (28, 28), "0" * 64, "made")
    return Dataset(*made, task=task, target_names=targets)


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("group", "choice"), [(group, choice) for group in BUILT_GROUPS for choice in choices(group)]
)
def test_every_choice_builds(group: str, choice: str) -> None:
    words = [f"{group}={choice}"]
    if (group, choice) == ("optim", "lion"):
        words.append("optim.lr=0.001")
    if (group, choice) == ("optim", "lbfgs"):
        words.append("training.batch_size=full")
    config = compose_config(words)
    if group in REGISTRIES:
        assert getattr(config, group)["name"] == choice
    task = asked_task(config)
    task = "classification" if task == "auto" else task
    settled = settle(config, small_images(task))
    experiment = build(settled)
    outputs = 10 * getattr(experiment.task.new_loss(), "per_target", 1)
    assert experiment.network.sizes == (784, 128, 64, outputs)
    assert settled.config.model.layers == [784, 128, 64, outputs]
    rate = experiment.trainer.learning_rate(0)
    assert 0 < rate <= config.optim["lr"]


@pytest.mark.parametrize("section", sorted(REGISTRIES))
def test_every_registered_name_has_its_yaml(section: str) -> None:
    assert set(REGISTRIES[section]) == set(choices(section))


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("choice", [c for c in choices("data") if c not in FROM_FILE])
def test_every_data_choice_composes(choice: str) -> None:
    assert compose_config([f"data={choice}"]).data.name == choice


@pytest.mark.parametrize("choice", FROM_FILE)
def test_data_from_a_file_composes(choice: str) -> None:
    assert compose_config([f"data={choice}", "data.path=x"]).data.path == "x"


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


@pytest.mark.parametrize(
    ("argv", "parts"),
    [
        (["optim=sgd,adam"], ["add -m"]),
        (["--config-dir", "nowhere"], ["nowhere", "no such folder"]),
        (["--experimental-rerun", "x.pickle"], ["pickle", "rerun"]),
        (["--qqq"], ["--qqq: no such flag", "--help"]),
        (["--layers", "784", "10"], ["--layers: no such flag", "model.layers=[784,10]"]),
        (["--layers", "[784,10]", "-m"], ["model.layers=[784,10]"]),
        (["seed=1", "--epochs", "3", "seed=2"], [": training.epochs=3"]),
        (["--epochs=3"], [": training.epochs=3"]),
        (["--batch-size", "64"], [": training.batch_size=64"]),
        (["--optim.lr", "0.1"], [": optim.lr=0.1"]),
        (["--lr", "0.1"], [": optim.lr=0.1"]),
        (["--optimizer", "adam"], [": optim=adam"]),
        (["-m", "optim=glob(*)"], ["optim=glob(*): name the choices: optim=adagrad,adam,"]),
        (["-m", "optim=glob(ad*)"], ["optim=adagrad,adam,adamw"]),
        (["-m", "optim=[sgd,adam]"], ["-m optim=sgd,adam"]),
        (["-m", "optim=[sgd,adam],lion"], ["-m optim=sgd,adam"]),
        (["model.layers=784,128,10"], ["'model.layers=[784,128,10]'"]),
        (["-m", "model.layers=784,128,10"], ["'model.layers=[784,128,10]'"]),
        (["data.path=train (1).csv"], ["""'data.path="train (1).csv"'"""]),
        (["training.epochs"], ["training.epochs", "key=value"]),
    ],
)
def test_mistakes_on_the_command_line(argv: list[str], parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        check_command_line(parse_command_line(argv))
    for part in parts:
        assert part in str(caught.value)


def test_a_file_that_would_never_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "best.yaml").write_text("seed: 1\n")
    with pytest.raises(ConfigError, match=r"experiment/best.yaml is one of ours; give yours"):
        parse_command_line(["--config-dir", str(tmp_path), "experiment=best"])


@pytest.mark.parametrize("name", ["config.yaml", "study.yaml"])
def test_a_top_file_that_would_never_be_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("seed: 1\n")
    with pytest.raises(ConfigError, match=f"{name} is one of ours; .* with --config-name"):
        parse_command_line(["--config-dir", str(tmp_path), "--config-name", "config"])


def test_the_quoting_that_is_shown_works() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_command_line(["data=csv", "data.path=train (1).csv"])
    (shown,) = shlex.split(str(caught.value).rpartition(": ")[2])
    line = parse_command_line(["data=csv", shown])
    assert compose_config(line.overrides).data.path == "train (1).csv"


HEAD = "# @package _global_\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("optim: {lr: 0.1}\n", "its first line must be '# @package _global_'"),
        ("# mine\n# @package optim\nlr: 0.1\n", "its first line must be '# @package _global_'"),
        ("\ufeff# @package _global_\nseed: 1\n", "begins with a byte order mark"),
        ("# @package _global_\nseed: 1\n", None),
        (f"{HEAD}defaults:\n- override /optim: [sgd, adam]\n", "several choices of optim"),
        (f"{HEAD}defaults:\n- override /optim: sgd\n- /optim: adam\n", "several choices of optim"),
        (f"{HEAD}defaults:\n- override /optim: sgd\n- override /data: npz\n- _self_\n", None),
        (f"{HEAD}defaults:\n- /experiment: [tiny, best]\n", None),
    ],
)
def test_a_preset_that_hydra_would_misread(tmp_path: Path, text: str, fault: str | None) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(text, "utf-8")
    for words in (["experiment=mine"], ["-m", "experiment=best,mine"]):
        try:
            parse_command_line(["--config-dir", str(tmp_path), *words])
            found = None
        except ConfigError as error:
            found = str(error)
        assert (found is None) == (fault is None)
        assert fault is None or fault in str(found)


TYPED_TEXTS = [
    ("name=7", "7"),
    ("name=007", "007"),
    ("name=1e3", "1e3"),
    ("name=true", "true"),
    ("name=on", "on"),
    ("name='1e3'", "1e3"),
    ("name=null", None),
    ("name=a b", "a b"),
]


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(("word", "name"), TYPED_TEXTS)
def test_a_text_is_what_was_typed(word: str, name: str | None) -> None:
    assert compose_config([word]).name == name
    assert compose_config(parse_command_line([word]).overrides).name == name
    label = word.replace("name=", "data.label=")
    assert compose_config(["data=csv", "data.path=x", label]).data.label == name


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("null", None),
        ("[]", ()),
        ("[?,-999,NA,n/a]", ("?", "-999", "NA", "n/a")),
    ],
)
def test_words_for_missing_values(words: str, values: tuple[str, ...] | None) -> None:
    columns = ["data.drop=[id,3]", "data.keep=[-1]", "data.categorical=[zip]"]
    line = ["data=csv", "data.path=x", f"data.missing_values={words}", *columns]
    data = compose_config(line).data
    assert data.reading().missing_values == values
    assert (data.drop, data.keep, data.categorical) == (["id", 3], [-1], ["zip"])


@pytest.mark.parametrize(("yaml", "quoted"), [("on", "'on'"), ("7", "'7'"), ("1e3", "'1000'")])
def test_a_text_that_yaml_has_lost_is_refused(tmp_path: Path, yaml: str, quoted: str) -> None:
    (tmp_path / "experiment").mkdir()
    text = f"# @package _global_\nname: {yaml}\n"
    (tmp_path / "experiment" / "mine.yaml").write_text(text, "utf-8")
    line = parse_command_line(["--config-dir", str(tmp_path), "experiment=mine"])
    with pytest.raises(ConfigError, match=f"only in quotes, as in name: {quoted}"):
        check_command_line(line)


def test_a_right_command_line_passes() -> None:
    line = parse_command_line(["optim=sgd,adam", "--cfg", "job", "seed=range(2)", "-m"])
    check_command_line(line)
    assert line.overrides == ["optim=sgd,adam", "seed=range(2)"]
    assert line.flags == ("--cfg", "job", "-m")


@pytest.mark.parametrize(
    ("layers", "fix"),
    [
        ("[783,16,10]", "[784,16,10] or [null,16,10]"),
        ("[784,16,9]", "[784,16,10] or [784,16,null]"),
    ],
)
def test_layers_that_do_not_fit_the_data(layers: str, fix: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settle(compose_config([f"model.layers={layers}"]), small_images())
    assert fix in str(caught.value)
    assert "'made' has" in str(caught.value)


@pytest.mark.parametrize(("rows", "full"), [("270", False), ("271", True), ("full", True)])
def test_a_batch_larger_than_the_data_is_full(
    rows: str, full: bool, caplog: pytest.LogCaptureFixture
) -> None:
    config = compose_config([f"training.batch_size={rows}"])
    with caplog.at_level(logging.INFO):
        trainer = build(settle(config, small_images())).trainer
    assert (trainer.settings.batch_size is None) == full
    assert trainer.n_batches == 1
    assert str(config.training.batch_size) == rows
    said = "training.batch_size=271: larger than the 270 training rows, taken as full"
    assert (said in caplog.text) == (rows == "271")


def test_augmentation_needs_images() -> None:
    dataset = small_images()
    flat = Dataset(**{**dataset.__dict__, "image_shape": None})
    with pytest.raises(ConfigError, match="augment=affine"):
        build(settle(compose_config(["augment=affine"]), flat))


def test_no_schema_is_a_choice_and_every_value_is_commented() -> None:
    for path in Path(conf_dir()).glob("**/*.yaml"):
        assert path.read_text("utf-8").lstrip().startswith("#"), f"{path} opens with no comment"


def test_split_and_normalization_never_see_validation_or_test() -> None:
    dataset = small_images()
    dataset.x_train[:] = 1
    dataset.x_train[::2] = 3
    config = compose_config(["data.normalize=standardize"])
    experiment = build(settle(config, dataset))
    train, validation = experiment.trainer.train, experiment.trainer.validation
    assert validation is not None
    assert not set(train.numbers) & set(validation.numbers)
    assert len(train) + len(validation) == 300
    rows = dataset.x_train[train.numbers].astype(float)
    np.testing.assert_allclose(experiment.normalizer.shift, rows.mean(axis=0))


@pytest.mark.parametrize("word", ["data.drop=sex", "data.keep=3"])
def test_a_list_of_one_is_shown(word: str) -> None:
    shown = word.replace("=", "=[") + "]"
    with pytest.raises(ConfigError, match=re.escape(f"must be a list or null, as in {shown}")):
        compose_config(["data=table", "data.path=x.csv", word])
