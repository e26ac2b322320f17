"""One HTML file that holds a whole comparison: no server, no network, no library.

The page is put together from the files in ``web/``. Its Content-Security-Policy names the hashes
of its own script and style and nothing else, so that a browser refuses whatever a run folder might
smuggle in; the runs themselves are JSON in a data block, and the script only ever writes text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from mlp_scratch.files import write_atomically
from mlp_scratch.report.page.page_data import page_data
from mlp_scratch.runs.reader import Run

SCRIPTS = (
    *("model.js", "names.js", "filter_tokens.js", "filter.js", "selection.js", "table.js"),
    *("scale.js", "chart.js", "seeds.js", "scatter.js"),
    *("curves.js", "diff.js", "details.js", "parallel.js", "importance.js", "main.js"),
)


def write_html(
    runs: Sequence[Run],
    path: str | os.PathLike[str],
    metric: str | None = None,
    at: str = "best",
    title: str = "",
) -> Path:
    """Write the page that compares ``runs`` to ``path``, in one step.

    metric: what the runs are ranked by at first (default as in the leaderboard). at: "best" or
    "final" epoch. Raises ConfigError for a metric that no run has, OSError when it cannot write.
    """
    target = Path(path)
    page = build_page(page_data(runs, metric, at, title))
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, lambda file: file.write(page), durable=False)
    return target


def build_page(data: dict[str, Any]) -> bytes:
    """The page's bytes. Raises ValueError when ``data`` holds NaN or infinity."""
    style = _part("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_part, SCRIPTS)) + "})();\n"
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"script-src '{_digest(script)}'; style-src '{_digest(style)}'"
    )
    parts = {"policy": policy, "style": style, "script": script, "data": to_script_json(data)}
    page = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _part("page.html"))
    return page.encode("utf-8")


def to_script_json(data: Any) -> str:
    """JSON that is safe inside ``<script type="application/json">``: ASCII, without ``< > &``."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _part(name: str) -> str:
    text = (files("mlp_scratch.report.page") / "web" / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")  # the hashes are those of the text that the browser sees


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
