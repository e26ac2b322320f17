"""The built-in digits: pictures like MNIST's, drawn by code instead of scanned.

Every image starts as one of the topologies in ``digit_strokes``.  Its control points are shaken, a
smooth curve is laid through them, the curve is bent, scaled, slanted and turned, and a pen of
varying width runs along it.  The frame is MNIST's: white ink on black, the digit in a box of
20 x 20 pixels, its centre of mass in the middle of 28 x 28.

How the ink is drawn: the points of a curve, each with a Gaussian of width sigma around it, add up
to a field whose logarithm is (minus) the squared distance to the nearest stroke, as a soft minimum.
Because a Gaussian is a product of a factor in x and one in y, the field of an image is one small
matrix product, and no loop over images or pixels is needed.
"""

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.data.builtin.digit_curves import N_POINTS, curve
from mlp_scratch.data.builtin.digit_strokes import TOPOLOGIES

VERSION = 2  # raise it when the same seed gives other images: caches are keyed by it

SIDE = 28  # pixels, as are BOX, REACH and SIGMA
BOX = 20.0  # the digit's longer side
REACH = 12.0  # ink lies no farther from the centre of mass, along either axis
SIGMA = 0.8  # width of a sample's Gaussian: small keeps corners, large closes gaps
BLOCK = 16  # images drawn at once: their factors stay in the cache (part of the random sequence)
EXACT = 2.0**20  # Gaussians are rounded to 1/EXACT: sums are then exact, alike on every machine

# How much hands differ: standard deviations unless said otherwise, lengths in units of the digit's
# height.  Chosen by looking at galleries and by how well a network that learned from the digits
# reads MNIST's training images; its test images played no part.
SPIKE = 2  # above 1 a writer resembles one of a topology's extremes more than their mean
BEYOND = 0.4  # how far a writer goes beyond the extremes, as a part of their difference
CONTROL_JITTER = 0.033  # of each control point by itself
STROKE_JITTER = 0.045  # of each stroke as a whole
BEND = 0.046  # by slow waves across the picture
UPPER_HEIGHT, UPPER_WIDTH = 0.05, 0.2  # of the upper part against the lower: shift, relative width
ASPECT = 0.17  # of the logarithm of the width
SLANT, SLANT_SPREAD = 0.14, 0.24  # mean and deviation, to the right per unit upwards
TURN = 0.12  # radians
PEN, PEN_SPREAD = 1.22, 0.24  # median radius in pixels, deviation of its logarithm
PRESSURE = 0.08  # relative change of the radius along a stroke, and with its direction
SOFTNESS = 0.8, 1.3  # range of the edge's width in pixels
ROUGHNESS = 0.12  # of the edge from pixel to pixel, in pixels
STRENGTH = 235, 255  # range of the ink's brightness

Array = NDArray[np.float64]


def generate(
    seed: int = 0, n_train: int = 30_000, n_test: int = 5_000
) -> tuple[NDArray[np.uint8], NDArray[np.intp], NDArray[np.uint8], NDArray[np.intp]]:
    """Draw the data set: ``(x_train, y_train, x_test, y_test)``.

    Images are rows of 784 bytes, labels integers 0..9; both splits are balanced (counts of the
    digits differ by one at most) and shuffled.  The same seed gives the same bytes; the test images
    do not depend on the number of training images.
    """
    train, test = np.random.SeedSequence(seed).spawn(2)
    x_train, topology_train = draw(np.random.default_rng(train), n_train)
    x_test, topology_test = draw(np.random.default_rng(test), n_test)
    return x_train, label_of(topology_train), x_test, label_of(topology_test)


def label_of(topologies: NDArray[np.intp]) -> NDArray[np.intp]:
    """The digit that each index into ``TOPOLOGIES`` writes."""
    return np.array([t.digit for t in TOPOLOGIES], dtype=np.intp)[topologies]


def draw(rng: np.random.Generator, n: int) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Draw n images, balanced over the digits: bytes (n, 784) and each one's topology (n,)."""
    topologies = _choose_topologies(rng, n)
    images = np.empty((n, SIDE * SIDE), dtype=np.uint8)
    work = np.empty((BLOCK, N_POINTS, 2, SIDE))
    for topology in range(len(TOPOLOGIES)):
        rows = np.flatnonzero(topologies == topology)
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            points, radius, spacing = _write(rng, topology, len(block))
            images[block] = _ink(rng, points, radius, spacing, work).reshape(len(block), -1)
    return images, topologies


