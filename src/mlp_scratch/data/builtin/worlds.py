"""Small worlds in one or two dimensions, made by formulas: what a network learns can be seen whole.

Points of classes lie on curves or in fields of a plane, and noise moves each after it got its
class; numbers are a function of one feature, and noise is added to them. ``noise`` is a standard
deviation in the data's own units.

    moons          two half circles that reach into each other
    circles        a circle within a circle
    xor            four quarters, those opposite each other of one class
    spirals        two arms of one and a half turns
    blobs          five round heaps
    checkerboard   sixteen fields
    sine           y = sin x over two periods, nearly
    steps          y = floor x, six steps

Moons, circles and blobs are those of scikit-learn (``make_moons``, ``make_circles`` with factor
0.5, ``make_blobs`` around these centres).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

VERSION = 1  # raise it when the same n and noise give other points: caches are keyed by it

TURNS = 1.5  # of each arm of the spirals
INNER = 0.5  # radius of the inner circle; the outer one's is 1
HEAPS = 5  # blobs, around a circle of this radius:
AROUND = 4.0
FIELDS = 4  # of the checkerboard, along each side

Array = NDArray[np.float64]
Points = tuple[Array, NDArray]


def generate(name: str, n: int, noise: float, seed: int = 0) -> Points:
    """n points of a world in ``WORLDS``, in random order.

    Returns x (n, 2) and classes (n,) from 0, or x (n, 1) and numbers (n,). The same arguments give
    the same points; another noise moves the same points by more or less.
    """
    rng = np.random.default_rng([seed, *name.encode()])
    x, y = WORLDS[name](rng, n)
    if name in CURVES:
        y = y + noise * rng.standard_normal(n)
    else:
        x = x + noise * rng.standard_normal(x.shape)
    order = rng.permutation(n)
    return x[order], y[order]


def moons(rng: np.random.Generator, n: int) -> Points:
    upper, lower = (np.linspace(0, np.pi, part) for part in _halves(n))
    return _classes(_circle(upper), np.array([1, 0.5]) - _circle(lower))


def circles(rng: np.random.Generator, n: int) -> Points:
    outer, inner = (2 * np.pi * np.arange(part) / part for part in _halves(n))
    return _classes(_circle(outer), INNER * _circle(inner))


def xor(rng: np.random.Generator, n: int) -> Points:
    x = rng.uniform(-1, 1, (n, 2))
    return x, (x[:, 0] * x[:, 1] < 0).astype(np.intp)


def spirals(rng: np.random.Generator, n: int) -> Points:
    """The radius is the root of what is evenly spaced, so that points are about as dense inside as
    outside."""
    radii = [np.sqrt((np.arange(part) + 0.5) / part) for part in _halves(n)]
    first, second = (r[:, None] * _circle(2 * np.pi * TURNS * r) for r in radii)
    return _classes(first, -second)


def blobs(rng: np.random.Generator, n: int) -> Points:
    y = np.arange(n) % HEAPS
    return CENTRES[y], y


def checkerboard(rng: np.random.Generator, n: int) -> Points:
    x = rng.uniform(0, FIELDS, (n, 2))
    return x, np.floor(x).sum(axis=1).astype(np.intp) % 2


def sine(rng: np.random.Generator, n: int) -> Points:
    x = rng.uniform(-6, 6, (n, 1))
    return x, np.sin(x[:, 0])


def steps(rng: np.random.Generator, n: int) -> Points:
    x = rng.uniform(-3, 3, (n, 1))
    return x, np.floor(x[:, 0])


def _halves(n: int) -> tuple[int, int]:
    return n // 2, n - n // 2


def _circle(angle: Array) -> Array:
    """(n, 2) points of the unit circle."""
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _classes(*parts: Array) -> Points:
    """Points of the classes 0, 1, ... one after the other."""
    return np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(p) for p in parts])


CENTRES = AROUND * _circle(2 * np.pi * np.arange(HEAPS) / HEAPS)
CURVES: dict[str, Callable[[np.random.Generator, int], Points]] = {"sine": sine, "steps": steps}
PLANES: dict[str, Callable[[np.random.Generator, int], Points]] = {
    "moons": moons,
    "circles": circles,
    "xor": xor,
    "spirals": spirals,
    "blobs": blobs,
    "checkerboard": checkerboard,
}
WORLDS = PLANES | CURVES
