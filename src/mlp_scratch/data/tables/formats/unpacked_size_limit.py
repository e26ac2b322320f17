"""How much may come out of a file that does not write it all down: zeros of sparse rows, repeated
values of packed ones."""

from pathlib import Path

from mlp_scratch.errors import DataError

_VALUE = 8  # bytes
_FREE, _RATIO, _MOST = 24 << 20, 200, 4 << 30  # bytes: of any file, to one of the file, of all


def check_dense(path: Path, rows: int, columns: int) -> None:
    """Raise DataError when so many values are more than the file accounts for."""
    check_bytes(path, rows * columns * _VALUE, f"{rows:,} rows of {columns:,} columns")


def check_bytes(path: Path, size: int, what: str = "its contents") -> None:
    """The same of bytes. ``what`` they are, for the message."""
    most = min(_MOST, max(_FREE, _RATIO * path.stat().st_size))
    if size > most:
        raise DataError(
            f"{path}: {what} would take {size / 2**20:,.0f} MiB, and a file of its size gets "
            f"{most / 2**20:,.0f}: leave out columns that are nearly empty, or save it unpacked"
        )
