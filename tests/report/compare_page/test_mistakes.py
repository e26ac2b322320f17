"""The pictures that a run got wrong, on the page."""

import base64
from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.report.compare_page import mistakes, runs_as_json
from mlp_scratch.report.compare_page.mistakes import image_shape
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.runs.reader import Run, read_runs


def save_mistakes(folder, pixels, /, **changes):
    n = len(pixels)
    arrays = {
        "images": pixels,
        "true": np.arange(n) % 2,
        "predicted": (np.arange(n) + 1) % 2,
        "probability": np.linspace(1, 0.5, n, dtype=np.float32),
    }
    np.savez(folder / "misclassified.npz", **(arrays | changes))


@pytest.mark.parametrize(
    ("features", "data", "shape"),
    [
        (784, None, (28, 28, 1)),
        (3072, None, (32, 32, 3)),
        (16, {}, (4, 4, 1)),
        (9, {}, None),
        (13, {}, None),
        (800, {"image_shape": [20, 40]}, (20, 40, 1)),
        (12, {"image_shape": [2, 2, 3]}, (2, 2, 3)),
        (784, {"image_shape": [20, 40]}, (28, 28, 1)),
        (784, {"image_shape": ["a", -1]}, (28, 28, 1)),
        (784, {"image_shape": [784]}, (28, 28, 1)),
    ],
)
def test_image_shape(features, data, shape):
    assert image_shape(features, Run(Path("x"), "finished", summary={"data": data})) == shape


def test_misclassified_images_travel_as_pixels(runs):
    images = np.arange(3 * 16, dtype=np.uint8).reshape(3, 16)
    save_mistakes(runs.add("a", 0.9), images)
    save_mistakes(runs.add("b", 0.8), images / 47.0 - 3)
    first, second = (run["mistakes"] for run in page_data(read_runs(runs.root))["runs"])
    assert first["shape"] == [4, 4, 1]
    assert base64.b64decode(first["pixels"]) == images.tobytes()
    assert (first["true"], first["predicted"]) == ([0, 1, 0], [1, 0, 1])
    assert first["probability"] == [1.0, 0.75, 0.5]
    floats = np.frombuffer(base64.b64decode(second["pixels"]), dtype=np.uint8)
    np.testing.assert_array_equal(floats, np.round(255 * np.arange(48) / 47))


def test_only_the_best_runs_carry_images_and_only_so_many(runs, monkeypatch):
    for i in range(4):
        save_mistakes(runs.add(str(i), 0.9 - i / 10), np.zeros((30, 16), dtype=np.uint8))
    monkeypatch.setattr(runs_as_json, "WITH_MISTAKES", 3)
    monkeypatch.setattr(mistakes, "MOST_BYTES", 16 * 27)
    data = page_data(read_runs(runs.root))
    assert [len(r["mistakes"]["true"]) if r["mistakes"] else 0 for r in data["runs"]] == [
        25,
        2,
        0,
        0,
    ]
    assert "misclassified images" in data["notes"][0]


@pytest.mark.parametrize(
    "changes",
    [
        {"images": np.array([object()])},
        {"images": np.zeros((2, 13))},
        {"images": np.array(["a", "b"])},
        {"true": np.zeros(5)},
        {"predicted": np.array(["a", "b"])},
        {"images": np.zeros((0, 16)), "true": [], "predicted": [], "probability": []},
    ],
)
def test_damaged_images_are_left_out(runs, changes):
    folder = runs.add("a")
    save_mistakes(folder, np.zeros((2, 16), dtype=np.uint8), **changes)
    assert page_data(read_runs(runs.root))["runs"][0]["mistakes"] is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x04K\x01."])
def test_a_file_of_images_that_is_none(runs, content):
    (runs.add("a") / "misclassified.npz").write_bytes(content)
    assert page_data(read_runs(runs.root))["runs"][0]["mistakes"] is None
