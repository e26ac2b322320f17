"""What a run keeps of its test grows with rows and classes, not with the classes' square."""

from pathlib import Path

import numpy as np
import pytest
from tiny_runs import begin, tiny_config

from mlp_scratch.experiment.session import draw_pictures
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.runs.confusion_matrix import confusion_matrix_in
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import read_runs

SUMMARY = 1 << 20  # bytes


@pytest.mark.slow
@pytest.mark.parametrize("classes", [400, 3000])
def test_a_run_with_many_classes(classes: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.concatenate([np.arange(classes)] * 6)
    arrays = {"x_train": rng.integers(0, 256, (y.size, 8, 8)).astype(np.uint8), "y_train": y}
    arrays |= {"x_test": arrays["x_train"][: classes * 2], "y_test": y[: classes * 2]}
    np.savez(tmp_path / "many.npz", **arrays)
    config = tiny_config(tmp_path / "many.npz", ["training.batch_size=512", "training.epochs=1"])
    result = begin(config, tmp_path / "run")
    draw_pictures(result, RunFolder(tmp_path / "run"))
    assert (tmp_path / "run" / "confusion_matrix.png").stat().st_size > 1000
    assert (tmp_path / "run" / "summary.json").stat().st_size < SUMMARY
    (run,) = read_runs(tmp_path / "run")
    assert run.status == "finished"
    kept = run.summary["test"]["confusion_matrix"]
    assert sum(kept["count"]) == classes * 2
    hits = [n for t, p, n in zip(*kept.values(), strict=True) if t == p]
    assert sum(hits) == round(run.metric("test_accuracy", "final") * classes * 2)
    table = confusion_matrix_in(run.summary)
    untold = page_data([run])["runs"][0]["untold"] or ""
    assert (f"of {classes:,} classes is left out" in untold) == (classes > 1000)
    if classes > 1000:  # too many for a page
        assert table is None
        return
    assert table.shape == (classes, classes)
    assert table[kept["true"], kept["predicted"]].tolist() == kept["count"]
    assert table.sum() == classes * 2


@pytest.mark.parametrize(
    "change",
    [
        *({"true": [400]}, {"true": [-1]}, {"count": [-1]}, {"count": [1, 2]}, {"true": "x"}),
        *({"count": [10**30]}, {"count": [float("inf")]}, {"predicted": None}, {"true": [[0]]}),
    ],
)
def test_sparse_counts_that_are_none(change: dict) -> None:
    counts = {"true": [0], "predicted": [1], "count": [2]}
    summary = {"test": {"confusion_matrix": counts}, "data": {"classes": ["a"] * 400}}
    assert confusion_matrix_in(summary) is not None
    counts |= change
    assert confusion_matrix_in(summary) is None


@pytest.mark.parametrize(
    "given",
    [
        None, "x", {}, [], [[]], [[1, 2]], [[1, 2], [3]], [["a", "b"], ["c", "d"]], [1, 2],
        [[1, -1], [0, 1]], [[float("nan"), 1], [1, 1]], [[{}, 1], [1, 1]], [[10**400, 0], [0, 0]],
    ],
)  # fmt: skip
def test_counts_that_are_none(given):
    assert confusion_matrix_in({"test": {"confusion_matrix": given}}) is None
