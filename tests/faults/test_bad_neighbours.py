"""One bad folder must not cost the table: whatever a stranger's run says, the good runs beside it
are listed, drawn and put on the page, and the bad one is listed as damaged or has no value."""

import json
import shutil
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch import compare
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from mlp_scratch.errors import CheckpointError
from mlp_scratch.report.compare_page.mistakes import Mistakes, read_mistakes
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import load_runs, read_runs
from mlp_scratch.runs.resume_rules import prepare
from mlp_scratch.runs.saved_run import load_network


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    begin(tiny_config(write_data(folder)), folder / "good")
    return folder / "good"


@pytest.fixture
def bad(good: Path, tmp_path: Path) -> Path:
    """A copy with other timings, so that it is no duplicate, beside the good run."""
    shutil.copytree(good, tmp_path / "good")
    return copied(good, tmp_path / "bad", 2020)


def copied(run: Path, to: Path, year: int) -> Path:
    copy = Path(shutil.copytree(run, to))
    put("started", f"{year}-01-01T00:00:00+0000")(copy)
    return copy


def among_bad(good: Path, folder: Path, changes: Iterable[Callable[[Path], None]]) -> Path:
    """The good run with a copy beside it for each of the changes."""
    shutil.copytree(good, folder / "good")
    for i, change in enumerate(changes):
        change(copied(good, folder / f"bad{i}", 2000 + i))
    return folder


def compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What every form of the table, the page and the picture say of the runs in ``folder``."""
    said = ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        others = [path.name for path in folder.iterdir() if path.name.startswith("bad")]
        for words in (
            *([], ["--status"], ["--csv"], ["--json"], ["--markdown"]),
            *(["--at", "final", "--no-plot"], ["--group", "seed", "--no-plot"]),
            *(["--sort", "val_loss", "--no-plot"], ["--metric", "val_loss", "--no-plot"]),
            ["--filter", "epoch > 0 or status == 'damaged'", "--no-plot"],
            *(["--diff", "good", other] for other in others),
            ["--html", str(folder / "page.html")],
        ):
            status = compare.main([str(folder), *words])
            out, err = capsys.readouterr()
            assert status == 0, (words, err)
            said += out
        load_runs(folder)
    assert (folder / "page.html").exists()
    (said + (folder / "page.html").read_text("utf-8")).encode("utf-8")
    return said


def put(path: str, value: Any) -> Callable[[Path], None]:
    """Set what summary.json says at a dotted path; a str of bytes is written as it is."""

    def change(run: Path) -> None:
        summary = json.loads((run / "summary.json").read_text())
        *parents, last = path.split(".")
        tree = summary
        for key in parents:
            tree = tree[key]
        tree[last] = "HERE" if isinstance(value, bytes) else value
        text = json.dumps(summary)
        if isinstance(value, bytes):
            text = text.replace('"HERE"', value.decode())
        (run / "summary.json").write_text(text)

    return change


NAN, INF = float("nan"), float("inf")
HUGE = b"9" * 5000
SUMMARIES = {
    **{
        f"{key} is {name}": put(key, value)
        for key in ("best.epoch", "final.epoch", "epochs_done", "test.best.epoch")
        for name, value in {"NaN": NAN, "Infinity": INF, "1e308": 1e308, "a half": 0.5}.items()
    },
    **{
        f"{key} has 5,000 digits": put(key, HUGE)
        for key in ("best.epoch", "best.val_accuracy", "seed", "data.n_train", "own")
    },
    **{
        f"{key} is {kind}": put(key, value)
        for key in ("best", "final", "timings", "test", "data", "blas", "git", "versions")
        for kind, value in {"a list": [1], "a number": 1, "text": "x"}.items()
    },
    "an epoch of 400 digits": put("best.epoch", b"9" * 400),
    "a negative epoch": put("best.epoch", -1),
    "an epoch of text": put("best.epoch", "3"),
    "a metric of text": put("best.val_accuracy", "0.9"),
    "a metric that is a list": put("best.val_accuracy", [0.9]),
    "seconds without end": put("timings.total_seconds", INF),
    "seconds beyond a float": put("timings.total_seconds", b"1e999"),
    "a seed of 400 digits": put("seed", b"9" * 400),
    "a name of surrogates": put("name", "\ud800"),
    "classes of surrogates": put("data.classes", ["\ud800", "b", "c"]),
    "a monitor of surrogates": put("monitor", "\udfff"),
    "a monitor that is a list": put("monitor", ["val_loss"]),
    "a message of surrogates": put("message", "\ud800"),
    "a metric's name of surrogates": put("best.\ud800", 0.5),
    "started as a number": put("started", 5),
    "the layers are text": put("layers", "x"),
    "an image of no size": put("data.image_shape", [INF, -1]),
    "counts without end": put("test.confusion_matrix", [[INF, 0], [0, 1]]),
    "counts of text": put("test.confusion_matrix", "x"),
    "deep": put("own", b"[" * 900 + b"]" * 900),
    "wide": put("own", b"[" + b"[]," * 3_000_000 + b"0]"),
}


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("turn", range(8))
def test_summaries(turn: int, good: Path, tmp_path: Path, capsys) -> None:
    changes = [*SUMMARIES.values()][turn::8]
    assert "good" in compared(among_bad(good, tmp_path, changes), capsys)


def cells(column: str, cell: str, summary: bool) -> Callable[[Path], None]:
    """Write ``cell`` into two rows of metrics.csv. summary: which then does not say the values."""

    def change(run: Path) -> None:
        lines = (run / "metrics.csv").read_text().splitlines()
        at = lines[0].split(",").index(column)
        for i in (2, 4):
            fields = lines[i].split(",")
            lines[i] = ",".join([*fields[:at], cell, *fields[at + 1 :]])
        (run / "metrics.csv").write_text("\n".join(lines) + "\n")
        if summary:
            for part in ("best", "final"):
                put(part, {})(run)

    return change


CELLS = ("1e308", "-1e308", "nan", "inf", "-inf", "1e999", "9" * 5000)


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize("column", ["epoch", "step", "val_loss", "val_accuracy", "seconds"])
def test_metrics(column: str, good: Path, tmp_path: Path, capsys) -> None:
    changes = [cells(column, cell, summary) for cell in CELLS for summary in (True, False)]
    assert "good" in compared(among_bad(good, tmp_path, changes), capsys)


def test_two_metrics_at_the_ends_of_the_floats(bad: Path, capsys) -> None:
    third = copied(bad, bad.parent / "third", 2021)
    for run, value in ((bad, 1e308), (third, -1e308)):
        put("best.val_accuracy", value)(run)
        put("best.val_loss", value)(run)
    assert "good" in compared(bad.parent, capsys)


CONFIGS = {
    "5,000 digits": ("seed: 0", f"seed: {'9' * 5000}"),
    "400 digits": ("seed: 0", f"seed: {'9' * 400}"),
    "hexadecimal": ("seed: 0", f"seed: 0x{'f' * 5000}"),
    "binary": ("seed: 0", f"seed: 0b{'1' * 9000}"),
    "sexagesimal": ("seed: 0", "seed: 1:30"),
    "many sexagesimals": ("seed: 0", f"seed: 1{':59' * 20000}"),
    "sexagesimal float": ("seed: 0", "seed: 1:30.5"),
    "infinite": ("seed: 0", "seed: .inf"),
    "not a number": ("seed: 0", "seed: .nan"),
    "a set": ("seed: 0", "seed: !!set {a, b}"),
    "an ordered map": ("seed: 0", "seed: !!omap [a: 1]"),
    "a binary": ("seed: 0", "seed: !!binary aGVsbG8="),
    "a surrogate": ("seed: 0", 'seed: "\\ud800"'),
    "a key that is none": ("seed: 0", "1: 2\n? null\n: 3"),
    "a number of text": ("seed: 0", "seed: !!int x"),
}


def line(old: str, new: str) -> Callable[[Path], None]:
    """Put another line in the place of one of config.yaml."""

    def change(run: Path) -> None:
        text = f"\n{(run / 'config.yaml').read_text()}"
        assert f"\n{old}\n" in text
        (run / "config.yaml").write_text(text.replace(f"\n{old}\n", f"\n{new}\n", 1))

    return change


@pytest.mark.slow
def test_configs(good: Path, tmp_path: Path, capsys) -> None:
    changes = [line(*words) for words in CONFIGS.values()]
    assert "good" in compared(among_bad(good, tmp_path, changes), capsys)


DAMAGED = ("best.epoch is NaN", "best.epoch is Infinity", "epochs_done is 1e308", "wide")


@pytest.mark.parametrize("what", [*DAMAGED, *(k for k in SUMMARIES if "digits" in k)])
def test_what_is_listed_as_damaged(what: str, bad: Path) -> None:
    SUMMARIES[what](bad)
    states = {run.label: run.status for run in read_runs(bad.parent)}
    assert states == {"good": "finished", "bad": "damaged"}


def test_a_time_is_text(bad: Path) -> None:
    text = (bad / "config.yaml").read_text()
    (bad / "config.yaml").write_text(text.replace("seed: 0", "seed: 1:30"))
    assert {run.config["seed"] for run in read_runs(bad.parent)} == {0, "1:30"}


# Checkpoints --------------------------------------------------------------------------------------


def stated(key: str, value: Any) -> Callable[[Checkpoint], Checkpoint]:
    """The checkpoint with another value at a dotted key of its description."""

    def change(checkpoint: Checkpoint) -> Checkpoint:
        *parents, last = key.split(".")
        tree = checkpoint.meta
        for parent in parents:
            tree = tree[parent]
        tree[last] = value
        return checkpoint

    return change


def as_type(name: str, dtype: str) -> Callable[[Checkpoint], Checkpoint]:
    def change(checkpoint: Checkpoint) -> Checkpoint:
        arrays = {**checkpoint.arrays, name: checkpoint.arrays[name].astype(dtype)}
        return Checkpoint(arrays, checkpoint.meta)

    return change


CHECKPOINTS = {
    **{
        f"{key} = {value!r:.30}": stated(key, value)
        for key, values in {
            "threads": (1_000_000, 0, -1, 1.5, "1", True, None, INF),
            "sizes": ([64, INF, 3], [64, NAN, 3], [64, 6.0, 3], [64, -6, 3], [64], "64,6,3", None),
            "image_shape": ([60000, 60000], [8], [8, 8, 8, 8], [8, INF], [-8, -8], "8x8", [[8], 8]),
            "class_names": (
                ["a", "b"],
                ["a", "b", "\ud800"],
                ["a", "b", 3],
                ["x" * 100_000, "b", "c"],
            ),
            "feature_names": (["a"], [1] * 64, "x" * 64),
            "activation": ("relu", {}, {"name": 5}, ["relu"]),
            "batch_norm": (True, {}, {"on": 1, "eps": 1e-5, "momentum": 0.1}),
            "batch_norm.eps": (NAN, INF, -1.0, "1e-5", None),
            "batch_norm.momentum": (NAN, 2.0, "x"),
            "normalize": ("other", 5, ["unit"]),
            "data_name": (5, None, ["npz"]),
            "data_digest": (5, None),
            "trainer": ([], None),
            "trainer.epoch": (NAN, 3.0, -1, True, 1 << 80),
            "trainer.loss_sum": ("x", [0.0], None),
            "trainer.monitor": ("x", {"best": "x"}, {"best_epoch": NAN}),
            "trainer.average_updates": (-1, 0.5, INF),
            "experiment": ([], "x"),
            "experiment.training": ("x", [1], 5),
            "history_columns": ([1, 2], "epoch,step", [["epoch"], "step"]),
            "numerics": ("x", [1]),
            "labels": ("abc", [1, 2], [[1], [2], [3]], [{}, 1, 2]),
        }.items()
        for value in values
    },
    **{
        f"{name} as {dtype}": as_type(name, dtype)
        for name in ("W0", "b0", "shift", "history")
        for dtype in ("<f2", "<i4", "|u1", ">f4", "<U40", "|b1")
        if (name, dtype) != ("shift", ">f4")
    },
}


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("what", CHECKPOINTS)
def test_checkpoints(what: str, bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused when it is read, with one line, by whoever reads it."""
    folder = RunFolder(bad)
    for path in (folder.best, folder.last):
        write_checkpoint(path, CHECKPOINTS[what](read_checkpoint(path)))
        with pytest.raises(CheckpointError) as caught:
            read_checkpoint(path)
        assert len(str(caught.value).splitlines()) == 1
        assert len(str(caught.value)) < 400
    with pytest.raises(CheckpointError):
        load_network(folder)
    with pytest.raises(CheckpointError):
        prepare(folder)


def test_npy_named_npz(bad: Path) -> None:
    folder = RunFolder(bad)
    for path in (folder.best, folder.misclassified):
        np.save(bad / "x.npy", np.zeros(1000))
        (bad / "x.npy").replace(path)
    with pytest.raises(CheckpointError, match="not a whole checkpoint"):
        load_network(folder)
    assert read_mistakes(read_runs(bad)[0], Mistakes()) is None
