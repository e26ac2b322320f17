"""Every registered name has its YAML, and every value of it is commented."""

import pytest

from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.registry import REGISTRIES


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


@pytest.mark.parametrize("section", sorted(REGISTRIES))
def test_every_registered_name_has_its_yaml(section: str) -> None:
    assert set(REGISTRIES[section]) == set(choices(section))
