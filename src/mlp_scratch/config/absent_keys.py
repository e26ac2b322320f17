"""What it means when a config does not have a key: what was the rule before there was the key.

Runs, checkpoints, sweeps and users' own YAML files from before know nothing of it. So whoever reads
a config fills in this value, and whoever tells experiments apart leaves it out.
"""

from typing import Any

ABSENT_MEANS: dict[str, Any] = {  # by dotted key: what was so before
    "model.freeze": 0,
    "training.kernels": "fast",
    "task": "classification",
    "loss": {"name": "cross_entropy"},
    "data.weight": None,
    "data.drop": None,
    "data.keep": None,
    "data.categorical": None,
    "data.missing_values": None,
    "data.delimiter": "auto",
    "data.decimal": "auto",
    "data.quote": "auto",
    "data.encoding": "auto",
    "data.comment": "auto",
    "data.header": "auto",
    "data.normalize_target": True,
    "data.val_path": None,
    "data.split": None,
    "data.group": None,
    "data.shuffle": True,
    "data.limit": None,
    "training.folds": None,
    "training.fold": None,
    "data.missing": "auto",
    "data.rare": 3,
    "data.max_width": 10_000,
    "data.image_size": None,
    "data.colors": "auto",
    "data.reader": "auto",
    "data.broken": "leave_out",
    "data.n": None,
    "data.noise": None,
    "regularization.class_weight": None,
    "training.metrics": None,
    "training.sampler": "shuffle",
    "training.dtype": "float32",
    "training.max_seconds": None,
    "training.record_layers": "auto",  # a run from before goes on with it
    "training.snapshots": 0,
    "model.layer_norm": False,
    "model.ln_eps": 1e-5,
    "model.activations": None,
    "model.residual": "none",
    "model.parametrization": "standard",
    "model.base_width": 64,
}


def is_absent(key: str, value: Any) -> bool:
    """Whether the absence of this dotted key means that it has this value."""
    return key in ABSENT_MEANS and value == ABSENT_MEANS[key]
