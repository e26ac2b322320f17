"""Digits are read from pictures of every kind that people draw and photograph, and from no other.

The built-in digits with a small network by default; MNIST with the default network among the slow.
"""

import time
from pathlib import Path

import drawn_digits
import numpy as np
import pytest
from PIL import Image, ImageDraw
from running import Command, runs_in

from mlp_scratch import NeuralNet
from mlp_scratch.data.builtin.digits import generate
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.pictures.ink.likeness import unlike
from mlp_scratch.data.pictures.ink.read_ink import ink_row, read_ink
from mlp_scratch.data.pictures.opening import eight_bits, upright
from mlp_scratch.errors import DataError
from mlp_scratch.inference.predict_pictures import predict_pictures
from mlp_scratch.runs.saved_run import network_of

KINDS, NO_FIGURE = drawn_digits.KINDS, drawn_digits.NO_FIGURE
MANY = 120  # of each kind, by the longest test


def opened(picture: Image.Image) -> Image.Image:
    """As `open_picture` gives a file's."""
    picture.load()
    return upright(eight_bits(picture, 640_000), picture)


@pytest.fixture(scope="module")
def reader() -> tuple[NeuralNet, np.ndarray, np.ndarray]:
    """A network that has learned from built-in digits, and others (n, 28, 28) with labels."""
    x, y, x_test, y_test = generate(0, 6_000, 200)
    net = NeuralNet([784, 64, 10], epochs=6, seed=0).train(x, y)
    known = net.predict(x_test) == y_test
    return net, x_test[known].reshape(-1, 28, 28), y_test[known]


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize("kind", KINDS)
def test_a_few_of_each_kind_are_read(kind: str, reader, monkeypatch) -> None:
    monkeypatch.setattr(drawn_digits, "LARGEST", 350)
    net, digits, labels = reader
    rng = np.random.default_rng([1, [*KINDS].index(kind)])
    right, chosen = 0, rng.integers(len(digits), size=3)
    for i in chosen:
        reading = read_ink(opened(KINDS[kind](rng, digits[i])), (28, 28))
        if len(reading.rows):
            right += net.predict_proba(reading.rows).mean(axis=0).argmax() == labels[i]
    assert right >= 2


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("kind", [kind for kind in NO_FIGURE if kind != "scribble"])
def test_nothing_is_found_where_there_is_nothing(kind: str) -> None:
    rng = np.random.default_rng(1)
    rows = [ink_row(opened(NO_FIGURE[kind](rng)), (28, 28)) for _ in range(3)]
    assert not any(row.any() for row in rows)


def seven(width: int, side: int = 400) -> Image.Image:
    """A 7 in the middle of a white square, with a pen of some pixels."""
    picture = Image.new("RGB", (side, side), "white")
    corners = [(side * x, side * y) for x, y in ((0.3, 0.25), (0.7, 0.25), (0.45, 0.75))]
    ImageDraw.Draw(picture).line(corners, fill=(20, 20, 60), width=width)
    return picture


def askew_on_a_table() -> Image.Image:
    table = Image.new("RGB", (520, 520), (25, 22, 20))
    sheet = seven(24).convert("RGBA").rotate(-5, Image.Resampling.BICUBIC, expand=True)
    table.paste(sheet, (40, 40), sheet)
    return table


@pytest.mark.parametrize(
    "picture",
    [seven(1, 1600), seven(2, 900), askew_on_a_table()],
    ids=["hairline", "thin pen", "askew on a table"],
)
def test_a_figure_is_read_as_with_a_usual_pen(picture: Image.Image) -> None:
    usual = read_ink(opened(seven(24)), (28, 28)).rows[0].astype(float)
    row = read_ink(opened(picture), (28, 28)).rows[0].astype(float)
    assert np.corrcoef(usual, row)[0, 1] > 0.7


def lamp() -> Image.Image:
    y, x = np.mgrid[-1:1:300j, -1:1:400j]
    return Image.fromarray((90 + 150 * np.exp(-3 * (x * x + y * y))).astype(np.uint8)).convert(
        "RGB"
    )


def margin_line() -> Image.Image:
    picture = Image.new("RGB", (500, 600), "white")
    ImageDraw.Draw(picture).line([(60, 0), (60, 600)], fill=(225, 110, 110), width=2)
    return picture


@pytest.mark.parametrize("picture", [lamp(), margin_line()], ids=["lamp", "margin line"])
def test_light_and_a_margin_are_no_figures(picture: Image.Image) -> None:
    assert not ink_row(opened(picture), (28, 28)).any()


