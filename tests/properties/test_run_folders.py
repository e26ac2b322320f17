"""Whatever lies in a run's folder: finding, resuming, using and comparing it answers or refuses."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import read_runs
from mlp_scratch.runs.resume_rules import prepare
from mlp_scratch.runs.run_state import STATES
from mlp_scratch.runs.saved_run import load_network

FEW, MANY = 50, 1_000
FILES = ("config.yaml", "summary.json", "metrics.csv", "train.log", ".lock", "misclassified.npz")
CHECKPOINTS = ("checkpoints/best.npz", "checkpoints/last.npz")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    begin(tiny_config(write_data(folder)), folder / "run")
    return folder / "run"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=9,
)


@st.composite
def changes(draw: Callable) -> dict[str, Any]:
    """For some of the files: None (gone), bytes, or what to do with the bytes there are."""
    chosen = draw(st.lists(st.sampled_from([*FILES, *CHECKPOINTS]), min_size=1, max_size=3))
    plan: dict[str, Any] = {}
    for name in chosen:
        kind = draw(st.sampled_from(["gone", "folder", "bytes", "cut", "piece", "json"]))
        if kind == "bytes":
            plan[name] = draw(st.binary(max_size=100))
        elif kind == "json":
            keys = ["status", "best", "final", "monitor", "test", "timings", "run", "name", "data"]
            inside = st.dictionaries(st.sampled_from(keys), anything, max_size=5)
            plan[name] = json.dumps(draw(inside | anything)).encode()
        elif kind in ("cut", "piece"):
            plan[name] = (draw(st.floats(0, 1)), draw(st.binary(max_size=9)), kind)
        else:
            plan[name] = kind
    return plan


def apply(plan: dict[str, Any], run: Path) -> None:
    for name, change in plan.items():
        path = run / name
        raw = path.read_bytes() if path.is_file() else b""
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        if change == "folder":
            path.mkdir()
        elif isinstance(change, bytes):
            path.write_bytes(change)
        elif isinstance(change, tuple):
            share, piece, kind = change
            at = int(share * len(raw))
            path.write_bytes(raw[:at] + piece + (b"" if kind == "cut" else raw[at + len(piece) :]))


def lock(folder: RunFolder) -> None:
    with folder.locked():
        pass


def examine(run: Path) -> None:
    for look in (
        lambda: find_run(str(run)),
        lambda: prepare(RunFolder(run)),
        lambda: load_network(RunFolder(run), "best"),
        lambda: load_network(RunFolder(run), "last"),
        lambda: load_data(prepare(RunFolder(run))[0]),
        lambda: lock(RunFolder(run)),
        lambda: RunFolder(run).is_locked(),
        lambda: RunFolder(run).read_summary(),
    ):
        try:
            look()
        except MlpScratchError as error:
            refusal = str(error)
            if len(refusal.splitlines()) > 2:
                raise AssertionError(refusal) from error
    for found in read_runs([run]) if run.exists() else []:
        assert found.status in STATES
        for metric in ("val_accuracy", "test_accuracy", "timings.total_seconds"):
            for at in ("best", "final"):
                assert found.metric(metric, at) is None or isinstance(
                    found.metric(metric, at), int | float
                )


def any_folder(whole: Path, tmp_path: Path, examples: int) -> None:
    run = tmp_path / "run"
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]

    @settings(max_examples=examples, deadline=None, suppress_health_check=checks)
    @given(changes())
    def check(plan: dict[str, Any]) -> None:
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(whole, run)
        apply(plan, run)
        examine(run)

    check()


@pytest.mark.slow
def test_any_folder(whole: Path, tmp_path: Path) -> None:
    any_folder(whole, tmp_path, FEW)


@pytest.mark.marathon
@pytest.mark.slow
def test_any_folder_many(whole: Path, tmp_path: Path) -> None:
    any_folder(whole, tmp_path, MANY)
