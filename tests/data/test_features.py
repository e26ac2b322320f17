"""Numbers that are large beside their spread keep their digits: unix seconds train as well."""

from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.features import as_features, whole_offset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.settle import settle
from mlp_scratch.neural_net import NeuralNet

SECONDS = 1.7e9


def rows(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    z = np.random.default_rng(0).normal(size=(n, 2))
    return 60 * z, (z[:, 0] * z[:, 1] > 0).astype(int)


CASES = {
    "seconds": (np.array([[SECONDS, 0.5], [SECONDS + 9, 1.5]]), [SECONDS + 4, 0]),
    "whole": (np.array([[10**15], [10**15 + 3]]), [10**15 + 2]),
    "years": (np.array([[1990.0], [2020.0]]), None),
    "at the bound": (np.array([[255.0], [257.0]]), None),
    "beyond it": (np.array([[256.0], [258.0]]), [257]),
    "the same": (np.array([[SECONDS], [SECONDS]]), None),
    "float32": (np.array([[1e9], [1e9 + 512]], np.float32), None),
    "small whole": (np.array([[30000], [30001]], np.int16), None),
    "images": (np.full((2, 8, 8), 1e9) + np.arange(2)[:, None, None], None),
    "nothing": (np.zeros((0, 3)), None),
    "gaps": (np.array([[np.nan], [SECONDS]]), None),
    "endless": (np.array([[np.inf], [SECONDS]]), None),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("x", "expected"), CASES.values(), ids=CASES)
def test_what_is_taken_off(x: np.ndarray, expected: list | None) -> None:
    offset = whole_offset(x)
    assert (None if offset is None else offset.tolist()) == expected
    if expected is not None:
        kept, _ = as_features(x, "x", offset)
        assert kept.dtype == np.float32
        np.testing.assert_array_equal(kept.astype(np.float64) + offset, x)


def score(offset: float, dtype: type = np.float64) -> float:
    z, y = rows()
    x = (offset + z).astype(dtype)
    net = NeuralNet([None, 16, None], epochs=40, batch_size=32, lr=0.01, normalize="standardize")
    net.train(x[:400], y[:400])
    return net.evaluate(x[400:], y[400:])[1]


@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_from_python(dtype: type, tmp_path: Path) -> None:
    assert score(SECONDS, dtype) == pytest.approx(score(0, dtype), abs=0.02)


def test_a_saved_network_takes_off_the_same(tmp_path: Path) -> None:
    z, y = rows(200)
    net = NeuralNet([None, 4, None], epochs=1, normalize="standardize").train(SECONDS + z, y)
    again = NeuralNet.load(net.save(tmp_path / "net.npz"))
    for n in (1, 200):
        expected = net.predict_proba(SECONDS + z[:n])
        np.testing.assert_array_equal(again.predict_proba(SECONDS + z[:n]), expected)
    assert (again.checkpoint.arrays["offset"] == whole_offset(SECONDS + z)).all()
    with pytest.raises(MlpScratchError, match="X: 3 features, but the network takes 2"):
        again.predict(np.zeros((2, 3)))


def test_an_autoencoder_gives_the_numbers_back() -> None:
    z, _ = rows(400)
    z = np.c_[z, z @ [1, -1]]
    settings = {"task": "autoencoder", "activation": "identity", "normalize": "standardize"}
    net = NeuralNet([None, 2, None], epochs=60, batch_size=32, lr=0.01, **settings)
    net.train(SECONDS + z)
    assert np.sqrt(np.mean((net.predict(SECONDS + z) - SECONDS - z) ** 2)) < 20


def test_a_table_of_seconds_trains_as_well(tmp_path: Path) -> None:
    z, y = rows()
    scores = []
    for offset in (0, SECONDS):
        path = tmp_path / f"{offset}.csv"
        np.savetxt(path, np.c_[y, offset + z], "%.3f", ",", header="y,a,b", comments="")
        words = ["data=csv", f"data.path={path}", "data.label=y", "task=classification"]
        words += ["training.epochs=40", "optim.lr=0.01", "training.batch_size=32"]
        config = compose_config([*words, "model.layers=[null,16,null]"])
        config.data.cache_dir = str(tmp_path / "cache")
        experiment = build(settle(config, load_data(config)))
        experiment.trainer.run()
        test, task = experiment.test, experiment.task
        assert test is not None
        scores.append(evaluate(experiment.network, test, task, task.tested)["accuracy"])
    assert scores[1] == pytest.approx(scores[0], abs=0.04)
    assert scores[0] > 0.9


@pytest.mark.parametrize("split", [False, True], ids=["held out", "test rows"])
def test_from_a_file_and_its_cache(split: bool, tmp_path: Path) -> None:
    z, y = rows(60)
    x, file = SECONDS + z, tmp_path / "rows.npz"
    test = {"x_test": x[:9] + 1, "y_test": y[:9]} if split else {}
    np.savez(file, x_train=x, y_train=y, **test)
    options = {"dir": tmp_path, "cache_dir": tmp_path / "c", "path": file, "test_fraction": 0.2}
    first, second = (load_dataset("npz", **options) for _ in range(2))  # type: ignore[arg-type]
    for dataset in (first, second):
        assert dataset.offset is not None
        assert dataset.x_test is not None
        assert dataset.digest == first.digest
        there = np.r_[dataset.x_train, dataset.x_test] + dataset.offset
        expected = np.r_[x, x[:9] + 1] if split else x
        np.testing.assert_allclose(sorted(there[:, 0]), sorted(expected[:, 0]), atol=1e-4, rtol=0)
    np.savez(file, x_train=x - 100, y_train=y, **test)
    moved = load_dataset("npz", **options)  # type: ignore[arg-type]
    assert moved.digest != first.digest
