"""Finding runs: the walk, the names, and one meaning of `latest` for everybody."""

import json
import os
import shutil
from pathlib import Path

import pytest

from mlp_scratch.compare import main
from mlp_scratch.config.compose import compose_config
from mlp_scratch.errors import RunError
from mlp_scratch.experiment.warm_start import resolve_init_from
from mlp_scratch.runs.find import find_run, find_runs, natural_order, short_labels
from mlp_scratch.runs.reader import read_runs


def latest_for_everybody(capsys: pytest.CaptureFixture) -> dict[str, str]:
    """The name of the run that `latest` means under ``outputs``, to each of those who take it."""
    started = compose_config(["data=digits", "model.init_from=latest"])
    resolve_init_from(started)
    assert main(["--diff", "latest", "latest", "--json"]) == 0
    compared = json.loads(capsys.readouterr().out)
    assert compared
    assert main(["--diff", "latest", "latest", "--markdown"]) == 0
    header = capsys.readouterr().out.splitlines()[0]
    return {
        "find_run": find_run("latest").path.name,
        "compare --diff": header.split("|")[2].strip().replace("\\", ""),
        "init_from": Path(started.model.init_from).name,
    }


STARTED = {  # names and what their summaries say -> the latest
    "by its summary": ({"a": "2026-01-02T10:00:00+0000", "b": "2026-01-02T09:00:00+0000"}, "a"),
    "across time zones": ({"a": "2026-01-02T10:00:00-0500", "b": "2026-01-02T14:00:00+0000"}, "a"),
    "ties by path": ({"9": "2026-01-02T10:00:00+0000", "10": "2026-01-02T10:00:00+0000"}, "10"),
    "missing comes first": ({"a": "2026-01-02T10:00:00+0000", "b": None}, "a"),
    "nonsense is missing": ({"a": "2026-01-02T10:00:00+0000", "b": ["soon"], "c": "9"}, "a"),
    "none says": ({"a": None, "b": None}, "b"),
}


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(("started", "latest"), STARTED.values(), ids=STARTED)
@pytest.mark.parametrize("turned", [False, True], ids=["files in order", "files turned around"])
def test_the_latest_is_one_run_whatever_the_times_of_files(
    runs, monkeypatch, capsys, started, latest, turned
):
    for name, when in started.items():
        (runs.add(name, summary={"started": when}) / ".lock").touch()
    names = sorted(started, reverse=turned)
    for i, name in enumerate(names):
        for path in [*(runs.root / name).rglob("*"), runs.root / name]:
            os.utime(path, (1000 * i, 1000 * i))
    monkeypatch.chdir(runs.root.parent)
    assert set(latest_for_everybody(capsys).values()) == {latest}


def test_a_copied_folder_gives_the_same_answer(runs, monkeypatch, tmp_path, capsys):
    for name, hour in (("first", 10), ("second", 11), ("third", 9)):
        (runs.add(name, summary={"started": f"2026-01-02T{hour}:00:00+0000"}) / ".lock").touch()
    (tmp_path / "elsewhere").mkdir()
    copies = tmp_path / "elsewhere" / "outputs"
    copies.mkdir()
    for name in ("second", "first", "third"):  # the last to be copied is not the latest
        shutil.copytree(runs.root / name, copies / name, copy_function=shutil.copyfile)
    monkeypatch.chdir(copies.parent)
    assert set(latest_for_everybody(capsys).values()) == {"second"}


def test_a_copy_beside_its_run_is_never_meant(runs, monkeypatch, capsys):
    for name in ("a", "b"):
        runs.add(name, summary={"started": "2026-01-02T10:00:00+0000", "host": name})
    shutil.copytree(runs.root / "b", runs.root / "zz copy of b")
    monkeypatch.chdir(runs.root.parent)
    assert set(latest_for_everybody(capsys).values()) == {"b"}
    assert [run.status for run in read_runs(runs.root)] == ["finished", "finished", "duplicate"]


def test_the_latest_has_begun_to_train(runs, monkeypatch, capsys):
    for name, hour, status, more in (
        ("trained", 10, "finished", {}),
        ("training", 11, "running", {}),
        ("failed late", 12, "failed", {"layers": [2, 2]}),
        ("failed early", 13, "failed", {}),
        ("stopped early", 14, "interrupted", {}),
    ):
        when = {"started": f"2026-01-02T{hour}:00:00+0000"}
        (runs.add(name, status=status, summary=when | more) / ".lock").touch()
    (runs.root / "zz" / ".hydra").mkdir(parents=True)  # claimed just now
    monkeypatch.chdir(runs.root.parent)
    assert set(latest_for_everybody(capsys).values()) == {"failed late"}


