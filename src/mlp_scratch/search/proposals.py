"""The trials of a study that one search runs: asked for, named, told how they ended, counted.

What is tried next is for Optuna's sampler to say, which ``study.py`` makes. Machines may share a
study; a trial carries the search it belongs to and its run folder's name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.trial import TrialState

from mlp_scratch.errors import RunError
from mlp_scratch.runs.run_state import COMPLETE
from mlp_scratch.search.space import Space, label_of, overrides_of
from mlp_scratch.sweep.plan import folder_name
from mlp_scratch.sweep.sweep_folder import Entry

OWNER, FOLDER = "owner", "folder"  # attributes of a trial


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    """Of a method whose study may fail it: a server that has gone, a full disk, a damaged file."""
    try:
        yield
    except Exception as error:  # every storage has exceptions of its own
        lines = str(error).strip().splitlines() or [type(error).__name__]
        said = f"the search's study cannot be gone on with ({lines[0][:200]})"
        raise RunError(said) from error


class Proposals:
    """What ``study`` proposes to the search ``owner``. A trial's name is its run folder's."""

    def __init__(self, study: optuna.Study, space: Space, owner: str) -> None:
        self._study, self._space, self._owner = study, space, owner
        self._open: dict[str, optuna.Trial] = {}
        self.pruned: dict[str, int] = {}  # by name, the epoch after which it was

    @_told_in_a_line()
    def reopen(self) -> None:
        """Queue again what was under way when an earlier call ended; it keeps its run folder."""
        for trial in self._study.get_trials(states=(TrialState.RUNNING,)):
            if _told(trial, OWNER) == self._owner:
                self._study.enqueue_trial(trial.params, user_attrs=trial.user_attrs)
                self._study.tell(trial.number, state=TrialState.FAIL)

    @_told_in_a_line()
    def ask(self) -> tuple[str, dict[str, Any]]:
        """Name and parameters of the next trial."""
        trial = self._study.ask(self._space)
        name, params = _told(trial, FOLDER), trial.params
        if name is None:
            name = trial_folder(trial.number, params)
            trial.set_user_attr(OWNER, self._owner)
            trial.set_user_attr(FOLDER, name)
        self._open[name] = trial
        return name, params

    @_told_in_a_line()
    def prunes(self, name: str, epoch: int, value: float) -> bool:
        """Take a trial's value after an epoch; whether it should be given up."""
        self._open[name].report(value, epoch)
        if self._open[name].should_prune():
            self.pruned[name] = epoch
        return name in self.pruned

    @_told_in_a_line()
    def end(self, name: str, status: str | None, value: float | None) -> Entry:
        """Tell the study how a trial ended, by its summary; an interrupted one stays open."""
        trial = self._open.pop(name)
        if status in COMPLETE and name in self.pruned:
            self._study.tell(trial, state=TrialState.PRUNED)
        elif status in COMPLETE and value is not None:
            self._study.tell(trial, value)
        elif status == "diverged":  # as bad as can be, and worth knowing
            self._study.tell(trial, state=TrialState.PRUNED)
        elif status != "interrupted":
            self._study.tell(trial, state=TrialState.FAIL)
        return Entry(name, name, overrides_of(trial.params))

    @_told_in_a_line()
    def ended(self) -> int:
        """How many trials of the study are over."""
        return self._count(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)

    @_told_in_a_line()
    def begun(self) -> int:
        """How many are over or under way."""
        return self.ended() + self._count(TrialState.RUNNING)

    def _count(self, *states: TrialState) -> int:
        """Trials in one of these states; one that was queued again counts once."""
        latest = {
            (_told(t, OWNER), _told(t, FOLDER)): t.state
            for t in self._study.get_trials(deepcopy=False)
        }
        return sum(state in states for state in latest.values())

    @_told_in_a_line()
    def entries(self) -> list[Entry]:
        """The trials whose folders are the search's own."""
        entries = {}
        for trial in self._study.get_trials(deepcopy=False):
            name = _told(trial, FOLDER)
            if name is not None and _told(trial, OWNER) == self._owner:
                entries[name] = Entry(name, name, overrides_of(trial.params))
        return list(entries.values())


def _told(trial: optuna.Trial | optuna.trial.FrozenTrial, attribute: str) -> str | None:
    """An attribute as text, whatever a stranger's database holds; None where there is none."""
    value = trial.user_attrs.get(attribute)
    return None if value is None else str(value)


def trial_folder(number: int, params: dict[str, Any]) -> str:
    """The name of a trial's run folder: its number, and in short what it tries."""
    last = [key.rpartition(".")[2] for key in params]
    short = {
        key if last.count(name) > 1 else name: value
        for (key, value), name in zip(params.items(), last, strict=True)
    }
    return f"{number:04d},{folder_name(label_of(short), list(short), f'{number:08d}')}"
