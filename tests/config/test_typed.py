"""A text is what was typed; what YAML has lost is refused."""

from pathlib import Path

import pytest

from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.compose import check_command_line, compose_config
from mlp_scratch.errors import ConfigError

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
