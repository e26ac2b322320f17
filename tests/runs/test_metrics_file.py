import numpy as np
import pytest

from mlp_scratch.runs.metrics_file import read_metrics, to_columns

HEAD = "epoch,train_loss,val_loss\n"


def written(tmp_path, text):
    path = tmp_path / "metrics.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "epochs"),
    [
        (HEAD + "1,0.5,0.6\n2,0.4,0.5\n", [1, 2]),
        (HEAD + "1,0.5,\n2,nan,inf\n", [1, 2]),
        ((HEAD + "1,0.5,0.6\n2,0.4,0.5\n").replace("\n", "\r\n"), [1, 2]),
        (HEAD + "1,0.5,0.6\n2,0.4,0.", [1]),  # caught while the second row is being written
        (HEAD + "1,0.5,0.6\n2,0.", [1]),
        (HEAD, []),
        (HEAD + "\n", []),
    ],
)
def test_rows_that_are_complete(tmp_path, text, epochs):
    columns = read_metrics(written(tmp_path, text))
    assert list(columns) == ["epoch", "train_loss", "val_loss"]
    assert columns["epoch"].tolist() == epochs
    assert all(len(column) == len(epochs) for column in columns.values())


def test_empty_cells_are_nan(tmp_path):
    columns = read_metrics(written(tmp_path, HEAD + "1,0.5,\n2,inf,0.25\n"))
    assert np.isnan(columns["val_loss"][0])
    assert columns["val_loss"][1] == 0.25
    assert columns["train_loss"][1] == np.inf


def test_no_header_yet(tmp_path):
    assert read_metrics(written(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "no column 'epoch'"),
        (HEAD + "1,2\n2,3,4\n", "line 2 has 2 cells, the header has 3"),
        (HEAD + "1,two,3\n", "two"),
        (b"\xff\xfe\x00\x00\n", None),  # in Python's words
        (b"\x00" * 50 + b"\n", "no column 'epoch'"),
        (b"epoch,a\n" + b"1,\n" * 1_100_000, "too many values"),
        (b"epoch" + b",x" * 2000 + b"\n", "too many columns"),
    ],
)
def test_what_is_not_a_table(tmp_path, text, says):
    with pytest.raises(ValueError, match=says):
        read_metrics(written(tmp_path, text))


def test_rows_to_columns():
    columns = to_columns([{"epoch": 1, "a": 0.5}, {"epoch": 2, "a": None, "b": 3}])
    assert columns["epoch"].tolist() == [1, 2]
    assert columns["a"][0] == 0.5
    assert np.isnan(columns["a"][1])
    assert np.isnan(columns["b"][0])
