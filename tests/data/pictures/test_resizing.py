"""Pictures made larger and smaller."""

import numpy as np
import pytest
from PIL import Image

from mlp_scratch.data.pictures.resizing import resized_row


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((4, 4), [[10] * 4, [10, 20, 20, 10], [10] * 4, [10] * 4]),
        ((2, 4), [[10, 20, 20, 10], [10] * 4]),
    ],
)
def test_resizing_keeps_proportions_and_fills_up_with_the_edge(shape, expected) -> None:
    wide = Image.fromarray(np.array([[10, 20, 20, 10], [10] * 4], np.uint8)).convert("RGB")
    np.testing.assert_array_equal(resized_row(wide, shape).reshape(shape), expected)
    colour = resized_row(wide, (*shape, 3)).reshape(*shape, 3)
    np.testing.assert_array_equal(colour[..., 1], expected)
