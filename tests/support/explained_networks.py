"""Networks of every kind to look into."""

import numpy as np

from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import kernels
from mlp_scratch.nn.network import Network

NETWORKS = {
    "relu": {},
    "linear": {"sizes": (6, 4)},
    "tanh": {"activation": "tanh"},
    "batch norm": {"batch_norm": True},
    "layer norm": {"layer_norm": True, "activation": "sigmoid"},
    "plain residual": {"sizes": (6, 8, 8, 4), "residual": "plain"},
    "inverted residual": {"sizes": (6, 8, 8, 4), "residual": "inverted", "layer_norm": True},
    "dropout": {"dropout": 0.5},
}


def network(name="relu", kind="plain"):
    settings = {"sizes": (6, 9, 7, 4), "activation": "relu"} | NETWORKS[name]
    sizes, activation = settings.pop("sizes"), ACTIVATIONS[settings.pop("activation")]()
    chosen = kernels(kind)
    made = Network(
        sizes,
        activation,
        rng=np.random.default_rng(1),
        dtype=np.float64,
        kernels=chosen,
        **settings,
    )
    values = np.random.default_rng(2)
    for k in range(len(made.blocks)):
        made.parameters.value(f"b{k}")[:] = values.normal(size=made.parameters.value(f"b{k}").shape)
    for name_, buffer in made.buffers.items():  # as after some training
        buffer[:] = values.uniform(0.5, 2, buffer.shape) if "var" in name_ else 0.3
    return made
