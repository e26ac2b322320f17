"""The ``.npz`` files that a run leaves in its folder, read as a stranger's."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.bounded_reads import opened
from mlp_scratch.data.array_formats.npz import ZIP_DAMAGE, Archive
from mlp_scratch.errors import DataError


def read_arrays(
    path: Path, names: Sequence[str], largest: int, *, exactly: bool = False
) -> list[np.ndarray]:
    """The arrays of these names, of no more bytes than ``largest``.

    exactly: there must be no others, and nothing may be packed. Raises OSError when the file cannot
    be read and ValueError, in one line, when it is not such a file.
    """
    try:
        with opened(path) as file:
            archive = Archive(file, path)
            if exactly and (archive.packed or {*archive.members} != {*names}):
                raise ValueError("not what a run writes there")
            if missing := [name for name in names if name not in archive.members]:
                raise ValueError(f"no array {missing[0]}")
            sizes = (archive.members[name].file_size for name in names)
            if max(file.seek(0, 2), sum(sizes)) > largest:
                raise ValueError("too large")
            return [archive.read(name) for name in names]
    except (DataError, *ZIP_DAMAGE) as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise ValueError(str(error).removeprefix(f"{path}: ")[:200]) from None
