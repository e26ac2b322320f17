"""``lr_range``: what it prints, writes and refuses, as a user meets it."""

import csv
from pathlib import Path

import numpy as np
import pytest
from running import Command

WORDS = ("data=csv", "data.path=table.csv", "model.layers=[null,8,null]", "training.batch_size=32")


@pytest.fixture(autouse=True)
def _table(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    label = np.where(x[:, 0] > x[:, 1], "yes", "no")
    rows = [",".join([*(f"{v:.4f}" for v in r), w]) for r, w in zip(x, label, strict=True)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,c,label", *rows]) + "\n")


def test_it_suggests_a_rate_and_leaves_no_run(run_command: Command, tmp_path: Path) -> None:
    done = run_command("lr_range", *WORDS, "optim=momentum", "hydra.run.dir=found")
    assert done.returncode == 0, done.stderr
    key, _, rate = done.stdout.splitlines()[-1].removeprefix("suggestion: ").partition("=")
    assert key == "optim.lr"
    assert 1e-3 < float(rate) < 1
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert names == {"lr_range.png", "lr_range.csv", ".lock"}
    with open(tmp_path / "found" / "lr_range.csv") as file:
        head, *rows = csv.reader(file)
    assert head == ["lr", "loss", "smoothed_loss"]
    lowest = min(rows, key=lambda row: float(row[2]))
    assert f"at lr {float(lowest[0]):.2g}" in done.stdout
    again = run_command("lr_range", *WORDS, "optim=momentum", "name=mine", "optim.lr=5")
    assert again.stdout.splitlines()[-1] == done.stdout.splitlines()[-1]
    (folder,) = (tmp_path / "outputs").glob("*/*")
    assert folder.name.endswith("_lr_range_mine")
    compared = run_command("compare", "outputs")
    assert "no runs" in compared.stdout + compared.stderr
    trained = run_command("train", *WORDS, "optim=momentum", f"{key}={rate}", small=False)
    assert trained.returncode == 0


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
    run_command: Command, tmp_path: Path, words: list[str], message: str
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").touch()
    done = run_command("lr_range", *WORDS, *words)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert done.stderr.count("\n") <= 2
    assert not (tmp_path / "outputs").exists()
    assert {path.name for path in (tmp_path / "taken").iterdir()} == {"mine.txt"}
