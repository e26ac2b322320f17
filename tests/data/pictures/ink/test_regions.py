"""Connected regions and windows."""

import numpy as np
import pytest

from mlp_scratch.data.pictures.ink.regions import largest_around, mean_around, regions


@pytest.mark.parametrize("seed", range(5))
def test_regions_are_those_that_a_flood_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random((17, 23)) < (0.2, 0.4, 0.5, 0.6, 1.0)[seed]
    found = regions(mask)
    labels = np.zeros(mask.shape, int)
    for start in np.argwhere(mask):
        if labels[tuple(start)]:
            continue
        labels[tuple(start)] = labels.max() + 1
        todo = [tuple(start)]
        while todo:
            y, x = todo.pop()
            for near in np.ndindex(3, 3):
                at = y + near[0] - 1, x + near[1] - 1
                if 0 <= at[0] < 17 and 0 <= at[1] < 23 and mask[at] and not labels[at]:
                    labels[at] = labels.max()
                    todo.append(at)
    np.testing.assert_array_equal(found.labels, labels)
    for i, box in enumerate(found.boxes):
        ys, xs = np.nonzero(labels == i + 1)
        assert box.tolist() == [ys.min(), xs.min(), ys.max() + 1, xs.max() + 1]
        assert found.areas[i] == len(ys)


@pytest.mark.parametrize("reach", [1, 2, 5])
def test_windows(reach: int) -> None:
    values = np.random.default_rng(0).random((12, 9)).astype(np.float32)
    padded = np.pad(values, reach, mode="edge")
    side = 2 * reach + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    np.testing.assert_allclose(mean_around(values, reach), windows.mean((2, 3)), rtol=1e-5)
    largest = largest_around(largest_around(values, reach, 0), reach, 1)
    np.testing.assert_array_equal(largest, windows.max((2, 3)))
