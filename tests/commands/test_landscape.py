"""``inspect RUN landscape``: what it prints, writes and refuses, as a user meets it."""

import csv
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from running import Command, run_in

NETWORK = ("model.layers=[null,8,null]", "training.epochs=2", "training.batch_size=16")


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
    for name, *words in (
        ("one", "data.path=words.csv"),
        ("two", "data.path=words.csv", "seed=1"),
        ("tanh", "data.path=words.csv", "activation=tanh"),
        ("wide", "data.path=words.csv", "model.layers=[null,9,null]"),
        ("norm", "data.path=words.csv", "model.batch_norm=true"),
        ("metres", "data.path=numbers.csv"),
    ):
        done = run_in(
            folder,
            *("train", "data=table", "data.label=target", *NETWORK, *words),
            *(f"name={name}", f"hydra.run.dir=outputs/{name}"),
        )
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def lab(lab_once: Path, tmp_path: Path) -> Path:
    shutil.copytree(lab_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


def table(path: Path) -> dict[str, np.ndarray]:
    with open(path) as file:
        head, *rows = csv.reader(file)
    return dict(zip(head, np.array(rows, float).T, strict=True))


def test_a_plane_goes_through_the_network(run_command: Command, lab: Path) -> None:
    done = run_command("inspect", "one", "landscape")
    assert done.returncode == 0, done.stderr
    numbers = table(lab / "outputs" / "one" / "landscape.csv")
    assert {name: len(column) for name, column in numbers.items()} == dict.fromkeys(
        ("alpha", "beta", "loss"), 625
    )
    at_home = (numbers["alpha"] == 0) & (numbers["beta"] == 0)
    assert f"training loss {numbers['loss'][at_home][0]:.4f}" in done.stdout
    assert f"the lowest: {numbers['loss'].min():.4f}" in done.stdout
    assert (lab / "outputs" / "one" / "landscape.png").stat().st_size > 10_000
    again = run_command("inspect", "one", "landscape", "--output", "pictures/mine.png")
    assert (lab / "pictures" / "mine.csv").read_bytes() == (
        lab / "outputs" / "one" / "landscape.csv"
    ).read_bytes()
    assert "picture: pictures/mine.png" in again.stdout
    other = run_command(
        "inspect", "one", "landscape", "--seed", "1", "--output", "pictures/mine.png"
    )
    assert other.returncode == 0  # over its own file, which it knows
    assert not np.array_equal(table(lab / "pictures" / "mine.csv")["loss"], numbers["loss"])


@pytest.mark.parametrize("pair", [("one", "two"), ("metres", "again")])
def test_a_line_ends_where_evaluate_says(run_command: Command, lab: Path, pair) -> None:
    if pair[1] == "again":
        assert run_command("rerun", pair[0], "seed=1", "name=again").returncode == 0
    done = run_command("inspect", pair[0], "landscape", pair[1], "--output", "line.png")
    assert done.returncode == 0, done.stderr
    assert "barrier: the training loss rises" in done.stdout
    numbers = table(lab / "line.csv")
    np.testing.assert_allclose(numbers["alpha"], np.linspace(-0.5, 1.5, 41), atol=1e-12)
    metric = "rmse" if "metres" in pair else "accuracy"
    assert set(numbers) == {"alpha"} | {
        f"{p}_{m}" for p in ("train", "test") for m in ("loss", metric)
    }
    said = run_command("evaluate", pair[0]).stdout
    loss = float(re.search(r"test loss (\d+\.\d+)", said).group(1))  # type: ignore[union-attr]
    assert numbers["test_loss"][numbers["alpha"] == 0][0] == pytest.approx(loss, abs=6e-5)
    assert "note: both are judged with rows normalized as" in done.stdout


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
    run_command: Command, lab: Path, words: list[str], message: str
) -> None:
    write_table(lab / "changed.csv", "word", shift=0.1)
    before = sorted(lab.rglob("*"))
    done = run_command("inspect", *words)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert done.stderr.count("\n") <= 2
    assert sorted(lab.rglob("*")) == before
