"""Find a learning rate: ``python -m mlp_scratch.lr_range data=mnist optim=momentum``.

One short training, in which the rate grows from step to step, and the rate that it suggests.
"""

import sys
from collections.abc import Sequence

from mlp_scratch import door  # before anything that takes long to import

# isort: split
from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.experiment.lr_range_run import asked_for, suggest_rate

USAGE = """usage: python -m mlp_scratch.lr_range [GROUP=CHOICE] [KEY=VALUE]

  data=mnist optim=momentum ...      what train takes; the rate itself and its schedule do not count
  hydra.run.dir=FOLDER               a new folder for picture and numbers, else one below outputs/
  --config-dir my_conf               a folder of YAML files of your own
  --import my_parts                  a module of your own that adds to ours
"""


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    if {"-h", "--help"} & set(argv):
        print(__doc__, USAGE, sep="\n")
        return
    for line in suggest_rate(*asked_for(parse_command_line(list(argv)))):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
