"""One HTML file that holds a whole comparison; how it is put together: ``one_file_page.py``."""

from collections.abc import Sequence
from pathlib import Path

from mlp_scratch.files import write_product
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.report.one_file_page import one_file_page
from mlp_scratch.runs.reader import Run

SCRIPTS = (
    "findings.js",
    *("model.js", "names.js", "filter_tokens.js", "filter.js", "selection.js", "table.js"),
    *("scale.js", "chart.js", "seeds.js", "scatter.js", "curves.js", "layer_lines.js", "diff.js"),
    *("details.js", "parallel.js", "importance.js", "main.js"),
)


def write_compare_page(
    runs: Sequence[Run],
    path: Path,
    metric: str | None = None,
    at: str = "best",
    title: str = "",
) -> Path:
    """Write the page that compares ``runs`` to ``path``, in one step.

    metric: what the runs are ranked by at first (default as in the leaderboard). at: "best" or
    "final" epoch. Raises ConfigError for a metric that no run has, OSError when it cannot write.
    """
    data = page_data(runs, metric, at, title)
    write_product(path, one_file_page("compare_page", "Runs compared", SCRIPTS, data))
    return path
