"""The table and the summary, from folders as jobs leave them."""

from pathlib import Path

import pytest
from made_jobs import job

from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.leaderboard import choose_metric, rank
from mlp_scratch.report.tables.table import to_text
from mlp_scratch.runs.reader import read_runs
from mlp_scratch.sweep.summary import summary_text
from mlp_scratch.sweep.sweep_folder import Entry, Plan, SweepFolder, SweepTable


@pytest.fixture
def sweep(tmp_path: Path) -> tuple[SweepFolder, Plan]:
    jobs = [
        job(tmp_path, ["optim=sgd", "seed=0"], "finished", 0.90),
        job(tmp_path, ["optim=sgd", "seed=1"], "stopped_early", 0.92),
        job(tmp_path, ["optim=adam", "seed=0"], "finished", 0.95),
        job(tmp_path, ["optim=adam", "seed=1"], "failed"),
        job(tmp_path, ["optim=lion", "seed=0"], "running", 0.99),
    ]
    return SweepFolder(tmp_path), Plan([], jobs)


def test_the_summary_says_what_counts(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, plan = sweep
    plan.jobs.append(Entry("optim=lion,seed=1", "6", ["optim=lion", "seed=1"]))
    runs = list(SweepTable(folder, plan).runs.values())
    text = summary_text(runs)
    assert text.startswith("6 jobs: 2 finished, 1 stopped_early, 1 failed, 1 killed, 1 waiting\n\n")
    tables = [part.splitlines() for part in text.split("\n\n")]
    places = [line.split()[:2] for line in tables[1][2:]]
    assert places == [
        ["1", "optim=lion,seed=0"],  # killed: its state stands beside it
        ["2", "optim=adam,seed=0"],
        ["3", "optim=sgd,seed=1"],
        ["4", "optim=sgd,seed=0"],
    ]
    means = [line.split() for line in tables[3]]
    assert means[2][:4] == ["1", "adam", "1", "95.00"]
    assert means[3][:7] == ["2", "sgd", "2", "91.00", "%", "1.41", "%"]  # sqrt(0.01² + 0.01²)
    assert tables[-1][0] == "not ranked: 1 failed"
    assert tables[-1][1].split(maxsplit=1) == ["failed", "optim=adam,seed=1: it broke"]


def test_a_sweep_ranks_and_averages_as_compare_does(sweep: tuple[SweepFolder, Plan]) -> None:
    folder, _ = sweep
    runs = list(SweepTable(*sweep).runs.values())
    compared = read_runs(folder.path)
    for metric in ("val_accuracy", "val_loss"):
        told = [[r.label for r in rank(given, metric)] for given in (runs, compared)]
        assert told[0] == told[1]
        table = group_table(group_runs(compared, ["seed"], metric), ["seed"], metric)
        assert (
            to_text(table).splitlines()[:3]
            == to_text(
                group_table(group_runs(runs, ["seed"], metric), ["seed"], metric)
            ).splitlines()[:3]
        )
    assert choose_metric(runs) == choose_metric(compared) == "val_accuracy"
    for file in folder.path.glob("*/summary.json"):
        file.write_text(file.read_text().replace('"val_accuracy",', '"val_loss",'))
    assert choose_metric(read_runs(folder.path)) == "val_loss"  # what decided in training
    assert "lowest val_loss first" in summary_text(list(SweepTable(*sweep).runs.values()))
