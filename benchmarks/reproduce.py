"""Runs the presets that reproduce published results, and writes the table that compares them.

    python benchmarks/reproduce.py nanonet lecun_300 --seeds 3 data.dir=data
    python benchmarks/reproduce.py all --seeds 3 data.dir=data
    python benchmarks/reproduce.py                                             only the table

Each preset is an ordinary sweep over seeds under ``outputs/reproduce/<preset>``; repeated, it goes
on with what is missing. A speedrun is a command of its own for each seed, timed from outside. Then
``docs/results.md`` and its picture are written from the run folders; source and claims come from
the comments of the preset's YAML. Nothing else may be overridden than the seed, where the data lies
and the number of threads: a run whose config differs from its preset in anything else is refused.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from mlp_scratch.engine.evaluation import loss_and_accuracy, predict_probabilities
from mlp_scratch.engine.files import write_text_atomically
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.evaluate import test_data, test_rows
from mlp_scratch.lab.compose import compose_config
from mlp_scratch.lab.paths import conf_dir
from mlp_scratch.lab.run_folder import RunFolder, runs_below
from mlp_scratch.lab.saved_run import load_network
from page import replace

REPO = Path(__file__).resolve().parent.parent
RUNS = Path("outputs/reproduce")
MAY_DIFFER = ("data.dir", "data.cache_dir", "data.download", "training.threads", "seed")
PRESETS = (
    *("nanonet", "mnist_nn", "mnist_nn_fast", "tiny", "two_layer", "first_principles"),
    *("lecun_300", "lecun_300_100", "nielsen_30", "nielsen_100", "keras_mlp"),
    *("speedrun_98", "speedrun_99", "aug_512_256", "simard_800", "simard_elastic", "bn_mlp"),
    *("dropout_relu", "bn_mlp_adv", "bn_mlp_vat", "aug_1000_500", "best"),
    *("fashion_100", "fashion_best", "cifar_256", "cifar_bn"),
)
ENSEMBLE = ("best", "aug_1000_500", "simard_elastic")  # all their runs together
ERROR_AXIS = (0.3, 0.5, 1, 2, 3, 5, 10)


@dataclass(frozen=True)
class Claim:
    """What a preset's comments say: ``metric`` must be at least or at most ``bound``.

    A loss is a plain number, everything else a percentage.
    """

    source: str
    metric: str
    at_least: bool
    bound: float
    within_seconds: float | None

    @property
    def text(self) -> str:
        limit = "" if self.within_seconds is None else f" in {self.within_seconds:g} s"
        return f"{self.metric} {'≥' if self.at_least else '≤'} {self.show(self.bound)}{limit}"

    @property
    def is_loss(self) -> bool:
        return self.metric.endswith("loss")

    def show(self, value: float) -> str:
        return f"{value:.4f}" if self.is_loss else f"{value:.4g} %"

    def measured(self, summary: dict[str, Any]) -> float:
        """The metric in a run's summary, of the last checkpoint."""
        of, what = self.metric.split()
        if of == "test":
            accuracy = summary["test"]["last"]["accuracy"]
            return 100 * (accuracy if what == "accuracy" else 1 - accuracy)
        value = summary["final"][f"{ {'training': 'train', 'validation': 'val'}[of] }_{what}"]
        return float(value) if self.is_loss else 100 * float(value)

    def reached(self, value: float, seconds: float) -> bool:
        """Whether a mean of ``value`` in ``seconds`` is as good as claimed."""
        good = value >= self.bound if self.at_least else value <= self.bound
        return good and (self.within_seconds is None or seconds <= self.within_seconds)


@dataclass
class Row:
    """A line of the table. values: one for each run; seconds: of one run (the median)."""

    preset: str
    claim: Claim
    values: list[float]
    epochs: int | None = None
    seconds: float | None = None
    command: str = ""

    @property
    def mean(self) -> float:
        return statistics.mean(self.values)

    @property
    def std(self) -> float | None:
        return statistics.stdev(self.values) if len(self.values) > 1 else None