NAMESAKES = [
    # folders and the names that their summaries say, asked for, found
    ({"10-00-00_base": "base", "11-00-00_base": "base"}, "base", "11-00-00_base"),
    ({"10-00-00_base": "base", "10-00-00_base_2": "base"}, "base", "10-00-00_base_2"),
    ({"10-00-00_base": "base", "11-00-00_base_2": "base_2"}, "base", "10-00-00_base"),
    ({"10-00-00_base": "base", "11-00-00_baseline": "baseline"}, "base", "10-00-00_base"),
    ({"10-00-00_a-b": "a b", "11-00-00_a-b": "a-b"}, "a b", "10-00-00_a-b"),
    ({"10-00-00_x/seed=0": "base", "10-00-00_x/seed=1": "base"}, "base", "no such run"),
    ({"10-00-00_base/s=0": "base", "10-00-00_base/s=1": "base"}, "base", "2 runs match"),
]


@pytest.mark.parametrize(("names", "text", "found"), NAMESAKES)
def test_of_runs_with_one_name_the_latest_is_meant(runs, monkeypatch, capsys, names, text, found):
    for hour, (folder, name) in enumerate(names.items(), 10):
        runs.add(folder, name=name, summary={"started": f"2026-01-02T{hour}:00:00+0000"})
    monkeypatch.chdir(runs.root.parent)
    if " " in found:
        with pytest.raises(RunError, match=found):
            find_run(text)
    else:
        assert find_run(text).path.name == found
    several = sum(name == text and "/" not in folder for folder, name in names.items()) > 1
    assert ("runs have this name" in capsys.readouterr().err) == several


CONTENTS = {  # files (folders end in /) -> whether it is a run
    "a run": (["config.yaml", "summary.json", "metrics.csv", ".lock", "checkpoints/"], True),
    "claimed by hydra": ([".hydra/", "train.log"], True),
    "killed before its summary": (["config.yaml", ".lock", "train.log"], True),
    "killed while it wrote": (["config.yaml", ".lock", ".summary.json.0a.tmp"], True),
    "without a config": (["summary.json", ".lock"], True),
    "metrics alone": (["metrics.csv"], True),
    "a claim and no more": ([".lock"], True),
    "configs of somebody": (["config.yaml", "optim/", "notes.txt"], False),
    "a sweep": (["sweep.yaml", "sweep.csv", ".lock", "summary.txt"], False),
    "notes": (["todo.txt"], False),
}


@pytest.mark.parametrize(("names", "is_run"), CONTENTS.values(), ids=CONTENTS)
def test_a_run_for_one_is_a_run_for_all(tmp_path, monkeypatch, names, is_run):
    folder = tmp_path / "outputs" / "it"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).mkdir() if name.endswith("/") else (folder / name).touch()
    monkeypatch.chdir(tmp_path)
    for text in ("outputs/it", "it", "latest"):
        if is_run:
            assert find_run(text).path == Path("outputs/it")
        else:
            with pytest.raises(RunError, match="no"):
                find_run(text)
    assert [p.name for p in find_runs("outputs")] == ["it"] * is_run
    assert len(read_runs("outputs/it")) == is_run


def test_find_by_path_and_part(runs, monkeypatch):
    for where in ("2026-01-01/10-00-00_adam", "2026-01-02/09-00-00", "2026-01-02/09-00-00_2"):
        runs.add(where)
    monkeypatch.chdir(runs.root.parent)
    for text, name in [
        ("outputs/2026-01-01/10-00-00_adam", "10-00-00_adam"),
        ("outputs/2026-01-01", "10-00-00_adam"),
        ("adam", "10-00-00_adam"),
        ("01-01/10", "10-00-00_adam"),
        ("09-00-00", "09-00-00"),  # whole, though it is a part of another
        ("2026-01-02/09-00-00", "09-00-00"),
    ]:
        assert find_run(text).path.name == name
    for text, rule in [
        ("00-00", "3 runs match, the last are"),
        ("outputs", "holds 3 runs"),
        ("rmsprop", r"no such run under outputs/ \(latest: outputs/2026-01-02/09-00-00_2\)"),
    ]:
        with pytest.raises(RunError, match=rule):
            find_run(text)
    assert find_run("latest", besides=runs.root / "2026-01-02/09-00-00_2").path.name == "09-00-00"
    with pytest.raises(RunError, match="no runs under nowhere/"):
        find_run("latest", "nowhere")


