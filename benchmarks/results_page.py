"""The table of results and its pictures: ``docs/results.md``, written from records by
``reproduce.py``."""

import statistics
from pathlib import Path
from typing import Any

from claims import Claim, Row, claims_of
from mlp_scratch.files import write_text_atomically
from page import replace
from records import DOCS, before_records, records_of

PRESETS = (
    *("nanonet", "mnist_nn", "mnist_nn_fast", "tiny", "two_layer", "first_principles"),
    *("lecun_300", "lecun_300_100", "nielsen_30", "nielsen_100", "keras_mlp"),
    *("speedrun_98", "speedrun_99", "aug_512_256", "simard_800", "simard_elastic", "bn_mlp"),
    *("dropout_relu", "bn_mlp_adv", "bn_mlp_vat", "aug_1000_500", "best"),
    *("fashion_100", "fashion_best", "cifar_256", "cifar_bn"),
)
ENSEMBLE = Claim("this project", "test error", False, 0.5, None)
OTHER_DATA = ("fashion", "cifar")
BEFORE = "as measured before records were kept"


def rows_of(preset: str) -> list[Row]:
    """What the table says of a preset: a row for each claim, from its records.

    A row from before records were kept stands until there are records of as many runs.
    """
    records, old = records_of(preset), before_records()
    rows = []
    for claim in claims_of(preset):
        before = old.get((preset, claim.text))
        if before is not None and before["n"] > len(records):
            rows.append(_row_of_before(preset, claim, before))
        elif records:
            rows.append(_row_of_records(preset, claim, records))
        else:
            rows.append(Row(preset, claim))
    return rows


def _row_of_before(preset: str, claim: Claim, before: dict[str, Any]) -> Row:
    values = {key: before[key] for key in ("n", "mean", "std", "epochs", "seconds", "command")}
    return Row(preset, claim, **values, evidence=BEFORE)


def _row_of_records(preset: str, claim: Claim, records: list[dict[str, Any]]) -> Row:
    values = [claim.measured(record) for record in records]
    return Row(
        preset,
        claim,
        len(values),
        statistics.mean(values),
        statistics.stdev(values) if len(values) > 1 else None,
        records[0]["epochs_done"],
        statistics.median(record["seconds"] for record in records),
        f"python benchmarks/reproduce.py {preset} --seeds {len(values)}",
        " ".join(f"[{r['seed']}](results/{preset}/{r['seed']}.json)" for r in records),
    )


def all_rows() -> list[Row]:
    """The rows of every preset; after those of ``best``, the one of the ensemble."""
    rows = [row for preset in PRESETS for row in rows_of(preset)]
    ensembles = [
        _row_of_before(name, ENSEMBLE, before)
        for (name, _), before in before_records().items()
        if name.startswith("ensemble")
    ]
    at = [row.preset for row in rows].index("best") + 1
    return rows[:at] + ensembles + rows[at:]


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "| preset | source | to reach | ours | n | reached | epochs | seconds a run | command "
        "| records, by seed |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        claim = row.claim
        start = f"| `{row.preset}` | {claim.source} | {claim.text} | "
        if row.seconds is None:
            lines.append(start + "not run | 0 | | | | | |")
            continue
        digits = ".4f" if claim.is_loss else ".2f"
        spread = "" if row.std is None else f" ± {row.std:{digits}}"
        unit = "" if claim.is_loss else " %"
        reached = "yes" if row.reached else "**no**"
        seconds = f"{row.seconds:.1f}" if row.seconds < 100 else f"{row.seconds:.0f}"
        lines.append(
            start + f"{row.mean:{digits}}{spread}{unit} | {row.n} | {reached} | "
            f"{row.epochs or ''} | {seconds} | `{row.command}` | {row.evidence} |"
        )
    return "\n".join(lines)


def picture(rows: list[Row], data: str, ticks: tuple[float, ...], path: Path) -> None:
    """Test error of every row that claims one, beside its claim.

    data: whose name stands in the headline. ticks: percentages along the axis.
    """
    from mlp_scratch.report.pictures import style

    shown = [row for row in rows if row.n and row.claim.metric.startswith("test")]
    height = 1.55 + 0.27 * len(shown)
    title = f"Test error on {data}, claimed and measured"
    note = "hollow: claimed; filled: ours, orange where it was missed"
    figure = style.new_figure(8.6, height, title, note)
    axes = figure.add_axes((0.2, 0.55 / height, 0.76, 1 - 1.2 / height))
    style.dress(axes)
    for y, row in enumerate(reversed(shown)):
        claim = row.claim
        ours, theirs = (100 - v if claim.at_least else v for v in (row.mean, claim.bound))
        axes.plot([theirs, ours], [y, y], color="0.8", linewidth=2, zorder=1)
        axes.plot(theirs, y, "o", color=style.FAINT, markerfacecolor="white", zorder=2)
        colour = style.BLUE if row.reached else style.VERMILION
        axes.errorbar(ours, y, xerr=row.std, fmt="o", color=colour, zorder=3)
    axes.set_yticks(range(len(shown)), [row.preset for row in reversed(shown)])
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xscale("log")
    axes.set_xlim(ticks[0] / 1.2, ticks[-1] * 1.2)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("test error in percent")
    style.write(figure, path)


def page_of(text: str, rows: list[Row]) -> str:
    """The page ``text`` with the table of ``rows``."""
    return replace(text, "table", table(rows))


def write_page() -> None:
    """Write ``docs/results.md`` and its pictures."""
    rows = all_rows()
    page = DOCS / "results.md"
    write_text_atomically(page, page_of(page.read_text("utf-8"), rows))
    other = [row for row in rows if row.preset.startswith(OTHER_DATA)]
    mnist = [row for row in rows if row not in other]
    images = DOCS / "images"
    picture(mnist, "MNIST", (0.3, 0.5, 1, 2, 3, 5, 10), images / "results.png")
    where = "Fashion-MNIST and CIFAR-10"
    picture(other, where, (7, 10, 15, 20, 30, 40, 50), images / "results_other_data.png")
