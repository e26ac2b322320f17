"""``python -m mlp_scratch.compare outputs/``: from a folder of runs to an answer.

Reads run folders as they lie on the disk, prints a leaderboard and draws the curves over one
another. It changes nothing but the picture, and needs neither a server nor a database.
"""

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mlp_scratch import door
from mlp_scratch.errors import ConfigError, RunError
from mlp_scratch.nn.range_checks import HyperparameterError, whole
from mlp_scratch.report.selection import select
from mlp_scratch.report.tables.diff import diff_table
from mlp_scratch.report.tables.groups import group_runs, group_table
from mlp_scratch.report.tables.leaderboard import choose_metric, leaderboard, rank
from mlp_scratch.report.tables.status import status_table, unranked_lines
from mlp_scratch.report.tables.table import Table, to_csv, to_json, to_markdown, to_text
from mlp_scratch.runs.find import shared_folder
from mlp_scratch.runs.reader import Run, find_among, read_runs

PICTURE = "comparison.png"
PICTURE_KINDS = (".png", ".pdf", ".svg")
PAGE_KINDS = (".html", ".htm")
SHOWN = 30  # rows, when nobody says how many

EXAMPLES = """examples:
  python -m mlp_scratch.compare outputs/
  python -m mlp_scratch.compare 'outputs/2026-*' --group seed --filter "optim.lr < 0.1"
  python -m mlp_scratch.compare outputs/ --diff latest 11-30-00
  python -m mlp_scratch.compare outputs/ --csv > runs.csv
  python -m mlp_scratch.compare outputs/ --html report.html
"""


def parser() -> argparse.ArgumentParser:
    about = "Compare runs: a leaderboard, and a picture of their curves."
    raw = argparse.RawDescriptionHelpFormatter
    p = door.parser("compare", about, epilog=EXAMPLES, formatter_class=raw)
    where = "folders, runs or globs (default: outputs)"
    p.add_argument("paths", nargs="*", default=["outputs"], metavar="PATH", help=where)
    choose = p.add_argument_group("which runs, in which order")
    choose.add_argument(
        "--metric", help="what decides: val_accuracy, test_rmse, ... (default: what the runs go by)"
    )
    choose.add_argument(
        "--at",
        choices=("best", "final"),
        default="best",
        help="its value at each run's best epoch, or at its last (default: best)",
    )
    choose.add_argument("--sort", metavar="KEY", help="order by a config key or another metric")
    choose.add_argument("--reverse", action="store_true", help="turn the order around")
    choose.add_argument("--top", type=_count, metavar="N", help=f"show N rows (default: {SHOWN})")
    choose.add_argument(
        "--filter",
        metavar="EXPR",
        help="only runs for which this holds: \"optim.name == 'adam' and seed < 3\"",
    )
    choose.add_argument(
        "--group",
        metavar="KEY[,KEY]",
        help="take runs together that differ in these keys only: --group seed",
    )
    kind = p.add_argument_group(
        "what to show instead of the leaderboard"
    ).add_mutually_exclusive_group()
    kind.add_argument(
        "--diff",
        nargs=2,
        metavar="RUN",
        help="two runs side by side: paths, `latest`, or unique parts of their names",
    )
    kind.add_argument("--status", action="store_true", help="what became of each run")
    form = p.add_argument_group("in which form").add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="for spreadsheets: all metrics, in full")
    form.add_argument("--json", action="store_true", help="for programs: all metrics, in full")
    form.add_argument("--markdown", action="store_true", help="for notes and pull requests")
    p.add_argument(
        "--plot",
        metavar="FILE",
        type=_file(*PICTURE_KINDS),
        help=f"draw the curves to this .png, .pdf or .svg (default: {PICTURE} in PATH)",
    )
    p.add_argument("--no-plot", action="store_true", help="draw nothing")
    p.add_argument(
        "--html",
        metavar="FILE",
        type=_file(*PAGE_KINDS),
        help="write one interactive page with everything, to open in a browser, offline",
    )
    return p


def _count(text: str) -> int:
    try:
        return whole("top", int(text) if text.isdecimal() else text, 1)  # type: ignore[arg-type]
    except HyperparameterError as error:
        raise argparse.ArgumentTypeError(f"must be {error.rule}, got {text!r}") from error


def _file(*kinds: str) -> Callable[[str], Path]:
    """What reads the name of a file that must end in one of ``kinds``."""

    def read(text: str) -> Path:
        if Path(text).suffix.lower() not in kinds:
            raise argparse.ArgumentTypeError(f"must end in {' or '.join(kinds)}, got {text!r}")
        return Path(text)

    return read


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    compare(parser().parse_args(argv))


