"""``evaluate RUN FOLDER``: pictures that came later are scored as the run's own test pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_runs import begin, tiny_config

from mlp_scratch import evaluate

LEVELS = {"dark": 30, "mid": 120, "light": 220}


def draw(folder: Path, n: int, seed: int) -> list[tuple[str, str]]:
    """Pictures (5, 4) around the level of their class, in its folder; their names and classes."""
    rng, names = np.random.default_rng(seed), []
    for name, level in LEVELS.items():
        (folder / name).mkdir(parents=True)
        for i in range(n):
            pixels = np.clip(rng.normal(level, 60, (5, 4)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{seed}_{i}.png")
            names.append((f"{name}/{seed}_{i}.png", name))
    return names


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train/, test/, a table of the latter, and a run."""
    place = tmp_path_factory.mktemp("pictures")
    draw(place / "all" / "train", 20, seed=0)
    rows = draw(place / "all" / "test", 8, seed=1)
    text = "".join(f"{name},{label}\n" for name, label in rows)
    (place / "all" / "test" / "rows.csv").write_text(f"file,label\n{text}")
    config = tiny_config(place / "all", ["data=folder", "training.epochs=30", "optim.lr=0.01"])
    assert begin(config, place / "run") is not None
    return place


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    capsys.readouterr()
    evaluate.main([str(word) for word in words])
    done = capsys.readouterr()
    return done.out + done.err


def scores(text: str) -> str:
    return text[text.index("test loss") :].splitlines()[0]


@pytest.mark.parametrize("rows", ["all", "all/test", "all/test/rows.csv"])
def test_the_test_pictures_again(rows: str, place: Path, capsys: pytest.CaptureFixture) -> None:
    own = scores(said(capsys, place / "run"))
    assert own == scores(said(capsys, place / "run", place / rows))


def test_some_of_the_classes_and_a_broken_picture(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "light").mkdir()
    Image.new("L", (4, 5), 255).save(tmp_path / "light" / "1.png")
    (tmp_path / "light" / "2.png").write_bytes(b"\x89PNG\r\n")
    text = said(capsys, place / "run", tmp_path)
    assert "note:" in text
    assert "left out: light/2.png" in text
    assert "accuracy 1.0000" in scores(text)


@pytest.mark.parametrize(
    ("folder", "fault"),
    [("grey", "grey"), ("", "its 1 pictures lie in no folder of a class")],
)
def test_what_has_no_label_is_refused(
    folder: str, fault: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    Image.new("L", (4, 5), 255).save(tmp_path / folder / "1.png")
    text = said(capsys, place / "run", tmp_path)
    assert "error: " in text
    assert fault in text


def test_a_folder_alone_is_taken_for_a_run(place: Path, capsys: pytest.CaptureFixture) -> None:
    assert "is not a run's folder" in said(capsys, place / "all")
