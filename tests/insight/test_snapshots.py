"""Snapshots: when they are taken, that nothing else changes by them, and what is made of a file."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import STEPS, Ending, begin, go_on, tiny_config, write_data

from mlp_scratch.config.ranges import MOST_SNAPSHOTS
from mlp_scratch.experiment import onlookers
from mlp_scratch.insight import snapshots
from mlp_scratch.insight.snapshots import read_snapshots, steps_of
from mlp_scratch.nn.activations import ReLU
from mlp_scratch.nn.network import Network

TAKE = "training.snapshots=6"
TOTAL = 4 * STEPS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)


def arrays_of(run: Path) -> dict[str, list]:
    with np.load(run / "snapshots.npz", allow_pickle=False) as file:
        return {name: file[name].tolist() for name in file.files}


@pytest.mark.parametrize(
    ("n", "total", "expected"),
    [
        (6, 100_000, [0, 10, 100, 1000, 10_000, 100_000]),
        (2, 500, [0, 500]),
        (5, 1000, [0, 6, 33, 182, 1000]),
        (5, 4, [0, 1, 2, 3, 4]),
        (24, 3, [0, 1, 2, 3]),
        (6, 0, [0]),
        (12, 40, [0, 1, 2, 3, 4, 6, 8, 11, 15, 21, 29, 40]),
    ],
)
def test_steps(n: int, total: int, expected: list[int]) -> None:
    assert steps_of(n, total) == expected


@pytest.mark.parametrize("total", [30, 1450, 10**6, 10**9])
@pytest.mark.parametrize("n", [2, 3, 24, MOST_SNAPSHOTS])
def test_as_many_as_asked_for_and_ever_further_apart(n: int, total: int) -> None:
    steps = np.array(steps_of(n, total))
    assert len(steps) == min(n, total + 1)
    assert steps[0] == 0
    assert steps[-1] == total
    gaps = np.diff(steps)
    assert (gaps >= 1).all()
    assert gaps[-1] == gaps.max()


QUICK = [
    ["model.batch_norm=true", "model.bn_recompute=true", "training.dtype=float64"],
    ["average=swa", "average.start_epoch=2"],
]
MORE = [
    [],
    ["training.threads=2", "training.batch_size=32"],
    ["optim=lbfgs", "training.batch_size=full"],
    ["training.kernels=plain", "regularization.dropout=0.3"],
]
CASES = [*QUICK, *(pytest.param(words, marks=pytest.mark.slow) for words in MORE)]


@pytest.mark.parametrize("words", CASES, ids=" ".join)
def test_the_same_bits_as_without(words: list[str], data: Path, tmp_path: Path) -> None:
    words = [*words, "training.record_layers=false"]
    begin(tiny_config(data, words), tmp_path / "off")
    begin(tiny_config(data, [*words, TAKE]), tmp_path / "on")
    for name in ("best.npz", "last.npz"):
        off, on = (tmp_path / run / "checkpoints" / name for run in ("off", "on"))
        assert off.read_bytes() == on.read_bytes()
    assert not (tmp_path / "off" / "snapshots.npz").exists()
    taken = arrays_of(tmp_path / "on")
    epoch_steps = taken["epoch_steps"]
    assert taken["steps"] == steps_of(6, 4 * epoch_steps)
    with np.load(tmp_path / "on" / "checkpoints" / "last.npz") as last:  # what is evaluated
        flat = [last[name].ravel() for name in ("W0", "W1", "b0", "b1")]
        end = taken["parameters"][-1]
        assert end[: sum(map(len, flat))] == np.concatenate(flat).astype(np.float32).tolist()
        if "model.batch_norm=true" in words:
            assert np.shape(taken["buffers"]) == (6, 12)


@pytest.mark.mostly_slow(3)
def test_killed_and_resumed_to_the_same_bits(data: Path, tmp_path: Path) -> None:
    config = tiny_config(data, [TAKE, "training.checkpoint_every_steps=2"])
    begin(config, tmp_path / "whole")
    run = tmp_path / "killed"
    assert begin(config, run, Ending(12, "kill")) is None
    assert go_on(run, Ending(10, "kill")) is None
    go_on(run, Ending(2, "stop"))
    go_on(run)
    assert arrays_of(run) == arrays_of(tmp_path / "whole")


def test_snapshots_after_the_checkpoint_are_taken_again(data: Path, tmp_path: Path) -> None:
    config = tiny_config(data, [TAKE])
    begin(config, tmp_path / "whole")
    run = tmp_path / "killed"
    begin(config, run, Ending(12, "stop"))
    with np.load(tmp_path / "whole" / "snapshots.npz") as file:  # newer than the checkpoint
        wrong = {name: file[name] for name in file.files}
    wrong["parameters"][wrong["steps"] > 12] = 7.0
    np.savez(run / "snapshots.npz", **wrong)
    go_on(run)
    assert arrays_of(run) == arrays_of(tmp_path / "whole")


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "lost", [b"damaged", *(pytest.param(lost, marks=SLOW) for lost in (b"", None))]
)
def test_lost_ones_are_not_missed(lost: bytes | None, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(tiny_config(data, [TAKE]), run, Ending(12, "stop"))
    (run / "snapshots.npz").unlink()
    if lost is not None:
        (run / "snapshots.npz").write_bytes(lost)
    go_on(run)
    assert arrays_of(run)["steps"] == [step for step in steps_of(6, TOTAL) if step > 12]


def test_begun_and_longer_on_resume(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    begin(tiny_config(data, ["training.epochs=2"]), run)
    go_on(run, words=["training.epochs=4", TAKE])
    later = [step for step in steps_of(6, TOTAL) if step > 2 * STEPS]
    assert arrays_of(run)["steps"] == later
    go_on(run, words=["training.epochs=6", TAKE])
    assert arrays_of(run)["steps"] == [*later, 6 * STEPS]


def test_a_large_network_has_fewer(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    size = 64 * 6 + 6 + 6 * 3 + 3
    monkeypatch.setattr(snapshots, "LARGEST", 4 * 3 * size + 100)
    with caplog.at_level("WARNING", "mlp_scratch"):
        begin(tiny_config(data, [TAKE]), tmp_path / "some")
        monkeypatch.setattr(snapshots, "LARGEST", 4 * size)
        begin(tiny_config(data, [TAKE]), tmp_path / "none")
    assert arrays_of(tmp_path / "some")["steps"] == steps_of(3, TOTAL)
    assert not (tmp_path / "none" / "snapshots.npz").exists()
    said = [record.getMessage() for record in caplog.records]
    assert [s.split(",")[0] for s in said if "snapshots" in s] == [
        "training.snapshots=6: 3 of them",
        "training.snapshots=6: none of them",
    ]
    assert onlookers.LARGEST == 64 << 20


def good() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "steps": np.array([0, 3, 9]),
        "parameters": rng.random((3, 2 * 3 + 3 + 3 + 1)).astype(np.float32),
        "buffers": np.empty((3, 0), np.float32),
        "epoch_steps": np.array(3),
    }


def network() -> Network:
    return Network([2, 3, 1], ReLU(), rng=np.random.default_rng(0))


def written(path: Path, arrays: dict[str, np.ndarray], save=np.savez) -> Path:
    stream = io.BytesIO()
    save(stream, **arrays)
    path.write_bytes(stream.getvalue())
    return path


def test_what_is_not_finite_is_left_out(tmp_path: Path) -> None:
    arrays = good()
    arrays["parameters"][1, 4] = np.inf
    read = read_snapshots(written(tmp_path / "s.npz", arrays), network())
    assert read.steps.tolist() == [0, 9]
    live = network()
    read.put(1, live)
    np.testing.assert_array_equal(live.parameters.values, arrays["parameters"][2])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"steps": np.array([0, 3, 3])}, "steps must rise"),
        ({"steps": np.array([-1, 3, 4])}, "steps must rise"),
        ({"steps": np.array([0, 3, 1 << 60])}, "steps must rise"),
        ({"steps": np.array([0.0, 3, 4])}, "no list of steps"),
        ({"steps": np.array([[0, 3, 4]])}, "no list of steps"),
        ({"steps": np.arange(1000)}, "no list of steps"),
        ({"epoch_steps": np.array(0)}, "number of steps an epoch"),
        ({"epoch_steps": np.array([3])}, "number of steps an epoch"),
        ({"parameters": np.zeros((3, 14), np.float32)}, "of another network"),
        ({"parameters": np.zeros((3, 13))}, "of another network"),
        ({"buffers": np.zeros((3, 1), np.float32)}, "of another network"),
        ({"more": np.array(0)}, "not what a run writes there"),
        ({"steps": np.array(["0", "1", "2"])}, "no list of steps"),
        ({"steps": np.array([0, object(), 2], object)}, "."),
    ],
)
def test_a_strangers_file(change: dict, error: str, tmp_path: Path) -> None:
    path = written(tmp_path / "s.npz", good() | change)
    with pytest.raises(ValueError, match=error):
        read_snapshots(path, network())


def test_files_of_another_kind(tmp_path: Path) -> None:
    path = written(tmp_path / "s.npz", good(), np.savez_compressed)
    with pytest.raises(ValueError, match="not what a run writes"):
        read_snapshots(path, network())
    whole = written(path, good()).read_bytes()
    for contents in (b"", b"PK", whole[:200], whole[:-30], whole + b"x" * (66 << 20)):
        path.write_bytes(contents)
        with pytest.raises(ValueError, match=r"."):
            read_snapshots(path, network())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("steps.npy", b"")
    with pytest.raises(ValueError, match="not what a run writes"):
        read_snapshots(path, network())
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read_snapshots(path, network())
    os.mkfifo(path)
    with pytest.raises(ValueError, match="plain file"):
        read_snapshots(path, network())
