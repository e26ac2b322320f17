"""Handing a trained network to other people's programs, one function for each format.

``EXPORTERS[format](checkpoint, origin)`` gives the bytes of a file. All three hold the whole
network: its parameters, its normalization, and what its classes are called.
"""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint
from mlp_scratch.errors import RunError, missing_extra, telling_unwritten
from mlp_scratch.files import write_atomically
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.saved_run import network_of

DESCRIBED = (
    *("sizes", "activation", "batch_norm", "structure", "normalize"),
    *("task", "class_names", "image_shape", "data_name", "feature_names", "columns"),
)


def network_arrays(checkpoint: Checkpoint, origin: str) -> dict[str, np.ndarray]:
    """The network's own arrays: W0, b0, ... (layers are ``y = x W + b``), batch normalization's,
    and ``shift`` and ``scale`` of ``(pixels - offset - shift) * scale``; of a table its
    encoder's, see ``encoder_record.py``. Raises CheckpointError."""
    trained = network_of(checkpoint, origin)
    network = trained.network
    return {**network.parameters.arrays(), **network.buffers, **trained.constants}


def to_npz(checkpoint: Checkpoint, origin: str) -> bytes:
    """Plain arrays for ``np.load``, and ``description``, a text of JSON."""
    arrays: dict[str, Any] = network_arrays(checkpoint, origin)
    arrays["description"] = np.array(json.dumps(_description(checkpoint), ensure_ascii=False))
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def to_safetensors(checkpoint: Checkpoint, origin: str) -> bytes:
    """The arrays as tensors, the description as metadata. Raises ConfigError without the extra."""
    try:
        from safetensors.numpy import save
    except ImportError as error:
        raise missing_extra("--to safetensors", "safetensors", "safetensors") from error
    arrays = network_arrays(checkpoint, origin)
    contiguous = {name: np.array(array, order="C") for name, array in arrays.items()}
    described = _description(checkpoint).items()
    metadata = {k: json.dumps(v, ensure_ascii=False) for k, v in described}
    return save(contiguous, metadata | {"format": "np", "layer": "y = x W + b"})


def to_onnx(checkpoint: Checkpoint, origin: str) -> bytes:
    """A graph from pixels, or a table's encoded features, to probabilities.

    Raises ConfigError without the extra.
    """
    try:
        from mlp_scratch.export import onnx_graph
    except ImportError as error:
        raise missing_extra("--to onnx", "onnx", "onnx") from error
    return onnx_graph.onnx_model(network_of(checkpoint, origin)).SerializeToString()


def _description(checkpoint: Checkpoint) -> dict[str, Any]:
    return {key: checkpoint.meta.get(key) for key in DESCRIBED}


EXPORTERS: dict[str, Callable[[Checkpoint, str], bytes]] = {
    "onnx": to_onnx,
    "safetensors": to_safetensors,
    "npz": to_npz,
}


def export(run: str, form: str, which: str, output: Path | None) -> Path:
    """Export a run, or a file that ``NeuralNet.save`` wrote; return the file's path.

    Raises MlpScratchError.
    """
    source = Path(run)
    if source.is_file():
        path = output or source.with_name(f"{source.stem}_model.{form}")
    else:
        folder = find_run(run)
        source = folder.best if which == "best" else folder.last
        path = output or folder.path / f"model.{form}"
    checkpoint = read_checkpoint(source)
    if path.exists() and (path.samefile(source) or path.absolute().parent.name == "checkpoints"):
        raise RunError(f"{path}: is what is read, or another checkpoint; name another file")
    contents = EXPORTERS[form](checkpoint, str(source))
    with telling_unwritten(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda file: file.write(contents))
    return path
