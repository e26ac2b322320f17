"""``lr_range``: what it prints, writes and refuses, as a user meets it."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlp_scratch import compare
from mlp_scratch.lr_range import main

WORDS = ("data=csv", "data.path=table.csv", "model.layers=[null,8,null]", "training.batch_size=32")


@pytest.fixture(autouse=True)
def _table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    label = np.where(x[:, 0] > x[:, 1], "yes", "no")
    rows = [",".join([*(f"{v:.4f}" for v in r), w]) for r, w in zip(x, label, strict=True)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,c,label", *rows]) + "\n")


@pytest.fixture
def lr_range(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Exit status, what was printed, and what was complained of."""

    def run(*words: str) -> tuple[int, str, str]:
        return (main([*WORDS, *words]), *capfd.readouterr())

    return run


def test_it_suggests_a_rate_and_leaves_no_run(lr_range, tmp_path: Path, capfd) -> None:
    status, said, _ = lr_range("optim=momentum", "hydra.run.dir=found")
    assert status == 0
    suggestion = said.splitlines()[-1]
    key, _, rate = suggestion.removeprefix("suggestion: ").partition("=")
    assert key == "optim.lr"
    assert 1e-3 < float(rate) < 1
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert names == {"lr_range.png", "lr_range.csv", ".lock"}
    with open(tmp_path / "found" / "lr_range.csv") as file:
        head, *rows = csv.reader(file)
    assert head == ["lr", "loss", "smoothed_loss"]
    lowest = min(rows, key=lambda row: float(row[2]))
    assert f"at lr {float(lowest[0]):.2g}" in said
    _, again, _ = lr_range("optim=momentum", "name=mine", "optim.lr=5", "schedule=cosine")
    assert again.splitlines()[-1] == suggestion
    (folder,) = (tmp_path / "outputs").glob("*/*")
    assert folder.name.endswith("_lr_range_mine")
    compare.main(["outputs"])
    assert "no runs" in "".join(capfd.readouterr())


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["optim=sgd,adam"], "optim=sgd,adam: several values; a range test is of one config"),
        (["-m"], "-m: is for train"),
        (["--cfg", "job"], "--cfg: is for train"),
        (["optim=adm"], "did you mean adam?"),
        (["optim.betta=1"], "did you mean optim.beta2?"),
        (["optim=lbfgs", "training.batch_size=full"], "optim=lbfgs: searches for the length"),
        (["hydra.job.name=x"], "hydra.job.name=x: is for train"),
        (["hydra.run.dir=taken"], "taken: already in use"),
        (["training.folds=5"], "training.folds=5: is one network for each fold"),
        (["data.path=none.csv"], "none.csv: no such file"),
        (["model.layers=[7,8,2]"], "model.layers[0]=7 but data"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    lr_range, tmp_path: Path, words: list[str], message: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").touch()
    status, _, complaint = lr_range(*words)
    assert status in (1, 2)
    assert message in complaint
    assert complaint.count("\n") <= 2
    assert not (tmp_path / "outputs").exists()
    assert {path.name for path in (tmp_path / "taken").iterdir()} == {"mine.txt"}


def test_a_loss_that_is_infinite_at_once_is_no_traceback(lr_range, tmp_path: Path) -> None:
    rows = [f"{i}e37,1,{'ab'[i % 2]}" for i in range(1, 31)]
    (tmp_path / "huge.csv").write_text("\n".join(["x,z,label", *rows]) + "\n")
    status, _, complaint = lr_range("data.path=huge.csv", "data.normalize=none")
    assert status == 1
    assert "the loss is not finite before the first step" in complaint
    assert not (tmp_path / "outputs").exists()
