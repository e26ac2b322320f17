"""The mathematics of ``nn`` made fast: the same classes with the same interface and other memory.

Arrays are used again instead of made anew, batches go through BLAS in tiles that suit it, and
factors wait until they cost nothing. Each class gives what its plain one gives, within rounding.
What is not here was as fast when written plainly.
"""

from mlp_scratch.nn import activations as plain_activations
from mlp_scratch.nn import averaging as plain_averaging
from mlp_scratch.nn import distribution_losses as plain_distribution
from mlp_scratch.nn import losses as plain_losses
from mlp_scratch.nn import optimizers as plain_optimizers
from mlp_scratch.nn import regression_losses as plain_regression
from mlp_scratch.nn import regularizers as plain_regularizers
from mlp_scratch.nn.fast import (
    activations,
    averaging,
    losses,
    optimizers,
    regression_losses,
    regularizers,
)
from mlp_scratch.nn.fast.layers import (
    BatchNorm,
    Dense,
    Dropout,
    LayerNorm,
    Multiplier,
    Output,
    Residual,
)
from mlp_scratch.nn.fast.parameters import Parameters
from mlp_scratch.nn.kernels import Kernels

FAST = Kernels(
    "fast",
    Parameters=Parameters,
    Dense=Dense,
    Output=Output,
    Dropout=Dropout,
    BatchNorm=BatchNorm,
    LayerNorm=LayerNorm,
    Multiplier=Multiplier,
    Residual=Residual,
    counterparts={
        plain_losses.SoftmaxCrossEntropy: losses.SoftmaxCrossEntropy,
        plain_losses.BinaryCrossEntropy: losses.BinaryCrossEntropy,
        plain_regression.SquaredError: regression_losses.SquaredError,
        plain_regression.AbsoluteError: regression_losses.AbsoluteError,
        plain_regression.Huber: regression_losses.Huber,
        plain_regression.Poisson: regression_losses.Poisson,
        plain_distribution.GaussianNLL: regression_losses.GaussianNLL,
        plain_distribution.Pinball: regression_losses.Pinball,
        plain_activations.ReLU: activations.ReLU,
        plain_activations.LeakyReLU: activations.LeakyReLU,
        plain_activations.ELU: activations.ELU,
        plain_activations.SELU: activations.SELU,
        plain_activations.GELU: activations.GELU,
        plain_activations.SiLU: activations.SiLU,
        plain_activations.Tanh: activations.Tanh,
        plain_activations.Sigmoid: activations.Sigmoid,
        plain_activations.Softplus: activations.Softplus,
        plain_optimizers.SGD: optimizers.SGD,
        plain_optimizers.Momentum: optimizers.Momentum,
        plain_optimizers.Nesterov: optimizers.Nesterov,
        plain_optimizers.Adam: optimizers.Adam,
        plain_optimizers.AdamW: optimizers.AdamW,
        plain_optimizers.RMSProp: optimizers.RMSProp,
        plain_optimizers.Adagrad: optimizers.Adagrad,
        plain_optimizers.Lion: optimizers.Lion,
        plain_averaging.EMA: averaging.EMA,
        plain_regularizers.add_l1: regularizers.add_l1,
        plain_regularizers.add_l2: regularizers.add_l2,
    },
)
