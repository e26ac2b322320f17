"""From measurements to ``docs/performance.md``: tables between its markers, and two pictures.

    python benchmarks/render.py benchmarks/results

The folder holds what the other scripts wrote: speed.json, commands.json, where.json, threads.json,
scale.json; what is missing leaves its part of the page as it is.
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from mlp_scratch.report.pictures.style import BLUE, CYCLE, INK, RULE
from page import replace

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
PEERS = {
    "torch_eager": "PyTorch",
    "torch_loader": "PyTorch, DataLoader",
    "sklearn_mlp": "scikit-learn",
    "jax_step": "JAX jit step",
    "jax_scan": "JAX scan",
    "naive_numpy": "naive NumPy",
}


def cells(report: dict) -> list[tuple[str, str, str, dict]]:
    """(layers, optimizer, batch, rows by peer) in the order of measuring."""
    return [(*key.split(" "), entry["table"]) for key, entry in report["cells"].items()]


def speed_table(report: dict) -> str:
    """Seconds a pass, and how many times longer the others take."""
    main = [row for row in cells(report) if "naive_numpy" not in row[3]]
    lines = [
        "| optimizer | batch | ours, s | `auto`, s | "
        + " | ".join(list(PEERS.values())[:-1])
        + " | products | products, 1 |",
        "|---|---|---|---|" + "---|" * (len(PEERS) + 1),
    ]
    for _, optimizer, batch, rows in main:
        ratios = [f"{rows[p]['ratio']:.2f}" if p in rows else "" for p in list(PEERS)[:-1]]
        products = [
            f"{rows[ours]['seconds'] / rows[floor]['seconds']:.2f}"
            for ours, floor in (("ours", "floor"), ("ours_1", "floor_1"))
            if floor in rows
        ]
        own, auto = (
            f"{row['seconds']:.3f} ({row['which'].partition('@')[2]})"
            for row in (rows["ours"], rows["ours_auto"])
        )
        lines.append(
            f"| {optimizer} | {batch} | {own} | {auto} | {' | '.join(ratios)} | "
            f"{' | '.join(products)} |"
        )
    for layers, optimizer, batch, rows in cells(report):
        if "naive_numpy" in rows:
            lines += [
                "",
                f"The naive script ({layers}, {optimizer}, batch {batch}): "
                f"{rows['naive_numpy']['seconds']:.3f} s against {rows['ours']['seconds']:.3f} s, "
                f"{rows['naive_numpy']['ratio']:.2f} times as long.",
            ]
    return "\n".join(lines)


def loss_table(report: dict) -> str:
    """The training loss of the last pass that each one measured; all did equally many."""
    names = ["ours", *list(PEERS)[:-1]]
    lines = [
        "| optimizer | batch | " + " | ".join(["ours", *list(PEERS.values())[:-1]]) + " |",
        "|---|---|" + "---|" * len(names),
    ]
    for _, optimizer, batch, rows in cells(report):
        if "naive_numpy" not in rows:
            losses = [f"{rows[p]['loss']:.4f}" if p in rows else "" for p in names]
            lines.append(f"| {optimizer} | {batch} | {' | '.join(losses)} |")
    return "\n".join(lines)


def machine_lines(report: dict) -> str:
    about, peak = report["machine"], report["peak"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    gflops = {"1": f"{peak['gflops']['1']:.0f} with one thread"}
    if report["clock"] == "seconds":
        gflops["2"] = f"{peak['gflops']['2']:.0f} with two"
    clock = {
        "seconds": "Time on the clock; everybody, ours too, with the better of one and two "
        "threads (in brackets: which).",
        "cpu_seconds": "**Processor time, everybody with one thread** (`--busy`): the machine was "
        "never left in peace.",
    }[report["clock"]]
    return "\n".join(
        [
            f"- Measured {report['started']} on {about['processor']}, {about['cores']} cores, "
            f"{about['system']}, Python {about['python']};\n  {versions}.",
            f"- NumPy's BLAS: {peak['blas']}, kernel {peak['kernel']}; its largest float32 "
            f"product runs at {' and '.join(gflops.values())} GFLOP/s.",
            f"- {clock}",
        ]
    )


def command_table(report: dict) -> str:
    names = {
        "train": "`train`, the defaults: 10 epochs of MNIST, Adam, batch 128, pictures drawn",
        "torch 1": "the minimal PyTorch script, training only, 1 thread",
        "torch 2": "the minimal PyTorch script, training only, 2 threads",
        "first step": "`train` until its first step",
        "help": "`train --help`",
        "compare": "`compare` of 10 runs",
        "inference": "10,000 images through [784, 128, 10]",
        "batch 512": "`train`, 1 epoch, batch 512",
        "full batch": "`train`, 1 epoch, full batch",
    }
    lines = ["| | seconds | processor seconds | peak memory |", "|---|---|---|---|"]
    for key, name in names.items():
        if key in report["commands"]:
            median, least = report["commands"][key]["median"], report["commands"][key]["least"]
            memory = f"{median['peak_mb']:.0f} MB" if "peak_mb" in median else ""
            times = [f"{median[c]:.3f} ({least[c]:.3f})" for c in ("seconds", "cpu_seconds")]
            lines.append(f"| {name} | {times[0]} | {times[1]} | {memory} |")
    return "\n".join([*lines, "", "Medians, and in brackets the least."])


def where_table(report: dict) -> str:
    parts = list(next(iter(report["cells"].values()))["parts"])
    lines = [
        f"| optimizer | batch | step, µs | {' | '.join(parts)} | plain products | step / plain |",
        "|---|---|---|" + "---|" * (len(parts) + 2),
    ]
    for key, entry in report["cells"].items():
        _, optimizer, batch = key.split(" ")
        times, plain = entry["parts"], entry["plain products"]
        total = sum(times.values())
        shares = " | ".join(f"{times[part]:.0f} ({times[part] / total:.0%})" for part in parts)
        compared = f"{plain:.0f} | {total / plain:.2f}"
        lines.append(f"| {optimizer} | {batch} | {total:.0f} | {shares} | {compared} |")
    return "\n".join(lines)


def shared_table(report: dict) -> str:
    parts = list(next(iter(report["shared"].values())))
    lines = [
        f"| optimizer | batch | step, µs | {' | '.join(parts)} |",
        "|---|---|---|" + "---|" * len(parts),
    ]
    for key, times in report["shared"].items():
        _, optimizer, batch = key.split(" ")
        each = " | ".join(f"{times[part]:.0f}" for part in parts)
        lines.append(f"| {optimizer} | {batch} | {sum(times.values()):.0f} | {each} |")
    return "\n".join(lines)


def threads_table(report: dict) -> str:
    """Seconds a pass with one thread and with two, beside so many busy processes."""
    times = report["times"]
    neighbours = list(dict.fromkeys(entry["neighbours"] for entry in times))
    lines = [
        "| batch | threads | "
        + " | ".join(f"{n} busy neighbour{'s' * (n != 1)}" for n in neighbours)
        + " |",
        "|---|---|" + "---|" * len(neighbours),
    ]
    for batch, threads in dict.fromkeys((entry["batch"], entry["threads"]) for entry in times):
        mine = [e for e in times if (e["batch"], e["threads"]) == (batch, threads)]
        seconds = " | ".join(f"{entry['median']:.3f}" for entry in mine)
        lines.append(f"| {batch} | {threads} | {seconds} |")
    return "\n".join(lines)


def draw_speed(report: dict, path: Path) -> None:
    """Bars: how many times longer than ours the others take, a panel for each optimizer."""
    rows = [row for row in cells(report) if "naive_numpy" not in row[3]]
    optimizers = list(dict.fromkeys(row[1] for row in rows))
    peers = [p for p in list(PEERS)[:-1] if any(p in row[3] for row in rows)]
    figure, axes = plt.subplots(
        1, len(optimizers), figsize=(4 * len(optimizers), 3.4), sharey=True, squeeze=False
    )
    for axis, optimizer in zip(axes[0], optimizers, strict=True):
        mine = [row for row in rows if row[1] == optimizer]
        width = 0.8 / len(peers)
        for k, peer in enumerate(peers):
            beyond = [row[3].get(peer, {}).get("ratio", 1.0) - 1 for row in mine]
            places = [i + (k - (len(peers) - 1) / 2) * width for i in range(len(mine))]
            axis.bar(places, beyond, width * 0.92, 1, color=CYCLE[k + 1], label=PEERS[peer])
        axis.set_yscale("log", base=2)
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.axhline(1, color=BLUE, linewidth=1.5)
        axis.set_xticks(range(len(mine)), [row[2] for row in mine])
        axis.set_title(optimizer, color=INK, fontsize=11)
        axis.set_xlabel("batch")
        axis.grid(axis="y", color=RULE)
        axis.set_axisbelow(True)
    axes[0][0].set_ylabel("time, ours = 1 (above: ours is faster)")
    axes[0][-1].legend(fontsize=8, frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_scale(report: dict, path: Path) -> None:
    """Microseconds a row, and the rate of arithmetic that this means."""
    titles = {
        "width": "width w of [784, w, w, 10]",
        "depth": "hidden layers of 128",
        "batch": "batch",
        "rows": "rows of data",
    }
    figure, axes = plt.subplots(2, 4, figsize=(12, 5), sharex="col")
    for column, (key, title) in enumerate(titles.items()):
        points = report["curves"][key]
        x = [point["value"] for point in points]
        for axis, what, label in [
            (axes[0][column], "microseconds_a_row", "µs a row"),
            (axes[1][column], "gflops", "GFLOP/s"),
        ]:
            axis.plot(x, [point[what] for point in points], "o-", color=BLUE, markersize=4)
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axis.grid(color=RULE)
            if column == 0:
                axis.set_ylabel(label)
        if key in ("width", "depth", "batch"):
            axes[0][column].set_yscale("log")
            axes[0][column].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes[0][column].yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
            axes[0][column].yaxis.set_minor_formatter(NullFormatter())
        else:
            axes[0][column].set_ylim(0, 1.2 * max(point["microseconds_a_row"] for point in points))
        axes[1][column].set_ylim(0, 230)
        axes[1][column].set_xlabel(title)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the JSON files are")
    folder = parser.parse_args().folder
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    page = PAGE.read_text("utf-8")
    if "speed" in found:
        report = found["speed"]
        page = replace(page, "machine", machine_lines(report))
        page = replace(page, "speed", speed_table(report))
        page = replace(page, "losses", loss_table(report))
        draw_speed(report, DOCS / "images" / "performance.png")
    if "commands" in found:
        page = replace(page, "commands", command_table(found["commands"]))
    if "where" in found:
        page = replace(page, "where", where_table(found["where"]))
        page = replace(page, "shared", shared_table(found["where"]))
    if "threads" in found:
        page = replace(page, "threads", threads_table(found["threads"]))
    if "scale" in found:
        draw_scale(found["scale"], DOCS / "images" / "performance_scale.png")
    PAGE.write_text(page, "utf-8")
    print(f"written: {PAGE} and its pictures")


if __name__ == "__main__":
    main()
