"""What each kind of augmentation draws, and what holds for all of them."""

import inspect
import math
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from mlp_scratch.data.augment.augmentations import (
    AUGMENTATIONS,
    Affine,
    Ciresan,
    Shift,
)
from mlp_scratch.data.augment.warp import ElasticField, Warp
from mlp_scratch.nn.range_checks import HyperparameterError

CONF = Path(__file__).parents[3] / "conf" / "augment"
NOTHING = {
    "shift": {"max_shift": 0.0, "subpixel": True},
    "affine": {
        "max_rotation": 0.0,
        "max_shear": 0.0,
        "max_scale": 0.0,
        "max_shift": 0.0,
        "flip_probability": 0.0,
    },
    "elastic": {"alpha": 0.0, "sigma": 4.0},
    "ciresan": {
        "alpha_min": 0.0,
        "alpha_max": 0.0,
        "sigma_min": 5.0,
        "sigma_max": 6.0,
        "gamma_min": 0.0,
        "gamma_max": 0.0,
        "beta": 0.0,
        "beta_narrow": 0.0,
        "max_shift": 0.0,
    },
}
KINDS = sorted(set(AUGMENTATIONS) - {"none"})
SHAPES = [(28, 28), (7, 5), (5, 9), (6, 4, 3), (1, 1)]


def shipped(name):
    """The hyperparameters that conf/augment/NAME.yaml ships."""
    config = OmegaConf.to_container(OmegaConf.load(CONF / f"{name}.yaml"))
    assert config.pop("name") == name
    return config


def pictures(shape, n=6, seed=0):
    images = np.random.default_rng(seed).integers(0, 256, (n, math.prod(shape)), dtype=np.uint8)
    return images, np.arange(n) % 10


def augment(kind, shape, images, labels, seed=1, dtype=np.float32, **changes):
    augmentation = AUGMENTATIONS[kind](shape, **(shipped(kind) | changes))
    out = np.full(images.shape, 99, dtype)
    returned = augmentation.apply(images, labels, np.random.default_rng(seed), out)
    assert returned is out
    return out


# --- what nothing does ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("kind", KINDS)
def test_parameters_that_do_nothing_leave_the_very_same_picture(kind, dtype, shape):
    images, labels = pictures(shape)
    out = augment(kind, shape, images, labels, dtype=dtype, **NOTHING[kind])
    np.testing.assert_array_equal(out, images)


def test_none_copies_rows_that_need_not_be_pictures():
    images, labels = pictures((35,))
    out = augment("none", None, images, labels)
    np.testing.assert_array_equal(out, images)


def test_float_pictures_pass_through_unrounded():
    images = np.random.default_rng(0).standard_normal((3, 35), dtype=np.float32)
    out = augment("affine", (7, 5), images, np.zeros(3, np.intp), **NOTHING["affine"])
    np.testing.assert_array_equal(out, images)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_flip_mirrors_left_to_right(probability):
    shape = (6, 4, 3)
    images, labels = pictures(shape)
    changes = NOTHING["affine"] | {"flip_probability": probability}
    out = augment("affine", shape, images, labels, **changes).reshape(6, *shape)
    expected = images.reshape(6, *shape)
    np.testing.assert_array_equal(out, expected[:, :, ::-1] if probability else expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(28, 28), (12, 9, 3)], ids=str)
def test_each_kind_is_its_own_draws_seen_through_the_warp(kind, shape):
    """Draw the same parameters from the same generator state and put the steps together anew."""
    n, warp = 40, Warp(shape)  # more than one chunk of 28x28
    images, labels = pictures(shape, n)
    out = augment(kind, shape, images, labels, seed=7)
    augmentation, rng = AUGMENTATIONS[kind](shape, **shipped(kind)), np.random.default_rng(7)
    maps = np.tile(np.eye(2, 3)[:, None], (1, n, 1))
    if kind != "elastic":
        maps = augmentation.maps(labels, rng)
    alpha, sigma = np.full(n, 34.0), np.full(n, 4.0)
    if kind == "ciresan":
        alpha, sigma = rng.uniform(36, 38, n), rng.uniform(5, 6, n)
    grid = np.indices(shape[:2]).reshape(2, -1)
    places = maps @ np.concatenate([grid, np.ones((1, grid.shape[1]))])
    if kind in ("elastic", "ciresan"):
        field = ElasticField(shape, n, 4, 4) if kind == "elastic" else ElasticField(shape, n, 5, 6)
        for first in range(0, n, warp.chunk):
            rows = slice(first, first + warp.chunk)
            places[:, rows] += field.draw(alpha[rows], sigma[rows], rng)
    expected = np.empty_like(out)
    for first in range(0, n, warp.chunk):
        rows = slice(first, first + warp.chunk)
        warp.sample(images[rows], places[:, rows].astype(np.float32), expected[rows])
    np.testing.assert_allclose(out, expected, atol=5e-3)
    assert np.abs(out - images).mean() > 1