def test_runs_do_not_lie_inside_runs(runs):
    outer = runs.add("a")
    runs.add("a/checkpoints/b")
    runs.add("a/c")
    assert find_runs(runs.root) == [outer]


def test_find_runs_in_natural_order_and_nothing_else(runs):
    for name in ("sweep/10", "sweep/2", "sweep/1", "2026-01-01/a", "2026-01-01/b"):
        runs.add(name)
    (runs.root / "sweep" / "multirun.yaml").touch()
    (runs.root / "sweep" / "1" / "checkpoints" / "config.yaml").touch()
    (runs.root / "notes").mkdir()
    (runs.root / "notes" / "todo.txt").touch()
    (runs.root / ".cache").mkdir()
    (runs.root / "2026-01-02").mkdir()
    (runs.root / "2026-01-02" / ".lock").touch()  # claimed
    (runs.root / "2026-01-03").mkdir()
    found = [path.relative_to(runs.root).as_posix() for path in find_runs(runs.root)]
    assert found == ["2026-01-01/a", "2026-01-01/b", "2026-01-02", "sweep/1", "sweep/2", "sweep/10"]


def test_find_runs_takes_folders_globs_and_runs_and_finds_each_once(runs, monkeypatch):
    for name in ("a1", "a2", "b"):
        runs.add(name)
    monkeypatch.chdir(runs.root)
    assert [p.name for p in find_runs(["a*", "a1", runs.root / "b", "b/summary.json"])] == [
        *("a1", "a2", "b"),
    ]  # fmt: skip
    assert [p.name for p in find_runs("[ab]*")] == ["a1", "a2", "b"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        *(("nowhere", "no such folder"), ("~nobody-of-this-name/a", "no such folder")),
        *(("no*", "no folder match"), ("a/**/no", "no folder match")),
    ],
)
def test_a_path_that_does_not_exist(runs, monkeypatch, path, says):
    monkeypatch.chdir(runs.root)
    with pytest.raises(RunError, match=says):
        find_runs(path)


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs links")
def test_links_are_followed_but_not_in_circles(runs):
    folder = runs.add("a")
    (runs.root / "again").symlink_to(folder)
    (runs.root / "up").symlink_to(runs.root)
    assert len(find_runs(runs.root)) == 1


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs links")
def test_a_glob_goes_into_no_circle(runs, monkeypatch):
    for name in ("a/1", "a/deep/2", "b/3", ".hidden/4"):
        runs.add(name)
    for name in ("x", "y", "a/z"):
        (runs.root / name).symlink_to(runs.root)
    monkeypatch.chdir(runs.root)
    for pattern, names in [
        *(("**", "123"), ("**/2", "2"), ("a/**", "12"), ("**/deep/**", "2"), ("[ab]/**/*", "123")),
        (f"{runs.root}/**/3", "3"),
    ]:
        assert "".join(path.name for path in find_runs(pattern)) == names, pattern


def test_a_number_of_any_length_has_its_place():
    long = "9" * 5000
    names = [f"a{long}", "a10", "a9", f"a0{long}b", "a009", "a", "b1"]
    assert sorted(names, key=natural_order) == [
        *("a", "a9", "a009", "a10", f"a{long}", f"a0{long}b", "b1"),
    ]  # fmt: skip


def test_a_link_leads_to_a_run_and_not_over_the_machine(runs, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    run = runs.add("a").rename(tmp_path / "moved")
    (elsewhere / "deep").mkdir(parents=True)
    run.rename(elsewhere / "deep" / "a")
    (runs.root / "run").symlink_to(elsewhere / "deep" / "a")
    (runs.root / "all").symlink_to(elsewhere)
    assert [path.name for path in find_runs(runs.root)] == ["run"]
    assert [path.name for path in find_runs(elsewhere)] == ["a"]


def test_short_labels(tmp_path):
    def labels(*paths):
        return short_labels([tmp_path / path for path in paths])

    assert labels("x/2026/a", "x/2026/b") == ["a", "b"]
    assert labels("x/1/a", "x/2/a") == ["1/a", "2/a"]
    assert labels("x/a") == ["a"]
    assert labels("x", "x/a") == ["x", "x/a"]
    assert labels() == []
