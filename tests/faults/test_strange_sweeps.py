"""A sweep's or a search's folder from a stranger: what it says chooses no code, no other folder, no
server and no variable of the environment; what is written stays in the folder that was named."""

import os
import pickle
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from processes import run as command
from sweeps import table, words, write_data

from mlp_scratch.errors import RunError
from mlp_scratch.sweep.sweep_folder import Entry, SweepFolder

links = pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")
EVIL = """
# @package _global_
hydra:
  callbacks:
    evil: {_target_: pandas.read_pickle, filepath_or_buffer: sweep/evil.pkl}
"""


class Bomb:
    """Makes a file when it is unpickled."""

    def __reduce__(self):
        return (open, ("witness", "w"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def plan(folder: Path, jobs: dict[str, list[str]], **asked: Any) -> Path:
    """A sweep's folder that nobody has worked on yet, with configs and a pickle beside its plan."""
    (folder / "cfg" / "cluster").mkdir(parents=True)
    (folder / "cfg" / "cluster" / "evil.yaml").write_text(EVIL)
    (folder / "evil.pkl").write_bytes(pickle.dumps(Bomb()))
    entries = {name: {"id": name, "overrides": said} for name, said in jobs.items()}
    text = yaml.safe_dump({"asked": [asked] if asked else [], "jobs": entries})
    (folder / "sweep.yaml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def honest(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of one job, ``seed=0``, that has come to its end, with configs of the user's own."""
    folder = tmp_path_factory.mktemp("honest")
    (folder / "my conf" / "optim").mkdir(parents=True)
    (folder / "my conf" / "optim" / "mine.yaml").write_text("name: sgd\nlr: 0.1\n")
    places = [f"data.cache_dir={folder / 'strange'}", f"data.dir={folder / 'strange'}"]
    said = [*words(data), *places, "optim=mine", "seed=0,1", "--config-dir", "my conf"]
    ended, out, err = command(folder, "train", "-m", *said, "hydra.sweep.dir=sweep")
    assert ended == 0, out + err
    return folder


def strange(honest: Path, folder: Path, **asked: Any) -> Path:
    """A copy of it that was asked for in this way and has a job to do again."""
    shutil.copytree(honest, folder, dirs_exist_ok=True)
    shutil.rmtree(folder / "strange")
    file = folder / "sweep" / "sweep.yaml"
    plain = yaml.safe_load(file.read_text())
    if asked:
        plain["asked"].append(asked)
    else:  # not with a folder of configs
        plain["asked"] = []
        for job in plain["jobs"].values():
            job["overrides"] = ["optim=sgd" if w == "optim=mine" else w for w in job["overrides"]]
    file.write_text(yaml.safe_dump(plain))
    shutil.rmtree(folder / "sweep" / "seed=0")
    return folder / "sweep"


def files(folder: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# what the file says of how its jobs are run: what is said of that, and whether it can be typed
ASKED: dict[str, tuple[dict[str, Any], str, bool]] = {
    "a config folder": (
        {"launcher": ["cluster=evil"], "config_dir": "sweep/cfg"},
        "cluster=evil --config-dir sweep/cfg",
        True,
    ),
    "a config folder alone": ({"launcher": [], "config_dir": "cfg"}, "--config-dir cfg", True),
    "a cluster": (
        {"launcher": ["cluster=slurm", "hydra.launcher.options.partition=x y"]},
        "'hydra.launcher.options.partition=x y'",
        True,
    ),
    "callbacks": ({"launcher": ["hydra.callbacks.e._target_=os.system"]}, "callbacks", False),
    "a target": ({"launcher": ["hydra.launcher._target_=os.system"]}, "_target_", False),
    "a search path": ({"launcher": ["hydra.searchpath=[file://x]"]}, "searchpath", False),
    "the environment": ({"launcher": ["hydra.launcher.workers=${oc.env:PATH}"]}, "workers", True),
    "a terminal's commands": ({"launcher": ["cluster=\x1b]0;x\x07"]}, "cluster", False),
    "no list": ({"launcher": {"cluster": "evil"}}, "not a way", False),
}


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(("asked", "part", "can_be_typed"), ASKED.values(), ids=ASKED)
def test_how_a_sweep_is_run_is_for_nobody_but_the_user_to_say(
    asked: dict[str, Any], part: str, can_be_typed: bool, tmp_path: Path
) -> None:
    plan(tmp_path / "sweep", {"seed=0": ["seed=0", "training.epochs=0"]}, **asked)
    before = files(tmp_path)
    ended, out, err = command(tmp_path, "resume", "sweep")
    assert (ended, out) == (1, ""), err
    assert files(tmp_path) == before  # nothing was started, and the pickle was not read
    assert part in err
    assert "\x1b" not in err
    assert len(err.splitlines()) == 1 + can_be_typed
    if can_be_typed:
        typed = shlex.split(err.splitlines()[1].partition(": ")[2])
        assert typed[:5] == ["python", "-m", "mlp_scratch.train", "-m", "hydra.sweep.dir=sweep"]
        assert typed[5:][: len(asked["launcher"])] == asked["launcher"]


@pytest.mark.slow
def test_what_was_shown_can_be_typed(honest: Path, tmp_path: Path) -> None:
    """Of a sweep of the user's own: his configs are found again, the jobs are those of the plan."""
    folder = strange(honest, tmp_path, launcher=[], config_dir="my conf")
    shown = command(tmp_path, "resume", "sweep")[2].splitlines()[1].partition(": ")[2]
    ended, out, err = command(tmp_path, "train", *shlex.split(shown)[3:])
    assert ended == 0, out + err
    assert "2 jobs, 1 of them done before" in out
    assert table(folder)["seed=0"]["status"] == "finished"


@pytest.mark.mostly_slow(6)
@pytest.mark.parametrize(
    ("door", "file", "word"),
    [
        ("resume", "sweep.yaml", "experiment=../../sweep/cfg/cluster/evil"),
        ("resume", "sweep.yaml", "name=${oc.env:HOME}"),
        ("resume", "sweep.yaml", "+hydra.callbacks.x.y=1"),
        ("search", "search.yaml", "optim=../../sweep/cfg/cluster/evil"),
        ("search", "search.yaml", "name=${oc.env:HOME}"),
        ("search", "search.yaml", "hydra.searchpath=[file://sweep/cfg]"),
    ],
)
def test_doors_refuse_such_words(door: str, file: str, word: str, tmp_path: Path) -> None:
    if door == "search":
        pytest.importorskip("optuna")
    plan(tmp_path / "sweep", {"a": ["training.epochs=0", word]})
    (tmp_path / "sweep" / "search.yaml").write_text(yaml.safe_dump({"overrides": [word]}))
    before = files(tmp_path)
    folder = "search.dir=sweep" if door == "search" else "sweep"
    ended, _, err = command(tmp_path, door, folder)
    assert ended == 1
    assert f"{file}: " in err
    assert len(err.splitlines()) == 1
    assert {p: b for p, b in files(tmp_path).items() if p.name != ".lock"} == before
    assert os.environ["HOME"] not in err or os.environ["HOME"] in str(tmp_path)


@pytest.mark.slow
def test_what_a_sweep_writes_goes_to_places_of_the_user(
    honest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_SCRATCH_CACHE", str(tmp_path / "own"))
    folder = strange(honest, tmp_path)
    ended, out, err = command(tmp_path, "resume", "sweep")
    assert ended == 0, out + err
    assert "2 jobs, 1 of them done before" in out
    assert not (honest / "strange" / "cache").exists()
    assert list((tmp_path / "own" / "parsed").iterdir())
    data = yaml.safe_load((folder / "seed=0" / "config.yaml").read_text())["data"]
    assert data["cache_dir"] is None
    assert data["dir"] == str(honest / "strange")  # where data is read is believed
    shutil.rmtree(folder / "seed=0")
    ended, out, err = command(tmp_path, "resume", "sweep", "data.cache_dir=typed")
    assert ended == 0, out + err
    assert list((tmp_path / "typed").iterdir())
    ended, _, err = command(tmp_path, "resume", "sweep", "optim.lr=1")
    assert (ended, "may change on resume" in err) == (2, True)


@pytest.mark.slow
def test_a_sweep_does_not_say_who_is_told_of_it(data: Path, tmp_path: Path) -> None:
    plan(tmp_path / "sweep", {"a": [*words(data), "tracking=mlflow", "tracking.uri=http://evil/"]})
    ended, _, err = command(tmp_path, "resume", "sweep")
    assert ended == 1
    assert "tracking.uri=http://evil/" in err
    assert not list((tmp_path / "sweep").glob("a/*"))


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    "name",
    ["../victim", "/tmp/victim", "..", ".", "a/../../victim", "a/b", "${oc.env:HOME}", "a'b"],
)
def test_a_job_that_lies_elsewhere(name: str, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    folder = SweepFolder(plan(tmp_path / "sweep", {name: ["seed=0"]}))
    with pytest.raises(RunError, match="a job's folder lies in the sweep's own"):
        folder.read_plan()
    with pytest.raises(RunError, match="no name of a job's folder"):
        folder.run(Entry(name, "", []))
    ended, _, err = command(tmp_path, "resume", "sweep")
    assert (ended, len(err.splitlines())) == (1, 1)
    assert not list((tmp_path / "victim").iterdir())


FOLDERS = ["seed=0", "seed=0/.hydra", "seed=0/checkpoints"]
LINKED = [*FOLDERS, "seed=0/train.log", "seed=0/metrics.csv", "seed=0/.lock", ".lock"]


@pytest.mark.slow
@links
@pytest.mark.parametrize("name", LINKED)
def test_links_in_a_sweep(name: str, honest: Path, tmp_path: Path) -> None:
    sweep, outside = strange(honest, tmp_path), tmp_path / "outside"
    (sweep / name).parent.mkdir(exist_ok=True)
    (sweep / name).unlink(missing_ok=True)
    if name in FOLDERS:
        outside.mkdir()
        (outside / "precious").write_text("precious")
    else:
        outside.write_text("precious, no newline")
    (sweep / name).symlink_to(outside)
    ended, out, err = command(tmp_path, "resume", "sweep")
    assert ended == 1, out
    assert "Traceback" not in out + err
    assert "behind a link" in out + err
    assert outside.is_file() or [*files(outside)] == [outside / "precious"]
    assert outside.is_dir() or outside.read_text() == "precious, no newline"


@pytest.mark.parametrize(
    ("target", "argument"), [("os.system", "true"), ("pickle.loads", pickle.dumps("an object"))]
)
def test_hydra_is_new_enough_to_refuse_such_targets(target: str, argument: str | bytes) -> None:
    """A second lock on the door: 1.3.2 calls both, 1.3.5 still calls the second. Called, neither
    would fail."""
    with pytest.raises(InstantiationException):
        instantiate({"_target_": target, "_args_": [argument]})
