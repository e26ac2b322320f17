"""Which columns of a table are what, as its user says it, and where they stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlp_scratch.data.tables.text.layout import column_place
from mlp_scratch.errors import DataError
from mlp_scratch.streams import escaped

Label = str | int | Sequence[str | int] | None  # a column, or several, by name or place
SHOWN = 8  # names in a message


@dataclass(frozen=True)
class Roles:
    """What the user says of columns, each by its name or its number from 0, counted over all
    columns of the file, negative from the end.

    label: to be predicted; None: the column called label, else the first; (): there is none.
    weight, split, group: of the rows; no features either. drop: not read. keep: a feature though
    it looks like none. categorical: a category though it looks like numbers. whole: a row without
    a label is refused, not left out.
    """

    label: Label = None
    weight: str | int | None = None
    split: str | int | None = None
    group: str | int | None = None
    drop: tuple[str | int, ...] = ()
    keep: tuple[str | int, ...] = ()
    categorical: tuple[str | int, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Places:
    """The same as places. apart: by role (label, weight, split, group). guessed: whether nothing
    but its place says that the label is one. whole: of `Roles`."""

    apart: dict[str, tuple[int, ...]]
    drop: frozenset[int] = frozenset()
    keep: frozenset[int] = frozenset()
    categorical: frozenset[int] = frozenset()
    guessed: bool = False
    whole: bool = False

    @property
    def labels(self) -> tuple[int, ...]:
        return self.apart.get("label", ())

    @property
    def no_features(self) -> set[int]:
        return {place for places in self.apart.values() for place in places} | self.drop


def places_of(where: str, names: Sequence[str], roles: Roles, index: bool = False) -> Places:
    """index: whether the first column only tells rows apart. Raises DataError when a column is not
    there or is two things at once."""
    apart: dict[str, tuple[int, ...]] = {}
    for role in ("weight", "split", "group"):
        wanted = getattr(roles, role)
        if wanted is not None:
            apart[role] = (column_place(names, wanted, where, role),)
    drop, keep, categorical = (
        frozenset(column_place(names, one, where, key) for one in getattr(roles, key))
        for key in ("drop", "keep", "categorical")
    )
    guessed = False
    if roles.label is None:
        taken = {place for (place,) in apart.values()} | drop | ({0} if index else set())
        free = [place for place in range(len(names)) if place not in taken]
        called = [place for place in free if names[place].strip().lower() == "label"]
        guessed = not called
        apart["label"] = tuple((called or free)[:1])
    else:
        label = [roles.label] if isinstance(roles.label, str | int) else [*roles.label]
        apart["label"] = tuple(column_place(names, one, where, "label") for one in label)
    _once_each(where, names, [*apart.items(), ("drop", drop)])
    for key, places in (("keep", keep), ("categorical", categorical)):
        for role in (*apart, "drop"):
            _once_each(where, names, [(key, places), (role, apart.get(role, drop))])
    return Places(
        {k: v for k, v in apart.items() if v}, drop, keep, categorical, guessed, roles.whole
    )


def _once_each(
    where: str, names: Sequence[str], taken: Sequence[tuple[str, Iterable[int]]]
) -> None:
    keys: dict[int, str] = {}
    for key, places in taken:
        for place in places:
            if place in keys:
                both = " and ".join(f"data.{one}" for one in dict.fromkeys((keys[place], key)))
                twice = "" if keys[place] != key else " twice"
                raise DataError(f"{where}: {both} name {names[place][:40]!r}{twice}")
            keys[place] = key


def some(names: Sequence[str]) -> str:
    """The first of the names, short and printable: ``age, sex, and 12 more``."""
    shown = ", ".join(escaped(name[:40]) for name in names[:SHOWN])
    left = len(names) - SHOWN
    return f"{shown}, and {left:,} more" if left > 0 else shown
