"""``evaluate RUN FILE``: labelled rows that came after the training, in every form."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch import evaluate, predict
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.evaluate import _is_file

Run = Callable[..., str]
ROWS = [(f"{i % 7 / 2}", "rgb"[i % 3], str(1e9 + i), "yes" if i % 3 else "no") for i in range(80)]


def lines(rows: list[tuple[str, ...]], names: str = "size,colour,when,bought") -> str:
    return "\n".join([names, *map(",".join, rows)]) + "\n"


@pytest.fixture(scope="module")
def table_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on a table of a number, a word, and seconds; its test rows are the first 30."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "t.csv").write_text(lines(ROWS))
    (folder / "test.csv").write_text(lines(ROWS[:30]))
    words = ("data=csv", "data.label=bought", "data.keep=[when]")
    config = tiny_config(folder / "t.csv", words)
    config.data.test_path = str(folder / "test.csv")
    return trained(config, folder / "run")


def trained(config: ExperimentConfig, path: Path) -> Path:
    config.training.epochs = 2
    result = begin(config, path)
    assert result is not None
    assert result.status == "finished"
    return path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Run:
    """What ``evaluate`` prints, notes and errors too."""

    def run(*words: object) -> str:
        capsys.readouterr()
        evaluate.main([str(word) for word in words])
        done = capsys.readouterr()
        return done.out + done.err

    return run


def scores(text: str) -> str:
    return text[text.index("test loss") :].splitlines()[0]


def test_the_test_rows_again(table_run: Path, said: Run) -> None:
    """In another order of columns, with others beside, and by another delimiter."""
    wanted = scores(said(table_run))
    assert scores(said(table_run, table_run.parent / "test.csv")) == wanted
    mixed = [(c, "?", b, w, s) for s, c, w, b in ROWS[:30]]
    text = lines(mixed, "colour,remark,bought,when,size").replace(",", ";")
    (table_run.parent / "mixed.csv").write_text(text)
    assert scores(said(table_run, table_run.parent / "mixed.csv")) == wanted


def test_rows_without_a_label_are_left_out_and_said(table_run: Path, said: Run) -> None:
    rows = [*ROWS[:30], (*ROWS[40][:-1], "")]
    (table_run.parent / "gap.csv").write_text(lines(rows))
    text = said(table_run, table_run.parent / "gap.csv")
    assert scores(text) == scores(said(table_run))
    assert "gap.csv: 1 of 31 rows has no label (row 31) and is left out" in text
    text = said(table_run, table_run.parent / "gap.csv", "data.missing=error")
    assert "line 32, column 4 ('bought'): the label is missing" in text


def test_classes_may_be_absent(table_run: Path, said: Run) -> None:
    only = [row for row in ROWS if row[-1] == "yes"]
    (table_run.parent / "yes.csv").write_text(lines(only))
    text = said(table_run, table_run.parent / "yes.csv")
    assert f"{len(only)}" in text
    assert "  no " in text


@pytest.mark.parametrize(
    ("rows", "names", "says"),
    [
        ([("1", "r", "2", "may")], None, "1 of its labels the network does not know: 'may'"),
        (ROWS[:9], "size,colour,when,sold", "no column 'bought'"),
        (ROWS[:9], "sizes,colour,when,bought", "no column 'size', which the network was trained"),
        ([("big", "r", "2", "yes")], None, "'size'"),
        ([("1", "violet", "2", "yes")], None, "words that training did not have ('violet')"),
    ],
)
def test_what_does_not_fit_is_named(
    table_run: Path, said: Run, rows: list, names: str | None, says: str
) -> None:
    file = table_run.parent / "new.csv"
    file.write_text(lines(rows, names) if names else lines(rows))
    assert says in said(table_run, file)


def test_predict_refuses_other_files_by_their_names(
    table_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table_run.parent / "rows.json"
    file.write_text('{"size": [1]}')
    predict.main([str(table_run), str(file)])
    assert "rows.json: a JSON file, which is not read; in Python:" in capsys.readouterr().err


def test_the_label_may_be_called_otherwise(table_run: Path, said: Run) -> None:
    file = table_run.parent / "other.csv"
    file.write_text(lines(ROWS[:30], "size,colour,when,sold"))
    assert scores(said(table_run, file, "data.label=sold")) == scores(said(table_run))


def test_arrays_and_ensembles(tmp_path: Path, said: Run) -> None:
    data = write_data(tmp_path)
    runs = [trained(tiny_config(data, (f"seed={seed}",)), tmp_path / f"r{seed}") for seed in (0, 1)]
    with np.load(data) as saved:
        x, y = saved["x_test"], saved["y_test"]
    np.savez(tmp_path / "new.npz", x=x, y=y)
    np.save(tmp_path / "x_new.npy", x)
    np.save(tmp_path / "y_new.npy", y.astype(str))
    wanted, ensemble = said(runs[0]), said(*runs)
    for file in ("new.npz", "x_new.npy"):
        assert scores(said(runs[0], tmp_path / file)) == scores(wanted)
        text = said(*runs, tmp_path / file)
        assert text[text.index("ensemble") :] == ensemble[ensemble.index("ensemble") :]
    pixels = [(str(k), *map(str, row.ravel())) for k, row in zip(y, x, strict=True)]
    (tmp_path / "new.csv").write_text(lines(pixels, ",".join(["label", *map(str, range(64))])))
    assert scores(said(runs[0], tmp_path / "new.csv")) == scores(wanted)
    np.savez(tmp_path / "new.npz", x=x, y=y + 1)
    assert "the network does not know: '3'" in said(runs[0], tmp_path / "new.npz")


ARFF = (
    "@relation r\n@attribute size numeric\n@attribute colour {r,g,b}\n"
    "@attribute bought {yes,no}\n@data\n"
)


@pytest.mark.parametrize("form", ["arff", "svm"])
def test_files_of_other_forms(tmp_path: Path, said: Run, form: str) -> None:
    rows = {
        "arff": [f"{size},{colour},{bought}" for size, colour, _, bought in ROWS],
        "svm": [f"{int(bought == 'yes')} 1:{size} 2:1" for size, _, _, bought in ROWS],
    }[form]
    head = ARFF if form == "arff" else ""
    for name, part in (("train", rows), ("test", rows[:30])):
        (tmp_path / f"{name}.{form}").write_text(head + "\n".join(part) + "\n")
    config = tiny_config(tmp_path / f"train.{form}", ("data=table",))
    config.data.test_path = str(tmp_path / f"test.{form}")
    run = trained(config, tmp_path / "run")
    assert scores(said(run, tmp_path / f"test.{form}")) == scores(said(run))


def test_numbers_are_predicted_in_their_units(tmp_path: Path, said: Run) -> None:
    rows = [(f"{i}", f"{3 * i + i % 5}") for i in range(60)]
    (tmp_path / "t.csv").write_text(lines(rows, "x,price"))
    words = ("data=csv", "data.label=price", "task=regression", "data.test_fraction=0")
    run = trained(tiny_config(tmp_path / "t.csv", (*words, "data.keep=[x]")), tmp_path / "run")
    (tmp_path / "new.csv").write_text(lines([(p, x) for x, p in rows[:1]], "price,x"))
    text = said(run, tmp_path / "new.csv")
    assert "rmse" in text
    assert "price" in text


def test_files_are_told_from_runs(table_run: Path, said: Run) -> None:
    assert "nowhere.csv: no such file" in said(table_run, "nowhere.csv")
    file = table_run.parent / "t.csv"
    assert "one file or folder of rows at a time" in said(
        table_run, file, table_run.parent / "test.csv"
    )


@pytest.mark.parametrize(
    ("word", "is_file"),
    [
        *[(f"nothere{end}", True) for end in (".csv", ".parquet", ".arff", ".csv.gz", ".npz")],
        *[(word, False) for word in ("latest", "outputs/run", "my.run")],
    ],
)
def test_a_word_that_is_called_as_a_file_of_rows_is_one(word: str, is_file: bool) -> None:
    assert _is_file(word) == is_file
