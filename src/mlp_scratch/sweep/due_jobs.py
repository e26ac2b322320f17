"""Which jobs of a sweep are still to be run when it is gone on with."""

from collections.abc import Mapping
from typing import Any

from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.run_state import COMPLETE, LOST, state_of

_TEST_PICTURE = {  # the last that a tested run of this task always has; of classes it is a matrix
    "regression": "regression.png",
    "multilabel": "labels.png",
    "autoencoder": "weights.png",
}


def is_due(run: RunFolder, retry_failed: bool) -> bool:
    """Whether a job is to be run, or gone on with: it has not come to an end, or its pictures are
    still to be drawn."""
    state = state_of(run)
    if state.status in LOST:
        return retry_failed
    return state.status not in COMPLETE or not _is_drawn(run, state.summary)


def _is_drawn(run: RunFolder, summary: Mapping[str, Any]) -> bool:
    of_test = _TEST_PICTURE.get(str(summary.get("task")), "confusion_matrix.png")
    return (run.path / (of_test if "test" in summary else "weights.png")).exists()
