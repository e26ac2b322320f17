"""How initial weights, forward pass and learning rates change with a network's width.

In the standard parametrization the learning rate that is best for a narrow network is too large
for a wide one: every step changes a sum over more units. The maximal update parametrization (muP)
makes each step change each unit by as much at any width, so that the best rate stays where it is.
"""

import math
from collections.abc import Sequence
from typing import Any

from mlp_scratch.nn.blocks import LARGEST_LAYER, Block
from mlp_scratch.nn.layers import BatchNorm
from mlp_scratch.nn.range_checks import whole

PARAMETRIZATIONS = ("standard", "mup")


class MaximalUpdate:
    """muP by constant multipliers in the forward pass, so that every parameter has one rate.

    Yang, Hu et al. 2021, "Tensor Programs V", table 3, has for an affine map with n_in inputs and
    n_out outputs, of which those that are hidden units grow with the width:

                                  input weights, biases    hidden weights    output weights
        initial variance          1 / n_in                 1 / n_in          1 / n_in^2
        rate of SGD               n_out                    n_out / n_in      1 / n_in
        rate of Adam              1                        1 / n_in          1 / n_in

    (Its hidden layers are of one width, where n_out / n_in is 1; the output's biases are as ever.)
    Training stays the same when a multiplier A, an initial deviation B and a rate C become
    (A t, B / t, C / t^2) under SGD and (A t, B / t, C / t) under Adam (appendix J). The t that
    makes all rates C = 1 gives, with m = width / base width on either side of the map:

        SGD     multiplier        sqrt(m_out)              sqrt(m_out/m_in)  1 / sqrt(m_in)
                deviation         1 / sqrt(m_out)          1 / sqrt(m_out)   1 / sqrt(m_in)
        Adam    multiplier        1                        1 / m_in          1 / m_in
                deviation         1                        sqrt(m_in)        1

    relative to the standard parametrization at the base width. (For SGD it is the paper's table 9;
    for Adam its table 8 with the hidden weights' rate moved into a multiplier.) So under Adam x is
    divided by m_in, and under SGD by sqrt(m_in), before the product; under SGD everything behind it
    is multiplied by sqrt(m_out). A norm's gamma and beta go as biases do: its gamma begins at the
    inverse of what multiplies it.

    "SGD" is every optimizer whose step grows with the gradient (sgd, momentum, nesterov), "Adam"
    every one whose step does not (adam, adamw, rmsprop, adagrad, lion). Adam's eps is not scaled:
    the gradients of hidden weights shrink as 1 / m^2, so with many times the base width it must be
    far below 1e-8. L2, L1 and ``max_norm`` see W without its multiplier; decoupled weight decay
    (adamw, lion) takes the same share of W at every width.

    Args:
        base_width: of the hidden layers of the network that this parametrization leaves alone.
        scale_free: whether the optimizer's step is the same for a multiple of the gradient.
    """

    def __init__(self, *, base_width: int, scale_free: bool):
        self.base_width = whole("base_width", base_width, 1, LARGEST_LAYER)
        self.scale_free = scale_free

    def base_sizes(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """The sizes of the network of the base width."""
        return (sizes[0], *[self.base_width] * (len(sizes) - 2), sizes[-1])

    def scaled(self, block: Block, base: tuple[int, int], is_last: bool, constant: Any) -> Block:
        """``block`` with its multipliers, and its parameters changed to what they begin with.

        base: the shape of W in the network of the base width, whose deviation W has when it is
        handed in. constant: the class of multipliers.
        """
        dense, norm = block.dense, block.norm
        m_in, m_out = dense.W.shape[0] / base[0], dense.W.shape[1] / base[1]
        scale, gain = 1.0 / m_in, 1.0
        if not self.scale_free:
            scale, gain = 1.0 / math.sqrt(m_in), math.sqrt(m_out)
        dense.W *= (1.0 / m_in if is_last else 1.0 / math.sqrt(m_in)) / (scale * gain)
        if norm and block.norm_first:
            of_bias = 1.0 if self.scale_free else math.sqrt(m_in)
            norm.gamma /= of_bias
            scale *= of_bias
        elif norm:
            norm.gamma /= gain
            norm.eps /= gain**2  # the norm sees sums that are smaller by the gain
            if isinstance(norm, BatchNorm):
                norm.running_var /= gain**2
        return block._replace(
            scale=None if scale == 1.0 else constant(scale),
            gain=None if gain == 1.0 else constant(gain),
        )
