"""An encoder as a checkpoint keeps it: names and words as JSON, numbers as plain arrays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlp_scratch.data.tables.columns import LONGEST_NAME
from mlp_scratch.data.tables.encoder.column_codes import CategoryCode, Code, DateCode, NumberCode
from mlp_scratch.data.tables.encoder.encoder import TableEncoder

NUMBERS = {"encoder_offset": "f8", "encoder_fill": "f8", "encoder_gap": "?"}  # (columns,) each


def description_of(encoder: TableEncoder) -> list[Any]:
    """Of each column its name, and more of words and dates; `is_description` says in full."""
    said: list[Any] = []
    for code in encoder.codes:
        if isinstance(code, NumberCode):
            said.append(code.name)
        elif isinstance(code, CategoryCode):
            said.append({"name": code.name, "words": [*code.words], "rare": [*code.rare]})
        else:
            parts = {"months": [*code.months], "weekdays": [*code.weekdays]}
            said.append({"name": code.name, "year": code.year, **parts, "order": [*code.words]})
    return said


def arrays_of(encoder: TableEncoder) -> dict[str, np.ndarray]:
    """``NUMBERS``: of each column its offset, what a gap is taken for (nan: refused), and whether
    gaps have a feature."""
    rows = [(code.offset, code.fill, code.gap) for code in encoder.codes]
    columns = zip(*rows, strict=True)
    return {name: np.array(c, NUMBERS[name]) for name, c in zip(NUMBERS, columns, strict=True)}


def encoder_of(description: Sequence[Any], arrays: Mapping[str, np.ndarray]) -> TableEncoder:
    """Back from what a checkpoint holds, once it has been checked."""
    return TableEncoder(_codes(description, arrays))


def _codes(description: Sequence[Any], arrays: Mapping[str, np.ndarray]) -> list[Code]:
    codes: list[Code] = []
    numbers = zip(*(arrays[name].tolist() for name in NUMBERS), strict=True)
    for said, (offset, fill, gap) in zip(description, numbers, strict=True):
        if isinstance(said, str):
            codes.append(NumberCode(said, offset, fill, gap))
        elif "rare" in said:
            words, rare = tuple(said["words"]), tuple(said["rare"])
            codes.append(CategoryCode(said["name"], words, rare, gap, fill, offset))
        else:
            parts = (tuple(said[key]) for key in ("months", "weekdays", "order"))
            codes.append(DateCode(said["name"], offset, fill, gap, said["year"], *parts))
    return codes


def is_description(value: Any) -> bool:
    """Whether this is what ``description_of`` gives, of at least one column, no name twice."""
    if not isinstance(value, list) or not value:
        return False
    names = [said.get("name") if isinstance(said, dict) else said for said in value]
    if not _words(names) or len(set(names)) < len(names):
        return False
    return all(isinstance(said, str) or _is_more(said) for said in value)


def _is_more(said: dict[str, Any]) -> bool:
    if {*said} == {"name", "words", "rare"}:
        words, rare = said["words"], said["rare"]
        return _words(words) and _words(rare) and len({*words, *rare}) == len(words) + len(rare)
    if {*said} != {"name", "year", "months", "weekdays", "order"}:
        return False
    if type(said["year"]) is not bool or not _words(said["order"]):
        return False
    return _places(said["months"], 1, 12) and _places(said["weekdays"], 0, 6)


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(word, str) and len(word) <= LONGEST_NAME for word in value
    )


def _places(value: Any, low: int, high: int) -> bool:
    return isinstance(value, list) and (
        all(type(n) is int and low <= n <= high for n in value) and len(set(value)) == len(value)
    )


def record_misfit(
    description: Sequence[Any] | None, arrays: Mapping[str, np.ndarray], width: int
) -> str | None:
    """What of an encoder's record does not go together with a network of ``width`` inputs."""
    if description is None:
        return None
    for name, kind in NUMBERS.items():
        array = arrays.get(name)
        if array is None or array.shape != (len(description),) or array.dtype != kind:
            return name
    if not np.isfinite(arrays["encoder_offset"]).all() or np.isinf(arrays["encoder_fill"]).any():
        return "encoder_fill"
    features = sum(len(code.names) for code in _codes(description, arrays))
    return None if features == width else f"columns of {features} features"
