"""The text of a table as pandas reads it, and how many fields went by.

pandas fills a line that is too short with gaps and says nothing. So the delimiters outside quotes
are counted as the text goes by: there must be one less in each row than columns. Where the count is
right no line is short, since those that are too long are refused by pandas.

It goes by as UTF-8, since pandas would turn text into that. Blanks before a field are not part of
it; pandas takes a seventh more time to skip them, so it is told to once one has been seen.
"""

import codecs
from collections.abc import Iterator
from typing import TextIO

import numpy as np

from mlp_scratch.data.tables.text.text_settings import BLANKS, Layout


class BlanksBeforeFieldsError(Exception):
    """What has been read must be read again, by a pandas that skips them."""


class CountedText:
    """Text that is read once, in pieces. delimiters: how many have gone by; with blanks: fields.

    blanks: whether there may be some before a field. read raises BlanksBeforeFieldsError if there
    must be none and may be one; UnicodeError."""

    def __init__(self, text: TextIO, layout: Layout, blanks: bool) -> None:
        self._text, self._layout = text, layout
        self._blanks, self._last = blanks or layout.delimiter == BLANKS, b"\n"
        self._is_utf_8 = layout.encoding == "utf-8" and not layout.comment
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._quote, self._sign = layout.quote.encode(), layout.delimiter.encode()
        self._quoted = False
        self._rest = b""
        self.delimiters = 0
        self.nul = False

    def read(self, size: int = -1) -> bytes:
        if self._is_utf_8:
            piece = self._text.buffer.read(size)
            if not piece or not piece.isascii() or self._decoder.getstate()[0]:
                self._decoder.decode(piece, final=not piece)
        else:
            piece = self._text.read(size).encode()
        self._refuse_blanks(piece)
        self._count(piece)
        self._last = piece[-1:]
        return piece

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(1 << 16):
            yield piece

    def rows_are_whole(self, rows: int) -> bool:
        """Whether ``rows`` rows of all columns account for what has gone by."""
        columns = self._layout.columns + self._layout.spare
        if self._layout.delimiter == BLANKS:
            return self.delimiters + bool(self._rest) == rows * columns
        return self.delimiters == rows * (columns - 1)

    def _refuse_blanks(self, piece: bytes) -> None:
        if self._blanks or b" " not in piece:
            return
        signs = np.frombuffer(self._last + piece, np.uint8)
        begins = (signs == self._sign[0]) | (signs <= ord("\r"))  # as fields do; more, in quotes
        if (begins[:-1] & (signs[1:] == ord(" "))).any():
            raise BlanksBeforeFieldsError

    def _count(self, piece: bytes) -> None:
        self.nul = self.nul or b"\0" in piece  # pandas ends a word there
        blanks, outside = self._layout.delimiter == BLANKS, piece
        if self._quote and (self._quoted or self._quote in piece):
            parts = piece.split(self._quote)
            # what stood in quotes is one letter, or nothing
            outside = (b"x" if blanks else b"").join(parts[self._quoted :: 2])
            self._quoted ^= len(parts) % 2 == 0
        if not blanks:
            # as `bytes.count`, which looks for one place after the other
            signs = np.frombuffer(outside, np.uint8) == self._sign[0]
            self.delimiters += int(np.count_nonzero(signs))
            return
        words = (self._rest + outside).split()
        self._rest = b""
        if words and not outside[-1:].isspace():
            self._rest = words.pop()[:1]
        self.delimiters += len(words)
