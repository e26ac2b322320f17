"""layers.csv and histograms.npz: what is written is read back, and damage is told."""

import math
from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.insight.layers.layer_records import (
    COLUMNS,
    LARGEST,
    LayerRecords,
    read_histograms,
    read_layers,
)
from mlp_scratch.insight.layers.probe import BINS, Histogram, LayerState, Look


def make_look(epoch: int, layers: int = 2) -> Look:
    rng = np.random.default_rng(epoch)
    states, histograms = [], []
    for _ in range(layers):
        values = [float(f"{v:.6g}") for v in rng.normal(size=len(LayerState._fields))]
        states.append(LayerState(*values)._replace(dead=math.nan, saturated=0.25))
        counts = rng.integers(0, 1000, BINS)
        histograms.append(Histogram(-float(rng.random()), float(rng.random()), counts))
    return Look(states, histograms, histograms[::-1])


def write(folder: Path, epochs: list[int], keep=lambda epoch: False, layers: int = 2) -> None:
    records = LayerRecords(folder / "layers.csv", folder / "histograms.npz", layers, keep)
    for epoch in epochs:
        records.append(epoch, make_look(epoch, layers))
    records.save()


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path, [0, 1, 3])
    table, histograms = (
        read_layers(tmp_path / "layers.csv"),
        read_histograms(tmp_path / "histograms.npz"),
    )
    assert table.epochs.tolist() == histograms.epochs.tolist() == [0, 1, 3]
    assert (table.layers, set(table.columns)) == (2, set(LayerState._fields))
    for i, epoch in enumerate([0, 1, 3]):
        look = make_look(epoch)
        for name in LayerState._fields:
            expected = [getattr(state, name) for state in look.states]
            np.testing.assert_array_equal(table[name][i], expected)
        for kind, made in (("z", look.z), ("a", look.a)):
            np.testing.assert_array_equal(histograms.arrays[kind][i], [h.counts for h in made])
            np.testing.assert_array_equal(
                histograms.arrays[f"{kind}_range"][i], [(h.low, h.high) for h in made]
            )


def test_who_goes_on_keeps_what_he_is_told_to(tmp_path: Path) -> None:
    for name in ("once", "twice"):
        (tmp_path / name).mkdir()
    write(tmp_path / "once", [0, 1, 3, 9])
    write(tmp_path / "twice", [0, 1, 2, 3, 5])
    write(tmp_path / "twice", [9], keep=lambda epoch: epoch in (0, 1, 3))
    for name in ("layers.csv", "histograms.npz"):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes()


def test_records_of_another_network_or_damaged_ones_are_begun_anew(tmp_path: Path) -> None:
    write(tmp_path, [0, 1], layers=3)
    write(tmp_path, [2], keep=lambda epoch: True)
    assert read_layers(tmp_path / "layers.csv").epochs.tolist() == [2]
    (tmp_path / "layers.csv").write_text("nonsense\n")
    (tmp_path / "histograms.npz").write_bytes(b"PK nonsense")
    write(tmp_path, [4], keep=lambda epoch: True)
    assert read_layers(tmp_path / "layers.csv").epochs.tolist() == [4]
    assert read_histograms(tmp_path / "histograms.npz").epochs.tolist() == [4]


@pytest.mark.parametrize("cut", range(1, 300, 7))
def test_a_look_that_is_being_written_is_left_out(cut: int, tmp_path: Path) -> None:
    write(tmp_path, [0, 1, 3])
    path = tmp_path / "layers.csv"
    text = path.read_text()
    path.write_text(text[:-cut])
    whole = text[: len(text) - cut].rpartition("\n")[0].count("\n") // 2
    assert read_layers(path).epochs.tolist() == [0, 1, 3][:whole]


