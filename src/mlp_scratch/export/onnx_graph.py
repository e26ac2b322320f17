"""A trained network as an ONNX graph: pixels in as they are stored, logits and probabilities out.

    pixels (batch, features) float32 -> normalization -> MatMul, Add -> [norm] -> activation
    -> ... -> logits -> Softmax -> probabilities (batch, classes) float32

Several labels end in a sigmoid, numbers in their own units as ``predictions``.

Of a table the input is ``features``, as its encoder gives them; the metadata have their names.
Where they have an ``offset``, it is to be taken off the inputs, and added to an autoencoder's
outputs.

Everything is spelled with operators of opset 13, which every runtime knows. Dropout is gone:
evaluation is the identity.
"""

import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

from mlp_scratch import __version__
from mlp_scratch.errors import ConfigError
from mlp_scratch.runs.network_operations import Operation, operations
from mlp_scratch.runs.saved_run import TrainedNetwork

OPSET, IR_VERSION = 13, 8
PREDICTED = {
    "classification": "probabilities",
    "multilabel": "probabilities",
    "regression": "predictions",
    "autoencoder": "predictions",
}
# losses whose outputs are numbers, all of them scaled alike; Poisson's are logarithms
AS_THEY_ARE = ("squared_error", "absolute_error", "huber", "pinball", "poisson")


