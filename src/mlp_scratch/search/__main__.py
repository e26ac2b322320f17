"""Search for good hyperparameters: ``python -m mlp_scratch.search search.trials=50``.

Optuna proposes, worker processes train, unpromising trials are stopped early; every trial is an
ordinary run folder. ``conf/search/`` says what is tried; any other override holds for all trials.
"""

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mlp_scratch import door  # before anything that takes long to import

# isort: split
import yaml
from omegaconf import DictConfig

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.config.command_line import CommandLine, parse_command_line
from mlp_scratch.config.compose import composed
from mlp_scratch.config.file_words import believed, key_of, keys_of
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import resolved, typed, typed_as
from mlp_scratch.errors import ConfigError, RunError, in_one_line, missing_extra, telling_unwritten
from mlp_scratch.files import write_text_atomically
from mlp_scratch.runs.config_file import plain_yaml
from mlp_scratch.runs.folder import claim, dated
from mlp_scratch.runs.own_places import refuse_told_address, use_own_places
from mlp_scratch.sweep.plan import Composer

if TYPE_CHECKING:
    from mlp_scratch.search.space import Space
    from mlp_scratch.search.study import SearchConfig

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


def search(line: CommandLine) -> int:
    """Run or go on with a search; the exit status. Raises MlpScratchError."""
    if find_spec("optuna") is None:
        raise missing_extra("a search", "Optuna", "search")
    from mlp_scratch.search.space import read_space
    from mlp_scratch.search.trials import Search

    said, before = line.overrides, _asked_before(line)
    asked = [*before, *said]
    line = with_choices_as_typed(replace(line, overrides=asked))
    settings = _settings(composed(replace(line, config_name="study")))
    words = [word for word in line.overrides if not _of_the_search(word)]
    if settings.metric is not None:
        words.append(_judged_by(settings.metric, words))
    _refuse_what_varies(asked, read_space(settings.space))

    def whole(overrides: list[str]) -> DictConfig:
        return composed(replace(line, overrides=overrides))

    composer = Composer(whole, whole(words))

    def compose(overrides: Sequence[str]) -> ExperimentConfig:
        config = typed(composer.compose(overrides)[0])
        if before:
            use_own_places(config, keys_of(said))
            refuse_told_address(config, keys_of(said), f"{settings.dir}/{ASKED}")
        return config

    run = Search(settings, words, compose)  # before there is a folder
    path = Path(settings.dir) if settings.dir else dated("_search")
    if not (path / ASKED).is_file():
        path = claim(path, None, exact=settings.dir is not None)
    asked = [word for word in asked if key_of(word) != "search.dir"]
    text = yaml.safe_dump({"overrides": asked}, sort_keys=False)
    with telling_unwritten():
        write_text_atomically(path / ASKED, text)
    return run.run(path)


ASKED = "search.yaml"  # the overrides of the last call, in the study's folder


LARGEST_ASKED = 1 << 20  # bytes
STORED_WHERE = ("search.storage", "search.study")


def _asked_before(line: CommandLine) -> list[str]:
    """With nothing but ``search.dir`` and the like a search goes on as it was asked for.

    Raises RunError for what its file has no say over; where the trials are stored is shown, to be
    typed by whoever wants it.
    """
    folder = next((w.partition("=")[2] for w in line.overrides if w.startswith("search.dir=")), "")
    path = Path(folder) / ASKED
    if not folder or not os.path.lexists(path):
        return []
    try:
        content = plain_yaml(read_plain_file(path, LARGEST_ASKED).decode("utf-8"))
        before = [str(word) for word in content["overrides"]]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({in_one_line(error)})") from error
    again = keys_of(line.overrides) | {"search.dir"}
    kept = believed([word for word in before if key_of(word) not in again], path)
    from mlp_scratch.search.study import without_password

    if stored := [without_password(word) for word in kept if key_of(word) in STORED_WHERE]:
        command = ["python", "-m", "mlp_scratch.search", *line.overrides, *stored]
        raise RunError(
            f"{path}: keeps its trials at {' '.join(stored)}; a file has no say over that, so "
            f"nothing was started\nif it is your own, or you have looked at it: "
            f"{shlex.join(command)}"
        )
    return kept


def _refuse_what_varies(words: Sequence[str], space: "Space") -> None:
    """ConfigError for a value that is to hold for all trials and is varied as well."""
    for word in words:
        key = key_of(word)
        within = [k for k in space if k == key or ("={" in word and k.startswith(f"{key}."))]
        if within and not _of_the_search(word):
            varied = within[0]
            choices = ".choices" if any(k.startswith(f"{varied}.") for k in space) else ""
            raise ConfigError(
                f"{word}: the search varies {varied}; leave the value out, or hold it for all "
                f"trials by adding '~search.space.{varied}{choices}'"
            )


def _judged_by(metric: str, words: Sequence[str]) -> str:
    """The override by which each trial goes by ``search.metric``. Raises ConfigError."""
    override = f"training.early_stopping.metric={metric}"
    key = key_of(override)
    other = next((word for word in words if key_of(word) == key and word != override), None)
    if other is not None:
        raise ConfigError(f"search.metric={metric}: the trials go by {other}; leave one out")
    return override


def _of_the_search(word: str) -> bool:
    return word.lstrip("+~").startswith(("search=", "search."))


def _settings(config: DictConfig) -> "SearchConfig":
    """The section ``search`` with its types. Raises ConfigError."""
    from mlp_scratch.search.study import SearchConfig

    settings: SearchConfig = typed_as(SearchConfig, resolved(config, "search"), "search")
    settings.check()
    return settings


if __name__ == "__main__":
    sys.exit(main())
