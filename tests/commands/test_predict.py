"""``predict`` on a trained run: pictures, tables, test rows."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from running import Command, run_in, runs_in


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """A folder in which one run was trained; copy it before use."""
    folder = tmp_path_factory.mktemp("trained")
    done = run_in(
        folder,
        "train",
        *("data=digits", f"data.cache_dir={shared_cache}", "model.layers=[784,64,10]"),
        *("training.epochs=3", "name=trained"),
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """A trained run under ``tmp_path/outputs``."""
    shutil.copytree(trained_once / "outputs", tmp_path / "outputs")
    return runs_in(tmp_path)[0]


def test_predict_pictures_of_any_size_and_polarity(
    run_command: Command, trained: Path, tmp_path: Path, shared_cache: Path
) -> None:
    from PIL import Image

    from mlp_scratch.data.load import load_dataset

    dataset = load_dataset("digits", dir="data", cache_dir=shared_cache)
    assert dataset.x_test is not None
    assert dataset.y_test is not None
    names, expected = [], []
    for i in range(12):
        pixels = dataset.x_test[i].reshape(28, 28)
        image = Image.fromarray(np.array(pixels if i % 2 else 255 - pixels))
        if i % 3 == 0:
            image = image.resize((150, 150)).convert("RGB")
        name = f"{i}.{'jpg' if i % 4 == 0 else 'png'}"
        image.save(tmp_path / name)
        names.append(name)
        expected.append(str(dataset.y_test[i]))
    done = run_command("predict", "latest", *names)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.replace("doubtful: ", "").splitlines()  # after three epochs it often is
    said = [line.split()[1] for line in lines[:12]]
    assert sum(a == b for a, b in zip(said, expected, strict=True)) >= 9
    assert (tmp_path / "predictions.png").exists()


def test_predict_a_table_in_kaggles_form(
    run_command: Command, trained: Path, tmp_path: Path, shared_cache: Path
) -> None:
    from mlp_scratch.data.load import load_dataset

    dataset = load_dataset("digits", dir="data", cache_dir=shared_cache)
    assert dataset.x_test is not None
    assert dataset.y_test is not None
    header = ",".join(f"pixel{i}" for i in range(784))
    rows = dataset.x_test[:200]
    text = "\n".join([header, *(",".join(map(str, row)) for row in rows)])
    (tmp_path / "test.csv").write_text(text + "\n")
    done = run_command("predict", "latest", "test.csv", "--output", "answer.csv")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "answer.csv").read_text().splitlines()
    assert lines[0] == "ImageId,Label"
    assert [line.split(",")[0] for line in lines[1:]] == [str(i) for i in range(1, 201)]
    said = np.array([int(line.split(",")[1]) for line in lines[1:]])
    assert np.mean(said == dataset.y_test[:200]) > 0.85
    wide = "\n".join("3," + ",".join(map(str, row)) for row in rows)
    (tmp_path / "labelled.csv").write_text(wide + "\n")
    done = run_command("predict", "latest", "labelled.csv")
    assert done.returncode == 1
    assert "785 columns" in done.stderr


@pytest.mark.slow
def test_predict_knows_columns_by_their_names(run_command: Command, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, (120, 2))
    rows = [f"tall,{2 + h:.3f},{1 + w:.3f}" for h, w in noise[:60]]
    rows += [f"wide,{1 + h:.3f},{2 + w:.3f}" for h, w in noise[60:]]
    (tmp_path / "train.csv").write_text("\n".join(["kind,height,width", *rows, ""]))
    table = ("data=csv", "data.path=train.csv", "model.layers=[null,8,null]")
    done = run_command(
        "train", *table, "training.batch_size=16", "optim.lr=0.05", "training.epochs=10"
    )
    assert done.returncode == 0, done.stderr
    (tmp_path / "new.csv").write_text("width,height\n1,2\n2,1\n")
    done = run_command("predict", "latest", "new.csv")
    assert done.returncode == 0, done.stderr
    answer = (tmp_path / "new_predictions.csv").read_text().splitlines()
    assert answer == ["row,label", "1,tall", "2,wide"]
    (tmp_path / "new.csv").rename(tmp_path / "new.test")  # as UCI has adult.test
    done = run_command("predict", "latest", "new.test", "--output", "again.csv")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.csv").read_text().splitlines() == answer
    (tmp_path / "new.csv").write_text("width,depth\n1,2\n")
    done = run_command("predict", "latest", "new.csv")
    assert done.returncode != 0
    assert done.stderr.startswith(
        "error: new.csv: no column 'height', which the network was trained on"
    )
    turned = [",".join((kind, w, h)) for kind, h, w in (row.split(",") for row in rows)]
    (tmp_path / "swapped.csv").write_text("\n".join(["kind,width,height", *turned, ""]))
    own_rows, other_order = (
        run_command("evaluate", "latest", *words) for words in ((), ("data.path=swapped.csv",))
    )
    assert other_order.returncode == 0
    assert other_order.stdout == own_rows.stdout
    (own,) = runs_in(tmp_path)
    short = ("training.batch_size=16", "training.epochs=1", "model.layers=[null,8,null]")
    for run, words in {
        "swapped": ("data.path=swapped.csv",),
        "split": ("data.path=train.csv", "data.test_fraction=0.5"),
    }.items():
        done = run_command("train", "data=csv", *words, *short, f"hydra.run.dir={run}")
        assert done.returncode == 0, done.stderr
    done = run_command("evaluate", str(own), "swapped")
    assert done.returncode == 0
    assert "note: swapped was trained with other data" in done.stderr
    done = run_command("evaluate", str(own), "split")
    assert done.returncode == 0
    assert done.stderr == (
        "note: split was trained with other data, which may hold some of these test rows\n"
    )


def test_predict_test_images(run_command: Command, trained: Path, tmp_path: Path) -> None:
    done = run_command("predict", "latest", "--test", "10", "--seed", "0")
    assert done.returncode == 0, done.stderr
    assert sum("true " in line for line in done.stdout.splitlines()) == 10
    assert "of 10 correct" in done.stdout
    assert (tmp_path / "predictions.png").stat().st_size > 5000
