"""One call of a sweep: plan it, see what of it is done already, run the rest, keep the table."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf

from mlp_scratch.bounded_reads import read_plain_file
from mlp_scratch.config.file_words import key_of
from mlp_scratch.config.written_values import written
from mlp_scratch.errors import ConfigError, RunError, telling_unwritten
from mlp_scratch.files import write_text_atomically
from mlp_scratch.runs.folder import RunFolder, command, inside
from mlp_scratch.runs.metrics_file import LARGEST
from mlp_scratch.runs.own_places import PLACES
from mlp_scratch.runs.run_state import COMPLETE
from mlp_scratch.sweep.cluster import Hydra, check_cluster, run_on_cluster
from mlp_scratch.sweep.due_jobs import is_due
from mlp_scratch.sweep.job_process import write_failure
from mlp_scratch.sweep.number_of_workers import early_workers, number_of_workers
from mlp_scratch.sweep.plan import Job, plan_jobs
from mlp_scratch.sweep.pool import Ended, Order, SweepSignals, Workers, order_for
from mlp_scratch.sweep.progress import SweepConsole
from mlp_scratch.sweep.summary import summary_text
from mlp_scratch.sweep.sweep_folder import DUMPER, Entry, SweepFolder, SweepTable


@dataclass
class Sweep:
    """One call of a sweep, as its command says it.

    hydra: what Hydra hands to a launcher. launcher: those of the overrides that say how jobs are
    run. config_dir: a folder of the user's own with more configs. workers: processes, None for one
    a core. cluster: of ``conf/cluster``, None for this machine; options: what it takes.
    """

    hydra: Hydra
    path: Path
    overrides: list[str]
    launcher: list[str]
    config_dir: str | None
    workers: int | None
    retry_failed: bool
    cluster: str | None
    options: Any

    def run(self, combinations: Sequence[Sequence[str]]) -> tuple[list[Job], int]:
        """Run what of it is to be done; its jobs, and the exit status.

        That is 0, 1 when some job failed, 130 or 143 when a signal ended the sweep. Raises
        MlpScratchError before any job has started.
        """
        check_cluster(self.cluster)
        folder, loader = SweepFolder(self.path), self.hydra.context.config_loader
        started = time.perf_counter()
        with folder.locked(), Workers() as workers:
            if self.cluster is None and not folder.plan_file.exists():
                workers.resize(early_workers(self.workers, len(combinations)))
            jobs, announcements = plan_jobs(loader, self.hydra.master, combinations)
            said = {key: getattr(self, key) for key in ("overrides", "launcher", "config_dir")}
            when = time.strftime("%Y-%m-%dT%H:%M:%S%z")
            plan, entries = folder.enlist(jobs, {"when": when, **said})
            for line in announcements:
                print(line)
            todo = [
                (job, entry)
                for job, entry in zip(jobs, entries, strict=True)
                if is_due(folder.run(entry), self.retry_failed)
            ]
            n, rest = len(jobs), len(jobs) - len(todo)
            done = f", {rest} of them done before" if rest else ""
            print(f"sweep: {folder.path}, {n} job{'s' * (n != 1)}{done}")
            table = SweepTable(folder, plan)
            table.write()
            with SweepSignals() as signals:
                if todo:
                    self._run_jobs(folder, workers, table, todo, signals)
                seconds = time.perf_counter() - started
                status = _finish(folder, table, entries, signals, seconds)
                workers.draw(folder, signals)
        return jobs, status

    def _run_jobs(
        self,
        folder: SweepFolder,
        workers: Workers,
        table: SweepTable,
        todo: list[tuple[Job, Entry]],
        signals: SweepSignals,
    ) -> None:
        """Run the jobs that are due, or until a signal comes, and keep the table meanwhile.

        workers: for jobs on this machine; they may have been started already.
        """
        running: dict[str, Job] = {}
        entries = {entry.folder: entry for _, entry in todo}
        console = SweepConsole(table.runs, len(todo), lambda: _epochs_done(folder, running))

        def orders() -> Iterator[Order]:
            for job, entry in todo:
                running[entry.folder] = job
                start_folder(folder, job, entry)
                yield order_for(folder.run(entry), job.config)

        def ended(end: Ended) -> None:
            entry = entries[end.order["job"]]
            del running[entry.folder]
            if end.died is not None:
                write_failure(folder.run(entry), end.died)
            record(entry)

        def record(entry: Entry) -> None:
            console.ended(table.update(entry))

        try:
            if self.cluster is None:
                threads = max(int(job.config.training.threads) for job, _ in todo)
                workers.resize(number_of_workers(self.workers, len(todo), threads))
                workers.run(orders(), signals, ended=ended, tick=console.tick)
            else:
                where = (self.hydra, self.cluster, self.options, folder)
                run_on_cluster(*where, todo, signals, ended=record, tick=console.tick)
        finally:
            console.close()


def start_folder(folder: SweepFolder, job: Job, entry: Entry) -> None:
    """Make the job's folder with ``.hydra/`` in it as Hydra does. Raises RunError."""
    run = folder.run(entry)
    own: dict[str, Any] = OmegaConf.to_container(job.hydra, enum_to_str=True)  # type: ignore[assignment]
    own["sweep"] |= {"dir": str(folder.path), "subdir": entry.folder}
    own["runtime"]["output_dir"] = str(run.path.absolute())
    own["overrides"]["task"] = job.overrides
    own["job"] |= {"override_dirname": ",".join(job.overrides), "id": entry.folder}
    files = {
        "config.yaml": OmegaConf.to_container(job.composed, enum_to_str=True),
        "hydra.yaml": {"hydra": own},
        "overrides.yaml": job.overrides,
    }
    write_hydra_files(run, files)


