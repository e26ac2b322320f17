"""``inspect RUN explain`` as a user types it."""

import re

import numpy as np
import pytest
from PIL import Image
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.inspect import main

TABLE = ["data=table", "data.normalize=standardize", "model.layers=[null,8,null]"]


COLUMNS = "age,town,height,price,kind\n"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A folder with a run on pictures and runs on a table, for each task."""
    folder = tmp_path_factory.mktemp("explained")
    begin(tiny_config(write_data(folder)), folder / "digits")
    rng = np.random.default_rng(0)
    lines = []
    for i in range(200):
        age, height = rng.normal(40, 9), rng.normal(170, 8)
        town = "abc"[i % 3]
        kind = "old" if age > 40 else "young"
        gap = "" if i % 11 == 0 else f"{height:.1f}"
        lines.append(f"{age:.2f},{town},{gap},{2 * age + rng.normal():.3f},{kind}\n")
    (folder / "table.csv").write_text(COLUMNS + "".join(lines))
    (folder / "new.csv").write_text("town,age,height,kind\nb,61,180,\na,20,170,\n")
    for name, words in {
        "classes": ["data.label=kind", "data.drop=[price]"],
        "numbers": ["data.label=price", "data.drop=[kind]"],
        "counts": ["data.label=price", "data.drop=[kind]", "loss=poisson"],
        "autoencoder": ["data.label=price", "task=autoencoder", "data.drop=[kind]"],
    }.items():
        begin(tiny_config(folder / "table.csv", [*TABLE, *words]), folder / name)
    return folder


def say(places, capsys, *words):
    """The status, what was printed, and the error."""
    status = main([str(places / words[0]), "explain", *map(str, words[1:])])
    out, error = capsys.readouterr()
    return status, out, error


def test_a_test_row_of_pictures(places, capsys):
    status, out, _ = say(places, capsys, "digits", 3)
    assert status == 0
    assert re.match(r"test row 3: true \d; predicted \d [\d.]+%", out)
    whole, difference = re.search(r"add up to (\S+) of the difference (\S+)", out).groups()
    assert float(whole) == pytest.approx(float(difference), rel=0.02, abs=1e-3)
    assert "layer 1: " in out
    assert "nearest training rows in the last hidden layer" in out
    with Image.open(places / "digits" / "explain_3.png") as picture:
        assert picture.size[0] > 1000


def test_a_picture_and_a_class_that_was_not_predicted(places, capsys):
    file = places / "drawn.png"
    Image.fromarray(np.add.outer(np.arange(8), np.arange(8)).astype(np.uint8) * 15).save(file)
    status, out, error = say(places, capsys, "digits", file, "2", "--output", places / "x.png")
    assert (status, error) == (0, "")
    assert "the logit of 2: " in out
    assert (places / "x.png").is_file()


@pytest.mark.parametrize(("run", "of"), [("classes", "the logit of "), ("numbers", "price: ")])
def test_rows_of_a_table_by_file(run, of, places, capsys):
    status, out, error = say(places, capsys, run, f"{places / 'new.csv'}:2")
    assert (status, error) == (0, "")
    assert of in out
    assert "age = 20 " in out
    assert "town = a " in out


def test_numbers_are_in_the_targets_unit(places, capsys):
    _, out, _ = say(places, capsys, "numbers", 1)
    predicted = float(re.search(r"predicted price (\S+)", out)[1])
    value, base = re.search(r"price: (\S+); of the baseline, all inputs 0: (\S+)", out).groups()
    assert predicted - float(value) == pytest.approx(80, abs=5)  # the mean price, taken off
    assert base != value


def test_a_count_is_explained_by_its_logarithm(places, capsys):
    status, out, _ = say(places, capsys, "counts", 1)
    assert status == 0
    assert "the logarithm of price: " in out


def test_columns_alone(places, capsys):
    status, out, _ = say(places, capsys, "classes")
    assert status == 0
    assert out.splitlines()[1].split()[0] == "age"  # which is what the label is made of
    assert (places / "classes" / "columns.png").is_file()
    again = say(places, capsys, "classes")[1]
    assert again == out


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["digits"], "name a test row (explain 17) or a picture"),
        (["digits", 0], "explain 0: there are 30 test rows, counted from 1"),
        (["digits", 31], "explain 31: there are 30 test rows"),
        (["digits", "nowhere.png"], "neither the number of a test row nor a file"),
        (["digits", 1, "9"], "explain 9: is no class, label or target of the run"),
        (["classes", 1, "yung"], "did you mean young?"),
        (["classes", "{places}/new.csv:3"], "has 2 rows, counted from 1"),
        (["autoencoder", 1], "this is an autoencoder"),
        (["autoencoder"], "this is an autoencoder"),
        (["classes", 1, "old", "more"], "wants a row or a file, and a class"),
        (["classes", "9" * 5000], "neither the number of a test row nor a file"),
        (["classes", "x" * 300], "neither the number of a test row nor a file"),
        (["classes", "new.csv:" + "9" * 5000], "neither the number of a test row nor a file"),
        (["classes", "--seed", -1], "--seed -1: must be 0 or more"),
        (["classes", "--output", ""], "names no file"),
        (["classes", "{places}/new.csv", "--output", "{places}/new.csv"], "is what is read"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_explained(words, error, places, capsys):
    words = [str(word).format(places=places) for word in words]
    status, _, said = say(places, capsys, *words)
    assert status == 2
    assert error in said
    assert said.count("\n") <= 2


def test_without_the_training_rows_the_rest_is_told(places, capsys):
    table, hidden = places / "table.csv", places / "hidden"
    table.rename(hidden)
    try:
        status, out, _ = say(places, capsys, "classes", places / "new.csv")
    finally:
        hidden.rename(table)
    assert status == 0
    assert "nearest training rows: not at hand (" in out
