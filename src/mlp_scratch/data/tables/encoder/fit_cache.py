"""What was fitted on a large table's training rows, kept beside the parsed data: medians, words,
means and deviations of a million rows are looked for once, not at each start.

A fit is a small JSON file of its own, found by what it depends on. As with the data: nothing here
is needed, what is damaged is fitted again, and what was not used for long goes.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.bounded_reads import plain_json, read_plain_file
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.data.tables.encoder.encoder_record import (
    NUMBERS,
    arrays_of,
    description_of,
    encoder_of,
    is_description,
    record_misfit,
)
from mlp_scratch.files import write_text_atomically

FORMAT = 2  # of the file and of the rules of fitting: whoever changes a bit of these counts up
LARGEST, MOST, UNUSED_SECONDS = 1 << 24, 100, 90 * 86_400  # bytes of a fit, fits of a folder
_STATISTICS = ("shift", "scale")
_DAMAGE = (OSError, ValueError, TypeError, LookupError, RecursionError)

Fit = tuple[TableEncoder, dict[str, np.ndarray]]


class FitCache:
    """The fit of one table's columns on these of its rows, None: all, with these options.

    digest: of the data set.
    """

    def __init__(
        self,
        folder: Path,
        digest: str,
        columns: Sequence[Column],
        rows: np.ndarray | None,
        options: Sequence[str | int],
    ) -> None:
        chosen = None if rows is None else hashlib.sha256(rows.astype("<i8").data).hexdigest()
        meanings = [(column.name, column.kind, column.words) for column in columns]
        key = json.dumps([FORMAT, digest, meanings, chosen, [*options]])
        self._folder = folder
        self._path = folder / f"fit-{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def load(self) -> Fit | None:
        """The encoder, and shift and scale of its features; None if there is no whole one."""
        try:
            kept = plain_json(read_plain_file(self._path, LARGEST).decode("utf-8"))
            if kept["sha256"] != self._digest(kept["fit"]):
                return None
            fit = _fit(kept["fit"])
            os.utime(self._path)
            return fit
        except _DAMAGE:
            return None

    def store(self, encoder: TableEncoder, statistics: Mapping[str, np.ndarray]) -> None:
        """Write it, if it is not too large and there is room, and let go of old ones."""
        fit = {
            "description": description_of(encoder),
            "arrays": {name: array.tolist() for name, array in arrays_of(encoder).items()},
            "notes": encoder.notes,
            **{name: statistics[name].tolist() for name in _STATISTICS},
        }
        text = json.dumps({"sha256": self._digest(fit), "fit": fit})
        if len(text) > LARGEST:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_text_atomically(self._path, text, durable=False)
            fits = [(path.stat().st_mtime, path) for path in self._folder.glob("fit-*.json")]
            for i, (used, path) in enumerate(sorted(fits, reverse=True)):
                if i >= MOST or time.time() - used > UNUSED_SECONDS:
                    path.unlink()

    def _digest(self, fit: Any) -> str:
        """With the file's name, which says what it is the fit of: a copy under another is none."""
        return hashlib.sha256(json.dumps([self._path.name, fit]).encode()).hexdigest()


def _fit(kept: Mapping[str, Any]) -> Fit:
    """Raises one of ``_DAMAGE``."""
    description = kept["description"]
    arrays = {name: np.array(kept["arrays"][name], kind) for name, kind in NUMBERS.items()}
    if not is_description(description):
        raise ValueError("description")
    encoder = encoder_of(description, arrays)
    if misfit := record_misfit(description, arrays, len(encoder.names)):
        raise ValueError(misfit)
    statistics = {name: np.array(kept[name], np.float64) for name in _STATISTICS}
    if any(array.shape not in ((), encoder.flags.shape) for array in statistics.values()):
        raise ValueError("shape")
    encoder.notes = tuple(map(str, kept["notes"]))
    return encoder, statistics