def compare(options: argparse.Namespace) -> None:
    """Print and draw what ``options`` ask for. Raises MlpScratchError."""
    _check(options)
    everything = read_runs(options.paths)
    shown = ", ".join(options.paths)
    if not everything:
        raise RunError(f"{shown}: no runs in there; train some: python -m mlp_scratch.train")
    if options.diff:
        first, second = (find_among(everything, text, options.paths) for text in options.diff)
        return _print(diff_table(first, second, options.at), options)
    runs = select(everything, options.filter, options.metric, options.at)
    if not runs:
        raise RunError(f"{shown}: --filter leaves none of {len(everything)} runs")
    if options.status:
        return _print(status_table(runs), options)

    metric = choose_metric(runs, options.metric)
    over = [key.strip() for key in options.group.split(",")] if options.group else []
    for_tools = options.csv or options.json
    top = options.top or (None if for_tools or options.markdown else SHOWN)
    ranked = rank(runs, metric, options.at, options.sort, options.reverse)
    if over:
        groups = group_runs(runs, over, metric, options.at)
        counted = [run for group in groups for run in (*group.runs, *group.others)]
        groups = groups[::-1] if options.reverse else groups
        table = group_table(groups, over, metric, options.at, top)
    else:
        counted = ranked
        table = leaderboard(ranked, metric, options.at, top, everything=for_tools)
    if counted or for_tools:
        _print(table, options)
    if not for_tools and (lines := unranked_lines(runs, counted)):
        print("", *lines, sep="\n")
    if options.html:
        _write_page(runs, options)
    if options.plot or not (options.no_plot or options.html or for_tools or options.markdown):
        _draw(runs, options, over)


def _check(options: argparse.Namespace) -> None:
    instead = "--diff" if options.diff else "--status" if options.status else None
    if options.plot and (instead or options.no_plot):
        raise ConfigError(f"--plot does not go with {instead or '--no-plot'}; leave one out")
    if options.html and instead:
        raise ConfigError(f"--html does not go with {instead}: the page shows both; leave one out")
    for flag in ("filter",) * (instead == "--diff") + ("metric", "sort", "top", "reverse"):
        if instead and getattr(options, flag):
            raise ConfigError(f"--{flag} has no effect beside {instead}; leave one out")
    if options.group and (options.sort or instead):
        raise ConfigError(
            f"--group does not go with {instead or '--sort'}: groups are ordered by their mean"
        )


def _print(table: Table, options: argparse.Namespace) -> None:
    if options.csv:
        print(to_csv(table))
    elif options.json:
        print(to_json(table))
    elif options.markdown:
        print(to_markdown(table))
    else:
        known = sys.stdout.isatty() or "COLUMNS" in os.environ
        print(to_text(table, shutil.get_terminal_size().columns if known else None))


def _draw(runs: Sequence[Run], options: argparse.Namespace, over: Sequence[str]) -> None:
    from mlp_scratch.report.pictures.runs_compared import draw_runs  # matplotlib: 0.3 s

    target = options.plot or picture_folder(options.paths, runs) / PICTURE
    with _writing(target, "--plot"):
        drawn = draw_runs(runs, target, options.metric, options.at, over)
    for run in runs:
        if run.problem.startswith("metrics.csv"):
            print(f"warning: {run.label}: not among the curves ({run.problem})", file=sys.stderr)
    out = sys.stderr if options.csv or options.json else sys.stdout
    print(f"\ncurves: {drawn}" if drawn else "\nno curves to draw", file=out)


def _write_page(runs: Sequence[Run], options: argparse.Namespace) -> None:
    from mlp_scratch.report.compare_page.compare_page import write_compare_page

    if all(run.status in ("empty", "foreign") for run in runs):
        raise RunError(f"{', '.join(options.paths)}: no runs in there, so no page was written")
    title = ", ".join(options.paths) + (f" where {options.filter}" if options.filter else "")
    with _writing(options.html, "--html"):
        written = write_compare_page(runs, options.html, options.metric, options.at, title)
    out = sys.stderr if options.csv or options.json or options.markdown else sys.stdout
    print(f"\npage: {written} ({written.stat().st_size / 1e6:.1f} MB)", file=out)


@contextlib.contextmanager
def _writing(target: Path, option: str) -> Iterator[None]:
    """Say where else a file could go that cannot be written. Raises RunError."""
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{target}: cannot be written ({error.strerror}); name another place with {option}"
        ) from None


def picture_folder(paths: Sequence[str], runs: Sequence[Run]) -> Path:
    """The folder that was compared; for several, or for a glob, the one that holds all runs."""
    if len(paths) == 1 and Path(paths[0]).is_dir():
        return Path(paths[0])
    here = Path.cwd()
    shared = shared_folder([run.path for run in runs]) or here
    return shared.relative_to(here) if shared.is_relative_to(here) else shared


if __name__ == "__main__":
    sys.exit(main())
