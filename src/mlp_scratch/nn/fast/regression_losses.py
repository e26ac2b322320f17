"""The losses of numbers with one sum in place of a sum for each row.

Their formulas are so short that half of the time went into means over rows and targets. With
weights of the rows they are the plain ones.
"""

import numpy as np

from mlp_scratch.nn import distribution_losses as distribution
from mlp_scratch.nn import regression_losses as plain


class NumberLoss(plain.NumberLoss):
    """Without weights the mean over rows and targets is one sum, divided once."""

    def __call__(self, outputs, targets, divisor=None, weights=None):
        if weights is not None:
            return super().__call__(outputs, targets, divisor, weights)
        rows, k = targets.shape
        y = outputs.reshape(rows, k, self.per_target)
        losses, slopes = self.terms(y, targets[:, :, None])
        scale = 1.0 / (k * (divisor or rows))
        slopes *= scale
        return float(np.add.reduce(losses, axis=None)) * scale, slopes.reshape(outputs.shape)


class SquaredError(NumberLoss, plain.SquaredError):
    pass


class AbsoluteError(NumberLoss, plain.AbsoluteError):
    pass


class Huber(NumberLoss, plain.Huber):
    pass


class Poisson(NumberLoss, plain.Poisson):
    pass


class GaussianNLL(NumberLoss, distribution.GaussianNLL):
    pass


class Pinball(NumberLoss, distribution.Pinball):
    pass
