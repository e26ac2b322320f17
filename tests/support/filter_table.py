"""The table of filters that the command line and the page must read alike, and its runs.

``filter_cases.json`` has ``runs``, what each changes of the usual config; ``finds``, an expression
and the runs that it leaves; ``refuses``, an expression and the message.
"""

import json
from pathlib import Path

from hypothesis import strategies as st
from made_runs import Runs

from mlp_scratch.errors import ConfigError
from mlp_scratch.report.selection import select
from mlp_scratch.runs.reader import Run, read_runs

FILE = Path(__file__).parents[1] / "report" / "filter_cases.json"
TABLE = json.loads(FILE.read_text(encoding="utf-8"))
CASES = [*TABLE["finds"], *TABLE["refuses"]]

_PIECES = (
    *"()[]{},=<>!&|%+-.'\" ",
    *("==", "!=", "<=", ">=", "&&", "||", "and", "or", "not", "in", "is", "null", "None", "not in"),
    *("seed", "lr", "optim", "val_accuracy", "layers", "alpha", "sede", "max_norm", "run", "rank"),
    *("adam", "-tanh", "'ad'", '"adam"', "1", "2", "0.97", "97%", "1e3", "-1", "[1, 2]", "é", "😀"),
)
GARBLED = st.lists(st.sampled_from(_PIECES), max_size=8).map(" ".join)
GRAMMATICAL = st.recursive(
    st.sampled_from([text for text, _ in TABLE["finds"] if text.strip() and " or " not in text]),
    lambda test: st.one_of(
        test.map("not ({})".format),
        st.lists(test, min_size=2, max_size=3).map(") or (".join).map("({})".format),
        st.lists(test, min_size=2, max_size=3).map(", ".join),
    ),
    max_leaves=6,
)
TYPED = st.one_of(GARBLED, GARBLED, GRAMMATICAL, st.text(max_size=20))


def table_runs(root: Path) -> list[Run]:
    """The runs of the table, written below ``root`` and read back."""
    root.mkdir()
    maker = Runs(root)
    for name, changes in TABLE["runs"].items():
        made = {key: changes[key] for key in ("level", "status", "epochs") if key in changes}
        summary = {"message": changes.get("message")}
        config = {
            key.replace(".", "__"): value
            for key, value in changes.items()
            if key not in {*made, *summary, "damaged"}
        }
        folder = maker.add(name, summary=summary, **made, **config)
        if "damaged" in changes:
            (folder / "summary.json").write_text("{")
    return read_runs(root)


def listed(found: set[str]) -> str:
    """The names of runs as the table writes them."""
    return " ".join(name for name in TABLE["runs"] if name in found)


def answer(runs: list[Run], text: str) -> str:
    """What the command line makes of ``text``: the runs that it leaves, or its message."""
    try:
        return listed({run.label for run in select(runs, text)})
    except ConfigError as error:
        return str(error).removeprefix("--filter: ")
