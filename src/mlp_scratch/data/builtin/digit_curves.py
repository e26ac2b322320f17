"""Smooth curves through the control points of a digit's strokes.

A spline is linear in its control points, so the curve of a topology is one matrix: move the
controls of a thousand writers in any way, multiply, and there are their thousand curves.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.data.builtin.digit_strokes import TOPOLOGIES, Point, Shape

N_POINTS = 64  # samples along all strokes of an image, about a pixel apart

Array = NDArray[np.float64]


class Curve(NamedTuple):
    """A topology as points = basis @ controls."""

    basis: Array  # (N_POINTS, n_controls)
    extremes: Array  # (n_extremes, n_controls, 2): x and y in units of the height, 0 in the middle
    stroke_of_control: NDArray[np.intp]  # (n_controls,)
    piece_of_point: NDArray[np.intp]  # (N_POINTS,): strokes are cut into pieces at their corners


@cache
def curve(topology: int) -> Curve:
    """The curve of ``TOPOLOGIES[topology]``; the arrays are shared, do not write into them."""
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
    piece_of_point = np.repeat(np.arange(len(pieces)), counts)
    return Curve(np.concatenate(rows), controls, stroke_of_control, piece_of_point)


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
    cubic = 3 * (start - end) + after - before
    square = 2 * before - 5 * start + 4 * end - after
    return start + u / 2 * (end - before + u * (square + u * cubic))