def _choose_topologies(rng: np.random.Generator, n: int) -> NDArray[np.intp]:
    """A shuffled list of topologies: digits in equal numbers, topologies by their shares."""
    digit_of = label_of(np.arange(len(TOPOLOGIES)))
    shares = np.array([t.share for t in TOPOLOGIES], dtype=float)
    chosen = []
    for digit in range(10):
        own = np.flatnonzero(digit_of == digit)
        count = (n + 9 - digit) // 10
        # Every topology's count follows its share to within one image; the remainder is drawn.
        exact = shares[own] / shares[own].sum() * count
        counts = np.floor(exact).astype(int)
        extra = rng.permutation(len(own))[: count - counts.sum()]
        counts[extra] += 1
        chosen.append(np.repeat(own, counts))
    return rng.permutation(np.concatenate(chosen)).astype(np.intp)


# ---- a writer's hand -----------------------------------------------------------------------------


def _write(rng: np.random.Generator, topology: int, n: int) -> tuple[Array, Array, Array]:
    """n writers write one topology: points (n, N_POINTS, 2), radius and spacing (n, N_POINTS).

    All in pixels; the radius is half the pen's width, the spacing the length of curve that a point
    stands for.
    """
    points = _bent(rng, _shaken(rng, topology, n))
    pen = np.clip(PEN * np.exp(PEN_SPREAD * rng.standard_normal(n)), 0.75, 2.6)
    radius = _pressed(rng, points, pen)

    # MNIST's frame: the longer side fills the box, the centre of mass goes to the middle.
    size = np.ptp(points, axis=1).max(axis=1)
    room = BOX * rng.uniform(0.98, 1.02, size=n) + 0.5 - 2 * pen  # round ends come out a bit short
    points *= (room / size)[:, None, None]
    spacing = _spacing(points, topology)
    mass = (spacing * radius)[..., None]
    points -= (points * mass).sum(axis=1, keepdims=True) / mass.sum(axis=1, keepdims=True)
    # A long tail that would leave the picture: the whole digit is written smaller.
    fit = np.minimum(1, REACH / (np.abs(points).max(axis=(1, 2)) + pen))
    points *= fit[:, None, None]
    points += SIDE / 2 + rng.uniform(-0.5, 0.5, size=(n, 1, 2))
    return points, radius, spacing * fit[:, None]


def _shaken(rng: np.random.Generator, topology: int, n: int) -> Array:
    """Points (n, N_POINTS, 2) of n curves through control points that strayed."""
    basis, extremes, stroke_of_control, _ = curve(topology)
    mix = rng.standard_exponential(size=(n, len(extremes))) ** SPIKE
    mix /= mix.sum(axis=1, keepdims=True)
    mix += BEYOND * (mix - 1 / len(extremes))
    controls = np.tensordot(mix, extremes, axes=1)
    controls += CONTROL_JITTER * rng.standard_normal(controls.shape)
    n_strokes = stroke_of_control[-1] + 1
    if n_strokes > 1:
        controls += STROKE_JITTER * rng.standard_normal((n, n_strokes, 2))[:, stroke_of_control]
    return basis @ controls


