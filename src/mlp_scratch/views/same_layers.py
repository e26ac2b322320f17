"""Whether two runs have networks of the same layers, whose parameters can stand for each other."""

from typing import Any

from mlp_scratch.config.structure import config_keys
from mlp_scratch.config.written_values import shown
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint
from mlp_scratch.errors import RunError
from mlp_scratch.runs.folder import RunFolder


def check_same_layers(first: RunFolder, second: RunFolder, which: str) -> None:
    """Raise RunError where parameters of the one would mean something else in the other."""
    ours, theirs = (
        _layers(read_checkpoint(folder.best if which == "best" else folder.last))
        for folder in (first, second)
    )
    for key, value in ours.items():
        if theirs[key] != value:
            differ = f"has {key}={shown(theirs[key])}, and {first.path} has {shown(value)}"
            if key in ("classes or targets", "features"):
                differ = f"has other {key} than {first.path}"
            raise RunError(f"{second.path}: {differ}; a line needs the same layers at both ends")


def _layers(checkpoint: Checkpoint) -> dict[str, Any]:
    """What must be the same, by the config key that makes it so."""
    meta = checkpoint.meta
    task, said = meta.get("task") or {}, checkpoint.structure
    structure = config_keys(said) | {"parametrization": said["mup"] or "standard"}
    return {
        "model.layers": list(meta["sizes"]),
        "activation": dict(meta["activation"]),
        "model.batch_norm": meta["batch_norm"]["on"],
        **{f"model.{key}": value for key, value in structure.items()},
        "task": task.get("name", "classification"),
        "classes or targets": list(task.get("names") or meta["class_names"]),
        "features": meta.get("feature_names"),
    }
