"""A search from what was typed to its last trial: the study's settings, what holds for all trials,
and the folder that they lie in."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from omegaconf import DictConfig

from mlp_scratch.config.command_line import CommandLine
from mlp_scratch.config.compose import composed
from mlp_scratch.config.file_words import key_of, keys_of
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import resolved, typed, typed_as
from mlp_scratch.errors import missing_extra, telling_unwritten
from mlp_scratch.files import write_text_atomically
from mlp_scratch.runs.folder import claim, dated
from mlp_scratch.runs.own_places import refuse_told_address, use_own_places
from mlp_scratch.search.search_overrides import (
    ASKED,
    asked_before,
    judged_by,
    of_the_search,
    refuse_what_varies,
)
from mlp_scratch.sweep.plan import Composer

if TYPE_CHECKING:
    from mlp_scratch.search.study import SearchConfig


def search(line: CommandLine) -> int:
    """Run or go on with a search; the exit status. Raises MlpScratchError."""
    if find_spec("optuna") is None:
        raise missing_extra("a search", "Optuna", "search")
    from mlp_scratch.search.space import read_space
    from mlp_scratch.search.trials import Search

    said, before = line.overrides, asked_before(line)
    asked = [*before, *said]
    line = with_choices_as_typed(replace(line, overrides=asked))
    settings = _settings(composed(replace(line, config_name="study")))
    words = [word for word in line.overrides if not of_the_search(word)]
    if settings.metric is not None:
        words.append(judged_by(settings.metric, words))
    refuse_what_varies(asked, read_space(settings.space))

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


def _settings(config: DictConfig) -> "SearchConfig":
    """The section ``search`` with its types. Raises ConfigError."""
    from mlp_scratch.search.study import SearchConfig

    settings: SearchConfig = typed_as(SearchConfig, resolved(config, "search"), "search")
    settings.check()
    return settings
