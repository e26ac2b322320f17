"""Where a table's columns come from, for those who find something wrong with them."""

from collections.abc import Callable
from typing import NoReturn, Protocol


class Source(Protocol):
    """Where the columns come from. blame: raise the DataError that names the first value of a
    column that is ``wrong``, as it is written, and what it is not; ``empty`` of an empty one."""

    where: str

    def blame(
        self, place: int, wrong: Callable[[str], bool], rule: str, empty: str = ""
    ) -> NoReturn: ...
