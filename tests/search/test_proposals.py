"""The trials that a study proposes."""

from typing import Any

import pytest

pytest.importorskip("optuna")

import optuna

from mlp_scratch.errors import RunError
from mlp_scratch.search.proposals import Proposals


def test_a_study_that_fails_midway_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise OSError("no server\nfor pages")

    proposals = Proposals(optuna.create_study(), {}, "me")
    monkeypatch.setattr(optuna.Study, "ask", gone)
    with pytest.raises(RunError, match=r"cannot be gone on with \(no server\)$"):
        proposals.ask()
