"""Where the columns that a network was trained on stand in another table."""

import re
from collections.abc import Sequence

from mlp_scratch.data.tables.column_roles import some
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.errors import DataError
from mlp_scratch.typos import did_you_mean

_UNNAMED = re.compile(r"column \d+")


def known_places(
    where: str, names: Sequence[str], known: Sequence[Column], header: bool
) -> dict[int, Column]:
    """The known columns by their places, in their own order.

    names: of the table's columns. By name, in any order, and other columns do not matter; where one
    of the two tables has no names, by place: if it has just as many columns as are known, these
    are they; else ``column 3`` is the third. Known columns without names (``""``) are all
    of the table. Raises DataError.
    """
    if not any(column.name for column in known):
        if len(names) == len(known):
            return dict(enumerate(known))
        hint = ""
        if len(names) == len(known) + 1:
            hint = " (a labelled table is for evaluate, or cut the label's column off)"
        raise DataError(
            f"{where}: {len(names)} columns, but the network takes {len(known)} features{hint}"
        )
    unnamed = all(_UNNAMED.fullmatch(column.name) for column in known)
    if header and unnamed and not set(names) & {column.name for column in known}:
        names = [f"column {i + 1}" for i in range(len(names))]
    if (unnamed or not header) and len(names) == len(known):
        return dict(enumerate(known))
    if not header and not unnamed:
        raise DataError(
            f"{where}: {len(names)} columns without names, but the network was trained on "
            f"{len(known)}: {some([column.name for column in known])}; give the file a header"
        )
    place = {name: i for i, name in enumerate(names)}
    for column in known:
        if column.name not in place:
            near = did_you_mean(column.name, names)
            raise DataError(
                f"{where}: no column {column.name[:40]!r}, which the network was trained "
                f"on{near}; there are {some(names)}"
            )
    return {place[column.name]: column for column in known}
