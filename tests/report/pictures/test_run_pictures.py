"""Which pictures a run of each task gets."""

import json

import numpy as np
import pytest

from mlp_scratch.report.pictures.run_pictures import draw_run_pictures

RNG = np.random.default_rng(0)
ALWAYS = ["curves.png", "weights.png"]


def drawn(runs, task, tested, image_shape=None, names=("a", "b")):
    folder = runs.add("run", 0.8, task=task)
    weights = RNG.normal(size=(4, 3))
    draw_run_pictures(
        folder,
        json.loads((folder / "summary.json").read_text()),
        names=names,
        image_shape=image_shape,
        first_weights=weights,
        tested=tested,
        task=task,
    )
    return sorted(path.name for path in folder.glob("*.png"))


@pytest.mark.parametrize("task", ["classification", "regression", "multilabel"])
def test_without_a_test(runs, task):
    assert drawn(runs, task, None) == ALWAYS


def test_classification(runs):
    tested = {"images": np.ones((1, 4)), "true": np.array([0]), "predicted": np.array([1])}
    tested |= {"probability": np.array([0.9])}
    assert drawn(runs, "classification", tested) == ["confusion_matrix.png", *ALWAYS]


@pytest.mark.parametrize("images", [True, False])
def test_regression(runs, images):
    true = RNG.normal(size=(30, 2))
    tested = {"true": true, "predicted": true + 1, "rows": np.array([4, 2])}
    tested |= {"images": RNG.random((2, 4))} if images else {}
    tested |= {"low": true, "high": true + 2} if images else {}
    wanted = ["curves.png", "regression.png", "weights.png", *["worst.png"] * images]
    assert drawn(runs, "regression", tested, (2, 2) if images else None) == wanted


def test_several_labels(runs):
    tested = {"true": np.eye(2, dtype=int), "predicted": np.ones((2, 2), dtype=int)}
    assert drawn(runs, "multilabel", tested) == ["curves.png", "labels.png", "weights.png"]
