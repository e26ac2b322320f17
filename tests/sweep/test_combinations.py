"""Which jobs a sweep's command asks for."""

import itertools
from pathlib import Path

import pytest
import yaml

from mlp_scratch.errors import ConfigError, RunError
from mlp_scratch.sweep.combinations import combinations, combinations_in
from mlp_scratch.sweep.sweep_folder import SweepFolder


def test_every_combination_the_last_key_fastest() -> None:
    found = combinations(["optim=sgd,adam", "seed=0,1", "training.epochs=3"])
    pairs = itertools.product(["sgd", "adam"], ["0", "1"])
    assert found == [[f"optim={o}", f"seed={s}", "training.epochs=3"] for o, s in pairs]
    assert combinations([]) == [[]]


def test_of_a_key_given_twice_the_last_counts() -> None:
    assert combinations(["seed=0,1", "name=a", "seed=2"]) == [["seed=2", "name=a"]]


def test_what_is_no_list_of_values_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a list of values"):
        combinations(["optim.lr=interval(0,1)"])


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    jobs = {name: {"id": name, "overrides": [f"seed={name}"]} for name in ("0", "1")}
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump({"asked": [], "jobs": jobs}), "utf-8")
    return SweepFolder(tmp_path)


def test_a_sweep_that_is_gone_on_with_has_the_jobs_it_had(folder: SweepFolder) -> None:
    assert combinations_in(folder, [], {}) == [["seed=0"], ["seed=1"]]
    moved = [[f"seed={seed}", "data.dir=there"] for seed in (0, 1)]
    assert combinations_in(folder, ["data.dir=there"], {}) == moved
    assert combinations_in(folder, ["seed=5"], {}) == [["seed=5"]]


def test_a_presets_own_sweep_is_asked_for_again(folder: SweepFolder) -> None:
    params = {"optim.lr": "0.1,0.2", "seed": "1"}
    assert combinations_in(folder, ["seed=7"], params) == [
        ["optim.lr=0.1", "seed=7"],
        ["optim.lr=0.2", "seed=7"],
    ]


def test_a_file_has_no_say_over_hydra(folder: SweepFolder) -> None:
    text = folder.plan_file.read_text("utf-8").replace("seed=1", "+evil=${oc.env:HOME}")
    folder.plan_file.write_text(text, "utf-8")
    with pytest.raises(RunError, match="more than a value of an experiment"):
        combinations_in(folder, [], {})
