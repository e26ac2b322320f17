import csv
import io
import json
import shutil
import subprocess
import sys

import pytest

from mlp_scratch.compare import main
from mlp_scratch.report.tables.table import width_of


@pytest.fixture
def sweep(runs, monkeypatch):
    for seed in range(2):
        for lr in (0.1, 0.01):
            runs.add(f"lr={lr},seed={seed}", 0.97 - lr / 5 - seed / 100, seed=seed, optim__lr=lr)
    monkeypatch.chdir(runs.root.parent)
    return runs


def call(capsys, *arguments):
    status = main(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture(autouse=True)
def any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """The output is not cut to a terminal that happens to be around the tests."""
    monkeypatch.delenv("COLUMNS", raising=False)


def test_leaderboard_and_picture(sweep, capsys):
    status, out, err = call(capsys, "outputs")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split() == [
        "#", "run", "seed", "optim.lr", "val_accuracy", "val_loss", "test_accuracy", "at", "epoch",
        "time",
    ]  # fmt: skip
    assert lines[2].split()[:6] == ["1", "lr=0.01,seed=0", "0", "0.01", "96.80", "%"]
    assert lines[-1] == "curves: outputs/comparison.png"
    assert (sweep.root / "comparison.png").read_bytes()[:4] == b"\x89PNG"


def test_a_run_whose_metrics_are_damaged_is_missed_aloud(sweep, capsys):
    (sweep.root / "lr=0.1,seed=0" / "metrics.csv").write_bytes(b"\x00\xff not a table")
    status, out, err = call(capsys, "outputs")
    assert status == 0
    assert "curves: outputs/comparison.png" in out
    assert err.startswith("warning: lr=0.1,seed=0: not among the curves (metrics.csv: ")


def test_runs_that_have_no_metric_yet(runs, monkeypatch, capsys):
    runs.add("a")
    monkeypatch.chdir(runs.root.parent)
    for name in ("metrics.csv", "summary.json"):
        (runs.root / "a" / name).write_text('{"status": "failed"}' * (name > "n"))
    status, out, err = call(capsys, "outputs")
    assert (status, err) == (0, "")
    assert "1 failed" in out
    assert "no curves to draw" in out


def test_outputs_is_the_default_and_no_plot_draws_nothing(sweep, capsys):
    status, out, _ = call(capsys, "--no-plot", "--top", "1")
    assert status == 0
    assert "3 more" in out
    assert not (sweep.root / "comparison.png").exists()


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_plot_elsewhere(sweep, capsys, suffix):
    status, out, _ = call(capsys, "outputs", "--plot", f"new/folder.{suffix}")
    assert status == 0
    assert f"curves: new/folder.{suffix}" in out
    assert (sweep.root.parent / "new" / f"folder.{suffix}").stat().st_size > 1000
    assert not (sweep.root / "comparison.png").exists()


def test_a_glob_puts_the_picture_above_all_runs(sweep, capsys):
    _, out, _ = call(capsys, "outputs/*seed=0", "outputs/*seed=1")
    assert out.splitlines()[-1] == "curves: outputs/comparison.png"


def test_group_filter_metric(sweep, capsys):
    status, out, _ = call(capsys, "outputs", "--group", "seed", "--filter", "optim.lr < 0.05",
                          "--metric", "val_loss", "--at", "final")  # fmt: skip
    assert status == 0
    assert out.splitlines()[0].split()[:4] == ["#", "n", "val_loss", "std"]
    assert out.splitlines()[2].split()[:2] == ["1", "2"]
    assert "lowest val_loss first; values of each run's last epoch, mean over seed" in out


def test_csv_json_markdown(sweep, capsys):
    _, out, _ = call(capsys, "outputs", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["optim.lr"] for row in rows] == ["0.01", "0.01", "0.1", "0.1"]
    assert float(rows[0]["val_accuracy"]) == pytest.approx(0.968)
    _, out, _ = call(capsys, "outputs", "--json", "--top", "2")
    assert [entry["seed"] for entry in json.loads(out)] == [0, 1]
    _, out, _ = call(capsys, "outputs", "--markdown")
    assert out.startswith("| # | run | seed |")
    assert not (sweep.root / "comparison.png").exists()


def test_diff(sweep, capsys):
    status, out, _ = call(capsys, "outputs", "--diff", "lr=0.1,seed=0", "outputs/lr=0.01,seed=0")
    assert status == 0
    cells = [line.split() for line in out.splitlines()]
    assert cells[2] == ["optim.lr", "0.1", "0.01"]
    assert ["val_accuracy", "0.95", "0.968"] in cells
    assert not any(row[:1] == ["seed"] for row in cells)


def test_status_lists_everything(sweep, capsys):
    folder = sweep.root / "lr=0.1,seed=0"
    shutil.copytree(folder, sweep.root / "lr=0.1,seed=0 copy")
    sweep.add("stuck", status="running")
    sweep.add("bad", status="diverged", summary={"message": "loss is NaN in epoch 3"})
    (sweep.root / "empty" / ".hydra").mkdir(parents=True)
    (sweep.root / "wandb").mkdir()
    (sweep.root / "wandb" / "summary.json").write_text("{}")
    status, out, _ = call(capsys, "outputs", "--status")
    assert status == 0
    first = [line.split()[0] for line in out.splitlines() if line and line[0].isalpha()]
    for state in ("finished", "killed", "diverged", "empty", "foreign", "duplicate"):
        assert state in first
    assert "loss is NaN in epoch 3" in out
    status, out, _ = call(capsys, "outputs", "--no-plot")
    assert status == 0
    assert "not ranked: 1 diverged, 1 empty, 1 foreign, 1 duplicate" in out


@pytest.mark.parametrize("width", [40, 60, 80])
def test_narrow_terminals(sweep, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = call(capsys, "outputs", "--no-plot")
    assert max(map(width_of, out.splitlines())) <= width
    assert "val_accuracy" in out


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["nowhere"], 1, "nowhere: no such folder"),
        (["outputs", "--metric", "val_acc"], 2, "did you mean 'val_accuracy'"),
        (
            ["outputs", "--filter", "optim.lr <"],
            2,
            "--filter: at character 11: a name",
        ),
        (["outputs", "--filter", "optm.lr < 1"], 2, "did you mean 'optim.lr'"),
        (["outputs", "--filter", "seed > 99"], 1, "--filter leaves none of 4 runs"),
        (["outputs", "--group", "sed"], 2, "did you mean 'seed'"),
        (["outputs", "--sort", "sed"], 2, "did you mean 'seed'"),
        (["outputs", "--diff", "seed=0", "latest"], 1, "seed=0: 2 runs match"),
        (["outputs", "--diff", "xyz", "latest"], 1, "xyz: no such run under outputs/"),
        (["outputs", "--diff", "latest", "outputs"], 1, "outputs: holds 4 runs"),
        (["outputs", "--group", "seed", "--sort", "seed"], 2, "--group does not go with --sort"),
        (["outputs", "--diff", "latest", "latest", "--filter", "(("], 2, "--filter has no effect"),
        (["outputs", "--diff", "latest", "latest", "--reverse"], 2, "--reverse has no effect"),
        (["outputs", "--status", "--sort", "nonsense"], 2, "--sort has no effect beside --status"),
        (["outputs", "--status", "--metric", "nonsense"], 2, "--metric has no effect"),
        (["outputs", "--status", "--plot", "a.png"], 2, "--plot does not go with --status"),
    ],
)
def test_errors_are_one_or_two_lines(sweep, capsys, arguments, status, says):
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (status, "")
    assert says in err
    assert err.startswith("error: ")
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    "arguments",
    [["--plot", "a.jpg"], ["--top", "0"], ["--csv", "--json"], ["--nope"], ["--at", "x"]],
)
def test_bad_usage(sweep, capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_top_is_a_number_of_rows(capsys):
    with pytest.raises(SystemExit):
        main(["--top", "none"])
    assert "--top: must be a whole number of at least 1, got 'none'" in capsys.readouterr().err


def test_a_folder_without_runs(tmp_path, capsys):
    (tmp_path / "notes.txt").touch()
    assert main([str(tmp_path)]) == 1
    assert "no runs in there" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_comes_after_the_table(sweep, capsys):
    (sweep.root / "file").touch()
    status, out, err = call(capsys, "outputs", "--plot", "outputs/file/c.png")
    assert status == 1
    assert "96.80 %" in out
    assert "cannot be written" in err


def test_hostile_names_stay_on_one_line_and_control_nothing(runs, capsys):
    runs.add("a", name="<script>\x1b[2J\r\n$x$", optim__name="日本|`x`")
    runs.add("b", name="y" * 500)
    for form in ([], ["--markdown"], ["--status"], ["--group", "seed"]):
        status, out, _ = call(capsys, str(runs.root), *form)
        assert status == 0
        assert "\x1b" not in out
        assert "\r" not in out


def test_as_a_process_it_loads_neither_pandas_nor_hydra(sweep):
    code = (
        "import sys; from mlp_scratch.compare import main; main(['outputs', '--top', '1']); "
        "print([m for m in ('pandas', 'hydra', 'matplotlib.pyplot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_closed_pipe_is_no_error(sweep):
    code = "import sys; from mlp_scratch.compare import main; sys.exit(main(['outputs', '--json']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == b""
