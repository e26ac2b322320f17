"""Search for good hyperparameters: ``python -m mlp_scratch.search search.trials=50``.

Optuna proposes, worker processes train, unpromising trials are stopped early; every trial is an
ordinary run folder. ``conf/search/`` says what is tried; any other override holds for all trials.
"""

import sys
from collections.abc import Sequence

from mlp_scratch import door  # before anything that takes long to import

# isort: split
from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.search.run_search import search

USAGE = """usage: python -m mlp_scratch.search [search=CHOICE] [search.KEY=VALUE ...] [KEY=VALUE]

  search.trials=50 search.workers=2            how many in all, how many at a time
  search.space.optim.lr.high=0.1               what to try; a file in conf/search/ says the rest
  search.sampler=tpe|random|grid search.pruner=median|hyperband|none
  search.metric=val_macro_f1                   what trials are judged by
  search.dir=FOLDER                            go on with a study that was interrupted
  search.storage=URL search.study=NAME         one study from many machines
  data=mnist training.epochs=10 ...            what holds for every trial
  --import my_parts                            a module of your own that adds to ours

search is one of: {choices}
"""


@door.command
def main(argv: Sequence[str]) -> int:
    """The command."""
    if {"-h", "--help"} & set(argv):
        choices = sorted(path.stem for path in (conf_dir() / "search").glob("*.yaml"))
        print(__doc__, USAGE.format(choices=", ".join(choices)), sep="\n")
        return 0
    return search(parse_command_line(list(argv)))


if __name__ == "__main__":
    sys.exit(main())
