"""Tables of whole numbers from 0 to 255, in text: the form in which images are given out as CSV.

Nothing else is understood, so that a megabyte of text is a handful of array operations: several
times faster than pandas, which would also take half a second to be imported.
"""

from pathlib import Path

import numpy as np

from mlp_scratch.bounded_reads import opened

BLOCK_BYTES = 1 << 20


def read_byte_table(path: Path, delimiter: str, columns: int, skip: int) -> np.ndarray | None:
    """The table (n, columns) below the first ``skip`` lines as uint8; None if it is anything but
    numbers of one to three digits up to 255, ``columns`` to a line."""
    blocks: list[np.ndarray] = []
    rest = b""
    with opened(path) as file:
        for _ in range(skip):
            if b"\r" in file.readline().rstrip(b"\r\n"):
                return None  # lines that end in CR alone
        while chunk := file.read(BLOCK_BYTES):
            lines, newline, rest = (rest + chunk).rpartition(b"\n")
            if len(rest) > BLOCK_BYTES:
                return None  # no line of so few characters a field is that long
            if newline:
                block = _parse(lines + newline, delimiter, columns)
                if block is None:
                    return None
                blocks.append(block)
    if rest:  # no newline at the end of the file
        block = _parse(rest + b"\n", delimiter, columns)
        if block is None:
            return None
        blocks.append(block)
    return np.concatenate(blocks) if blocks else None


def _parse(lines: bytes, delimiter: str, columns: int) -> np.ndarray | None:
    """Whole lines, all fields at once: where they end tells how long they are, and their last three
    characters what they say."""
    text = np.frombuffer(lines.replace(b"\r\n", b"\n"), np.uint8)
    digits = text - ord("0")  # what is no digit wraps around to 10 or more
    ends = np.flatnonzero(digits > 9)
    lengths = np.diff(ends, prepend=-1) - 1
    if len(ends) % columns or lengths.min() < 1 or lengths.max() > 3:
        return None
    separators = text[ends].reshape(-1, columns)
    if (separators[:, :-1] != ord(delimiter)).any() or (separators[:, -1] != ord("\n")).any():
        return None
    values = digits[ends - 1].astype(np.uint16)
    values += 10 * np.where(lengths > 1, digits[ends - 2], 0).astype(np.uint16)
    values += 100 * np.where(lengths > 2, digits[ends - 3], 0).astype(np.uint16)
    return values.astype(np.uint8).reshape(separators.shape) if values.max() <= 255 else None
