"""An even choice of rows."""

import pytest

from mlp_scratch.insight.rows_at_hand import evenly


@pytest.mark.parametrize(
    ("n", "most", "numbers"), [(3, 5, [0, 1, 2]), (7, 3, [0, 3, 6]), (1, 1, [0])]
)
def test_evenly(n, most, numbers):
    assert evenly(n, most).tolist() == numbers
