"""Tiles on a sheet."""

import numpy as np

from mlp_scratch.report.pictures.sheet import tile


def test_tile_places_and_enlarges():
    pictures = np.stack([np.full((2, 2, 3), v, np.uint8) for v in (10, 20, 30)])
    sheet = tile(pictures, 2, 0.5, 0.6, 0.7)  # inches at 120 dots: 60, 72, 84
    assert sheet.shape == (84 + 60, 72 + 60, 4)
    assert [sheet[0, 0, 0], sheet[59, 72, 0], sheet[84, 0, 0]] == [10, 20, 30]
    assert sheet[0, 65, 3] == 0  # between two pictures
    assert sheet[100, 100, 3] == 0  # no fourth picture
