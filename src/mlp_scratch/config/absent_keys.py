"""What it means when a config does not have a key: what was the rule before there was the key.

Runs, checkpoints, sweeps and users' own YAML files from before know nothing of it. So whoever reads
a config fills in this value, and whoever tells experiments apart leaves it out.
"""

from collections.abc import Mapping
from typing import Any

ABSENT_MEANS: dict[str, Any] = {  # by dotted key: what was so before
    "model.freeze": 0,
    "training.kernels": "fast",
    "training.max_seconds": None,
}


def without_absent(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A copy of a nested config without the keys whose absence means the same."""
    return {
        key: without_absent(value, f"{prefix}{key}.") if isinstance(value, Mapping) else value
        for key, value in nested.items()
        if f"{prefix}{key}" not in ABSENT_MEANS or value != ABSENT_MEANS[f"{prefix}{key}"]
    }
