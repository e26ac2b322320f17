"""Warps against plain loops, rot90 and scipy.ndimage; fields against Simard's own recipe."""

import math

import numpy as np
import pytest

from mlp_scratch.data.augment.warp import ElasticField, Warp, affine_maps


def pictures(shape, n=1):
    return np.random.default_rng(0).integers(0, 256, (n, math.prod(shape)), dtype=np.uint8)


def read_at(image, row, column):
    """Bilinear, zero outside: one pixel, the slow way."""
    y, x = math.floor(row), math.floor(column)
    total = 0.0
    for j in (y, y + 1):
        for i in (x, x + 1):
            if 0 <= j < image.shape[0] and 0 <= i < image.shape[1]:
                total = total + (1 - abs(row - j)) * (1 - abs(column - i)) * image[j, i]
    return total


def warp_slowly(image, places):
    """image (h, w) or (h, w, c), places (2, h*w) -> warped image of the same shape."""
    result = np.zeros(image.shape)
    for pixel, (row, column) in enumerate(places.T):
        result[divmod(pixel, image.shape[1])] = read_at(image.astype(float), row, column)
    return result


def warp_with_maps(shape, images, maps):
    """The library's own two steps, for maps (2, n, 3) that the test chose."""
    warp, out = Warp(shape), np.empty(images.shape, np.float32)
    return warp.sample(images, warp.affine_places(maps), out)


def maps_of(shape, rotation=0.0, shear=0.0, scale_y=1.0, scale_x=1.0, shift_y=0.0, shift_x=0.0):
    values = (rotation, shear, scale_y, scale_x, shift_y, shift_x)
    return affine_maps(shape, *(np.array([value]) for value in values))


# --- known moves ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(8, 8), (7, 7), (6, 6, 3)], ids=str)
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_are_rot90(quarters, shape):
    images = pictures(shape)
    out = warp_with_maps(shape, images, maps_of(shape, rotation=quarters * np.pi / 2))
    expected = np.rot90(images.reshape(shape), quarters)
    np.testing.assert_allclose(out.reshape(shape), expected, atol=1e-3)


@pytest.mark.parametrize("down", [-7, -2, 0, 3])
@pytest.mark.parametrize("right", [-1, 0, 4, 50])
def test_whole_shifts_are_exact_and_bring_in_zeros(down, right):
    shape = (7, 9)
    images = pictures(shape)
    out = warp_with_maps(shape, images, maps_of(shape, shift_y=down, shift_x=right))
    expected = np.zeros(shape)
    for y in range(7):
        for x in range(9):
            if 0 <= y - down < 7 and 0 <= x - right < 9:
                expected[y, x] = images.reshape(shape)[y - down, x - right]
    np.testing.assert_array_equal(out.reshape(shape), expected)


def test_half_a_pixel_is_the_mean_of_two():
    out = warp_with_maps((1, 3), np.uint8([[10, 20, 40]]), maps_of((1, 3), shift_x=0.5))
    np.testing.assert_allclose(out, [[5, 15, 30]])


def test_positive_shear_moves_lower_rows_to_the_right_and_double_width_is_wider():
    image = np.zeros((5, 5), np.uint8)
    image[:, 2] = 100  # an upright line
    leaned = warp_with_maps((5, 5), image.reshape(1, 25), maps_of((5, 5), shear=np.pi / 4))
    np.testing.assert_allclose(leaned.reshape(5, 5), 100 * np.eye(5), atol=1e-3)
    wide = warp_with_maps((5, 5), image.reshape(1, 25), maps_of((5, 5), scale_x=2.0))
    np.testing.assert_allclose(wide.reshape(5, 5), np.tile([0, 50, 100, 50, 0], (5, 1)), atol=1e-3)


# --- references -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("shape", [(9, 7), (5, 8, 3), (1, 4), (3, 1, 2)], ids=str)
def test_any_places_against_plain_loops(shape, dtype):
    """Inside, across the border on all sides, and far outside."""
    images, pixels = pictures(shape, n=5), shape[0] * shape[1]
    spread = np.array([1, 1, 2, 3, 100])[:, None] * max(shape[:2])
    places = np.random.default_rng(1).uniform(-0.5, 1.2, (2, 5, pixels)) * spread
    out = np.full(images.shape, 99, dtype)
    returned = Warp(shape).sample(images, places.astype(np.float32), out)
    assert returned is out
    tolerance = 0.501 if dtype == np.uint8 else 5e-3
    for i, image in enumerate(images):
        expected = warp_slowly(image.reshape(shape), places[:, i])
        np.testing.assert_allclose(out[i].reshape(shape), expected, rtol=0, atol=tolerance)


def test_any_places_against_scipy():
    ndimage = pytest.importorskip("scipy.ndimage")
    image = pictures((28, 28))
    places = np.random.default_rng(1).uniform(-4, 32, (2, 1, 784)).astype(np.float32)
    expected = ndimage.map_coordinates(
        image.reshape(28, 28).astype(float), places[:, 0], order=1, mode="grid-constant"
    )
    out = Warp((28, 28)).sample(image, places.copy(), np.empty((1, 784), np.float32))
    np.testing.assert_allclose(out[0], expected, atol=5e-3)


