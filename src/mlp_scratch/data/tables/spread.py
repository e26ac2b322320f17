"""How many values may come out of a file that does not write them all down: zeros of sparse rows,
repeated values of packed ones."""

from pathlib import Path

from mlp_scratch.errors import DataError

_VALUE = 8  # bytes
_FREE, _RATIO, _MOST = 24 << 20, 200, 4 << 30  # bytes: of any file, to one of the file, of all


def check_dense(path: Path, rows: int, columns: int) -> None:
    """Raise DataError when so many values are more than the file accounts for."""
    most = min(_MOST, max(_FREE, _RATIO * path.stat().st_size))
    if rows * columns * _VALUE > most:
        raise DataError(
            f"{path}: {rows:,} rows of {columns:,} columns would take "
            f"{rows * columns * _VALUE / 2**20:,.0f} MiB, and a file of its size gets "
            f"{most / 2**20:,.0f}: cut out columns that are rarely filled"
        )
