"""A config from before a key was there means what was so before, wherever configs are read."""

import copy
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
import yaml
from tiny_runs import decided

from mlp_scratch.config.absent_keys import ABSENT_MEANS, is_absent
from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.nested import flat, without
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import read_runs
from mlp_scratch.runs.resume_rules import essence
from mlp_scratch.runs.saved_run import load_config

# as a run has it, with nothing left to the data


@cache
def usual() -> ExperimentConfig:
    return decided(compose_config(["data=digits"]))


def test_each_is_a_key_of_the_config_with_that_default() -> None:
    config = flat(asdict(usual()))
    assert {key: config[key] for key in flat(ABSENT_MEANS)} == flat(ABSENT_MEANS)


def test_a_config_without_the_keys_is_read_as_before(tmp_path: Path) -> None:
    old = without(asdict(usual()), is_absent)
    assert not flat(old).keys() & flat(ABSENT_MEANS).keys()
    assert typed(old) == usual()
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(old), "utf-8")
    assert load_config(RunFolder(tmp_path)) == usual()
    changed = load_config(RunFolder(tmp_path), ["seed=3"])
    assert asdict(changed) == asdict(usual()) | {"seed": 3}


def test_another_value_stays() -> None:
    plain = copy.deepcopy(usual())
    plain.training.kernels = "plain"
    assert without(asdict(plain), is_absent)["training"]["kernels"] == "plain"


@pytest.mark.parametrize(("kernels", "held"), [("fast", False), ("plain", True)])
def test_what_a_checkpoint_holds_of_its_experiment(kernels: str, held: bool) -> None:
    config = compose_config(["data=digits", f"training.kernels={kernels}"])
    assert ("training.kernels" in flat(essence(config))) == held


def test_an_older_run_does_not_differ_from_a_newer_one_by_the_key(tmp_path: Path) -> None:
    new = asdict(usual())
    for name, plain in {"old": without(new, is_absent), "new": new}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(yaml.safe_dump(plain), "utf-8")
        (tmp_path / name / "summary.json").write_text('{"status": "finished"}', "utf-8")
    one, other = (run.config for run in read_runs(tmp_path))
    assert one == other
    assert one["training.kernels"] == "fast"
