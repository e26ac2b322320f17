"""The process that works on a sweep's jobs."""

import json
import os
from pathlib import Path

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.run_state import state_of
from mlp_scratch.sweep.job_process import _Worker
from mlp_scratch.sweep.pool import order_for

links = pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")


@links
def test_a_link_is_found_before_the_log_is_opened(tmp_path: Path) -> None:
    """Otherwise what a worker's libraries print would already stand in what it leads to."""
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.log.symlink_to(tmp_path / "outside")
    worker = _Worker(lambda *_: 0, None)
    assert worker.work({"folder": str(run.path), "config": {}, "job": "run"}) == 1
    assert not (tmp_path / "outside").exists()
    assert "behind a link" in run.read_summary()["message"]


CONFIGS = [
    [],
    ["optim=lion", "optim.lr=0.001", "schedule=cosine", "average=ema"],
    ["regularization.class_weight={a: 2.0, b: 0}", "regularization.dropout=[0.1,0]"],
    ["model.layers=[null,4,4,null]", "model.activations=[relu,tanh]", "training.batch_size=full"],
    ["data=csv", "data.path=t.csv", "data.missing_values=[x,'7']", "training.max_seconds=1.5"],
]


class Jobs:
    """In the place of what trains: keeps the configs that it is handed."""

    def __init__(self) -> None:
        self.configs: list[ExperimentConfig] = []

    def __call__(self, config: ExperimentConfig, *more: object) -> int:
        self.configs.append(config)
        return 0


@pytest.mark.parametrize("words", CONFIGS)
def test_a_checked_config_arrives_as_it_is_and_is_not_checked_again(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, jobs = compose_config(words), Jobs()
    monkeypatch.delattr(ExperimentConfig, "check")
    order = json.loads(json.dumps(order_for(RunFolder(tmp_path), config)))
    assert _Worker(jobs, None).work(order) == 0
    (arrived,) = jobs.configs
    assert repr(arrived) == repr(config)  # 1 is not 1.0


def test_a_config_that_it_cannot_read_fails_the_job(tmp_path: Path) -> None:
    folder, jobs = RunFolder(tmp_path), Jobs()
    order = order_for(folder, compose_config([]))
    order["config"]["optim"]["name"] = "mine"  # of a module that is not here
    assert _Worker(jobs, None).work(order) == 2
    assert not jobs.configs
    assert state_of(folder).status == "failed"
    assert "optim.name=mine" in state_of(folder).problem
