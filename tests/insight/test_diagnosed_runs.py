"""Runs that go wrong on purpose, and healthy ones: which findings each ends with.

The thresholds of the rules were set by these and then frozen.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import begin

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.builtin.digits import generate
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import load_config

pytestmark = pytest.mark.slow

Maker = Callable[[Path], None]
DIGITS = ("data=digits", "data.limit=6000", "training.epochs=6")
ARRAYS = ("data=npz", "data.path=data.npz", "training.epochs=8")
TABLE = ("data=table", "data.path=data.csv", "data.label=y", "model.layers=[null,32,null]")
TABLE += ("training.batch_size=16", "training.epochs=20")
TEN = "model.layers=[784,32,32,32,32,32,32,32,32,32,32,10]"


@cache
def drawn() -> tuple[np.ndarray, ...]:
    """What ``data=digits data.limit=7000`` would read."""
    return generate(0, 5000, 2000)


def digits(noise: float = 0.0, inverted: bool = False, rare: bool = False) -> Maker:
    """5000 built-in digits: a share of labels drawn anew, test images the other way round, or two
    classes of which one is rare, three in ten of the eights."""

    def make(folder: Path) -> None:
        x, y, x_test, y_test = drawn()
        rng = np.random.default_rng(0)
        if noise:
            y = np.where(rng.random(len(y)) < noise, rng.integers(0, 10, len(y)), y)
            y_test = np.where(rng.random(2000) < noise, rng.integers(0, 10, 2000), y_test)
        if inverted:
            x_test = 255 - x_test
        if rare:
            y, y_test = ((labels == 8) & (rng.random(len(labels)) < 0.3) for labels in (y, y_test))
        arrays = {"x_train": x, "y_train": y.astype(int), "x_test": x_test}
        np.savez(folder / "data.npz", y_test=y_test.astype(int), **arrays)

    return make


def table(
    leak: bool = False, twin: bool = False, still: bool = False, number: bool = False
) -> Maker:
    """800 rows of three numbers and a word, which tell y with some error."""

    def make(folder: Path) -> None:
        rng = np.random.default_rng(1)
        x = rng.normal(size=(800, 3))
        score = x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=800)
        y = score if number else np.where(score > 0, "yes", "no")
        columns = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "w": rng.choice(list("uvw"), 800)}
        if leak:
            columns["paid"] = np.where(score > 0, 1, 0)
        if twin:
            columns["inches"] = x[:, 1] * 0.3937
        if still:
            columns["still"] = np.full(800, 7.5)
        columns["y"] = y
        lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values()))]  # noqa: B905
        (folder / "data.csv").write_text("\n".join(lines) + "\n")

    return make


def nothing(folder: Path) -> None:
    """Built-in data needs no file."""


WRONG: dict[str, tuple[tuple[str, ...], Maker, set[str]]] = {
    "rate without measure": ((*DIGITS, "optim=sgd", "optim.lr=1e30"), nothing, {"diverging"}),
    "rate too large": (
        (*DIGITS, "optim=sgd", "optim.lr=3"),
        nothing,
        {"stuck at chance", "dead units"},
    ),
    "rate too small": (
        (*DIGITS, "optim.lr=1e-7"),
        nothing,
        {"stuck at chance", "learning rate too small"},
    ),
    "ten sigmoids": (
        (*DIGITS, "optim=sgd", "activation=sigmoid", TEN),
        nothing,
        {"stuck at chance", "vanishing gradients"},
    ),
    "weights far too large": (
        (*DIGITS, "model.init=normal", "model.init_std=2", "activation=tanh"),
        nothing,
        {"a start too far off", "saturation"},
    ),
    "ten layers of large weights": (
        (*DIGITS, "optim=sgd", "activation=tanh", "model.init=normal", "model.init_std=2", TEN),
        nothing,
        {"exploding gradients", "saturation"},
    ),
    "up and down": (
        (*DIGITS, "optim=momentum", "optim.lr=0.5", "training.epochs=12"),
        nothing,
        {"learning rate too large", "dead units"},
    ),
    "short steps": (
        (*DIGITS, "optim=sgd", "optim.lr=1e-4"),
        nothing,
        {"learning rate too small"},
    ),
    "few rows, many epochs": (
        ("data=digits", "data.limit=500", "training.epochs=40"),
        nothing,
        {"overfitting"},
    ),
    "two units": ((*DIGITS, "model.layers=[784,2,10]"), nothing, {"underfitting"}),
    "decay too strong": ((*DIGITS, "regularization.l2=1"), nothing, {"underfitting"}),
    "a rare class": (
        (*ARRAYS, "training.epochs=4"),
        digits(rare=True),
        {"a class never predicted"},
    ),
    "labels mixed up": (
        (*ARRAYS, "model.layers=[784,64,10]"),
        digits(noise=0.2),
        {"label noise suspected"},
    ),
    "test images inverted": (ARRAYS, digits(inverted=True), {"test rows differ"}),
    "the label in a column": (TABLE, table(leak=True), {"leakage suspected"}),
    "a column twice": (TABLE, table(twin=True), {"duplicated feature"}),
    "a column that never changes": (
        (*TABLE, "data.keep=[still]"),
        table(still=True),
        {"constant feature"},
    ),
}

HEALTHY: dict[str, tuple[tuple[str, ...], Maker]] = {
    "the default, less of it": (DIGITS, nothing),
    "one epoch": (("data=digits", "training.epochs=1"), nothing),
    "sgd": ((*DIGITS, "optim=sgd"), nothing),
    "momentum with cosine": ((*DIGITS, "optim=momentum", "schedule=cosine"), nothing),
    "dropout": ((*DIGITS, "regularization.dropout=0.2"), nothing),
    "batch norm": ((*DIGITS, "model.batch_norm=true"), nothing),
    "tanh": ((*DIGITS, "activation=tanh"), nothing),
    "no validation": ((*DIGITS, "training.validation_fraction=0"), nothing),
    "arrays": ((*ARRAYS, "model.layers=[784,64,10]"), digits()),
    "an autoencoder": (
        (*DIGITS, "training.epochs=2", "task=autoencoder", "model.layers=[null,32,null]"),
        nothing,
    ),
    "a table of two classes": (TABLE, table()),
    "a table with a number": ((*TABLE, "training.epochs=40"), table(number=True)),
}


def findings(
    words: tuple[str, ...], make: Maker, folder: Path, cache_dir: Path
) -> list[dict[str, str]]:
    """What the summary of the run says; every override is one that the run's config takes."""
    make(folder)
    run = folder / "run"
    begin(compose_config([*words, f"data.cache_dir={cache_dir}", "training.threads=1"]), run)
    found = json.loads((run / "summary.json").read_text())["diagnosis"]
    for entry in found:
        load_config(RunFolder(run), [entry["try"]])
    return found


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built-in digits are drawn once for all runs."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("case", WRONG)
def test_a_run_that_goes_wrong_is_told(
    case: str, tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words, make, rules = WRONG[case]
    found = {entry["rule"] for entry in findings(words, make, tmp_path, cache_dir)}
    assert rules <= found
    assert len(found) <= len(rules) + 1


@pytest.mark.parametrize("case", HEALTHY)
def test_a_healthy_run_is_left_alone(
    case: str, tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert findings(*HEALTHY[case], tmp_path, cache_dir) == []
