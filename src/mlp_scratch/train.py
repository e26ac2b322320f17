"""Train a network: ``python -m mlp_scratch.train model.layers=[784,128,64,10] optim=adam``.

``-m`` makes a sweep of it; ``--help`` lists the groups and the overrides used most.
"""

import atexit
import gc
import signal
import sys

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from mlp_scratch.config.compose import hydra_explained, parse_command_line
from mlp_scratch.config.help_text import help_text
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.config.typed import typed
from mlp_scratch.errors import ConfigError, MlpScratchError, report_error
from mlp_scratch.experiment.session import train
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resuming import latest_checkpoint


def main() -> None:
    """The command."""
    gc.disable()  # until the run starts: a seventh of the start, and composing leaves no garbage
    atexit.register(gc.freeze)  # nor is there any to look for at the end: a tenth of a second
    try:
        line = parse_command_line(sys.argv[1:])
        if {"-h", "--help"} & set(sys.argv[1:]) and line.config_path == str(conf_dir()):
            print(help_text(line.config_dir))
            return
        line = with_choices_as_typed(line)
    except MlpScratchError as error:
        sys.exit(report_error(error))
    sys.argv[1:] = [*line.flags, *line.overrides]  # Hydra takes flags before overrides only
    if line.multirun:
        gc.enable()
    status = 0

    def task(config: DictConfig) -> None:
        nonlocal status
        gc.enable()
        folder = RunFolder(HydraConfig.get().runtime.output_dir)
        try:
            with folder.locked():
                checkpoint, _ = latest_checkpoint(folder)  # of a cluster's job that came back
                status = max(status, train(typed(config), folder, checkpoint))
        except MlpScratchError as error:
            status = report_error(error)

    command = hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")
    try:
        with hydra_explained(line):
            command(task)()
    except ConfigError as error:
        sys.exit(report_error(error))
    except KeyboardInterrupt:  # while composing: a run answers for itself
        sys.exit(128 + signal.SIGINT)
    sweeps = sys.modules.get("mlp_scratch.sweep.execute")  # imported when there was a sweep
    for sweep in sweeps.OUTCOMES if sweeps else []:  # Hydra hands nothing back
        status = max(status, sweep.exit_status)
    sys.exit(status)


if __name__ == "__main__":
    main()