class _Graph:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        self._numbers = itertools.count()

    def add(self, operator: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        name = name or f"{operator.lower()}_{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name, **attributes))
        return name

    def constant(self, value: np.ndarray | float, name: str | None = None) -> str:
        """Add a float32 constant; return its name."""
        name = name or f"constant_{next(self._numbers)}"
        self.constants[name] = np.array(value, np.float32, order="C")
        return name

    def scaled(self, x: str, factor: float) -> str:
        return x if factor == 1.0 else self.add("Mul", x, self.constant(factor))


def onnx_model(trained: TrainedNetwork) -> ModelProto:
    """The model of ``trained``, checked by ONNX's own checker.

    Raises ConfigError for an activation or a loss that has no spelling here.
    """
    graph, kept = _Graph(), ""
    x, last = _normalized(graph, trained), len(trained.network.blocks) - 1
    for operation in operations(trained):
        if operation.kind == "keep":
            kept = x
        elif operation.kind == "add":
            x = graph.add("Add", kept, x)
        else:
            x = _added(graph, x, operation, last)
    _predicted(graph, x, trained)
    return _model(graph, trained)


def _added(graph: _Graph, x: str, operation: Operation, last: int) -> str:
    """last: number of the affine map whose outputs are called logits."""
    kind, k, arrays, values = operation
    if kind == "dense":
        x = graph.add("MatMul", x, graph.constant(arrays["W"], f"W{k}"))
        b = graph.constant(arrays["b"], f"b{k}")
        return graph.add("Add", x, b, name="logits" if k == last else None)
    if kind == "multiply":
        return graph.scaled(x, values["factor"])
    if kind == "activation":
        if values["name"] not in _ACTIVATIONS:
            raise ConfigError(f"activation={values['name']}: cannot be exported to ONNX")
        return _ACTIVATIONS[values["name"]](graph, x, values)
    names = {name: graph.constant(array, f"{name}{k}") for name, array in arrays.items()}
    if kind == "batch_norm":
        return graph.add("BatchNormalization", x, *names.values(), epsilon=values["eps"])
    return _layer_norm(graph, x, names["gamma"], names["beta"], values["eps"])


def _layer_norm(graph: _Graph, x: str, gamma: str, beta: str, eps: float) -> str:
    """In operators that are older than ONNX's own."""
    x = graph.add("Sub", x, graph.add("ReduceMean", x, axes=[1]))
    var = graph.add("ReduceMean", graph.add("Mul", x, x), axes=[1])
    std = graph.add("Sqrt", graph.add("Add", var, graph.constant(eps)))
    return graph.add("Add", graph.add("Mul", graph.add("Div", x, std), gamma), beta)


def _normalized(graph: _Graph, trained: TrainedNetwork) -> str:
    """(x - shift) * scale, in the order in which training does it."""
    x, normalizer = _input_name(trained), trained.normalizer
    if normalizer.shift.any():
        x = graph.add("Sub", x, graph.constant(normalizer.shift, "shift"))
    if (normalizer.scale != 1).any():
        x = graph.add("Mul", x, graph.constant(normalizer.scale, "scale"))
    return x


def _predicted(graph: _Graph, outputs: str, trained: TrainedNetwork) -> None:
    """Add what ``Task.predictions`` makes of the outputs, called ``PREDICTED``."""
    task = trained.task
    name = PREDICTED[task.name]
    if task.name == "classification":
        graph.add("Softmax", outputs, name=name, axis=1)
    elif task.name == "multilabel":
        graph.add("Sigmoid", outputs, name=name)
    elif task.reconstructs:
        y = graph.add("Div", outputs, graph.constant(trained.normalizer.scale))
        graph.add("Add", y, graph.constant(trained.normalizer.shift), name=name)
    elif task.loss_name not in AS_THEY_ARE:
        raise ConfigError(f"loss={task.loss_name}: its outputs cannot be exported to ONNX")
    else:
        y = graph.add("Exp", outputs) if task.loss_name == "poisson" else outputs
        per_target = task.outputs // len(task.names)
        scale, shift = (np.repeat(a, per_target) for a in (task.scale, task.shift))
        y = graph.add("Mul", y, graph.constant(scale, "target_scale"))
        graph.add("Add", y, graph.constant(shift, "target_shift"), name=name)


def _gelu(graph: _Graph, z: str, activation: dict[str, Any]) -> str:
    """z (1 + erf(z / sqrt 2)) / 2, or with tanh(sqrt(2 / pi) (z + 0.044715 z^3)) for the erf."""
    if activation["approximate"] == "none":
        bend = graph.add("Erf", graph.scaled(z, math.sqrt(0.5)))
    else:
        cube = graph.add("Mul", z, graph.add("Mul", z, z))
        inner = graph.add("Add", z, graph.scaled(cube, 0.044715))
        bend = graph.add("Tanh", graph.scaled(inner, math.sqrt(2.0 / math.pi)))
    return graph.add("Mul", z, graph.scaled(graph.add("Add", bend, graph.constant(1.0)), 0.5))


def _softplus(graph: _Graph, z: str, activation: dict[str, Any]) -> str:
    beta = activation["beta"]
    return graph.scaled(graph.add("Softplus", graph.scaled(z, beta)), 1.0 / beta)


_ACTIVATIONS: dict[str, Callable[[_Graph, str, dict[str, Any]], str]] = {
    "relu": lambda graph, z, _: graph.add("Relu", z),
    "leaky_relu": lambda graph, z, a: graph.add("LeakyRelu", z, alpha=float(a["negative_slope"])),
    "elu": lambda graph, z, a: graph.add("Elu", z, alpha=float(a["alpha"])),
    "selu": lambda graph, z, _: graph.add("Selu", z),  # ONNX's constants are the paper's
    "gelu": _gelu,
    "silu": lambda graph, z, _: graph.add("Mul", z, graph.add("Sigmoid", z)),
    "tanh": lambda graph, z, _: graph.add("Tanh", z),
    "sigmoid": lambda graph, z, _: graph.add("Sigmoid", z),
    "softplus": _softplus,
    "identity": lambda graph, z, _: z,
}


def _input_name(trained: TrainedNetwork) -> str:
    return "pixels" if trained.encoder is None else "features"


def _features(trained: TrainedNetwork) -> dict[str, str]:
    """Metadata: what the inputs are called, and what is taken off them before."""
    said, offset = {}, trained.normalizer.offset
    if trained.encoder is not None:
        said["feature_names"] = json.dumps(trained.encoder.names, ensure_ascii=False)
    if offset.any():
        said["offset"] = json.dumps(offset.tolist())
    return said


def _model(graph: _Graph, trained: TrainedNetwork) -> ModelProto:
    sizes = trained.network.sizes
    tensor = helper.make_tensor_value_info
    proto = helper.make_graph(
        graph.nodes,
        "mlp",
        [tensor(_input_name(trained), TensorProto.FLOAT, ["batch", sizes[0]])],
        [
            tensor(name, TensorProto.FLOAT, ["batch", sizes[-1]])
            for name in ("logits", PREDICTED[trained.task.name])
        ],
        [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
    )
    model = helper.make_model(
        proto,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="mlp_scratch",
        producer_version=__version__,
    )
    helper.set_model_props(
        model,
        {
            "task": trained.task.name,
            "class_names": json.dumps(trained.task.names, ensure_ascii=False),
            "image_shape": json.dumps(trained.image_shape),
            "data": trained.data_name,
        }
        | _features(trained),
    )
    checker.check_model(model, full_check=True)
    return model
