"""The network of each moment of a training."""

import os

import numpy as np
import pytest
from tiny_runs import STEPS, Ending, begin, tiny_config, write_data

from mlp_scratch.engine.evaluation import predict
from mlp_scratch.insight.snapshots import steps_of
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.views.learner import learner

N = 2
TAKE = [f"training.snapshots={N}", "training.epochs=2", "training.record_layers=false"]
RUNS = {  # name: data, words, what there is to see
    "moons": (["data=moons", "data.path=null", "data.n=60"], ["boundary", "confusion", "weights"]),
    "sine": (["data=sine", "data.path=null", "data.n=60"], ["fit", "predictions", "weights"]),
    "pictures": ([], ["weights", "confusion"]),
    "codes": (["task=autoencoder"], ["weights"]),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    flush, os.fsync = os.fsync, lambda file: None
    for name, (words, _) in RUNS.items():
        config = tiny_config(write_data(folder), [*TAKE, *words])
        if "data=" in "".join(words):
            config.data.path = None
        begin(config, folder / name)
    os.fsync = flush
    return folder


def test_the_network_of_each_moment(places):
    found = learner(RunFolder(places / "pictures"), [])
    assert found.steps == steps_of(N, 2 * STEPS)
    experiment, name_and_rows = found.experiment, found.rows(20)
    assert name_and_rows[0] == "20 of 30 test rows"
    rows = name_and_rows[1]
    x = experiment.normalizer.apply(rows.fetch(slice(None)), np.empty((20, 64), np.float32))
    with np.load(places / "pictures" / "snapshots.npz") as file:
        for i, moment in enumerate(found.moments()):
            flat, step = file["parameters"][i], file["steps"][i]
            W0, W1, b0, b1 = np.split(flat, np.cumsum([64 * 6, 6 * 3, 6]))
            z = np.maximum(x @ W0.reshape(64, 6) + b0, 0) @ W1.reshape(6, 3) + b1
            p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
            predicted = predict(experiment.network, rows, experiment.task)
            np.testing.assert_allclose(predicted, p, rtol=1e-4)
            assert moment == f"step {step} (epoch {step / STEPS:.3g})"
        assert i == N - 1


def test_a_run_that_ended_before_its_time_ends_with_its_last_checkpoint(tmp_path):
    config = tiny_config(write_data(tmp_path), [*TAKE, "training.epochs=9"])
    begin(config, tmp_path / "run", Ending(10, "stop"))
    found = learner(RunFolder(tmp_path / "run"), [])
    assert found.steps == [0, 10]
    *_, (moment, values) = [
        (moment, found.experiment.network.parameters.value("W0").copy())
        for moment in found.moments()
    ]
    assert moment == "step 10 (epoch 1.43)"
    with np.load(tmp_path / "run" / "checkpoints" / "last.npz") as last:
        np.testing.assert_array_equal(values, last["W0"])
