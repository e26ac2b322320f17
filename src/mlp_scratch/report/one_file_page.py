"""One HTML file that holds a whole page: no server, no network, no library.

It is put together from files in ``web/`` folders. Its Content-Security-Policy names the hashes of
its own script and style and nothing else, so that a browser refuses whatever a run folder might
smuggle in; what comes from runs is JSON in a data block, and the scripts only ever write text.
"""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

SHARED_SCRIPTS = ("elements.js", "theme.js")


def one_file_page(room: str, title: str, scripts: Sequence[str], data: dict[str, Any]) -> bytes:
    """The page's bytes: ``body.html``, ``look.css`` and ``scripts`` in ``report/<room>/web/``, and
    what all pages share. Raises ValueError when ``data`` holds NaN or infinity.
    """
    styles = _part("", "look.css") + _part(room, "look.css")
    parts = [_part("", name) for name in SHARED_SCRIPTS] + [_part(room, name) for name in scripts]
    script = '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"script-src '{_digest(script)}'; style-src '{_digest(styles)}'"
    )
    filled = {"policy": policy, "style": styles, "script": script, "data": to_script_json(data)}
    filled |= {"title": title, "body": _part(room, "body.html")}
    page = re.sub(r"\{\{(\w+)\}\}", lambda match: filled[match[1]], _part("", "frame.html"))
    return page.encode("utf-8")


def to_script_json(data: Any) -> str:
    """JSON that is safe inside ``<script type="application/json">``: ASCII, without ``< > &``."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _part(room: str, name: str) -> str:
    text = files("mlp_scratch.report").joinpath(*Path(room).parts, "web", name)
    return text.read_text("utf-8").replace("\r\n", "\n")  # hashed as the browser sees it


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
