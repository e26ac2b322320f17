"""Jobs: composed as Hydra does it, known by their config, named by what varies."""

from dataclasses import asdict
from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from sweeps import words, write_data
from tiny_runs import decided

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.errors import ConfigError
from mlp_scratch.sweep.combinations import combinations
from mlp_scratch.sweep.plan import (
    LONGEST_NAME,
    Job,
    folder_name,
    identity,
    plan_jobs,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def plan(*overrides: str) -> list[Job]:
    GlobalHydra.instance().clear()
    with initialize_config_dir(config_dir=str(conf_dir()), version_base="1.3", job_name="train"):
        hydra = GlobalHydra.instance().hydra
        from hydra.types import RunMode

        master = hydra.compose_config("config", list(overrides), RunMode.MULTIRUN, False)
        return plan_jobs(hydra.config_loader, master, combinations(overrides))[0]


SWEEPS = [
    ["optim=sgd,adam", "optim.lr=0.1,0.01", "seed=range(2)"],
    ["model.layers=[null,4,null],[null,8,8,null]", "regularization.dropout=0,0.5"],
    ["training.batch_size=32,full", "name=null,a"],
    ["schedule=cosine,constant", "schedule.warmup_epochs=0,1"],
    ["optim=adam,lion", "optim.beta1=0.8,0.9", "regularization=l2"],
]


@pytest.mark.slow
@pytest.mark.parametrize("swept", SWEEPS, ids=lambda s: s[0])
def test_jobs_are_composed_as_hydra_composes_them_one_by_one(data: Path, swept: list[str]) -> None:
    jobs = plan(*words(data, *swept))
    assert len(jobs) == len(combinations(swept)) > 1
    for job in jobs:
        alone = decided(compose_config(job.overrides))
        alone.training.threads = 1
        alone.model.layers = [16, *alone.model.layers[1:-1], 4]
        assert asdict(job.config) == asdict(alone)


@pytest.mark.slow
def test_an_identity_ignores_where_data_lies_and_how_numbers_are_written() -> None:
    def code(*overrides: str) -> str:
        return identity(compose_config(["data=digits", *overrides]))

    assert code("data.dir=a", "data.cache_dir=b", "data.download=false") == code()
    assert code("optim.lr=0.10") == code("optim.lr=1e-1") != code()
    assert len({code(f"seed={seed}") for seed in range(5)}) == 5


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("overrides", "code"),  # as computed before there was training.kernels
    [
        (["data=digits"], "54b31590ed997beb"),
        (
            ["optim=lion", "model.batch_norm=true", "regularization.dropout=0", "data=digits"],
            "cb7b864f4c0fa463",
        ),
        (
            ["data=csv", "data.path=x", "schedule=cosine", "training.batch_size=full"],
            "48867091d0cd7e32",
        ),
    ],
)
def test_a_key_that_older_jobs_lack_does_not_rename_them(overrides: list[str], code: str) -> None:
    assert identity(decided(compose_config(overrides))) == code
    plain = compose_config([*overrides, "training.kernels=plain"])
    assert identity(decided(plain)) != code


def test_duplicates_are_refused_by_name(data: Path) -> None:
    with pytest.raises(ConfigError, match=r"optim=adam.*optim.lr=0.0010?.* same experiment"):
        plan(*words(data, "optim=adam", "optim.lr=0.001,0.0010"))
    with pytest.raises(ConfigError, match="duplicate"):
        plan(*words(data)[:3], "model.layers=[null,8,null],[16,8,4]")


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("swept", "parts"),
    [
        (["optim=sgd,adm"], ["optim=adm", "did you mean adam"]),
        (["optim.lr=0.1,-1"], ["optim.lr=-1"]),
        (["training.epochs=1,two", "seed=range(2)"], ["training.epochs=two", "whole number"]),
        (
            ["optim=adam,sgd", "optim.beta1=0.9,0.8"],
            ["optim.beta1", "a key of optim=adam, adamw, lion"],
        ),
        (["model.layers=[null,null],[17,4]"], ["model.layers[0]=17", "16 features"]),
        (["seed=range(0)"], ["seed=range(0)", "empty sweep"]),
        (["optim.lr=interval(0,1)"], ["optim.lr=interval(0,1)", "not a list"]),
    ],
)
def test_mistakes_are_found_before_any_job(data: Path, swept: list[str], parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(*words(data, *swept))
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["optim=adam", "optim.lr=0.01", "seed=0"], "optim=adam,optim.lr=0.01,seed=0"),
        (["model.layers=[784,64,10]"], "model.layers=784-64-10"),
        (["data.path=/a b/c:d.csv"], "data.path=a-b-c-d.csv"),
        (["data.path=.."], "data.path=empty"),
        (["name="], "name=empty"),
        (["regularization.l2=1e-4"], "regularization.l2=1e-4"),
        ([], "job"),
    ],
)
def test_names_are_readable_everywhere(overrides: list[str], name: str) -> None:
    keys = [word.partition("=")[0] for word in overrides]
    assert folder_name(overrides, keys, "0" * 16) == name


def test_long_names_are_cut_and_stay_apart() -> None:
    names = {folder_name([f"name={'x' * 300}{i}"], ["name"], f"{i:016x}"[::-1]) for i in range(9)}
    assert len(names) == 9
    assert max(map(len, names)) <= LONGEST_NAME


def test_of_a_key_given_twice_the_last_counts() -> None:
    assert combinations(["optim.lr=1,2", "seed=3", "optim.lr=4"]) == [["optim.lr=4", "seed=3"]]
