"""What of the activations and optimizers is tested, by name."""

ACTIVATION_CASES = {
    "relu": ("relu", {}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.1}),
    "leaky_relu_0": ("leaky_relu", {"negative_slope": 0.0}),
    "elu": ("elu", {"alpha": 1.0}),
    "elu_0.7": ("elu", {"alpha": 0.7}),
    "elu_1.5": ("elu", {"alpha": 1.5}),
    "selu": ("selu", {}),
    "gelu": ("gelu", {"approximate": "none"}),
    "gelu_tanh": ("gelu", {"approximate": "tanh"}),
    "silu": ("silu", {}),
    "tanh": ("tanh", {}),
    "sigmoid": ("sigmoid", {}),
    "softplus": ("softplus", {"beta": 1.0}),
    "softplus_3": ("softplus", {"beta": 3.0}),
    "identity": ("identity", {}),
}
ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
# name, lr, steps on Rosenbrock's function, hyperparameters
OPTIMIZER_CASES = {
    "sgd": ("sgd", 1e-3, 20_000, {}),
    "momentum": ("momentum", 1e-3, 4_000, {"momentum": 0.9, "dampening": 0.0}),
    "momentum_dampened": ("momentum", 1e-3, 8_000, {"momentum": 0.9, "dampening": 0.5}),
    "nesterov": ("nesterov", 1e-3, 4_000, {"momentum": 0.9}),
    "adam": ("adam", 2e-2, 4_000, ADAM),
    "adamw": ("adamw", 2e-2, 4_000, ADAM | {"weight_decay": 0.0}),
    "rmsprop": (
        "rmsprop",
        1e-3,
        6_000,
        {"alpha": 0.9, "eps": 1e-8, "momentum": 0.0, "centered": False},
    ),
    "rmsprop_centered": (
        "rmsprop",
        1e-4,
        8_000,
        {"alpha": 0.9, "eps": 1e-2, "momentum": 0.9, "centered": True},
    ),
    "adagrad": (
        "adagrad",
        0.5,
        6_000,
        {"eps": 1e-10, "initial_accumulator": 0.0, "lr_decay": 0.0},
    ),
    "lion": ("lion", 1e-3, 6_000, {"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0}),
}