def _bent(rng: np.random.Generator, points: Array) -> Array:
    """Bend, scale, slant and turn each curve as a whole."""
    n = len(points)

    def normal(*shape: int) -> Array:
        return rng.standard_normal((n, *shape))

    def phase() -> Array:
        return rng.uniform(0, 2 * np.pi, size=(n, 1))

    for _ in range(2):
        direction = phase()
        along = points[..., 0] * np.cos(direction) + points[..., 1] * np.sin(direction)
        wave = np.sin(rng.uniform(2, 6, size=(n, 1)) * along + phase())
        points = points + wave[..., None] * (BEND * normal(1, 2))

    x, y = points[..., 0], points[..., 1]
    y = y + UPPER_HEIGHT * normal(1) * (1 - 4 * y**2)
    x = x * (1 + np.clip(UPPER_WIDTH * normal(1), -0.6, 0.6) * y)
    x = x * np.exp(ASPECT * normal(1)) - (SLANT + SLANT_SPREAD * normal(1)) * y
    turn = TURN * normal(1)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _pressed(rng: np.random.Generator, points: Array, pen: Array) -> Array:
    """The pen's radius at every point: it changes with the stroke's heading and along the way."""
    n = len(points)
    step = np.gradient(points, axis=1)
    heading = np.arctan2(step[..., 1], step[..., 0]) - rng.uniform(0, np.pi, size=(n, 1))
    cycles, phase = rng.uniform(1, 4, size=(n, 1)), rng.uniform(0, 2 * np.pi, size=(n, 1))
    way = np.sin(2 * np.pi * cycles * np.linspace(0, 1, N_POINTS) + phase)
    nib, pressure = PRESSURE * rng.standard_normal((2, n, 1))
    return np.clip(pen[:, None] * (1 + nib * np.cos(2 * heading) + pressure * way), 0.65, 2.8)


def _spacing(points: Array, topology: int) -> Array:
    """Length of curve around each point (n, N_POINTS); steps from piece to piece do not count."""
    piece_of_point = curve(topology).piece_of_point
    steps = np.hypot(*np.moveaxis(np.diff(points, axis=1), -1, 0))
    jump = np.flatnonzero(np.diff(piece_of_point))
    after = np.concatenate([steps, steps[:, -1:]], axis=1)
    after[:, jump] = after[:, jump - 1]
    before = np.concatenate([steps[:, :1], steps], axis=1)
    before[:, jump + 1] = before[:, jump + 2]
    return 0.5 * (before + after)


# ---- ink -----------------------------------------------------------------------------------------


def _ink(
    rng: np.random.Generator, points: Array, radius: Array, spacing: Array, work: Array
) -> NDArray[np.uint8]:
    """Ink along the points of n images: bytes (n, SIDE, SIDE), antialiased, white on black."""
    n = len(points)
    mean_radius = radius.mean(axis=1)
    # On a straight line the samples' Gaussians, weighted by their spacing, sum to
    # exp(-d^2 / 2 sigma^2); a wider pen at a point counts as a shorter squared distance to it.
    weight = spacing / (SIGMA * np.sqrt(2 * np.pi))
    weight *= np.exp((radius**2 - mean_radius[:, None] ** 2) / (2 * SIGMA**2))
    gauss = np.subtract(points[..., None], np.arange(SIDE), out=work[:n])  # x, then y
    gauss *= gauss
    gauss *= -1 / (2 * SIGMA**2)
    np.exp(gauss, out=gauss)
    gauss[:, :, 1] *= np.minimum(weight, 64.0)[..., None]  # 64 points x 64 still sum exactly
    gauss *= EXACT
    np.rint(gauss, out=gauss)
    field = np.matmul(gauss[:, :, 1].transpose(0, 2, 1), gauss[:, :, 0]) / EXACT**2
    squared = -2 * SIGMA**2 * np.log(np.maximum(field, 1e-12))
    distance = np.sqrt(np.maximum(squared, 0))

    distance += ROUGHNESS * rng.standard_normal((n, SIDE, SIDE))
    softness = rng.uniform(*SOFTNESS, size=(n, 1, 1))
    ink = np.clip(0.5 + (mean_radius[:, None, None] - distance) / softness, 0, 1)
    ink *= rng.uniform(*STRENGTH, size=(n, 1, 1))
    return _centred(np.rint(ink).astype(np.uint8))


def _centred(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Move images (n, SIDE, SIDE) by whole pixels until their centres of mass are in the middle."""
    at = np.arange(SIDE)
    mass = images.sum(axis=(1, 2), dtype=np.int64)
    down = np.rint((images.sum(axis=2, dtype=np.int64) @ at) / mass - SIDE / 2).astype(int)
    right = np.rint((images.sum(axis=1, dtype=np.int64) @ at) / mass - SIDE / 2).astype(int)
    rows, columns = (at + down[:, None]) % SIDE, (at + right[:, None]) % SIDE
    return images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
