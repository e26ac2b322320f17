"""What is typed is what counts, and what Hydra would misread is refused."""

import shlex
from pathlib import Path

import pytest

from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.compose import check_command_line, compose_config
from mlp_scratch.errors import ConfigError


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


def test_a_right_command_line_passes() -> None:
    line = parse_command_line(["optim=sgd,adam", "--cfg", "job", "seed=range(2)", "-m"])
    check_command_line(line)
    assert line.overrides == ["optim=sgd,adam", "seed=range(2)"]
    assert line.flags == ("--cfg", "job", "-m")
