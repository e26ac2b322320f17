"""Train a network: ``python -m mlp_scratch.train model.layers=[784,128,64,10] optim=adam``.

``-m`` makes a sweep of it; ``--help`` lists the groups and the overrides used most.
"""

import atexit
import gc
import signal
import sys

from mlp_scratch import __version__
from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.help_text import help_text
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.errors import MlpScratchError, report_error
from mlp_scratch.experiment.hydra_shell import run_with_hydra


def main() -> None:
    """The command."""
    gc.disable()  # until the run starts: a seventh of the start, and composing leaves no garbage
    atexit.register(gc.freeze)  # nor is there any to look for at the end: a tenth of a second
    try:
        line = parse_command_line(sys.argv[1:])
        if {"-h", "--help"} & set(line.flags) and line.config_path == str(conf_dir()):
            print(help_text(line.config_dir))
            status = 0
        elif "--version" in line.flags:
            print(f"mlp_scratch {__version__}")
            status = 0
        else:
            status = run_with_hydra(with_choices_as_typed(line))
    except MlpScratchError as error:
        status = report_error(error)
    except KeyboardInterrupt:  # while composing: a run answers for itself
        status = 128 + signal.SIGINT
    sys.exit(status)


if __name__ == "__main__":
    main()