@pytest.mark.parametrize("shape", [(6, 5), (5, 8), (5, 4, 3)], ids=str)
def test_affine_against_plain_loops(shape):
    """Forward geometry written afresh: where does the old pixel's place go, and back by inverse."""
    images = pictures(shape)
    angle, shear, sy, sx, down, right = 0.7, -0.3, 1.2, 0.8, 0.6, -1.3
    scale = np.diag([sy, sx])
    lean = np.array([[1, 0], [np.tan(shear), 1]])  # acts on (y, x)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    forward = turn @ lean @ scale
    centre = (np.array(shape[:2]) - 1) / 2
    new = np.indices(shape[:2]).reshape(2, -1)
    old = np.linalg.solve(forward, new - (centre + [down, right])[:, None]) + centre[:, None]
    maps = maps_of(shape, angle, shear, sy, sx, down, right)
    out = warp_with_maps(shape, images, maps).reshape(shape)
    np.testing.assert_allclose(out, warp_slowly(images.reshape(shape), old), atol=1e-3)

    ndimage = pytest.importorskip("scipy.ndimage")
    inverse = np.linalg.inv(forward)
    offset = centre - inverse @ (centre + [down, right])
    planes = images.reshape(*shape[:2], -1).astype(float)
    for channel in range(planes.shape[2]):
        expected = ndimage.affine_transform(
            planes[..., channel], inverse, offset, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(out.reshape(planes.shape)[..., channel], expected, atol=1e-3)


@pytest.mark.parametrize("shape", [(784,), (28, 0), (2, 2, 2, 2)])
def test_shapes_that_are_no_pictures_are_refused(shape):
    with pytest.raises(ValueError, match="image_shape must be"):
        Warp(shape)


# --- fields ---------------------------------------------------------------------------------------


def draw_fields(shape, alpha, sigma, n, seed=0):
    field = ElasticField(shape, n, sigma, sigma)
    drawn = field.draw(np.full(n, alpha), np.full(n, sigma), np.random.default_rng(seed))
    return drawn.reshape(2, n, *shape[:2])


@pytest.mark.parametrize(
    ("shape", "alpha", "sigma"),
    [((28, 28), 34.0, 4.0), ((28, 28), 37.0, 5.5), ((20, 12), 8.0, 2.0), ((12, 32, 3), 5.0, 1.0)],
)
def test_displacements_have_the_strength_and_reach_of_blurred_uniform_noise(shape, alpha, sigma):
    """Covariance at a distance of uniform noise blurred by a sampled Gaussian, summed in full."""
    reach = int(6 * sigma)
    kernel = [math.exp(-0.5 * (i / sigma) ** 2) for i in range(-reach, reach + 1)]
    kernel = [k / sum(kernel) for k in kernel]

    def overlap(d):
        return (
            sum(kernel[i] * kernel[i + d] for i in range(len(kernel) - d))
            if d
            else sum(k * k for k in kernel)
        )

    n = 3000
    drawn = draw_fields(shape, alpha, sigma, n)
    variance = alpha**2 / 3 * overlap(0) ** 2
    formula = alpha / (sigma * math.sqrt(12 * math.pi))
    assert math.isclose(math.sqrt(variance), formula, rel_tol=1e-3)
    h, w = shape[:2]
    for y, x in [(0, 0), (h // 2, w // 2), (h - 1, 0)]:  # as strong at the border
        np.testing.assert_allclose(drawn[:, :, y, x].var(axis=1), variance, rtol=0.12)
    for down, right in [(1, 0), (0, 2), (3, 3), (h - 1, 0), (0, w - 1)]:
        measured = (drawn[:, :, 0, 0] * drawn[:, :, down, right]).mean()
        expected = alpha**2 / 3 * overlap(down) * overlap(right) if down < reach else 0.0
        assert abs(measured - expected) < 0.06 * variance, (down, right)
    assert abs((drawn[0] * drawn[1]).mean()) < 0.03 * variance  # rows know nothing of columns
    assert abs((drawn[:, 1:] * drawn[:, :-1]).mean()) < 0.03 * variance  # nor pictures of others
    assert abs(drawn.mean()) < 0.05 * formula


def test_fields_are_those_of_scipys_blur_of_uniform_noise():
    ndimage = pytest.importorskip("scipy.ndimage")
    n, rng = 1500, np.random.default_rng(5)
    noise = rng.uniform(-1, 1, (n, 60, 60)).astype(np.float32)
    blurred = 34 * ndimage.gaussian_filter(noise, (0, 4, 4), mode="wrap")[:, 16:44, 16:44]
    drawn = draw_fields((28, 28), 34.0, 4.0, n)[0]
    assert math.isclose(drawn.std(), blurred.std(), rel_tol=0.02)
    for axis in (1, 2):
        steps = [np.diff(f, axis=axis).std() for f in (drawn, blurred)]
        assert math.isclose(*steps, rel_tol=0.02)
    for quantile in (0.001, 0.05, 0.25, 0.75, 0.95, 0.999):  # and of the same distribution
        ours, theirs = np.quantile(drawn, quantile), np.quantile(blurred, quantile)
        assert abs(ours - theirs) < 0.12 * drawn.std(), quantile


def test_each_field_has_the_strength_and_blur_of_its_own_picture():
    n = 1000
    alpha, sigma = np.repeat([10.0, 20.0], n), np.repeat([5.0, 6.0], n)
    field = ElasticField((28, 28), 2 * n, 5.0, 6.0).draw(alpha, sigma, np.random.default_rng(0))
    measured = [field[:, :n].std(), field[:, n:].std()]
    expected = [10 / (5 * math.sqrt(12 * math.pi)), 20 / (6 * math.sqrt(12 * math.pi))]
    np.testing.assert_allclose(measured, expected, rtol=0.03)
