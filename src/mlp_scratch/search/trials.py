"""Runs a search: trials in worker processes, each an ordinary run folder, until there are enough.

A trial that was under way when the search ended is kept open in the study, and goes on from its
checkpoint when the search does.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.errors import ConfigError
from mlp_scratch.experiment.load_data import load_data, resolve_data
from mlp_scratch.experiment.resolve_task import resolve_task
from mlp_scratch.experiment.warm_start import resolve_init_from
from mlp_scratch.nested import entry
from mlp_scratch.runs.folder import RunFolder, command
from mlp_scratch.runs.run_state import COMPLETE, state_of
from mlp_scratch.search.proposals import Proposals
from mlp_scratch.search.space import corners, grid_size, overrides_of, read_space
from mlp_scratch.search.study import SearchConfig, open_study
from mlp_scratch.sweep.execute import present, write_hydra_files
from mlp_scratch.sweep.job_process import write_failure
from mlp_scratch.sweep.number_of_workers import number_of_workers
from mlp_scratch.sweep.pool import Ended, Order, SweepSignals, Workers, order_for
from mlp_scratch.sweep.progress import SweepConsole
from mlp_scratch.sweep.summary import summary_text
from mlp_scratch.sweep.sweep_folder import Entry, Plan, SweepFolder, SweepTable

Compose = Callable[[Sequence[str]], ExperimentConfig]


class Search:
    """One call of a search.

    words: the overrides of the experiment. compose: makes a checked config of overrides. What
    cannot work is found here, before there is a folder. Raises ConfigError.
    """

    def __init__(self, config: SearchConfig, words: Sequence[str], compose: Compose) -> None:
        self._config = config
        self._words = list(words)
        self._compose = compose
        self._space = read_space(config.space)
        first, *_ = [compose([*words, *overrides_of(params)]) for params in corners(self._space)]
        if not first.names_validation:
            raise ConfigError(
                "training.validation_fraction=0: a search compares validation metrics; use 0.1"
            )
        self._first = first
        self._metric = ""  # what the runs are judged by, once their data is there
        self._failed = 0

    def run(self, path: Path) -> int:
        """Run in ``path`` until the study has its trials; the exit status. Raises
        MlpScratchError."""
        self._folder = folder = SweepFolder(path)
        folder.table = path / "trials.csv"
        config, first = self._config, self._first
        started = time.perf_counter()
        with folder.locked(), Workers() as workers:
            if announcement := resolve_data(first):
                print(announcement)
            resolve_init_from(first)
            dataset = load_data(first)  # fills the cache for all workers, fails early
            first = resolve_task(first, dataset)
            self._metric, epochs = first.training.early_stopping.metric, first.training.epochs
            study = open_study(config, folder.path, self._space, epochs, self._metric)
            self._proposals = Proposals(study, self._space, str(folder.path.absolute()))
            self._wanted = config.trials
            if config.sampler == "grid":
                self._wanted = min(config.trials, grid_size(self._space))
            before = self._proposals.ended()
            done = f", {before} of them done before" if before else ""
            print(f"search: {folder.path}, {self._wanted} trials{done}")
            self._table = SweepTable(folder, Plan([], self._proposals.entries()))
            to_do = max(self._wanted - before, 0)
            self._console = SweepConsole(self._table.runs, to_do, lambda: 0.0)
            with SweepSignals() as signals:
                try:
                    if to_do:
                        workers.resize(number_of_workers(config.workers, to_do))
                        workers.run(
                            self._orders(),
                            signals,
                            ended=self._ended,
                            tick=self._console.tick,
                            answer=self._answer,
                        )
                finally:
                    self._console.close()
                status = self._finish(signals, time.perf_counter() - started)
                workers.draw(folder, signals)
                return status

    def _orders(self) -> Iterator[Order]:
        """What is to be run next, drawn whenever a worker is free."""
        self._proposals.reopen()
        while self._proposals.begun() < self._wanted:
            name, params = self._proposals.ask()
            run, words = self._run(name), [*self._words, *overrides_of(params)]
            write_hydra_files(run, {"overrides.yaml": words})
            config = self._compose(words)
            resolve_data(config)
            if "model.init_from" not in params:  # the latest run must not be one of the trials
                config.model.init_from = self._first.model.init_from
            if config.training.threads == "auto":
                config.training.threads = 1
            yield order_for(run, config, watched=True)

    def _run(self, name: str) -> RunFolder:
        return self._folder.run(Entry(name, name, []))

    def _answer(self, order: Order, message: Order) -> Order:
        """A worker has looked at its validation rows: should it end?"""
        return {"prune": self._proposals.prunes(order["job"], message["epoch"], message["value"])}

    def _ended(self, end: Ended) -> None:
        name, pruned = end.order["job"], self._proposals.pruned
        run = self._run(name)
        if end.died is not None:
            write_failure(run, end.died)
        state = state_of(run)
        status, value = state.status, entry(state.summary, "best", self._metric)
        if status in COMPLETE and name in pruned:
            run.write_summary({**state.summary, "message": f"pruned after epoch {pruned[name]}"})
        self._failed += status == "failed"
        trial = self._proposals.end(name, status, value)
        self._console.ended(self._table.update(trial))

    def _finish(self, signals: SweepSignals, seconds: float) -> int:
        """Write and print the summary; the exit status."""
        table = SweepTable(self._folder, Plan([], self._proposals.entries()))
        runs = list(table.runs.values())
        text = summary_text(runs) if runs else "no trials here\n"
        pruned = sum(str(run.summary.get("message")).startswith("pruned") for run in runs)
        if pruned:
            text += f"\n{pruned} of {len(runs)} trials were pruned\n"
        if self._failed:
            text += f"\n{self._failed} of {len(runs)} trials failed just now; their logs say why\n"
        present("search", self._folder, table, text, seconds)
        if signals.received is not None:
            print(
                f"interrupted; go on with: {command('search', f'search.dir={self._folder.path}')}"
            )
            return signals.exit_status
        some = any(run.status in COMPLETE for run in runs) or not runs
        return 0 if some and not self._failed else 1
