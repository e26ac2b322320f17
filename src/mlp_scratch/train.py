"""Train a network: ``python -m mlp_scratch.train model.layers=[784,128,64,10] optim=adam``.

``-m`` makes a sweep of it; ``--help`` lists the groups and the overrides used most.
"""

import atexit
import gc
import sys
from collections.abc import Sequence

from mlp_scratch import __version__, door
from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.folds import with_folds
from mlp_scratch.config.help_text import help_text
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.experiment.hydra_shell import run_with_hydra


@door.command
def main(argv: Sequence[str]) -> int:
    """The command."""
    gc.disable()  # until the run starts: a seventh of the start, and composing leaves no garbage
    atexit.register(gc.freeze)  # nor is there any to look for at the end: a tenth of a second
    line = parse_command_line(list(argv))
    if {"-h", "--help"} & set(line.flags) and line.config_path == str(conf_dir()):
        print(help_text(line.config_dir))
        return 0
    if "--version" in line.flags:
        print(f"mlp_scratch {__version__}")
        return 0
    return run_with_hydra(with_folds(with_choices_as_typed(line)))


if __name__ == "__main__":
    sys.exit(main())
