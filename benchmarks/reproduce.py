"""Runs the presets that reproduce published results, and writes the table that compares them.

    python benchmarks/reproduce.py run nanonet lecun_300 --seeds 3 data.dir=data
    python benchmarks/reproduce.py table

``run`` makes an ordinary sweep over seeds for each preset under ``outputs/reproduce/<preset>``;
repeated, it goes on with what is missing. ``table`` reads the run folders and writes
``docs/results.md`` and its picture; source and claim come from the comments of the preset's YAML.
Nothing else may be overridden than the seed, where the data lies and the number of threads: a run
whose config differs from its preset in anything else is refused.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from mlp_scratch.engine.files import write_text_atomically
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.lab.compose import compose_config
from mlp_scratch.lab.paths import conf_dir
from mlp_scratch.lab.run_folder import runs_below

REPO = Path(__file__).resolve().parent.parent
RUNS = Path("outputs/reproduce")
MAY_DIFFER = ("data.dir", "data.cache_dir", "data.download", "training.threads", "seed")
ORDER = (
    *("nanonet", "mnist_nn", "mnist_nn_fast", "tiny", "two_layer", "first_principles"),
    *("lecun_300", "lecun_300_100", "nielsen_30", "nielsen_100", "keras_mlp"),
    *("speedrun_98", "speedrun_99", "aug_512_256", "simard_800", "simard_elastic", "bn_mlp"),
    *("dropout_relu", "bn_mlp_adv", "bn_mlp_vat", "aug_1000_500", "best"),
    *("fashion_100", "fashion_best", "cifar_256", "cifar_bn"),
)


@dataclass(frozen=True)
class Claim:
    """What a preset's comments say: ``metric`` must be at least or at most ``bound`` (percent)."""

    source: str
    metric: str
    at_least: bool
    bound: float
    within_seconds: float | None

    @property
    def text(self) -> str:
        limit = "" if self.within_seconds is None else f" in {self.within_seconds:g} s"
        return f"{self.metric} {'≥' if self.at_least else '≤'} {self.bound:g} %{limit}"

    def reached(self, value: float, seconds: float) -> bool:
        """Whether a mean of ``value`` percent in ``seconds`` is as good as claimed."""
        good = value >= self.bound if self.at_least else value <= self.bound
        return good and (self.within_seconds is None or seconds <= self.within_seconds)


def claim_of(preset: str) -> Claim:
    """Read the two lines of comment of a preset's YAML."""
    text = (conf_dir() / "experiment" / f"{preset}.yaml").read_text("utf-8")
    source = re.search(r"^# Source: (.*)$", text, re.M)
    reach = re.search(r"^# To reach: (\w+ \w+) (>=|<=) ([\d.]+) %(?: in ([\d.]+) s)?$", text, re.M)
    if source is None or reach is None:
        raise SystemExit(f"{preset}: its YAML has no '# Source:' or no '# To reach:' line")
    metric, sign, bound, seconds = reach.groups()
    return Claim(
        source.group(1),
        metric,
        sign == ">=",
        float(bound),
        None if seconds is None else float(seconds),
    )


def measured(metric: str, summary: dict[str, Any]) -> float:
    """The claimed metric of a run, in percent, of the last checkpoint."""
    match metric:
        case "test accuracy":
            return 100 * summary["test"]["last"]["accuracy"]
        case "test error":
            return 100 * (1 - summary["test"]["last"]["accuracy"])
        case "validation accuracy":
            return 100 * summary["final"]["val_accuracy"]
        case "training accuracy":
            return 100 * summary["final"]["train_accuracy"]
    raise SystemExit(f"{metric}: not a metric that can be claimed")


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


def finished_runs(preset: str) -> list[dict[str, Any]]:
    """The summaries of the preset's finished runs, by seed; a foreign config is refused."""
    by_seed: dict[int, dict[str, Any]] = {}
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
        by_seed[summary["seed"]] = summary
    return [by_seed[seed] for seed in sorted(by_seed)]