def write_hydra_files(run: RunFolder, files: dict[str, Any]) -> None:
    """Make a run's folder with these files, as YAML, in ``.hydra/``. Raises RunError."""
    own = inside(run.path, run.path / ".hydra")
    with telling_unwritten(run.path):
        own.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            text = yaml.dump(content, Dumper=DUMPER, sort_keys=False, allow_unicode=True)
            write_text_atomically(own / name, text, durable=False)


def _epochs_done(folder: SweepFolder, running: dict[str, Job]) -> float:
    """The share of their epochs that the running jobs have done, summed over jobs."""
    total = 0.0
    for name, job in running.items():
        try:
            lines = read_plain_file(folder.path / name / "metrics.csv", LARGEST).count(b"\n") - 1
        except (OSError, ValueError):
            continue
        total += min(max(lines, 0) / max(job.config.training.epochs, 1), 1.0)
    return total


def _finish(
    folder: SweepFolder,
    table: SweepTable,
    entries: Sequence[Entry],
    signals: SweepSignals,
    seconds: float,
) -> int:
    """Write and print the summary; the exit status."""
    present("sweep", folder, table, summary_text(list(table.runs.values())), seconds)
    unfinished = [e for e in entries if table.runs[e.folder].status not in COMPLETE]
    if signals.received is not None:
        print(f"interrupted; go on with: {command('resume', folder.path)}")
        return signals.exit_status
    if unfinished:
        print(f"to try again what failed: {command('resume', folder.path, '--retry-failed')}")
    return 1 if unfinished else 0


def present(what: str, folder: SweepFolder, table: SweepTable, text: str, seconds: float) -> None:
    """Write the table and the summary's ``text``, and print it. what: a sweep, or a search."""
    table.write()
    write_text_atomically(folder.summary, text, durable=False)
    print(f"\n{text}\n{what}: {folder.path}  {seconds:.1f} s   table: {folder.table}")


# What a sweep's file says of how its jobs are run: what is followed, and what is only shown
_FOLLOWED = re.compile(r"hydra\.launcher\.workers=(\d{1,4}|null)")
_SHOWN = re.compile(r"(cluster|hydra\.launcher\.[a-z][\w.]*)=.*")


def resume_sweep(path: Path, retry_failed: bool, places: Sequence[str]) -> int:
    """Repeat a sweep in its folder, as ``train -m hydra.sweep.dir=FOLDER``; the exit status.

    places: overrides that say where data lies and where is written. Raises RunError when the sweep
    was begun elsewhere than on this machine or with configs of the user's own, which is for nobody
    but the user to say. Takes this process over where systems allow it, so that signals go straight
    to the sweep.
    """
    for word in places:
        if key_of(word) not in PLACES:
            raise ConfigError(f"{word}: of a sweep only {', '.join(PLACES)} may change on resume")
    if "${" in str(path):  # Hydra would look it up in the environment
        raise RunError(f"{path}: give this folder another name")
    words = ["-m", f"hydra.sweep.dir={written(str(path))}"]
    if retry_failed:
        words.append("hydra.launcher.retry_failed=true")
    folder = SweepFolder(path)
    asked = folder.read_plan().asked
    if asked:
        words += _repeated(asked[-1], words, folder.plan_file)
    command = [sys.executable, "-m", "mlp_scratch.train", *words, *places]
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(sys.executable, command)
    return subprocess.call(command)


def _repeated(asked: Any, words: Sequence[str], file: Path) -> list[str]:
    """What of the way in which a sweep was ``asked`` for is repeated. Raises RunError."""
    if not isinstance(asked, dict):
        raise RunError(f"{file}: does not say how the sweep was asked for")
    said, configs = asked.get("launcher") or [], asked.get("config_dir")
    said = [str(word) for word in said] if isinstance(said, list) else [repr(said)]
    followed = [word for word in said if _FOLLOWED.fullmatch(word)]
    if configs is None and followed == said:
        return followed
    flags = [] if configs is None else ["--config-dir", str(configs)]
    for word in [*said, *flags]:
        if not word.isprintable() or not (word in flags or _SHOWN.fullmatch(word)):
            raise RunError(f"{file}: {word!r} is not a way to run the jobs of a sweep")
    command = shlex.join(["python", "-m", "mlp_scratch.train", *words, *said, *flags])
    raise RunError(
        f"{file}: was begun with {' '.join([*said, *flags])}; a file has no say over that, so "
        f"nothing was started\nif it is your own, or you have looked at it: {command}"
    )
