"""What a reader of the page puts into the network: a drawing, or a value for each column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.encoder.column_codes import CategoryCode, Code, DateCode, NumberCode
from mlp_scratch.errors import ConfigError
from mlp_scratch.report.cut_to_size import shortened
from mlp_scratch.report.draw_page.network_as_json import LONGEST_NAME, packed
from mlp_scratch.runs.saved_run import TrainedNetwork

MOST_COLUMNS = 40  # that a page has something to move for
MOST_WORDS = 500  # of one category: more are a list that nobody reads
USUAL = (1.0, 99.0)  # percentiles of the training rows between which a slider goes

Value = float | str | None  # a number or date (days), a word, nothing


@dataclass(frozen=True, eq=False)
class Examples:
    """What the page shows of a run's data; all of it empty where there is none.

    pictures (m, features): test rows as stored. rows, some: of a table, m test rows and some
    training rows, a value for each column in its own units. truths: what is true of the test rows,
    in words; targets: of ``some``, a class's number or the first number. low, high: of pixels.
    """

    pictures: np.ndarray | None = None
    rows: Sequence[Sequence[Value]] = ()
    truths: Sequence[str] = ()
    some: Sequence[Sequence[Value]] = ()
    targets: Sequence[float] = ()
    pixels: tuple[float, float] = (0.0, 255.0)
    centred: bool = False


def inputs_json(trained: TrainedNetwork, examples: Examples) -> dict[str, Any]:
    """For the page; raises ConfigError for rows that are too wide to be moved by hand."""
    if trained.image_shape is not None:
        return _picture(trained.image_shape, examples)
    return _table(trained, examples)


def _picture(shape: tuple[int, ...], examples: Examples) -> dict[str, Any]:
    """shape: [height, width, channels]. centred: whether drawings become figures as MNIST's."""
    rows = examples.pictures
    bytes_ = rows is not None and rows.dtype == np.uint8
    return {
        "kind": "picture",
        "shape": [*shape, 1][:3],
        "pixels": [*examples.pixels],
        "centred": examples.centred,
        "examples": None if rows is None else packed(rows, "u1" if bytes_ else "<f4"),
        "bytes": bytes_,
        "truths": [shortened(truth, LONGEST_NAME) for truth in examples.truths],
    }


def _table(trained: TrainedNetwork, examples: Examples) -> dict[str, Any]:
    codes = codes_of(trained)
    if len(codes) > MOST_COLUMNS:
        what = "columns" if trained.encoder is not None else "features"
        raise ConfigError(
            f"--page: is for pictures, and for tables of up to {MOST_COLUMNS} columns; the network "
            f"was trained on {len(codes):,} {what}"
        )
    columns, at = [], 0
    for i, code in enumerate(codes):
        if isinstance(code, CategoryCode) and len(code.words) > MOST_WORDS:
            raise ConfigError(
                f"--page: column {shortened(code.name, 40)!r} has {len(code.words):,} words; a "
                f"page offers {MOST_WORDS}"
            )
        seen = [row[i] for row in examples.some]
        columns.append(_column(code, at, seen, _usual(trained.normalizer, at)))
        at += len(code.names)
    plain = [isinstance(code, NumberCode) for code in codes]
    plot = len(codes) if all(plain) and len(codes) <= 2 and not trained.task.reconstructs else 0
    return {
        "kind": "table",
        "columns": columns,
        "plot": plot,  # of how many columns there is a picture of all answers: 0, 1 or 2
        "examples": [
            {"values": [*map(_value, codes, row)], "truth": shortened(truth, LONGEST_NAME)}
            for row, truth in zip(examples.rows, examples.truths, strict=True)
        ],
        "points": [[*row, float(y)] for row, y in zip(examples.some, examples.targets, strict=True)]
        if plot
        else [],
    }


def codes_of(trained: TrainedNetwork) -> list[Code]:
    """How each column becomes features; of features without a table, each is a number."""
    if trained.encoder is not None:
        return [*trained.encoder.codes]
    n = trained.network.sizes[0]
    offsets = np.broadcast_to(trained.normalizer.offset, (n,)).tolist()
    names = trained.feature_names or [f"x{i + 1}" for i in range(n)]
    return [NumberCode(*pair, float("nan")) for pair in zip(names, offsets, strict=True)]


def _usual(normalizer: Normalizer, at: int) -> tuple[float, float]:
    """Where the feature usually lies, as the normalization tells, less its offset."""
    shift, scale = (np.ravel(a)[at if a.ndim else 0] for a in (normalizer.shift, normalizer.scale))
    if normalizer.kind == "unit":
        return float(shift), float(shift + 1 / scale)
    return float(shift - 3 / scale), float(shift + 3 / scale)


def _column(
    code: Code, at: int, seen: Sequence[Value], usual: tuple[float, float]
) -> dict[str, Any]:
    """A code as the page's ``encoded`` reads it; ``at``: its first feature."""
    said: dict[str, Any] = {"name": shortened(code.name, LONGEST_NAME), "at": at}
    if isinstance(code, CategoryCode):
        levels = _levels(code)
        first = len(levels) - len(code.names)
        return said | {
            "kind": "category",
            "levels": [
                {
                    "text": shortened(text, LONGEST_NAME),
                    "at": at + k - first if k >= first else None,
                }
                for k, text in enumerate(levels)
            ],
        }
    low, high = _range(seen, (usual[0] + code.offset, usual[1] + code.offset))
    fill = code.fill if np.isfinite(code.fill) else None
    said |= {"offset": code.offset, "fill": fill, "low": low, "high": high}
    if not isinstance(code, DateCode):
        whole = bool(seen) and all(v is None or float(v).is_integer() for v in seen)
        return said | {"kind": "number", "gap": at + 1 if code.gap else None, "whole": whole}
    places = iter(range(at + 1, at + len(code.names)))
    return said | {
        "kind": "date",
        "year": next(places) if code.year else None,
        "gap": next(places) if code.gap else None,
        "months": [[month, next(places)] for month in code.months],
        "weekdays": [[day, next(places)] for day in code.weekdays],
    }


def _levels(code: CategoryCode) -> list[str]:
    return [*code.words, *["other"] * bool(code.rare), *["missing"] * code.gap]


def _range(seen: Sequence[Value], usual: tuple[float, float]) -> tuple[float, float]:
    values = [v for v in seen if isinstance(v, float)]
    low, high = np.percentile(values, USUAL).tolist() if values else usual
    if not high > low:
        low, high = low - 1, high + 1
    return float(low), float(high)


def _value(code: Code, value: Value) -> float | None:
    """As the page keeps it: a category's level by its number, None for a gap."""
    if not isinstance(code, CategoryCode):
        return value if isinstance(value, float) else None
    if value is None:
        return len(_levels(code)) - 1 if code.gap else 0
    if value in code.words:
        return code.words.index(value)
    return len(code.words) if code.rare else 0