def test_bytes_are_the_rounded_floats():
    images, labels = pictures((28, 28))
    floats = augment("ciresan", (28, 28), images, labels)
    rounded = augment("ciresan", (28, 28), images, labels, dtype=np.uint8)
    assert np.abs(rounded - floats).max() <= 0.5001


# --- draws ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_same_state_same_bits_whatever_went_before(kind):
    shape = (28, 28)
    images, labels = pictures(shape, n=70)
    augmentation = AUGMENTATIONS[kind](shape, **shipped(kind))

    def once(seed, n=70):
        out = np.empty((n, 784), np.float32)
        return augmentation.apply(images[:n], labels[:n], np.random.default_rng(seed), out)

    first = once(1)
    once(2), once(3, n=5)  # a short batch in between
    np.testing.assert_array_equal(once(1), first)
    np.testing.assert_array_equal(augment(kind, shape, images, labels, seed=1), first)
    assert not np.array_equal(once(2), first)


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_draws_its_own(kind):
    images = np.tile(pictures((28, 28), n=1)[0], (90, 1))
    out = augment(kind, (28, 28), images, np.zeros(90, np.intp))
    assert len(np.unique(out, axis=0)) == 90


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_depends_on_no_other_picture(kind):
    images, labels = pictures((28, 28), n=40)
    changed = images.copy()
    changed[::2] = 255 - changed[::2]
    before = augment(kind, (28, 28), images, labels)
    after = augment(kind, (28, 28), changed, labels)
    np.testing.assert_array_equal(before[1::2], after[1::2])
    assert not np.array_equal(before[::2], after[::2])


@pytest.mark.parametrize("kind", KINDS)
def test_out_may_be_the_pictures_themselves(kind):
    images, labels = pictures((28, 28), n=40)
    expected = augment(kind, (28, 28), images, labels, dtype=np.uint8)
    augmentation = AUGMENTATIONS[kind]((28, 28), **shipped(kind))
    augmentation.apply(images, labels, np.random.default_rng(1), images)
    np.testing.assert_array_equal(images, expected)


def parts(maps):
    """Rotation and shear in degrees, scales, of maps (2, n, 3): QR of the forward matrices."""
    forward = np.linalg.inv(maps[:, :, :2].transpose(1, 0, 2).astype(float))  # acts on (y, x)
    rotation = np.arctan2(-forward[:, 0, 1], forward[:, 1, 1])
    scale_x = np.hypot(forward[:, 0, 1], forward[:, 1, 1])
    scale_y = np.linalg.det(forward) / scale_x
    along = forward[:, 1, 0] * np.cos(rotation) - forward[:, 0, 0] * np.sin(rotation)
    return np.rad2deg(rotation), np.rad2deg(np.arctan2(along, scale_y)), scale_y, scale_x


def fills(values, low, high):
    """Draws stay within [low, high] and come near both ends."""
    slack = 0.02 * (high - low)
    return low - 1e-4 <= values.min() < low + slack and high - slack < values.max() <= high + 1e-4


def test_affine_draws_fill_their_ranges_and_no_more():
    affine = Affine(
        (28, 28), max_rotation=20, max_shear=12, max_scale=0.25, max_shift=3, flip_probability=0
    )
    rotation, shear, scale_y, scale_x = parts(affine.maps(np.zeros(4000), np.random.default_rng(0)))
    assert fills(rotation, -20, 20)
    assert fills(shear, -12, 12)
    assert fills(scale_y, 0.75, 1.25)
    assert fills(scale_x, 0.75, 1.25)
    assert abs(np.corrcoef([rotation, shear, scale_y, scale_x]) - np.eye(4)).max() < 0.06


@pytest.mark.parametrize("subpixel", [True, False])
def test_shift_draws_fill_their_range(subpixel):
    shift = Shift((28, 28), max_shift=3, subpixel=subpixel)
    moved = shift.maps(np.zeros(4000), np.random.default_rng(0))[:, :, 2]
    assert fills(moved[0], -3, 3)
    assert fills(moved[1], -3, 3)
    assert (len(np.unique(moved)) == 7) is not subpixel


