"""The numerics revision: which arithmetic made a run's numbers.

The same config and seed give the same bits on the same machine for as long as ``NUMERICS`` stands.
A change that must give other bits (a sum in another order, another stream of random numbers) raises
it by one and says in CHANGELOG.md what changed. Checkpoints and summaries carry the number; one
without it is of revision 1. Runs of any revision can be evaluated and compared.
"""

from collections.abc import Mapping
from typing import Any

NUMERICS = 1


def other_numerics(made: Mapping[str, Any]) -> str | None:
    """A line that names both revisions, where ``made`` (a checkpoint's meta, a run's summary) tells
    of another than today's; None where the bits will be the same."""
    before = made.get("numerics", 1)
    if before == NUMERICS:
        return None
    return (
        f"made under numerics revision {before!a:.20}, and goes on under {NUMERICS}: "
        "not the same bits (see CHANGELOG.md)"
    )
