"""Rows of a large table, chosen and encoded when they are asked for.

A million rows of 44 numbers and five columns of words are 200 MB as they are kept and 1.2 GB as
features; to copy the one or to write the other takes longer than to read them from the cache. So
`TableRows` stands in their place: it is sliced, indexed and taken from like the array of features.
"""

from typing import Any

import numpy as np

from mlp_scratch.data.features import blocks
from mlp_scratch.data.tables.encoder.encode_table import Encoding

_BLOCKS = 8  # blocks of 1 MiB of features are encoded at a time, so that they stay in the cache
LARGE = 64 << 20  # bytes: what is less is chosen or encoded once and for all, which is simpler


class TableRows:
    """x: (n, columns) as a ``Table`` has it. numbers: (m,) the rows meant, None: all. encoding:
    what makes (m, features) float32 of them; None: they are what they are. wanted: (features,) bool
    which of its features, None: all."""

    def __init__(
        self,
        x: np.ndarray,
        numbers: np.ndarray | None = None,
        encoding: Encoding | None = None,
        wanted: np.ndarray | None = None,
    ) -> None:
        self._x, self._numbers, self._encoding, self._wanted = x, numbers, encoding, wanted
        rows = len(x) if numbers is None else len(numbers)
        width = x.shape[1] if encoding is None else encoding.width
        self.shape = rows, width if wanted is None else int(wanted.sum())
        self.dtype = x.dtype if encoding is None else np.dtype(np.float32)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def nbytes(self) -> int:
        """How large the array would be."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    def __getitem__(self, which: Any) -> np.ndarray:
        """The rows of a slice or of numbers, made now; ``x[rows, column]`` of what is not encoded.

        Not encoded and not chosen they are a view."""
        rows, *column = which if isinstance(which, tuple) else (which,)
        if self._numbers is not None:
            rows = self._numbers[rows]
        found = self._x[(rows, *column)]
        if self._encoding is None:
            return found
        assert not column
        out = np.empty((len(found), self._encoding.width), np.float32)
        for part in blocks(len(found), _BLOCKS * out.strides[0]):
            self._encoding.write(found[part], out[part])
        return out if self._wanted is None else np.compress(self._wanted, out, axis=1)

    def take(
        self, indices: np.ndarray, axis: int, out: np.ndarray, mode: str = "clip"
    ) -> np.ndarray:
        """As of an array: ``out`` (len(indices), features), which is returned."""
        assert axis == 0
        assert self._wanted is None
        rows = indices if self._numbers is None else self._numbers[indices]
        if self._encoding is None:
            return self._x.take(rows, axis=0, out=out, mode="clip")
        return self._encoding.write(self._x.take(rows, axis=0, mode="clip"), out)

    def chosen(self, rows: np.ndarray | slice) -> "TableRows":
        """Some of the rows meant, by their places among them."""
        assert self._encoding is None
        numbers = np.arange(len(self)) if self._numbers is None else self._numbers
        return TableRows(self._x, numbers[rows])

    def encoded(self, encoding: Encoding) -> "TableRows":
        assert self._encoding is None
        return TableRows(self._x, self._numbers, encoding)

    def only(self, features: np.ndarray) -> "TableRows":
        """features: (features,) bool, of which there are some."""
        assert self._encoding is not None
        assert self._wanted is None
        return TableRows(self._x, self._numbers, *self._encoding.only(features))


Features = np.ndarray | TableRows


def chosen_rows(x: Features, rows: np.ndarray | slice) -> Features:
    """x[rows], of a large table without a copy."""
    if isinstance(x, np.ndarray):
        if x.nbytes <= LARGE:
            return x[rows]
        x = TableRows(x)
    return x.chosen(rows)
