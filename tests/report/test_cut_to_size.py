import json
import math

import pytest

from mlp_scratch.report.cut_to_size import rounded, spread


@pytest.mark.parametrize(
    ("n", "most", "chosen"),
    [(3, 5, [0, 1, 2]), (5, 3, [0, 2, 4]), (1, 1, [0]), (100, 4, [0, 33, 66, 99])],
)
def test_both_ends_are_among_them(n, most, chosen):
    assert spread(n, most).tolist() == chosen


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (1 / 3, 6, "0.333333"),
        (1 / 3, 4, "0.3333"),
        (2.0, 6, "2"),
        (-1e20, 6, "-1e+20"),
        (math.nan, 6, "null"),
        (math.inf, 6, "null"),
        (None, 6, "null"),
    ],
)
def test_as_json_writes_them(value, digits, written):
    assert json.dumps(rounded(value, digits), allow_nan=False) == written