def test_ciresan_turns_or_leans_ones_and_sevens_by_half():
    labels = np.arange(20_000) % 10
    ciresan = Ciresan((28, 28), **shipped("ciresan"))
    rotation, shear, scale_y, scale_x = parts(ciresan.maps(labels, np.random.default_rng(0)))
    narrow = np.isin(labels, [1, 7])
    for chosen, limit in [(narrow, 7.5), (~narrow, 15.0)]:
        assert fills(rotation[chosen], -limit, limit)
        assert fills(shear[chosen], -limit, limit)
    turned, leaned = np.abs(rotation) > 1e-3, np.abs(shear) > 1e-3
    assert not (turned & leaned).any()
    assert 0.48 < turned.mean() < 0.52
    for scale in (scale_y, scale_x):  # gamma is 0.175 on average, and half of it is the mean change
        assert math.isclose(np.abs(scale - 1).mean(), 0.0875, rel_tol=0.02)
    assert 0.8 <= scale_y.min() < 0.81
    assert 1.19 < scale_x.max() <= 1.2


def test_ciresan_knows_the_digits_by_their_names():
    ciresan = Ciresan((28, 28), **shipped("ciresan") | {"beta": 45.0, "beta_narrow": 0.0})
    labels = np.arange(9).repeat(200)
    ciresan.name_classes(["9", "8", "7", "6", "5", "4", "3", "2", "1"])
    maps = ciresan.maps(labels, np.random.default_rng(0))
    upright = (maps[0, :, 1] == 0) & (maps[1, :, 0] == 0)
    assert set(labels[upright]) == {2, 8}


# --- hyperparameters ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("shift", {"max_shift": -1}, "max_shift must be in [0, 10000], got -1"),
        ("shift", {"max_shift": math.inf}, "max_shift must be in [0, 10000], got inf"),
        ("shift", {"max_shift": "2"}, "max_shift must be a number in [0, 10000], got '2'"),
        ("shift", {"max_shift": True}, "max_shift must be a number in [0, 10000], got True"),
        ("shift", {"subpixel": 1}, "subpixel must be true or false, got 1"),
        (
            "shift",
            {"max_shift": 1.5, "subpixel": False},
            "max_shift must be a whole number unless subpixel=true, got 1.5",
        ),
        ("affine", {"max_rotation": 181}, "max_rotation must be in [0, 180], got 181"),
        ("affine", {"max_rotation": math.nan}, "max_rotation must be in [0, 180], got nan"),
        ("affine", {"max_shear": 90}, "max_shear must be in [0, 90), got 90"),
        ("affine", {"max_scale": 1.0}, "max_scale must be in [0, 1), got 1.0"),
        ("affine", {"max_shift": -0.5}, "max_shift must be in [0, 10000], got -0.5"),
        ("affine", {"flip_probability": 1.1}, "flip_probability must be in [0, 1], got 1.1"),
        ("elastic", {"alpha": -1.0}, "alpha must be in [0, 10000], got -1.0"),
        ("elastic", {"alpha": 3e38}, "alpha must be in [0, 10000], got 3e+38"),
        ("elastic", {"sigma": 0}, "sigma must be in (0, 10000], got 0"),
        ("ciresan", {"alpha_max": 35}, "alpha_max must be in [36.0, 10000], got 35"),
        ("ciresan", {"sigma_max": 4}, "sigma_max must be in [5.0, 10000], got 4"),
        ("ciresan", {"sigma_min": 0}, "sigma_min must be in (0, 10000], got 0"),
        ("ciresan", {"gamma_max": 0.1}, "gamma_max must be in [0.15, 1), got 0.1"),
        ("ciresan", {"beta": 90}, "beta must be in [0, 90), got 90"),
        ("ciresan", {"beta_narrow": -1}, "beta_narrow must be in [0, 90), got -1"),
    ],
)
def test_bad_hyperparameters_are_named_with_rule_and_value(kind, changes, message):
    with pytest.raises(HyperparameterError) as caught:
        AUGMENTATIONS[kind]((28, 28), **(shipped(kind) | changes))
    error = caught.value
    assert str(error) == message
    assert message == f"{error.name} must be {error.rule}, got {error.value!r}"
    assert isinstance(error, ValueError)


def test_out_that_cannot_be_written_in_place_is_refused():
    images, labels = pictures((7, 5))
    out = np.empty((35, 6), np.float32).T
    shift = Shift((7, 5), max_shift=1.0, subpixel=True)
    with pytest.raises(ValueError, match="C-contiguous"):
        shift.apply(images, labels, np.random.default_rng(0), out)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_ships_a_value_for_each_of_its_hyperparameters(kind):
    parameters = inspect.signature(AUGMENTATIONS[kind]).parameters.values()
    keys = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    assert {p.name for p in keys} == set(shipped(kind))
    for parameter in keys:
        assert parameter.annotation in (float, bool)
        assert type(shipped(kind)[parameter.name]) is parameter.annotation


def test_the_folder_of_configs_and_the_registry_agree():
    assert {path.stem for path in CONF.glob("*.yaml")} == set(AUGMENTATIONS)
