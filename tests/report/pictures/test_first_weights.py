"""The weights of the first layer as pictures."""

import numpy as np
import pytest

from mlp_scratch.report.pictures.first_weights import _diverging, draw_weights

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("shape", "n_hidden"),
    [((28, 28), 128), ((28, 28), 3), ((8, 8, 3), 20), ((4, 4, 1), 5), (None, 32), ((9, 9), 1)],
)
def test_weights(tmp_path, shape, n_hidden):
    n_in = 13 if shape is None else int(np.prod(shape))
    w = RNG.normal(size=(n_in, n_hidden)).astype(np.float32)
    assert draw_weights(w, shape, tmp_path / "w.png").stat().st_size > 2000


def test_weights_that_are_all_zero_or_broken(tmp_path):
    assert draw_weights(np.zeros((4, 2)), (2, 2), tmp_path / "w.png").exists()
    assert draw_weights(np.full((4, 2), np.nan), (2, 2), tmp_path / "w.png").exists()


def test_a_shape_that_does_not_fit_the_weights_gives_the_table(tmp_path):
    w = RNG.normal(size=(12, 4))
    a = draw_weights(w, (28, 28), tmp_path / "a.png").read_bytes()
    assert a == draw_weights(w, None, tmp_path / "b.png").read_bytes()


def test_diverging_colours_are_white_at_zero_and_opposite_at_the_ends():
    negative, zero, positive, beyond = _diverging(np.array([-2.0, 0.0, 2.0, 9.0]), 2.0)[:, :3]
    assert zero.min() > 240
    assert negative[2] > negative[0]  # purple: more blue than red
    assert positive[0] > positive[2]  # orange: more red than blue
    assert (positive == beyond).all()
