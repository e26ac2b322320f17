"""The learning-rate range test of a config: its data, network and optimizer, and no run of it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from mlp_scratch.config.command_line import CommandLine, parsed_overrides
from mlp_scratch.config.compose import composed
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.csv_text import csv_text
from mlp_scratch.errors import ConfigError, RunError
from mlp_scratch.experiment.begin import begin, read_data
from mlp_scratch.experiment.build import Experiment
from mlp_scratch.files import write_text_atomically
from mlp_scratch.insight.lr_range_curve import RangeTest, range_test, steps_of, suggestion
from mlp_scratch.own_modules import import_own_modules
from mlp_scratch.runs.console import Terminal, heard_by, log
from mlp_scratch.runs.folder import claim, dated
from mlp_scratch.streams import live

_FOLDER = "hydra.run.dir"
_FLAGS = ("--config-dir", "-cd", "--config-path", "-cp", "--config-name", "-cn")


def asked_for(line: CommandLine) -> tuple[ExperimentConfig, Path | None]:
    """The checked config of a command line, and the folder that it names, if any.

    Raises ConfigError, also for what only a training has a use for.
    """
    for flag in line.flags:
        if flag.startswith("-") and flag.partition("=")[0] not in _FLAGS:
            raise ConfigError(f"{flag}: is for train; a range test is of one config")
    folder = None
    for override in parsed_overrides(line.overrides):
        if override.is_sweep_override():
            raise ConfigError(
                f"{override.input_line}: several values; a range test is of one config"
            )
        if override.key_or_group == _FOLDER:
            folder = Path(str(override.value()))
        elif str(override.key_or_group).startswith("hydra."):
            raise ConfigError(f"{override.input_line}: is for train, but for {_FOLDER}=FOLDER")
    return typed(composed(with_choices_as_typed(line))), folder


def suggest_rate(config: ExperimentConfig, wanted: Path | None) -> Iterator[str]:
    """The lines to print; ``lr_range.png`` and ``lr_range.csv`` go to a new folder.

    wanted: that folder, None for a dated one. Raises MlpScratchError, and OSError when the disk
    fails. Nothing is written before the test is done.
    """
    from mlp_scratch.report.pictures.lr_range_picture import draw_rates

    with heard_by(Terminal()):
        experiment = _prepared(config)
        test = _tested(config, experiment)
    if not len(test.losses):
        raise RunError(
            f"the loss is not finite before the first step, in {experiment.dataset.source}: no "
            "rate can mend that; try data.normalize=standardize"
        )
    rate = suggestion(test)
    folder = claim(wanted or dated("_lr_range"), config.name, exact=wanted is not None)
    picture = folder / "lr_range.png"
    write_text_atomically(folder / "lr_range.csv", _table(test), durable=False)
    what = f"{experiment.dataset.name}, optim={config.optim['name']}"
    draw_rates(test.rates, test.losses, test.smooth, rate, picture, f"Learning rates: {what}")
    ended = "where the loss blew up" if test.blew_up else "to the end"
    yield f"{len(test.rates)} steps from lr {test.rates[0]:g} to {test.rates[-1]:.2g}, {ended}"
    yield f"picture: {picture}   numbers: {folder / 'lr_range.csv'}"
    if rate is None:
        yield "no suggestion: at no rate did the loss fall by more than the batches differ"
        return
    yield f"lowest smoothed loss {test.smooth.min():.4g} at lr {test.lowest:.2g}"
    yield f"suggestion: optim.lr={rate:g}"


def _prepared(config: ExperimentConfig) -> Experiment:
    """What would be trained. Raises MlpScratchError."""
    import_own_modules()
    config, dataset = read_data(config)
    _, experiment = begin(config, dataset)
    if getattr(experiment.trainer.optimizer, "asks_for_loss", False):
        raise ConfigError(
            f"optim={config.optim['name']}: searches for the length of each step itself; leave "
            "optim.lr as it is"
        )
    network, trainer = experiment.network, experiment.trainer
    log.info(
        f"data: {dataset.name}, {len(trainer.train):,} rows to train on; network: "
        f"{'-'.join(map(str, network.sizes))}; {config.optim['name']}, batches of "
        f"{trainer.batch_size:,}"
    )
    return experiment


def _tested(config: ExperimentConfig, experiment: Experiment) -> RangeTest:
    """The test, with as many threads as a run would take, and progress at a terminal."""
    from tqdm import tqdm

    trainer = experiment.trainer
    look: dict[str, Any] = {"unit": "step", "disable": None, "leave": False, "file": live()}
    with trainer.share(config.training.threads), closing(trainer):
        bar = tqdm(total=steps_of(trainer), desc="lr_range", **look)
        with bar:
            return range_test(trainer, tell=bar.update)


def _table(test: RangeTest) -> str:
    rows = zip(test.rates, test.losses, test.smooth, strict=True)
    cells = [[f"{value:.9g}" for value in row] for row in rows]
    return csv_text([["lr", "loss", "smoothed_loss"], *cells])
