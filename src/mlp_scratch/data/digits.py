"""The built-in digits: pictures like MNIST's, drawn by code instead of scanned.

Every image starts as one of the topologies in ``digit_strokes``.  Its control points are shaken, a
smooth curve is laid through them, the curve is bent, stretched, slanted and turned, and a pen of
varying width runs along it.  Nothing is learned from anybody's data.  The frame is MNIST's: white ink
on black, the digit in a box of 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

How the ink is drawn: the points of a curve, each with a Gaussian of width sigma around it, add up
to a field whose logarithm is (minus) the squared distance to the nearest stroke, as a soft minimum.
Because a Gaussian is a product of a factor in x and one in y, the field of an image is one small
matrix product, and no loop over images or pixels is needed.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.data.digit_strokes import TOPOLOGIES, Point, Shape

VERSION = 1  # raise it when the same seed gives other images: caches are keyed by it

SIDE = 28
BOX = 20.0  # the digit's longer side, in pixels
N_POINTS = 64  # samples along all strokes of an image, under a pixel apart
REACH = 12.0  # how far ink may lie from the centre of mass, in pixels, before rounding to whole ones
SIGMA = 0.8  # width of a sample's Gaussian, in pixels: small keeps corners, large closes gaps
BLOCK = 32  # images drawn at once: their factors stay in the processor's cache
EXACT = 2.0**20  # Gaussians are rounded to 1/EXACT: sums are then exact, alike on every machine

# How much one hand differs from another: standard deviations unless said otherwise, lengths in
# units of the digit's height.
BEYOND = 0.4  # how far a writer may go beyond a topology's extremes
CONTROL_JITTER = 0.033
STROKE_JITTER = 0.045
BEND = 0.042
UPPER_HEIGHT = 0.05
UPPER_WIDTH = 0.2
ASPECT = 0.17  # of the logarithm of the width
SLANT, SLANT_SPREAD = 0.14, 0.24  # mean and deviation of dx/dy, to the right
TURN = 0.12  # radians
PEN, PEN_SPREAD = 1.22, 0.24  # median radius in pixels, deviation of its logarithm
PRESSURE = 0.08  # relative change of the radius along a stroke, and with its direction
MIX = 2
ROUGHNESS = 0.12  # of the edge, pixels
SHRINK = 0.98
SOFT = 0.8, 1.3

Array = NDArray[np.float64]


def generate(
    seed: int = 0, n_train: int = 24_000, n_test: int = 4_000
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
    for topology in range(len(TOPOLOGIES)):
        rows = np.flatnonzero(topologies == topology)
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            points, radius, weights = _write(rng, topology, len(block))
            images[block] = _ink(rng, points, radius, weights).reshape(len(block), -1)
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


# ---- from control points to a curve --------------------------------------------------------------


@cache
def _curve(topology: int) -> tuple[Array, Array, NDArray[np.intp], NDArray[np.intp]]:
    """The curve of a topology, as a matrix: points = basis @ controls.

    Returns basis (N_POINTS, n_controls), controls (n_extremes, n_controls, 2) in units of the
    digit's height, the stroke of every control and the piece of every point.
    """
    shapes = TOPOLOGIES[topology].shapes
    pieces, first, stroke_of_control = _pieces(shapes[0])
    points = [[p for stroke in shape for p in stroke] for shape in shapes]
    controls = np.array(points, dtype=float)[:, first] / 100 - 0.5
    middle = controls.mean(axis=0)
    dense = [_spline(piece, len(middle), 200) for piece in pieces]
    lengths = [np.cumsum(np.hypot(*np.diff(b @ middle, axis=0).T)) for b in dense]
    total = sum(length[-1] for length in lengths)
    counts = [max(2, round(N_POINTS * length[-1] / total)) for length in lengths]
    counts[int(np.argmax(counts))] += N_POINTS - sum(counts)
    rows = []
    for b, length, count in zip(dense, lengths, counts, strict=True):
        # Points at even distances along the piece, half a step in from its ends.
        at = (np.arange(count) + 0.5) / count * length[-1]
        rows.append(b[1:][np.searchsorted(length, at)])
    return np.concatenate(rows), controls, stroke_of_control, np.repeat(np.arange(len(pieces)), counts)


def _pieces(shape: Shape) -> tuple[list[list[int]], list[int], NDArray[np.intp]]:
    """Number a shape's controls and cut its strokes at their corners.

    Returns the pieces as lists of controls, and for each control the point where it occurs first
    (counted through all strokes) and the stroke of that point.
    """
    number: dict[Point, int] = {}
    pieces: list[list[int]] = []
    first: list[int] = []
    stroke_of_control: list[int] = []
    n_points = 0
    for i, stroke in enumerate(shape):
        pieces.append([])
        for point in stroke:
            if point not in number:
                number[point] = len(first)
                first.append(n_points)
                stroke_of_control.append(i)
            if pieces[-1] and pieces[-1][-1] == number[point]:
                pieces.append([])  # the corner ends one piece and begins the next
            pieces[-1].append(number[point])
            n_points += 1
    return pieces, first, np.array(stroke_of_control)


def _spline(piece: list[int], n_controls: int, n: int) -> Array:
    """Catmull-Rom spline through a piece's controls, n points, as a matrix (n, n_controls).

    A closed piece is smooth where it closes; an open one goes straight on beyond its ends.
    """
    eye = np.eye(n_controls)[piece]
    if piece[0] == piece[-1]:
        before, after = eye[-2], eye[1]
    else:
        before, after = 2 * eye[0] - eye[1], 2 * eye[-1] - eye[-2]
    p = np.concatenate([[before], eye, [after]])
    t = np.linspace(0, len(piece) - 1, n)
    i = np.minimum(t.astype(int), len(piece) - 2)
    u = (t - i)[:, None]
    before, start, end, after = p[i], p[i + 1], p[i + 2], p[i + 3]
    return start + 0.5 * u * (
        end
        - before
        + u * (2 * before - 5 * start + 4 * end - after + u * (3 * (start - end) + after - before))
    )


# ---- a writer's hand -----------------------------------------------------------------------------


def _write(rng: np.random.Generator, topology: int, n: int) -> tuple[Array, Array, Array]:
    """n writers write one topology: points (n, N_POINTS, 2), radius and spacing (n, N_POINTS).

    All in pixels; the radius is half the pen's width, the spacing the length of curve that a point
    stands for.
    """
    basis, extremes, stroke_of_control, _ = _curve(topology)
    n_controls = basis.shape[1]

    def normal(scale: float, *shape: int) -> Array:
        return scale * rng.standard_normal((n, *shape))

    # A mixture of the extremes, spread a little beyond them.
    mix = rng.standard_exponential(size=(n, len(extremes))) ** MIX
    mix /= mix.sum(axis=1, keepdims=True)
    mix += BEYOND * (mix - 1 / len(extremes))
    controls = np.tensordot(mix, extremes, axes=1)
    # Every control strays by itself; every stroke strays as a whole.
    controls += normal(CONTROL_JITTER, n_controls, 2)
    n_strokes = stroke_of_control[-1] + 1
    if n_strokes > 1:
        controls += normal(STROKE_JITTER, n_strokes, 2)[:, stroke_of_control]
    points = basis @ controls

    # Smooth bending: slow waves across the picture move its points.
    for _ in range(2):
        direction = rng.uniform(0, 2 * np.pi, size=(n, 1))
        along = points[..., 0] * np.cos(direction) + points[..., 1] * np.sin(direction)
        wave = np.sin(
            rng.uniform(2, 6, size=(n, 1)) * along + rng.uniform(0, 2 * np.pi, size=(n, 1))
        )
        points += wave[..., None] * normal(BEND, 1, 2)

    # Proportions: the upper part taller or lower, wider or narrower than the rest.
    x, y = points[..., 0], points[..., 1]
    y = y + normal(UPPER_HEIGHT, 1) * (1 - 4 * y**2)
    x = x * (1 + np.clip(normal(UPPER_WIDTH, 1), -0.6, 0.6) * y)
    # Aspect, slant, rotation.
    x = x * np.exp(normal(ASPECT, 1)) - (SLANT + normal(SLANT_SPREAD, 1)) * y
    turn = normal(TURN, 1)
    points = np.stack(
        [np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], -1
    )

    # The pen: a mean radius for each writer, changing along the strokes and with the direction.
    pen = np.clip(PEN * np.exp(normal(PEN_SPREAD)), 0.75, 2.6)
    tangent = np.gradient(points, axis=1)
    heading = np.arctan2(tangent[..., 1], tangent[..., 0])
    nib = normal(PRESSURE, 1) * np.cos(2 * (heading - rng.uniform(0, np.pi, size=(n, 1))))
    s = np.linspace(0, 1, N_POINTS)
    phase, cycles = rng.uniform(0, 2 * np.pi, size=(n, 1)), rng.uniform(1.0, 4.0, size=(n, 1))
    pressure = normal(PRESSURE, 1) * np.sin(2 * np.pi * cycles * s + phase)
    radius = np.clip(pen[:, None] * (1 + nib + pressure), 0.65, 2.8)

    # MNIST's frame: the longer side fills the box, the centre of mass goes to the middle.
    low, high = points.min(axis=1), points.max(axis=1)
    size = (high - low).max(axis=1)
    room = BOX * rng.uniform(SHRINK, 1.02, size=n) + 0.5 - 2 * pen
    points *= (room / size)[:, None, None]
    spacing = _spacing(points, topology)
    mass = (spacing * radius)[..., None]
    points -= (points * mass).sum(axis=1, keepdims=True) / mass.sum(axis=1, keepdims=True)
    # A long tail that would leave the picture: the whole digit is written smaller.
    fit = np.minimum(1, REACH / (np.abs(points).max(axis=(1, 2)) + pen))
    points *= fit[:, None, None]
    points += SIDE / 2 + rng.uniform(-0.5, 0.5, size=(n, 1, 2))
    return points, radius, spacing * fit[:, None]


def _spacing(points: Array, topology: int) -> Array:
    """Length of curve around each point (n, N_POINTS); steps from piece to piece do not count."""
    piece_of_point = _curve(topology)[3]
    steps = np.hypot(*np.moveaxis(np.diff(points, axis=1), -1, 0))
    jump = np.flatnonzero(np.diff(piece_of_point))
    after = np.concatenate([steps, steps[:, -1:]], axis=1)
    after[:, jump] = after[:, jump - 1]
    before = np.concatenate([steps[:, :1], steps], axis=1)
    before[:, jump + 1] = before[:, jump + 2]
    return 0.5 * (before + after)


# ---- ink -----------------------------------------------------------------------------------------


def _ink(
    rng: np.random.Generator, points: Array, radius: Array, spacing: Array
) -> NDArray[np.uint8]:
    """Ink along the points of n images: bytes (n, SIDE, SIDE), antialiased, white on black."""
    n = len(points)
    mean_radius = radius.mean(axis=1)
    # On a straight line the samples' Gaussians, weighted by their spacing, sum to
    # exp(-d^2 / 2 sigma^2); a wider pen at a point counts as a shorter squared distance to it.
    weight = spacing / (SIGMA * np.sqrt(2 * np.pi))
    weight *= np.exp((radius**2 - mean_radius[:, None] ** 2) / (2 * SIGMA**2))
    gauss = points[..., None] - np.arange(SIDE)
    gauss *= gauss
    gauss *= -1 / (2 * SIGMA**2)
    np.exp(gauss, out=gauss)
    gauss[:, :, 1] *= np.minimum(weight, 64.0)[..., None]
    gauss *= EXACT
    np.rint(gauss, out=gauss)
    field = np.matmul(gauss[:, :, 1].transpose(0, 2, 1), gauss[:, :, 0]) / EXACT**2
    squared_distance = -2 * SIGMA**2 * np.log(np.maximum(field, 1e-12))
    distance = np.sqrt(np.maximum(squared_distance, 0.0))

    # The edge: softer or harder from scan to scan, a little rough from pixel to pixel.
    softness = rng.uniform(*SOFT, size=(n, 1, 1))
    distance += ROUGHNESS * rng.standard_normal((n, SIDE, SIDE))
    ink = 0.5 + (mean_radius[:, None, None] - distance) / softness
    np.clip(ink, 0, 1, out=ink)
    ink *= rng.uniform(235, 255, size=(n, 1, 1))  # not always full
    return _centred(np.rint(ink).astype(np.uint8))


def _centred(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Move images (n, SIDE, SIDE) by whole pixels until their centres of mass are in the middle."""
    at = np.arange(SIDE)
    mass = images.sum(axis=(1, 2), dtype=np.int64)
    down = np.rint((images.sum(axis=2, dtype=np.int64) @ at) / mass - SIDE / 2).astype(int)
    right = np.rint((images.sum(axis=1, dtype=np.int64) @ at) / mass - SIDE / 2).astype(int)
    rows, columns = (at + down[:, None]) % SIDE, (at + right[:, None]) % SIDE
    return images[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
