"""When a training is looked at."""

from itertools import takewhile

import pytest

from mlp_scratch.insight.layers.rhythm import gap_between, looks


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (1, [*range(15), 16, 18, 20, 22, 25, 28]),
        (2, [0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 24, 27]),
        (10, [0, 1, 11, 21]),
        (320, [0, 20]),
    ],
)
def test_rhythm(gap: int, expected: list[int]) -> None:
    assert list(takewhile(lambda epoch: epoch < 30, looks(gap))) == expected


def test_a_long_training_has_few_looks() -> None:
    assert sum(1 for _ in takewhile(lambda epoch: epoch <= 10_000, looks(1))) < 70
    assert sum(1 for _ in takewhile(lambda epoch: epoch <= 1_000_000, looks(1))) < 110


def test_gaps() -> None:
    mnist, digits, iris = (256, 109_386, 128, 422), (256, 109_386, 128, 211), (121, 259, 16, 8)
    assert gap_between(*mnist) == 1
    assert 2 <= gap_between(*digits) <= 4
    assert 200 <= gap_between(*iris) <= 300
