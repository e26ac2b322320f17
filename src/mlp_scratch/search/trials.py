"""Runs a search: trials in worker processes, each an ordinary run folder, until there are enough.

A trial that was under way when the search ended is kept open in the study, and goes on from its
checkpoint when the search does.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import optuna
import yaml
from optuna.trial import TrialState

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.engine.metrics import lower_is_better
from mlp_scratch.errors import ConfigError, RunError
from mlp_scratch.experiment.experiment import load_data, resolve_data
from mlp_scratch.experiment.warm_start import resolve_init_from
from mlp_scratch.files import write_text_atomically
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import COMPLETE
from mlp_scratch.search.space import (
    Space,
    corners,
    grid_size,
    label_of,
    overrides_of,
    read_space,
    suggest,
)
from mlp_scratch.search.study import SearchConfig, open_study
from mlp_scratch.sweep.folder import Entry, Plan, SweepFolder, SweepTable
from mlp_scratch.sweep.job_process import write_failure
from mlp_scratch.sweep.plan import folder_name
from mlp_scratch.sweep.pool import Ended, Order, SweepSignals, Workers, order_for
from mlp_scratch.sweep.progress import SweepConsole
from mlp_scratch.sweep.summary import summary_text

Compose = Callable[[Sequence[str]], ExperimentConfig]
OWNER, FOLDER = "owner", "folder"  # attributes of a trial: the search it belongs to, its run folder


class Search:
    """One call of a search.

    words: the overrides of the experiment. compose: makes a checked config of overrides.
    """

    def __init__(
        self, config: SearchConfig, path: Path, words: Sequence[str], compose: Compose
    ) -> None:
        self._config = config
        self._words = list(words)
        self._compose = compose
        self._space = read_space(config.space)
        self._first = self._check_space(self._space)
        self._metric = self._first.training.early_stopping.metric
        self.move_to(path)
        self._open: dict[str, optuna.Trial] = {}  # by the name of the run folder
        self._pruned: dict[str, int] = {}  # and the epoch at which it was

    def move_to(self, path: Path) -> None:
        """Work in ``path``."""
        self.path = path
        self._folder = SweepFolder(path)
        self._folder.table = path / "trials.csv"
        self._me = str(path.absolute())

    def run(self) -> int:
        """Run until the study has its trials; the exit status. Raises MlpScratchError."""
        folder, config = self._folder, self._config
        started = time.perf_counter()
        with folder.locked(), Workers(0) as workers:
            larger_is_better = not lower_is_better(self._metric)
            epochs = self._first.training.epochs
            self._study = open_study(config, folder.path, self._space, epochs, larger_is_better)
            self._wanted = self._number_of_trials()
            before = self._ended_trials()
            if announcement := resolve_data(self._first):
                print(announcement)
            resolve_init_from(self._first)
            load_data(self._first)  # fills the cache once for all workers, and fails early
            done = f", {before} of them done before" if before else ""
            print(f"search: {folder.path}, {self._wanted} trials{done}")
            self._table = SweepTable(folder, self._plan())
            to_do = max(self._wanted - before, 0)
            with SweepSignals() as signals:
                self._console = SweepConsole(self._table.runs, to_do, lambda: 0.0)
                try:
                    if to_do:
                        self._work(workers, to_do, signals)
                finally:
                    self._console.close()
                status = self._finish(signals, time.perf_counter() - started)
                workers.draw(folder)
                return status

    def _number_of_trials(self) -> int:
        if self._config.sampler != "grid":
            return self._config.trials
        return min(self._config.trials, grid_size(self._space))

    def _work(self, workers: Workers, to_do: int, signals: SweepSignals) -> None:
        workers.resize(min(self._config.workers, to_do))
        workers.run(
            self._orders(),
            signals,
            ended=self._ended,
            tick=self._console.tick,
            answer=self._answer,
        )

    def _check_space(self, space: Space) -> ExperimentConfig:
        """Compose the corners of the space, so that what cannot work is found before a trial."""
        first = None
        for params in corners(space):
            config = self._compose([*self._words, *overrides_of(params)])
            first = first or config
        assert first is not None
        if first.training.validation_fraction == 0:
            raise ConfigError(
                "training.validation_fraction=0: a search compares validation metrics; use 0.1"
            )
        return first

    def _orders(self) -> Iterator[Order]:
        """What is to be run next, drawn whenever a worker is free."""
        self._reopen()
        while self._count(TrialState.RUNNING) + self._ended_trials() < self._wanted:
            trial = self._study.ask()
            params = suggest(trial, self._space)
            name = trial.user_attrs.get(FOLDER)
            if name is None:
                name = trial_folder(trial.number, params)
                trial.set_user_attr(OWNER, self._me)
                trial.set_user_attr(FOLDER, name)
            run = RunFolder(self._folder.path / name)
            _write_overrides(run, [*self._words, *overrides_of(params)])
            config = self._compose([*self._words, *overrides_of(params)])
            resolve_data(config)
            if "model.init_from" not in params:  # the latest run must not be one of the trials
                config.model.init_from = self._first.model.init_from
            if config.training.threads == "auto":
                config.training.threads = 1
            self._open[name] = trial
            yield order_for(run, config, watched=True)

    def _reopen(self) -> None:
        """Queue again what was under way when an earlier call ended; it keeps its run folder."""
        for trial in self._study.get_trials(states=(TrialState.RUNNING,)):
            if trial.user_attrs.get(OWNER) == self._me:
                self._study.enqueue_trial(trial.params, user_attrs=trial.user_attrs)
                self._study.tell(trial.number, state=TrialState.FAIL)

    def _answer(self, order: Order, message: Order) -> Order:
        """A worker has looked at its validation rows: should it go on?"""
        trial = self._open[order["job"]]
        trial.report(message["value"], message["epoch"])
        prune = bool(trial.should_prune())
        if prune:
            self._pruned[order["job"]] = message["epoch"]
        return {"prune": prune}

    def _ended(self, end: Ended) -> None:
        """Tell the study how a trial ended; an interrupted one stays open."""
        name = end.order["job"]
        trial, run = self._open.pop(name), RunFolder(self._folder.path / name)
        if end.died is not None:
            write_failure(run, end.died)
        summary = run.read_summary()
        status, value = summary.get("status"), summary.get("best", {}).get(self._metric)
        if status in COMPLETE and name in self._pruned:
            message = f"pruned after epoch {self._pruned[name]}"
            run.write_summary({**summary, "message": message})
            self._study.tell(trial, state=TrialState.PRUNED)
        elif status in COMPLETE and value is not None:
            self._study.tell(trial, value)
        elif status == "diverged":  # as bad as can be, and worth knowing
            self._study.tell(trial, state=TrialState.PRUNED)
        elif status != "interrupted":
            self._study.tell(trial, state=TrialState.FAIL)
        entry = Entry(name, name, overrides_of(trial.params))
        self._console.ended(self._table.update(entry))

    def _ended_trials(self) -> int:
        """How many trials are over; one that was queued again counts once."""
        return self._count(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)

    def _count(self, *states: TrialState) -> int:
        trials = self._study.get_trials(deepcopy=False)
        later = {(t.user_attrs.get(OWNER), t.user_attrs.get(FOLDER)): t.number for t in trials}
        return sum(
            t.state in states
            and later[t.user_attrs.get(OWNER), t.user_attrs.get(FOLDER)] in (t.number, None)
            for t in trials
        )

    def _plan(self) -> Plan:
        """The trials whose folders are here."""
        entries = {}
        for trial in self._study.get_trials(deepcopy=False):
            name = trial.user_attrs.get(FOLDER)
            if name is not None and trial.user_attrs.get(OWNER) == self._me:
                entries[name] = Entry(name, name, overrides_of(trial.params))
        return Plan([], list(entries.values()))

    def _finish(self, signals: SweepSignals, seconds: float) -> int:
        """Write and print the summary; the exit status."""
        folder = self._folder
        self._table = SweepTable(folder, self._plan())
        self._table.write()
        runs = list(self._table.runs.values())
        text = summary_text(runs) if runs else "no trials here\n"
        pruned = sum(str(run.summary.get("message")).startswith("pruned") for run in runs)
        if pruned:
            text += f"\n{pruned} of {len(runs)} trials were pruned\n"
        write_text_atomically(folder.summary, text, durable=False)
        print(f"\n{text}\nsearch: {folder.path}  {seconds:.1f} s   table: {folder.table}")
        if signals.received is not None:
            print(f"interrupted; go on with: python -m mlp_scratch.search search.dir={folder.path}")
            return 128 + signals.received
        return 0 if any(run.status in COMPLETE for run in runs) or not runs else 1


def _write_overrides(run: RunFolder, overrides: list[str]) -> None:
    """Make the trial's folder, with what would be typed to train it alone."""
    try:
        (run.path / ".hydra").mkdir(parents=True, exist_ok=True)
        path = run.path / ".hydra" / "overrides.yaml"
        write_text_atomically(path, yaml.safe_dump(overrides, sort_keys=False), durable=False)
    except OSError as error:
        raise RunError(f"{run.path}: cannot be written ({error.strerror})") from error


def trial_folder(number: int, params: dict[str, Any]) -> str:
    """The name of a trial's run folder: its number, and in short what it tries."""
    last = [key.rpartition(".")[2] for key in params]
    short = {
        key if last.count(name) > 1 else name: value
        for (key, value), name in zip(params.items(), last, strict=True)
    }
    return f"{number:04d},{folder_name(label_of(short), list(short), f'{number:08d}')}"
