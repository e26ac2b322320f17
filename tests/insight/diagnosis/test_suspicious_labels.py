"""Labels that were planted wrong stand first in the list of the rows to look at."""

from pathlib import Path

import numpy as np
import pytest
from tiny_runs import begin

from mlp_scratch.config.compose import compose_config
from mlp_scratch.experiment.gather_evidence import evidence_in
from mlp_scratch.insight.diagnosis.suspicious_labels import LISTED, suspicious_labels
from mlp_scratch.runs.folder import RunFolder

N, N_TEST, CLASSES = 1500, 500, 4


def planted(folder: Path, share: float) -> dict[str, np.ndarray]:
    """Writes points around four places with a share of wrong labels; which rows have one."""
    rng = np.random.default_rng(3)
    arrays, wrong = {}, {}
    for part, n in (("train", N), ("test", N_TEST)):
        y = rng.integers(0, CLASSES, n)
        arrays[f"x_{part}"] = np.eye(CLASSES)[y] * 5 + rng.normal(size=(n, CLASSES))
        wrong[part] = rng.random(n) < share
        y = np.where(wrong[part], (y + rng.integers(1, CLASSES, n)) % CLASSES, y)
        arrays[f"y_{part}"] = y
    np.savez(folder / "data.npz", **arrays)
    return wrong


@pytest.mark.parametrize("share", [0.03, 0.2])
def test_most_rows_to_look_at_are_those_with_a_planted_label(share: float, tmp_path: Path) -> None:
    wrong = planted(tmp_path, share)
    words = ["data=npz", f"data.path={tmp_path / 'data.npz'}", "model.layers=[null,32,null]"]
    words += [
        "training.epochs=8",
        "training.batch_size=16",
        "training.threads=1",
        f"data.cache_dir={tmp_path}",
    ]
    begin(compose_config(words), tmp_path / "run")
    evidence, _ = evidence_in(RunFolder(tmp_path / "run"))
    assert evidence.rows is not None
    found = suspicious_labels(evidence.rows)
    assert len(found) == LISTED
    where = {"training": "train", "validation": "train", "test": "test"}
    hit = [wrong[where[row.part]][row.row - 1] for row in found]
    assert np.mean(hit) >= 0.9
    with np.load(tmp_path / "data.npz") as arrays:
        for row in found:
            part = where[row.part]
            np.testing.assert_allclose(row.x, arrays[f"x_{part}"][row.row - 1], rtol=1e-6)
            assert row.given == arrays[f"y_{part}"][row.row - 1] != row.predicted
            assert 0 <= row.of_given < row.confidence <= 1
