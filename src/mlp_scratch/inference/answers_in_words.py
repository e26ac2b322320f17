"""What a network says of one row, and what is true of it, as people read it."""

import numpy as np

from mlp_scratch.engine.task import Task

NONE = "none of the labels"
SHOWN = 3  # classes named for each picture


def in_words(task: Task, row: np.ndarray, threshold: float) -> str:
    """What is predicted of one row: ``7 98.2%, 2 1.1%``, ``price 21.3``, ``red 91.0%``."""
    if task.name == "classification":
        order = np.argsort(-row, kind="stable")[:SHOWN]
        return ", ".join(f"{task.names[i]} {row[i]:.1%}" for i in order)
    if task.name == "multilabel":
        pairs = zip(task.names, row, strict=True)
        return ", ".join(f"{name} {p:.1%}" for name, p in pairs if p >= threshold) or NONE
    pairs = zip(task.columns(), row.ravel(), strict=True)
    return ", ".join(f"{name} {short(value)}" for name, value in pairs)


def true_in_words(task: Task, truth: np.ndarray) -> str:
    """What is true of one row, in its own units; nothing of what reconstructs its inputs."""
    if task.reconstructs:
        return ""
    if task.name == "classification":
        return task.names[int(truth)]
    pairs = zip(task.names, truth, strict=True)
    if task.name == "multilabel":
        return ", ".join(name for name, there in pairs if there) or "none"
    if len(task.names) == 1:
        return short(float(truth[0]))
    return ", ".join(f"{name} {short(value)}" for name, value in pairs)


def short(value: float) -> str:
    return f"{value:.6g}"