def row_of(preset: str) -> dict[str, Any]:
    """What the table says of a preset."""
    claim, summaries = claim_of(preset), finished_runs(preset)
    row: dict[str, Any] = {"preset": preset, "claim": claim, "n": len(summaries)}
    if summaries:
        values = [measured(claim.metric, summary) for summary in summaries]
        row["mean"] = statistics.mean(values)
        row["std"] = statistics.stdev(values) if len(values) > 1 else None
        row["epochs"] = summaries[0]["epochs_done"]
        row["seconds"] = statistics.median(s["timings"]["total_seconds"] for s in summaries)
        row["threads"] = summaries[0]["blas"]["threads"]
        row["reached"] = claim.reached(row["mean"], row["seconds"])
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = [
        "| preset | source | to reach | ours | n | reached | epochs | seconds a run |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        claim = row["claim"]
        start = f"| `{row['preset']}` | {claim.source} | {claim.text} | "
        if row["n"] == 0:
            lines.append(start + "not run | 0 | | | |")
            continue
        spread = "" if row["std"] is None else f" ± {row['std']:.2f}"
        lines.append(
            start + f"{row['mean']:.2f}{spread} % | {row['n']} | "
            f"{'yes' if row['reached'] else 'no'} | {row['epochs']} | {row['seconds']:.0f} |"
        )
    return "\n".join(lines)


def picture(rows: list[dict[str, Any]], path: Path) -> None:
    """Test error of every preset that claims one on MNIST, beside its claim."""
    from mlp_scratch.report import style

    shown = [r for r in rows if r["n"] and r["claim"].metric.startswith("test")]
    figure = style.new_figure(8.6, 1.2 + 0.3 * len(shown))
    style.headline(figure, "Test error, claimed and measured", "percent of the test images")
    axes = figure.add_axes((0.2, 0.16, 0.76, 0.66))
    for y, row in enumerate(reversed(shown)):
        claim, mean = row["claim"], row["mean"]
        ours, theirs = (100 - v if claim.at_least else v for v in (mean, claim.bound))
        axes.plot([theirs, ours], [y, y], color="0.8", linewidth=2, zorder=1)
        axes.plot(theirs, y, "o", color=style.FAINT, markerfacecolor="white", zorder=2)
        axes.errorbar(ours, y, xerr=row["std"], fmt="o", color=style.BLUE, zorder=3)
    axes.set_yticks(range(len(shown)), [r["preset"] for r in reversed(shown)])
    axes.set_xscale("log")
    axes.set_xlabel("test error in percent; hollow: claimed, filled: ours")
    ticks = [0.5, 1, 2, 5, 10]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    style.write(figure, path)


def run(presets: list[str], seeds: int, overrides: list[str]) -> int:
    """Sweep each preset over its seeds; the worst exit status."""
    worst = 0
    for preset in presets:
        claim_of(preset)
        words = [
            *(f"experiment={preset}", f"seed=range({seeds})"),
            *(f"hydra.sweep.dir={(RUNS / preset).as_posix()}", *overrides),
        ]
        print(f"{preset}: {claim_of(preset).text}", flush=True)
        command = [sys.executable, "-m", "mlp_scratch.train", "-m", *words]
        worst = max(worst, subprocess.run(command).returncode)
    return worst


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Reproduce published results.")
    actions = parser.add_subparsers(dest="action", required=True)
    runner = actions.add_parser("run", help="run presets over seeds")
    runner.add_argument("words", nargs="*", help="presets (all if none), data.dir=, threads")
    runner.add_argument("--seeds", type=int, default=1)
    actions.add_parser("table", help="write docs/results.md from what was run")
    args = parser.parse_args()
    if args.action == "run":
        overrides = [word for word in args.words if "=" in word]
        for word in overrides:
            if word.partition("=")[0] not in MAY_DIFFER:
                parser.error(f"{word}: a preset is run as it is; only {', '.join(MAY_DIFFER)}")
        presets = [word for word in args.words if word not in overrides] or list(ORDER)
        for preset in presets:
            if preset not in ORDER:
                parser.error(f"{preset}: no such preset; there are {', '.join(ORDER)}")
        sys.exit(run(presets, args.seeds, overrides))
    known = [p for p in ORDER if (conf_dir() / "experiment" / f"{p}.yaml").exists()]
    try:
        rows = [row_of(preset) for preset in known]
    except MlpScratchError as error:
        sys.exit(f"error: {error}")
    text = RESULTS.format(table=table(rows))
    write_text_atomically(REPO / "docs" / "results.md", text)
    picture(rows, REPO / "docs" / "images" / "results.png")
    print(table(rows))


RESULTS = """# Results

What published multilayer perceptrons reach, and what the presets of the same name in
`conf/experiment/` reach here: mean ± standard deviation over n seeds, of the last checkpoint.
Settings were chosen on validation rows; the test rows chose nothing.

{table}

![Test error, claimed and measured](images/results.png)

Each row is `python benchmarks/reproduce.py run PRESET --seeds n`, and one run of it is
`python -m mlp_scratch.train experiment=PRESET seed=0`. The table and the picture are written from
the run folders by `python benchmarks/reproduce.py table`; nothing in them is typed by hand.
"""


if __name__ == "__main__":
    main()
