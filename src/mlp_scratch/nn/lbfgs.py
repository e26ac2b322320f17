"""L-BFGS: far steps on few rows, from a curvature that is remembered and a search along the way.

The other optimizers take what a small batch says of the slope and go a little way. Where all rows
fit into a step, it pays to ask for the loss several times and to go as far as it falls: a small
table is learned in some tens of such steps.
"""

import math
from collections.abc import Callable

import numpy as np

from mlp_scratch.nn.line_search import Point, strong_wolfe
from mlp_scratch.nn.range_checks import HyperparameterError, in_interval, whole

# PyTorch's: no step where no gradient is larger, or the slope gentler; no memory of less curvature
_FLAT, _LEVEL, _STRAIGHT = 1e-7, 1e-9, 1e-10


class LBFGS:
    """A quasi-Newton step, its length by a line search.

        s = params - params before,  y = g - g before       of each of the last ``history`` steps
        d = - H g,  H about the inverse of the matrix of second derivatives, from all s and y
        params = params + t d,  t by the strong Wolfe conditions with ``c1``, ``c2``

    The search tries lr first, in the very first step lr min(1, 1 / sum |g|), and evaluates the loss
    at most ``max_evaluations`` times more; it mostly needs once. lr = 1 is the quasi-Newton step.

    Liu & Nocedal 1989; Nocedal & Wright 2006, algorithm 7.4 for d, started from (s.y / y.y) I of
    the last step (equation 7.20), and algorithms 3.5 and 3.6 for t (``line_search.py``). One step
    is one iteration: PyTorch's ``LBFGS(max_iter=1, line_search_fn="strong_wolfe")``, whose history
    is 100. Afterwards ``grads`` is the gradient at the new ``params``.

    ``state``: s and y (history, n_params), the newest in the last row, rows of zeros where there
    was no step yet.
    """

    asks_for_loss = True

    def __init__(
        self,
        n_params,
        n_weights,
        dtype,
        *,
        history: int,
        c1: float,
        c2: float,
        max_evaluations: int,
    ):
        whole("history", history, 1, 1000)
        self.c1, self.c2 = in_interval("c1", c1, "(0, 1)"), in_interval("c2", c2, "(0, 1)")
        if self.c1 >= self.c2:
            raise HyperparameterError("c2", f"greater than c1, which is {c1:g}", c2)
        self.max_evaluations = whole("max_evaluations", max_evaluations, 1)
        self.t = 0
        self.state = {name: np.zeros((history, n_params), dtype) for name in ("s", "y")}

    def step(
        self, params: np.ndarray, grads: np.ndarray, lr: float, objective: Callable[[], float]
    ) -> None:
        self.t += 1
        loss = objective()
        if not math.isfinite(loss) or np.abs(grads).max() <= _FLAT:
            return
        start, d = Point(0.0, loss, 0.0, grads.copy()), self._direction(grads)
        start = start._replace(slope=float(grads @ d))
        if start.slope > -_LEVEL:
            return
        origin = params.copy()

        def at(t: float) -> Point:
            params[:] = origin + t * d
            loss = objective()
            return Point(t, loss, float(grads @ d), grads.copy())

        end = strong_wolfe(
            at,
            start,
            lr * min(1.0, 1.0 / float(np.abs(grads).sum())) if self.t == 1 else lr,
            c1=self.c1,
            c2=self.c2,
            max_evaluations=self.max_evaluations,
            longest=float(np.abs(d).max()),
        )
        params[:] = origin + end.t * d
        grads[:] = end.grads
        self._remember(end.t * d, end.grads - start.grads)

    def _direction(self, grads: np.ndarray) -> np.ndarray:
        """- H g, in the two loops of algorithm 7.4; (n_params,)."""
        pairs = [(s, y, float(s @ y)) for s, y in zip(*self.state.values(), strict=True)]
        pairs = [pair for pair in pairs if pair[2] > 0]  # rows without a step yet
        d, alphas = -grads, []
        for s, y, curvature in reversed(pairs):
            alphas.append(float(s @ d) / curvature)
            d -= alphas[-1] * y
        if pairs:
            _, y, curvature = pairs[-1]
            d *= curvature / float(y @ y)
        for s, y, curvature in pairs:
            d += (alphas.pop() - float(y @ d) / curvature) * s
        return d

    def _remember(self, s: np.ndarray, y: np.ndarray) -> None:
        """Take in a step and what it changed of the gradient, if that is curved as a bowl is."""
        if float(s @ y) <= _STRAIGHT:
            return
        for name, newest in (("s", s), ("y", y)):
            rows = self.state[name]
            rows[:-1] = rows[1:]
            rows[-1] = newest
