"""The presets of published results, on small files of their data's format; and their table."""

import functools
import json
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path

import makers
import pytest
import yaml
from running import Command

from mlp_scratch.config.compose import compose_config
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.load_data import load_data
from mlp_scratch.experiment.settle import settle

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import records
import reproduce
import results_page
from claims import Row, claims_of

ON_MNIST = [p for p in results_page.PRESETS if not p.startswith(("fashion", "cifar"))]


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's, Fashion-MNIST's and CIFAR-10's files with 300 rows to train on."""
    folder = tmp_path_factory.mktemp("files")
    for where in (folder, folder / "fashion"):
        where.mkdir(exist_ok=True)
        for name, n in zip(makers.MNIST_FILES, (300, 300, 20, 20), strict=True):
            array = makers.images(n, 28, 28) if "images" in name else makers.labels(n)
            (where / name).write_bytes(makers.idx_bytes(array))
    for k, name in enumerate(makers.CIFAR_FILES):
        (folder / name).write_bytes(makers.cifar_bytes(60, seed=k))
    return folder


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("preset", ON_MNIST)
def test_a_preset_trains_as_its_paper_says(preset: str, small_files: Path) -> None:
    words = [f"data.dir={small_files}", f"data.cache_dir={small_files}", "training.epochs=1"]
    config = compose_config([f"experiment={preset}", *words])
    trainer = build(settle(config, load_data(config))).trainer
    assert trainer.run() == "finished"
    assert trainer.history[0]["train_loss"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("preset", [p for p in results_page.PRESETS if p not in ON_MNIST])
def test_a_preset_for_data_that_is_not_at_hand(
    preset: str, small_files: Path, run_command: Command, tmp_path: Path
) -> None:
    where = small_files / "fashion" if preset.startswith("fashion") else small_files
    done = run_command(
        "train",
        *(f"experiment={preset}", f"data.dir={where}", "training.epochs=2"),
        "hydra.run.dir=run",
        small=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    for claim in claims_of(preset):
        assert 0 <= claim.measured(summary) <= 100


@pytest.mark.parametrize("preset", results_page.PRESETS)
def test_a_preset_says_what_it_must_reach(preset: str) -> None:
    for claim in claims_of(preset):
        assert claim.source
        beside = 1e-9 if claim.at_least else -1e-9
        assert claim.reached(claim.bound + beside, 0.0)
        assert not claim.reached(claim.bound - 2 * beside, 0.0)


def test_speed_is_part_of_the_claim() -> None:
    (claim,) = claims_of("speedrun_98")
    assert claim.reached(99.0, 2.9)
    assert not claim.reached(99.0, 3.1)


composed = functools.cache(compose_config)


def finished_run(folder: Path, preset: str, seed: int, accuracy: float, *words: str) -> None:
    config = composed((f"experiment={preset}", "data.dir=there", *words))
    config = replace(config, seed=seed)
    folder.mkdir(parents=True)
    summary = {
        "status": "finished",
        "seed": seed,
        "epochs_done": config.training.epochs,
        "test": {"last": {"accuracy": accuracy}},
        "timings": {"total_seconds": 12.0 + seed},
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "config.yaml").write_text(yaml.safe_dump(asdict(config)))
    (folder / "metrics.csv").write_text("epoch\n")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs lie; records and page are made beside it."""
    monkeypatch.setattr(reproduce, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(records, "DOCS", tmp_path)
    monkeypatch.setattr(results_page, "DOCS", tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "before_records.json").write_text("[]")
    return tmp_path / "runs"


def recorded_rows(preset: str) -> list[Row]:
    reproduce.keep_records(preset)
    return results_page.rows_of(preset)


def test_the_table_has_mean_and_spread_over_seeds(runs: Path) -> None:
    for seed, accuracy in enumerate((0.93, 0.94, 0.95)):
        finished_run(runs / "nanonet" / f"seed={seed}", "nanonet", seed, accuracy)
    (row,) = recorded_rows("nanonet")
    assert (row.n, row.mean, row.std) == (3, pytest.approx(94.0), pytest.approx(1.0))
    text = results_page.table([row, *recorded_rows("lecun_300")])
    assert "| 94.00 ± 1.00 % | 3 | yes | " in text
    assert "| 13.0 | `python benchmarks/reproduce.py nanonet --seeds 3` | [0](results/nan" in text
    assert "| not run | 0 |" in text
    results_page.picture([row], "MNIST", (0.5, 10), runs / "picture.png")
    assert (runs / "picture.png").stat().st_size > 5000


def test_what_was_missed_is_called_missed(runs: Path) -> None:
    finished_run(runs / "nanonet" / "a", "nanonet", 0, 0.91)
    assert "| 91.00 % | 1 | **no** |" in results_page.table(recorded_rows("nanonet"))


def test_a_run_with_another_setting_is_refused(runs: Path) -> None:
    finished_run(runs / "nanonet" / "a", "nanonet", 0, 0.95, "optim.lr=0.4")
    with pytest.raises(SystemExit, match=r"not the preset nanonet \(optim.lr: 0.4 instead of"):
        reproduce.keep_records("nanonet")
    assert not (records.DOCS / "results" / "nanonet").exists()


def test_a_seed_counts_once_and_damaged_runs_do_not(runs: Path) -> None:
    finished_run(runs / "nanonet" / "a", "nanonet", 3, 0.93)
    finished_run(runs / "nanonet" / "b", "nanonet", 3, 0.95, "training.threads=2")
    finished_run(runs / "nanonet" / "c", "nanonet", 4, 0.97)
    for name, text in {"d": "[]", "e": "null", "f": '"x"', "g": "{"}.items():
        finished_run(runs / "nanonet" / name, "nanonet", 5, 0.5)
        (runs / "nanonet" / name / "summary.json").write_text(text)
    finished_run(runs / "nanonet" / "h", "nanonet", 6, 0.5)
    (runs / "nanonet" / "h" / "config.yaml").write_bytes(b"a: [\xff")
    assert recorded_rows("nanonet")[0].mean == pytest.approx(96.0)
    assert [record["seed"] for record in records.records_of("nanonet")] == [3, 4]


def test_records_outlive_their_runs(runs: Path) -> None:
    (runs.parent / "images").mkdir()
    page = runs.parent / "results.md"
    page.write_text("<!-- table -->\n<!-- end -->\n")
    finished_run(runs / "nanonet" / "a", "nanonet", 0, 0.95)
    reproduce.keep_records("nanonet")
    results_page.write_page()
    assert "95.00 %" in (before := page.read_text())
    shutil.rmtree(runs)
    reproduce.keep_records("nanonet")
    results_page.write_page()
    assert page.read_text() == before


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"seed": 1}, "not a record of nanonet, seed 0"),
        ({"more": 1}, "not a record of nanonet, seed 0"),
        ({"config_digest": "0" * 64}, "not the one of its digest"),
    ],
)
def test_a_record_that_was_changed_is_refused(change: dict, fault: str, runs: Path) -> None:
    finished_run(runs / "nanonet" / "a", "nanonet", 0, 0.95)
    reproduce.keep_records("nanonet")
    path = records.DOCS / "results" / "nanonet" / "0.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(SystemExit, match=fault):
        results_page.rows_of("nanonet")


def test_a_row_from_before_records_stands_until_there_are_as_many(runs: Path) -> None:
    (claim,) = claims_of("nanonet")
    before = {"preset": "nanonet", "claim": claim.text, "mean": 93.0, "std": 0.1, "n": 2}
    before |= {"epochs": 200, "seconds": 30.0, "command": "x"}
    (records.DOCS / "results" / "before_records.json").write_text(json.dumps([before]))
    finished_run(runs / "nanonet" / "a", "nanonet", 0, 0.95)
    (row,) = recorded_rows("nanonet")
    assert (row.mean, row.evidence) == (93.0, results_page.BEFORE)
    finished_run(runs / "nanonet" / "b", "nanonet", 1, 0.95)
    (row,) = recorded_rows("nanonet")
    assert (row.mean, row.n) == (pytest.approx(95.0), 2)


@pytest.mark.slow
def test_the_page_is_left_alone_when_a_run_failed(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduce, "write_page", lambda: pytest.fail("written"))
    monkeypatch.setattr(
        sys, "argv", ["reproduce.py", "nanonet", "data.dir=none", "data.download=false"]
    )
    with pytest.raises(SystemExit) as ended:
        reproduce.main()
    assert ended.value.code != 0


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["first_principles", "speedrun_98"])
def test_presets_are_run_once_for_each_seed(preset: str, small_files: Path, runs: Path) -> None:
    where = [f"data.dir={small_files}", f"data.cache_dir={small_files}"]
    for _ in range(2):
        assert reproduce.run(preset, range(2), where) == 0
    assert len(reproduce.finished_runs(preset)) == 2
    assert len(reproduce.command_seconds(preset)) == (2 if preset == "speedrun_98" else 0)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["nanonet", "optim.lr=1"], "a preset is run as it is"),
        (["nanonett"], "no such preset"),
        (["nanonet", "--seeds", "0"], "at least 1"),
        (["nanonet", "seed=0,1"], "one whole number"),
    ],
)
def test_the_command_refuses(
    words: list[str], fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["reproduce.py", *words])
    with pytest.raises(SystemExit):
        reproduce.main()
    assert fault in capsys.readouterr().err
