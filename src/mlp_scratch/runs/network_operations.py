"""A trained network as a row of plain operations: what others need who compute the same elsewhere.

Evaluation only: dropout is the identity there and is left out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from mlp_scratch.nn.blocks import Residual
from mlp_scratch.nn.layers import BatchNorm
from mlp_scratch.runs.saved_run import TrainedNetwork


class Operation(NamedTuple):
    """What happens to x, the units of one layer.

    kind: ``dense`` y = x W + b; ``batch_norm``, ``layer_norm`` as ``nn/layers.py`` has them;
    ``multiply`` by ``factor``; ``activation`` of that ``name``; ``keep``: x is remembered, until
    ``add`` adds it. number: of the affine map that it stands beside, from 0. arrays: live ones, by
    their names. values: numbers and words, an activation's as in the config.
    """

    kind: str
    number: int
    arrays: dict[str, np.ndarray]
    values: dict[str, Any]


def operations(trained: TrainedNetwork) -> Iterator[Operation]:
    """From normalized features to the outputs of the last layer, in order."""
    network, chosen, number = trained.network, iter(trained.activations), 0
    for stage in network.stages:
        around = isinstance(stage, Residual)
        if around:
            yield Operation("keep", number, {}, {})
        for block in stage.blocks if around else [stage]:
            if block.norm and block.norm_first:
                yield _norm(block.norm, number)
            if block.scale:
                yield Operation("multiply", number, {}, {"factor": block.scale.factor})
            yield Operation("dense", number, {"W": block.dense.W, "b": block.dense.b}, {})
            if block.norm and not block.norm_first:
                yield _norm(block.norm, number)
            if block.gain:
                yield Operation("multiply", number, {}, {"factor": block.gain.factor})
            if block.activation:
                yield Operation("activation", number, {}, dict(next(chosen)))
            number += 1
        if around:
            yield Operation("add", number - 1, {}, {})


def _norm(norm: Any, number: int) -> Operation:
    arrays = {"gamma": norm.gamma, "beta": norm.beta}
    if not isinstance(norm, BatchNorm):
        return Operation("layer_norm", number, arrays, {"eps": norm.eps})
    arrays |= {"running_mean": norm.running_mean, "running_var": norm.running_var}
    return Operation("batch_norm", number, arrays, {"eps": norm.eps})
