"""Long tables of cases: the default suite takes some of them, the slow one the others."""

from collections.abc import Iterable
from typing import Any

import pytest


def some(cases: Iterable[Any], every: int = 3) -> list[Any]:
    """The cases for ``parametrize``, all but every third (fourth, ...) of them marked slow."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=[pytest.mark.slow] * (i % every > 0),
        )
        for i, case in enumerate(cases)
    ]