def claims_of(preset: str) -> list[Claim]:
    """Read the comments of a preset's YAML: one source, one claim or several."""
    text = (conf_dir() / "experiment" / f"{preset}.yaml").read_text("utf-8")
    source = re.search(r"^# Source: (.*)$", text, re.M)
    claim = r"^# To reach: (\w+ \w+) (>=|<=) ([\d.]+)(?: %)?(?: in ([\d.]+) s)?$"
    found = re.findall(claim, text, re.M)
    if source is None or not found:
        raise SystemExit(f"{preset}: its YAML has no '# Source:' or no '# To reach:' line")
    return [
        Claim(source[1], metric, sign == ">=", float(bound), float(limit) if limit else None)
        for metric, sign, bound, limit in found
    ]


def flat(plain: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested mapping with dotted keys."""
    found: dict[str, Any] = {}
    for key, value in plain.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def difference(preset: str, config: dict[str, Any]) -> str | None:
    """The first key in which a run's config is not its preset's, or None."""
    ours, theirs = flat(asdict(compose_config([f"experiment={preset}"]))), flat(config)
    for key in sorted(ours.keys() | theirs.keys()):
        if key not in MAY_DIFFER and ours.get(key) != theirs.get(key):
            return f"{key}: {theirs.get(key)} instead of {ours.get(key)}"
    return None


def finished_runs(preset: str) -> dict[Path, dict[str, Any]]:
    """Folders and summaries of the preset's finished runs; a foreign config is refused."""
    found: dict[Path, dict[str, Any]] = {}
    for folder in sorted(runs_below(RUNS / preset)):
        try:
            summary = json.loads((folder / "summary.json").read_text("utf-8"))
            config = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if summary.get("status") not in ("finished", "stopped_early"):
            continue
        other = difference(preset, config)
        if other is not None:
            raise SystemExit(f"{folder}: not the preset {preset} ({other})")
        found[folder] = summary
    return found


def rows_of(preset: str) -> list[Row]:
    """What the table says of a preset: a row for each claim."""
    summaries = list(finished_runs(preset).values())
    if not summaries:
        return [Row(preset, claim, []) for claim in claims_of(preset)]
    seconds = list(command_seconds(preset).values()) or [
        s["timings"]["total_seconds"] for s in summaries
    ]
    command = f"python benchmarks/reproduce.py {preset} --seeds {len(summaries)}"
    return [
        Row(
            preset,
            claim,
            [claim.measured(summary) for summary in summaries],
            summaries[0]["epochs_done"],
            statistics.median(seconds),
            command,
        )
        for claim in claims_of(preset)
    ]


def ensemble_row() -> Row:
    """All runs of some presets, their probabilities averaged; their times are added up."""
    claim = Claim("this project", "test error", False, 0.5, None)
    runs = {folder: s for preset in ENSEMBLE for folder, s in finished_runs(preset).items()}
    if not runs:
        return Row("ensemble", claim, [])
    total: Any = 0
    for folder in runs:
        run = RunFolder(folder)
        trained = load_network(run, "last")
        rows = test_rows(test_data(run, trained, []), trained)
        total = total + predict_probabilities(trained.network, rows)
    _, accuracy = loss_and_accuracy(total / len(runs), rows.labels)
    seconds = sum(summary["timings"]["total_seconds"] for summary in runs.values())
    shown = " ".join(f"outputs/reproduce/{preset}/*/" for preset in ENSEMBLE)
    command = f"python -m mlp_scratch.evaluate {shown} --checkpoint last"
    name = f"ensemble of these {len(runs)}"
    return Row(name, claim, [100 * (1 - accuracy)], None, seconds, command)


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "| preset | source | to reach | ours | n | reached | epochs | seconds a run | command |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        claim = row.claim
        start = f"| `{row.preset}` | {claim.source} | {claim.text} | "
        if not row.values or row.seconds is None:
            lines.append(start + "not run | 0 | | | | |")
            continue
        digits = ".4f" if claim.is_loss else ".2f"
        spread = "" if row.std is None else f" ± {row.std:{digits}}"
        unit = "" if claim.is_loss else " %"
        reached = "yes" if claim.reached(row.mean, row.seconds) else "**no**"
        seconds = f"{row.seconds:.1f}" if row.seconds < 100 else f"{row.seconds:.0f}"
        lines.append(
            start + f"{row.mean:{digits}}{spread}{unit} | {len(row.values)} | {reached} | "
            f"{row.epochs or ''} | {seconds} | `{row.command}` |"
        )
    return "\n".join(lines)


def picture(rows: list[Row], path: Path) -> None:
    """Test error of every preset that claims one, beside its claim."""
    from mlp_scratch.report import style

    shown = [r for r in rows if r.values and r.claim.metric.startswith("test")]
    figure = style.new_figure(8.6, 1.4 + 0.27 * len(shown))
    style.headline(
        figure,
        "Test error on MNIST, claimed and measured",
        "hollow: claimed; filled: ours, orange where it was missed",
    )
    height = 1.4 + 0.27 * len(shown)
    axes = figure.add_axes((0.2, 0.5 / height, 0.76, 1 - 1.05 / height))
    style.dress(axes)
    for y, row in enumerate(reversed(shown)):
        claim = row.claim
        ours, theirs = (100 - v if claim.at_least else v for v in (row.mean, claim.bound))
        axes.plot([theirs, ours], [y, y], color="0.8", linewidth=2, zorder=1)
        axes.plot(theirs, y, "o", color=style.FAINT, markerfacecolor="white", zorder=2)
        colour = style.BLUE if ours <= theirs else style.VERMILION
        axes.errorbar(ours, y, xerr=row.std, fmt="o", color=colour, zorder=3)
    axes.set_yticks(range(len(shown)), [r.preset for r in reversed(shown)])
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xscale("log")
    axes.set_xlim(0.25, 12)
    axes.set_xticks(ERROR_AXIS, [f"{tick:g}" for tick in ERROR_AXIS])
    axes.minorticks_off()
    axes.set_xlabel("test error in percent")
    style.write(figure, path)


def run(preset: str, seeds: int, overrides: list[str]) -> int:
    """Sweep a preset over its seeds; the exit status."""
    print(f"{preset}: {', '.join(claim.text for claim in claims_of(preset))}", flush=True)
    command = [sys.executable, "-m", "mlp_scratch.train", f"experiment={preset}", *overrides]
    if not preset.startswith("speedrun"):
        where = f"hydra.sweep.dir={(RUNS / preset).as_posix()}"
        return subprocess.run([*command, "-m", f"seed=range({seeds})", where]).returncode
    taken = command_seconds(preset)
    for seed in range(seeds):
        folder = RUNS / preset / f"seed-{seed}"
        if str(seed) in taken:
            continue
        started = time.perf_counter()
        status = subprocess.run(
            [*command, f"seed={seed}", f"hydra.run.dir={folder.as_posix()}"]
        ).returncode
        if status:
            return status
        taken[str(seed)] = time.perf_counter() - started
        write_text_atomically(RUNS / preset / "command_seconds.json", json.dumps(taken, indent=1))
    return 0


def command_seconds(preset: str) -> dict[str, float]:
    """Seconds of a speedrun's whole command, by seed."""
    path = RUNS / preset / "command_seconds.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Reproduce published results.")
    parser.add_argument("words", nargs="*", help="presets, or all; data.dir=, training.threads=")
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_intermixed_args()
    overrides = [word for word in args.words if "=" in word]
    for word in overrides:
        if word.partition("=")[0] not in MAY_DIFFER:
            parser.error(f"{word}: a preset is run as it is; only {', '.join(MAY_DIFFER)}")
    presets = [word for word in args.words if word not in overrides]
    for preset in presets:
        if preset not in (*PRESETS, "all"):
            parser.error(f"{preset}: no such preset; there are {', '.join(PRESETS)}")
    worst = 0
    for preset in PRESETS if "all" in presets else presets:
        worst = max(worst, run(preset, args.seeds, overrides))
    try:
        rows = [row for preset in PRESETS for row in rows_of(preset)]
        rows.insert([row.preset for row in rows].index("best") + 1, ensemble_row())
    except MlpScratchError as error:
        sys.exit(f"error: {error}")
    page = REPO / "docs" / "results.md"
    write_text_atomically(page, replace(page.read_text("utf-8"), "table", table(rows)))
    picture(rows, REPO / "docs" / "images" / "results.png")
    print(table(rows))
    sys.exit(worst)


if __name__ == "__main__":
    main()
