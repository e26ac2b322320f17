"""The best learning rate by width, in the standard parametrization and under muP.

    mlp-train experiment=mup_widths hydra.sweep.dir=outputs/mup_widths
    python benchmarks/mup.py outputs/mup_widths [--out mup.png]

Reads the sweep's runs, prints for each width the rate with the lowest training loss (the mean over
the last epoch), and draws the losses against the rates. A run that diverged counts as infinite.
"""

import argparse
import math
from collections import defaultdict
from pathlib import Path

from mlp_scratch.runs.config_file import read_config
from mlp_scratch.runs.metrics_file import read_metrics

Losses = dict[tuple[str, int], dict[float, float]]  # by parametrization and width: rate -> loss
TITLES = {"standard": "standard parametrization", "mup": "muP"}


def losses_of(sweep: Path) -> Losses:
    """The last training loss of each run below ``sweep``."""
    found: Losses = defaultdict(dict)
    for path in sorted(sweep.glob("**/metrics.csv")):
        config = read_config(path.with_name("config.yaml"))
        model, train_loss = config["model"], read_metrics(path)["train_loss"]
        whole = len(train_loss) == config["training"]["epochs"]
        loss = float(train_loss[-1]) if whole else math.inf
        key = (model["parametrization"], model["layers"][1])
        found[key][config["optim"]["lr"]] = loss if math.isfinite(loss) else math.inf
    return found


def best_rate(losses: dict[float, float]) -> float:
    return min(losses, key=lambda rate: losses[rate])


def draw(found: Losses, path: Path) -> None:
    from mlp_scratch.report.pictures import style

    note = "two hidden layers; the dot is the lowest loss"
    figure = style.new_figure(7.6, 3.8, "Where the best learning rate lies", note)
    panels = figure.subplots(1, 2, sharey=True)
    figure.subplots_adjust(left=0.09, right=0.98, bottom=0.15, top=0.76, wspace=0.08)
    widths = sorted({width for _, width in found})
    colors = dict(zip(widths, style.CYCLE, strict=False))
    for (name, title), axes in zip(TITLES.items(), panels, strict=True):
        for width in widths:
            losses = found[name, width]
            rates, best = sorted(losses), best_rate(losses)
            color = colors[width]
            axes.plot(rates, [losses[rate] for rate in rates], color=color, label=f"{width} units")
            axes.plot(best, losses[best], "o", color=color)
        axes.set_xscale("log")
        style.dress(axes, title, "learning rate", "training loss" if name == "standard" else "")
    lowest = min(min(losses.values()) for losses in found.values())
    panels[0].set_ylim(0.97 * lowest, 2.2 * lowest)
    style.legend(panels[0])
    style.write(figure, path)


def main() -> None:
    """Print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("sweep", type=Path, help="the folder of the sweep")
    parser.add_argument("--out", type=Path, default=Path("mup.png"))
    args = parser.parse_args()
    found = losses_of(args.sweep)
    print("parametrization  width   best rate  training loss")
    for name in TITLES:
        best = {width: best_rate(losses) for (n, width), losses in found.items() if n == name}
        for width, rate in sorted(best.items()):
            print(f"{name:15} {width:6}  {rate:10g}  {found[name, width][rate]:13.4f}")
        print(f"{name:15} moves by a factor of {max(best.values()) / min(best.values()):g}")
    draw(found, args.out)
    print(args.out)


if __name__ == "__main__":
    main()
