"""Every data choice composes, and what reads files is told where they lie."""

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.data_config import FROM_FILE
from mlp_scratch.config.paths import conf_dir


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("choice", [c for c in choices("data") if c not in FROM_FILE])
def test_every_data_choice_composes(choice: str) -> None:
    assert compose_config([f"data={choice}"]).data.name == choice


@pytest.mark.parametrize("choice", FROM_FILE)
def test_data_from_a_file_composes(choice: str) -> None:
    assert compose_config([f"data={choice}", "data.path=x"]).data.path == "x"