ROW = ",".join(["1"] * len(LayerState._fields))
BAD_TABLES = {
    "epoch,layer\n1,1\n": "no column 'z_mean'",
    ",".join(COLUMNS) + f"\n1,2,{ROW}\n1,1,{ROW}\n": "layers must be numbered",
    ",".join(COLUMNS) + f"\n2,1,{ROW}\n1,1,{ROW}\n": "epochs must rise",
    ",".join(COLUMNS) + f"\n1,1,{ROW}\n2,2,{ROW}\n": "epochs must rise",
    ",".join(COLUMNS) + f"\n1,1e9,{ROW}\n": "layers must be numbered",
    ",".join(COLUMNS) + f"\n1,0.5,{ROW}\n": "layers must be numbered",
    ",".join(COLUMNS) + "\n1,1\n": "line 2 has 2 cells",
    ",".join(COLUMNS) + f"\n1,nan,{ROW}\n": "layers must be numbered",
}


@pytest.mark.parametrize("text", BAD_TABLES)
def test_a_table_that_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "layers.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=BAD_TABLES[text]):
        read_layers(path)


def test_a_table_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "layers.csv"
    path.write_text(",".join(COLUMNS) + "\n")
    table = read_layers(path)
    assert table.epochs.tolist() == []
    assert table["dead"].shape == (0, 1)


GOOD = {
    "epochs": np.array([0, 1]),
    "z": np.zeros((2, 3, BINS), np.uint32),
    "a": np.zeros((2, 3, BINS), np.uint32),
    "z_range": np.zeros((2, 3, 2)),
    "a_range": np.zeros((2, 3, 2)),
}
BAD_ARRAYS = [
    {"epochs": np.array([1, 1])},
    {"epochs": np.array([0.0, 1.0])},
    {"epochs": np.array(3)},
    {"epochs": np.array([-1, 1])},
    {"z": np.zeros((2, 3, BINS + 1), np.uint32)},
    {"z": np.zeros((2, BINS), np.uint32)},
    {"a": np.zeros((2, 3, BINS), np.int64)},
    {"a": np.zeros((2, 4, BINS), np.uint32)},
    {"a_range": np.zeros((2, 3, 3))},
]


@pytest.mark.parametrize("change", BAD_ARRAYS, ids=lambda change: next(iter(change)))
def test_histograms_that_are_none(change: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "histograms.npz"
    np.savez(path, **(GOOD | change))
    with pytest.raises(ValueError, match="must be"):
        read_histograms(path)


def test_histograms_of_objects(tmp_path: Path) -> None:
    path = tmp_path / "histograms.npz"
    np.savez(path, **(GOOD | {"z_range": np.array([[[None, None]] * 3] * 2)}))
    with pytest.raises(ValueError):  # noqa: PT011 (NumPy's words)
        read_histograms(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 1000])
def test_a_damaged_file_of_histograms(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "histograms.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011
        read_histograms(path)
    np.savez(path, epochs=np.array([1]))
    with pytest.raises(ValueError, match="no array z"):
        read_histograms(path)


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("dead", "inf", "between 0 and 1"),
        ("dead", "-0.1", "between 0 and 1"),
        ("saturated", "1e308", "between 0 and 1"),
        ("epoch", "0.5", "whole numbers"),
        ("epoch", "inf", "whole numbers"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_numbers_that_no_look_gives_are_refused(
    column: str, cell: str, message: str, tmp_path: Path
) -> None:
    write(tmp_path, [0], layers=1)
    path = tmp_path / "layers.csv"
    head, row = path.read_text().splitlines()
    cells = row.split(",")
    cells[COLUMNS.index(column)] = cell
    path.write_text(f"{head}\n{','.join(cells)}\n")
    with pytest.raises(ValueError, match=message):
        read_layers(path)


def test_packed_histograms_are_not_unpacked_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "histograms.npz"
    empty = {name: np.zeros(1) for name in ("epochs", "a", "z_range", "a_range")}
    np.savez_compressed(path, z=np.zeros(LARGEST, np.uint8), **empty)
    with pytest.raises(ValueError, match="too large"):
        read_histograms(path)