def test_scribbles_are_unlike_digits(reader, monkeypatch) -> None:
    monkeypatch.setattr(drawn_digits, "LARGEST", 350)
    net, digits, labels = reader
    rng = np.random.default_rng(1)
    doubted = 0
    for _ in range(8):
        rows = read_ink(opened(NO_FIGURE["scribble"](rng)), (28, 28)).rows
        doubted += unlike(rows, int(net.predict_proba(rows).mean(axis=0).argmax()))
    assert doubted >= 6
    for digit, label in zip(digits[:8], labels, strict=False):
        doubted -= unlike(read_ink(opened(drawn_digits.plain(rng, digit)), (28, 28)).rows, label)
    assert doubted >= 5


def test_figures_beside_one_another_are_counted(reader) -> None:
    _, digits, _ = reader
    rng = np.random.default_rng(0)
    halves = [
        drawn_digits.coverage(rng, digit, (300, 220), (0.6, 0.8), centred=True)
        for digit in digits[:3]
    ]
    page = drawn_digits.mixed(np.hstack(halves), np.zeros(3), np.full(3, 240.0))
    assert read_ink(Image.fromarray(page.astype(np.uint8)), (28, 28)).others == 2


def test_pictures_like_the_training_pictures_stay_as_they_are(reader) -> None:
    _, digits, _ = reader
    for digit in digits[:10]:
        picture = Image.fromarray(digit).convert("RGB")
        np.testing.assert_array_equal(ink_row(picture, (28, 28)), digit.reshape(-1))
        assert len(read_ink(picture, (28, 28)).rows) == 1


def test_predict_answers_for_a_folder(tmp_path: Path, reader, monkeypatch) -> None:
    """Its pictures by name, hidden and broken ones left out; said where nothing is found."""
    monkeypatch.setattr(drawn_digits, "LARGEST", 350)
    net, digits, _ = reader
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(2)
    drawn_digits.plain(rng, digits[0]).save(folder / "b.png")
    drawn_digits.shaded(rng, digits[1]).save(folder / "a.png")
    NO_FIGURE["bare frame"](rng).save(folder / "c.png")
    NO_FIGURE["scribble"](rng).save(folder / "d.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8nothing")
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    trained = network_of(net.checkpoint, "test")
    guess, *said = predict_pictures(trained, [folder], tmp_path / "answers.csv", 0.5)
    assert "--reader resize" in guess
    assert [Path(line.split("  ")[0]).name for line in said[:5]] == [
        *("a.png", "b.png", "broken.jpg", "c.png", "d.png")
    ]
    assert "left out: not a picture" in said[2]
    assert "nothing found" in said[3]
    assert "doubtful: " in said[4]
    assert "does not look like a " in said[4]
    table = (tmp_path / "answers.csv").read_text().splitlines()
    assert len(table) == 5
    assert table[0].startswith("file,answer,class 1,probability 1")
    assert table[3].endswith("c.png,,,,,,,,nothing found")
    *_, said = predict_pictures(trained, [folder / "b.png"], tmp_path / "p.png", 0.5, "resize")
    assert said == f"picture: {tmp_path / 'p.png'}"
    (folder / "empty").mkdir()
    for none in (folder / "empty", folder / "nothing.png", folder / "broken.jpg"):
        with pytest.raises(DataError):
            [*predict_pictures(trained, [none], None, 0.5)]


# The real thing -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.marathon
def test_many_of_each_kind_with_mnist(run_command: Command, mnist_dir: Path, tmp_path: Path):
    """At least 95 % of each kind, of digits that the network knows as they are in the data set."""
    done = run_command("train", "data=mnist", f"data.dir={mnist_dir.parent}", small=False)
    assert done.returncode == 0, done.stderr
    net = NeuralNet.load(runs_in(tmp_path)[0] / "checkpoints" / "best.npz")
    dataset = load_dataset("mnist", dir=mnist_dir.parent, cache_dir=tmp_path, download=False)
    assert dataset.x_test is not None
    assert dataset.y_test is not None
    known = np.flatnonzero(net.predict_proba(dataset.x_test).argmax(axis=1) == dataset.y_test)
    right: dict[str, int] = dict.fromkeys(KINDS, 0)
    spent = 0.0
    for number, (kind, draw) in enumerate(KINDS.items()):
        rng = np.random.default_rng([60, number])
        for i in rng.choice(known, MANY, replace=False):
            picture = opened(draw(rng, dataset.x_test[i].reshape(28, 28)))
            begun = time.process_time()
            rows = read_ink(picture, (28, 28)).rows
            spent += time.process_time() - begun
            if len(rows):
                guess = net.predict_proba(rows).mean(axis=0).argmax()
                right[kind] += int(guess == dataset.y_test[i])
    print(f"{len(KINDS) * MANY / spent:.1f} pictures a second of processor")
    assert {kind: n for kind, n in right.items() if n < 0.95 * MANY} == {}
