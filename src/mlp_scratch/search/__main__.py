"""Search for good hyperparameters: ``python -m mlp_scratch.search search.trials=50``.

Optuna proposes, worker processes train, unpromising trials are stopped early; every trial is an
ordinary run folder. ``conf/search/`` says what is tried; any other override holds for all trials.
"""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from omegaconf import DictConfig

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.config.command_line import CommandLine, parse_command_line
from mlp_scratch.config.compose import composed
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import resolved, typed, typed_as
from mlp_scratch.errors import ConfigError, MlpScratchError, report_error
from mlp_scratch.files import write_text_atomically
from mlp_scratch.runs.config_file import LARGEST, plain_yaml
from mlp_scratch.runs.folder import claim
from mlp_scratch.sweep.plan import Composer

if TYPE_CHECKING:
    from mlp_scratch.search.study import SearchConfig

USAGE = """usage: python -m mlp_scratch.search [search=CHOICE] [search.KEY=VALUE ...] [KEY=VALUE]

  search.trials=50 search.workers=2            how many in all, how many at a time
  search.space.optim.lr.high=0.1               what to try; a file in conf/search/ says the rest
  search.sampler=tpe|random|grid search.pruner=median|hyperband|none
  search.dir=FOLDER                            go on with a study that was interrupted
  search.storage=URL search.study=NAME         one study from many machines
  data=mnist training.epochs=10 ...            what holds for every trial

search is one of: {choices}
"""


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    words = list(sys.argv[1:] if argv is None else argv)
    if {"-h", "--help"} & set(words):
        choices = sorted(path.stem for path in (conf_dir() / "search").glob("*.yaml"))
        print(__doc__, USAGE.format(choices=", ".join(choices)), sep="\n")
        sys.exit(0)
    try:
        status = search(with_choices_as_typed(parse_command_line(words)))
    except MlpScratchError as error:
        status = report_error(error)
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def search(line: CommandLine) -> int:
    """Run or go on with a search; the exit status. Raises MlpScratchError."""
    if find_spec("optuna") is None:
        raise ConfigError("a search needs Optuna: pip install 'mlp-scratch[search]'")
    from mlp_scratch.search.trials import Search

    line = _with_what_was_asked_before(line)
    settings = _settings(composed(replace(line, config_name="study")))
    words = [word for word in line.overrides if not _of_the_search(word)]

    def whole(overrides: list[str]) -> DictConfig:
        return composed(replace(line, overrides=overrides))

    composer = Composer(whole, whole(words))

    def compose(overrides: Sequence[str]) -> ExperimentConfig:
        return typed(composer.compose(overrides)[0])

    wanted = Path(settings.dir or time.strftime("outputs/%Y-%m-%d/%H-%M-%S_search"))
    run = Search(settings, wanted, words, compose)  # before there is a folder
    if not (wanted / ASKED).is_file():
        run.move_to(claim(wanted, None, exact=settings.dir is not None))
    asked = {"overrides": [w for w in line.overrides if not w.startswith("search.dir=")]}
    write_text_atomically(run.path / ASKED, yaml.safe_dump(asked, sort_keys=False))
    return run.run()


ASKED = "search.yaml"  # the overrides of the last call, in the study's folder


def _with_what_was_asked_before(line: CommandLine) -> CommandLine:
    """With nothing but ``search.dir`` and the like a search goes on as it was asked for."""
    folder = next((w.partition("=")[2] for w in line.overrides if w.startswith("search.dir=")), "")
    path = Path(folder) / ASKED
    if not folder or not os.path.lexists(path):
        return line
    try:
        plain = plain_yaml(read_plain_file(path, LARGEST).decode("utf-8"))
        before = [str(word) for word in plain["overrides"]]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error
    again = {word.partition("=")[0] for word in line.overrides}
    kept = [word for word in before if word.partition("=")[0] not in again]
    return replace(line, overrides=[*kept, *line.overrides])


def _of_the_search(word: str) -> bool:
    return word.lstrip("+~").startswith(("search=", "search."))


def _settings(config: DictConfig) -> "SearchConfig":
    """The section ``search`` with its types. Raises ConfigError."""
    from mlp_scratch.search.study import SearchConfig

    settings: SearchConfig = typed_as(SearchConfig, resolved(config, "search"), "search")
    settings.check()
    return settings


if __name__ == "__main__":
    main()
