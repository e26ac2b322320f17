"""The table of results and its picture: ``docs/results.md``, written by ``reproduce.py``."""

import re
from pathlib import Path

from claims import Row
from mlp_scratch.files import write_text_atomically
from page import replace

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOT_MNIST = ("fashion", "cifar")
ERROR_AXIS = (0.3, 0.5, 1, 2, 3, 5, 10)


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
    from mlp_scratch.report.pictures import style

    shown = [
        r
        for r in rows
        if r.values and r.claim.metric.startswith("test") and not r.preset.startswith(NOT_MNIST)
    ]
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
        reached = claim.reached(row.mean, row.seconds or 0.0)
        colour = style.BLUE if reached else style.VERMILION
        axes.errorbar(ours, y, xerr=row.std, fmt="o", color=colour, zorder=3)
    axes.set_yticks(range(len(shown)), [r.preset for r in reversed(shown)])
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xscale("log")
    axes.set_xlim(0.25, 12)
    axes.set_xticks(ERROR_AXIS, [f"{tick:g}" for tick in ERROR_AXIS])
    axes.minorticks_off()
    axes.set_xlabel("test error in percent")
    style.write(figure, path)


def write_page(rows: list[Row]) -> None:
    """Write ``docs/results.md`` and its picture, unless a row of it has its runs elsewhere."""
    page = DOCS / "results.md"
    text = page.read_text("utf-8")
    lost = [
        row.preset
        for row in rows
        if not row.values and re.search(rf"^\| `{row.preset}\b(?!.*not run)", text, re.M)
    ]
    if lost:
        print(f"\n{page} stays as it is: it has rows without runs here ({', '.join(lost)})")
        return
    write_text_atomically(page, replace(text, "table", table(rows)))
    picture(rows, DOCS / "images" / "results.png")
