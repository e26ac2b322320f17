"""Small trained networks of every structure, for those who compute them elsewhere."""

import numpy as np

from mlp_scratch import NeuralNet
from mlp_scratch.nn.activations import ACTIVATIONS

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (1000, 64), dtype=np.uint8)
LABELS = (IMAGES[:, :3].astype(int).sum(axis=1) // 256) % 3


def trained(**settings):
    settings = {"layers": [64, 32, 16, 3], "epochs": 2, "batch_size": 50, "lr": 0.01} | settings
    return NeuralNet(**settings).train(IMAGES, LABELS)


CASES = [
    *({"activation": name} for name in ACTIVATIONS),
    {"activation": {"name": "gelu", "approximate": "tanh"}},
    {"activation": {"name": "softplus", "beta": 3.0}},
    {"activation": {"name": "elu", "alpha": 0.3}},
    {"activation": {"name": "leaky_relu", "negative_slope": 0.2}},
    {"batch_norm": True, "bn_eps": 0.01},
    {"batch_norm": True, "activation": "selu", "normalize": "standardize"},
    {"normalize": "standardize"},
    {"normalize": "none", "lr": 1e-4},
    {"dropout": 0.3, "input_dropout": 0.1},
    {"layers": [64, 3]},
    {"layer_norm": True, "ln_eps": 0.01},
    {"activations": ["gelu", "elu"], "activation": {"name": "elu", "alpha": 0.3}},
    {"layers": [64, 16, 16, 3], "residual": "plain", "batch_norm": True, "bn_eps": 0.01},
    {"layers": [64, 16, 16, 16, 3], "residual": "inverted", "layer_norm": True},
    {"layers": [64, 16, 16, 16, 3], "residual": "inverted", "batch_norm": True},
    {"parametrization": "mup", "base_width": 4},
    {"parametrization": "mup", "base_width": 4, "optim": "sgd", "batch_norm": True},
    {"parametrization": "mup", "base_width": 4, "optim": "momentum", "layer_norm": True},
]
