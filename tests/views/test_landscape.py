"""``inspect RUN landscape``: what it prints, writes and refuses, as a user meets it."""

import contextlib
import copy
import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import begin

from mlp_scratch.config.compose import compose_config
from mlp_scratch.engine.evaluation import evaluate
from mlp_scratch.inference.run_data import own_rows
from mlp_scratch.inspect import main
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_network


def write_table(path: Path, target: str, shift: float = 0.0) -> Path:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 3)) + shift
    y = x @ [1.0, -2.0, 0.5]
    cells = [f"{v:.4f}" if target == "number" else "abc"[int(v > 0) + int(v > 2)] for v in y]
    lines = [",".join([*(f"{v:.4f}" for v in row), c]) for row, c in zip(x, cells, strict=True)]
    path.write_text("\n".join(["p,q,r,target", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def lab_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landscape")
    write_table(folder / "words.csv", "word")
    write_table(folder / "numbers.csv", "number")
    base = compose_config(
        ["data=table", "data.label=target", "data.path=words.csv", "training.batch_size=16"]
        + ["model.layers=[null,8,null]", "training.epochs=2"]
    )
    different = {
        "one": {},
        "two": {"seed": 1},
        "tanh": {"activation": {"name": "tanh"}},
        "wide": {"model": replace(base.model, layers=[None, 9, None])},
        "norm": {"model": replace(base.model, batch_norm=True)},
        "metres": {"data": replace(base.data, path="numbers.csv")},
        "feet": {"data": replace(base.data, path="numbers.csv"), "seed": 1},
    }
    with contextlib.chdir(folder):
        for name, values in different.items():
            begin(copy.deepcopy(replace(base, **values)), Path("outputs", name))
    return folder


@pytest.fixture
def lab(lab_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(lab_once, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def inspect(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Exit status, what was printed, and what was complained of."""

    def run(*words: str) -> tuple[int, str, str]:
        return (main(list(words)), *capfd.readouterr())

    return run


def table(path: Path) -> dict[str, np.ndarray]:
    with open(path) as file:
        head, *rows = csv.reader(file)
    return dict(zip(head, np.array(rows, float).T, strict=True))


@pytest.mark.slow
def test_a_plane_goes_through_the_network(lab: Path, inspect) -> None:
    status, said, _ = inspect("one", "landscape")
    assert status == 0
    numbers = table(lab / "outputs" / "one" / "landscape.csv")
    assert {name: len(column) for name, column in numbers.items()} == dict.fromkeys(
        ("alpha", "beta", "loss"), 625
    )
    at_home = (numbers["alpha"] == 0) & (numbers["beta"] == 0)
    assert f"training loss {numbers['loss'][at_home][0]:.4f}" in said
    assert f"the lowest: {numbers['loss'].min():.4f}" in said
    trained = load_network(RunFolder("outputs/one"))
    train = own_rows(RunFolder("outputs/one"), trained, ()).train
    direct = evaluate(trained.network, train, trained.task)["loss"]
    assert numbers["loss"][at_home][0] == pytest.approx(direct, rel=1e-7)
    assert (lab / "outputs" / "one" / "landscape.png").stat().st_size > 10_000
    words = ("one", "landscape", "--seed", "1", "--output", "pictures/mine.png")
    for _ in range(2):  # the second time over its own files, which it knows
        status, said, _ = inspect(*words)
        assert status == 0
    assert "picture: pictures/mine.png" in said
    assert not np.array_equal(table(lab / "pictures" / "mine.csv")["loss"], numbers["loss"])


@pytest.mark.parametrize(("pair", "metric"), [("one two", "accuracy"), ("metres feet", "rmse")])
def test_a_line_ends_where_evaluation_says(lab: Path, inspect, pair: str, metric: str) -> None:
    first, second = pair.split()
    status, said, _ = inspect(first, "landscape", second, "--output", "line.png")
    assert status == 0
    assert "barrier: the training loss rises" in said
    assert "note: both are judged with rows normalized as" in said
    numbers = table(lab / "line.csv")
    np.testing.assert_allclose(numbers["alpha"], np.linspace(-0.5, 1.5, 41), atol=1e-12)
    parts = [f"{part}_{name}" for part in ("train", "test") for name in ("loss", metric)]
    assert list(numbers) == ["alpha", *parts]
    tested = RunFolder(f"outputs/{first}").read_summary()["test"]["best"]
    at_home = numbers["alpha"] == 0
    for name in ("loss", metric):
        assert numbers[f"test_{name}"][at_home][0] == pytest.approx(tested[name], rel=1e-6)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["one", "landscape", "wide"], "has model.layers=[3,9,3], and outputs/one has [3,8,3]"),
        (
            ["one", "landscape", "tanh"],
            "has activation={name:tanh}, and outputs/one has {name:relu}",
        ),
        (["one", "landscape", "norm"], "has model.batch_norm=true, and outputs/one has false"),
        (["one", "landscape", "metres"], "has model.layers=[3,8,1], and outputs/one has [3,8,3]"),
        (["one", "landscape", "one"], "one: is the run itself"),
        (["one", "landscape", "nix"], "nix: no such run under outputs/"),
        (["one", "landscape", "two", "tanh"], "tanh: one other run at a time"),
        (["one", "landscape", "--output", "x.jpg"], "x.jpg: a picture's name ends in .png"),
        (["one", "landscape", "--output", "words.png"], "would take the place of words.csv"),
        (["one", "landscape", "data.path=none.csv"], "none.csv: no such file"),
        (["one", "landscape", "data.path=changed.csv"], "is not what outputs/one was trained on"),
        (["one", "landscape", "seed=2"], "seed=2: no such run"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    lab: Path, inspect, words: list[str], message: str
) -> None:
    write_table(lab / "changed.csv", "word", shift=0.1)
    before = sorted(lab.rglob("*"))
    status, _, complaint = inspect(*words)
    assert status in (1, 2)
    assert message in complaint
    assert complaint.count("\n") <= 2
    assert sorted(lab.rglob("*")) == before
