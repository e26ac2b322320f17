"""Every hyperparameter outside its range is named, with the rule and the value."""

import inspect
import math

import numpy as np
import pytest

from mlp_scratch.nn import initializers, range_checks
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.layers import BatchNorm, Dropout, LayerNorm
from mlp_scratch.nn.losses import SoftmaxCrossEntropy
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS
from mlp_scratch.nn.range_checks import HyperparameterError
from mlp_scratch.nn.schedules import SCHEDULES

GOOD = {
    "leaky_relu": {"negative_slope": 0.01},
    "elu": {"alpha": 1.0},
    "gelu": {"approximate": "none"},
    "softplus": {"beta": 1.0},
    "momentum": {"momentum": 0.9, "dampening": 0.0},
    "nesterov": {"momentum": 0.9},
    "adam": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    "adamw": {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01},
    "rmsprop": {"alpha": 0.99, "eps": 1e-8, "momentum": 0.0, "centered": False},
    "adagrad": {"eps": 1e-10, "initial_accumulator": 0.0, "lr_decay": 0.0},
    "lion": {"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
    "lbfgs": {"history": 10, "c1": 1e-4, "c2": 0.9, "max_evaluations": 25},
    "step": {"step_epochs": 10, "gamma": 0.1},
    "exponential": {"gamma": 0.95},
    "cosine": {"min_factor": 0.0},
    "linear": {"end_factor": 0.0},
    "onecycle": {"pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4},
    "plateau": {"factor": 0.1, "patience": 10, "threshold": 1e-4, "min_factor": 0.0},
    "normal": {"std": 0.01},
    "orthogonal": {"gain": 1.0},
    "dropout": {"rate": 0.5},
    "batch_norm": {"eps": 1e-5, "momentum": 0.1},
    "layer_norm": {"eps": 1e-5},
    "loss": {"label_smoothing": 0.1},
}
BAD = {
    "leaky_relu": {"negative_slope": [-0.1, 1.0, math.nan, "0.1", True, None]},
    "elu": {"alpha": [0.0, -1.0, math.inf]},
    "gelu": {"approximate": ["exact", "", None, 1]},
    "softplus": {"beta": [0.0, -1.0]},
    "momentum": {"momentum": [-0.1, 1.0], "dampening": [-0.1, 1.0]},
    "nesterov": {"momentum": [0.0, 1.0]},
    "adam": {"beta1": [-0.1, 1.0, 1.5], "beta2": [-0.1, 1.0], "eps": [0.0, -1e-8, math.inf]},
    "adamw": {
        "beta1": [-0.1, 1.0],
        "beta2": [-0.1, 1.0],
        "eps": [0.0, -1e-8],
        "weight_decay": [-1.0, math.nan],
    },
    "rmsprop": {
        "alpha": [-0.1, 1.0],
        "eps": [0.0],
        "momentum": [-0.1, 1.0],
        "centered": [0, "yes", None],
    },
    "adagrad": {"eps": [0.0], "initial_accumulator": [-1.0], "lr_decay": [-1.0]},
    "lion": {"beta1": [-0.1, 1.0], "beta2": [-0.1, 1.0], "weight_decay": [-1.0]},
    "lbfgs": {
        "history": [0, 1001, 2.5, True],
        "c1": [0.0, 1.0],
        "c2": [0.0, 1.0, 1e-5],
        "max_evaluations": [0, 1.5],
    },
    "step": {"step_epochs": [0, -1, 1.5, True], "gamma": [0.0, 1.1]},
    "exponential": {"gamma": [0.0, 1.1, math.nan]},
    "cosine": {"min_factor": [-0.1, 1.1]},
    "linear": {"end_factor": [-0.1, 1.1]},
    "onecycle": {
        "pct_start": [-0.1, 1.1],
        "div_factor": [0.5, math.inf],
        "final_div_factor": [0.5, 0.0],
    },
    "plateau": {
        "factor": [0.0, 1.0],
        "patience": [-1, 0.5],
        "threshold": [-0.1, 1.0],
        "min_factor": [-0.1, 1.1],
    },
    "normal": {"std": [0.0, -1.0]},
    "orthogonal": {"gain": [0.0, -1.0]},
    "dropout": {"rate": [-0.1, 1.0, math.nan]},
    "batch_norm": {"eps": [0.0, -1.0], "momentum": [-0.1, 1.1]},
    "layer_norm": {"eps": [0.0, -1.0]},
    "loss": {"label_smoothing": [-0.1, 1.0]},
}


def use(name, args, kernels):
    """Hand the hyperparameters to whatever ``name`` is."""
    rng = np.random.default_rng(0)
    if name in ACTIVATIONS:
        return kernels.of(ACTIVATIONS[name])(**args)
    if name in OPTIMIZERS:
        return kernels.of(OPTIMIZERS[name])(4, 3, np.float32, **args)
    if name == "plateau":
        return SCHEDULES[name](**args)
    if name in SCHEDULES:
        return SCHEDULES[name](0, 10, 100, **args)
    if name in initializers.INITIALIZERS:
        return initializers.INITIALIZERS[name](rng, 3, 2, **args)
    if name == "dropout":
        return kernels.of(Dropout)(rng=rng, **args)
    if name == "batch_norm":
        return kernels.of(BatchNorm)(*np.ones((4, 3)), **args)
    if name == "layer_norm":
        return kernels.of(LayerNorm)(*np.ones((4, 3)), **args)
    return kernels.of(SoftmaxCrossEntropy)(**args)


BAD_VALUES = [
    pytest.param(name, key, value, id=f"{name}.{key}={value!r}")
    for name, keys in BAD.items()
    for key, values in keys.items()
    for value in values
]


@pytest.mark.parametrize(("name", "key", "value"), BAD_VALUES)
def test_bad_value(kernels, name, key, value):
    with pytest.raises(HyperparameterError) as caught:
        use(name, GOOD[name] | {key: value}, kernels)
    error = caught.value
    assert error.name == key
    assert error.value is value
    assert str(error) == f"{key} must be {error.rule}, got {value!r}"
    assert error.rule


@pytest.mark.parametrize("name", GOOD)
def test_good_values(kernels, name):
    assert use(name, GOOD[name], kernels) is not None


@pytest.mark.parametrize(
    "registry", [ACTIVATIONS, OPTIMIZERS, SCHEDULES, initializers.INITIALIZERS]
)
def test_tables_name_every_hyperparameter(registry):
    """What the signatures have, and nothing else: annotated, keyword-only, without defaults."""
    for name, constructor in registry.items():
        parameters = inspect.signature(constructor).parameters.values()
        own = {p.name: p for p in parameters if p.kind is p.KEYWORD_ONLY}
        assert set(own) == set(GOOD.get(name, {})) == set(BAD.get(name, {}))
        for parameter in own.values():
            assert parameter.annotation in (float, int, bool, str)
            assert parameter.default is parameter.empty


@pytest.mark.parametrize(
    ("args", "name"),
    [
        ({"sizes": [4]}, "sizes"),
        ({"sizes": [4, 0, 3]}, "sizes[1]"),
        ({"sizes": [4, 2.5, 3]}, "sizes[1]"),
        ({"sizes": [4, 10_000_001, 3]}, "sizes[1]"),
        ({"batch_norm": True, "layer_norm": True}, "layer_norm"),
        ({"initializer": "xavier"}, "initializer"),
        ({"dropout": [0.1, 0.2, 0.3]}, "dropout"),
        ({"dropout": 1.0}, "rate"),
        ({"input_dropout": -0.5}, "rate"),
        ({"batch_norm": True, "bn_eps": 0.0}, "eps"),
        ({"initializer": "normal", "init_std": 0.0}, "std"),
        ({"initializer": "orthogonal", "init_gain": -1.0}, "gain"),
    ],
)
def test_network(args, name):
    rng = np.random.default_rng(0)
    args = {"sizes": [4, 5, 5, 3], "dropout_rng": rng} | args
    with pytest.raises(HyperparameterError) as caught:
        Network(args.pop("sizes"), ACTIVATIONS["relu"](), rng=rng, **args)
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("interval", "value", "rule"),
    [
        ("[0, 1)", 1.0, "in [0, 1)"),
        ("[0, 1)", -0.001, "in [0, 1)"),
        ("(0, 1]", 0, "in (0, 1]"),
        ("(0, inf)", 0.0, "greater than 0"),
        ("[1, inf)", 0.99, "at least 1"),
        ("[0, 1]", "half", "a number in [0, 1]"),
        ("[0, 1]", True, "a number in [0, 1]"),
    ],
)
def test_rule_in_words(interval, value, rule):
    with pytest.raises(HyperparameterError) as caught:
        range_checks.in_interval("x", value, interval)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("interval", "value"),
    [("[0, 1)", 0), ("(0, 1]", 1), ("[0, 1]", np.float32(0.5)), ("(0, inf)", 1e308)],
)
def test_ends_belong_to_closed_intervals(interval, value):
    assert range_checks.in_interval("x", value, interval) == value
