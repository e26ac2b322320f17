"""A finding in words."""

import pytest

from mlp_scratch.insight.diagnosis.finding import percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.5, "50.0 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.9999, "above 99.9 %"),
        (1e-5, "below 0.1 %"),
    ],
)
def test_a_share_never_rounds_to_none_or_all(share: float, text: str) -> None:
    assert percent(share) == text
