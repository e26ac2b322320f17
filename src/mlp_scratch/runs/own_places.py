"""Where something is written for a config that came from a file: the places of whoever uses it.

A file may say where data is read. Where parsed data is kept, where downloads go and which server is
told of a run is taken from the command line alone, or else from ``conf/``.
"""

from collections.abc import Container
from pathlib import Path
from typing import Any

from mlp_scratch.config.key_roles import TOLD_WHERE, WHERE
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.lookup.plans import lies_in
from mlp_scratch.errors import RunError
from mlp_scratch.runs.config_file import read_config

PLACES = (*WHERE, *TOLD_WHERE)  # all that a command line can say of it


def use_own_places(config: ExperimentConfig, typed: Container[str]) -> None:
    """Let caches and downloads go where ``conf/`` says, but for the keys that were ``typed``."""
    data, own = config.data, own_data()
    if "data.cache_dir" not in typed:
        data.cache_dir = own["cache_dir"]
    if "data.dir" not in typed and not lies_in(data.name, Path(data.dir)):
        data.dir = own["dir"]


def own_data() -> dict[str, Any]:
    """What ``conf/`` says of data."""
    return read_config(conf_dir() / "data" / "auto.yaml")


def refuse_told_address(config: ExperimentConfig, typed: Container[str], origin: object) -> None:
    """RunError where a file, ``origin``, says which server or database is told of a run."""
    name, address = config.tracking["name"], config.tracking.get("uri")
    if address is None or "tracking.uri" in typed:
        return
    if address != read_config(conf_dir() / "tracking" / f"{name}.yaml")["uri"]:
        raise RunError(
            f"{origin}: wants to tell {address} of its training; a file has no say over that: if "
            f"you want it too, add tracking.uri={address} to the command"
        )
