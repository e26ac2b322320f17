"""After Hydra has composed and before it writes: the config is checked, the folder claimed."""

import sys
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, open_dict

from mlp_scratch.config.compose import hydra_composed
from mlp_scratch.config.typed import typed
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.runs.folder import claim


class ClaimRunFolder(Callback):
    """Makes a new folder for the run before Hydra writes ``.hydra/`` into it.

    A config that cannot work leaves no folder behind. A sweep, whose launcher checks the configs of
    all its jobs, gets a folder for them; one that has a sweep in it already is gone on with.
    Hydra turns an exception of a callback into a warning and goes on, hence SystemExit.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        hydra_composed()
        exact = any(word.startswith("hydra.run.dir=") for word in config.hydra.overrides.hydra)
        try:
            typed(config)
            folder = claim(Path(config.hydra.run.dir), config.name, exact=exact)
        except MlpScratchError as error:
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(error.exit_status) from error
        with open_dict(config):
            config.hydra.run.dir = str(folder)

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        hydra_composed()
        exact = any(word.startswith("hydra.sweep.dir=") for word in config.hydra.overrides.hydra)
        wanted = Path(config.hydra.sweep.dir)
        try:
            goes_on = exact and _has_a_sweep(wanted)
            folder = wanted if goes_on else claim(wanted, config.name, exact=exact)
        except MlpScratchError as error:
            print(f"error: {error}", file=sys.stderr)
            raise SystemExit(error.exit_status) from error
        with open_dict(config):
            config.hydra.sweep.dir = str(folder)


def _has_a_sweep(folder: Path) -> bool:
    """Whether a sweep was begun here, if only by a process that was killed in its first moment."""
    if (folder / "sweep.yaml").is_file():
        return True
    inside = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return ".lock" in inside and all(n == ".lock" or n.startswith(".sweep.yaml.") for n in inside)
