"""Which jobs of a sweep are still to be run when it is gone on with."""

from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import COMPLETE, LOST

_TEST_PICTURE = {  # the last that a tested run of this task always has; of classes it is a matrix
    "regression": "regression.png",
    "multilabel": "labels.png",
    "autoencoder": "weights.png",
}


def is_due(run: RunFolder, retry_failed: bool) -> bool:
    """Whether a job is to be run, or gone on with."""
    state = state_of_job(run)
    return state in ("new", "begun") or (state == "failed" and retry_failed)


def state_of_job(run: RunFolder) -> str:
    """What must still be done: "done", "failed", "begun" or "new"."""
    summary = run.read_summary()
    status = summary.get("status")
    if status in COMPLETE:
        of_test = _TEST_PICTURE.get(str(summary.get("task")), "confusion_matrix.png")
        last_picture = of_test if "test" in summary else "weights.png"
        return "done" if (run.path / last_picture).exists() else "begun"
    if status in LOST:
        return "failed"
    return "begun" if run.path.is_dir() else "new"
