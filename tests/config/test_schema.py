"""Every value that a config may hold is commented, and no schema is a choice."""

from pathlib import Path

from mlp_scratch.config.paths import conf_dir


def test_no_schema_is_a_choice_and_every_value_is_commented() -> None:
    for path in Path(conf_dir()).glob("**/*.yaml"):
        assert path.read_text("utf-8").lstrip().startswith("#"), f"{path} opens with no comment"
