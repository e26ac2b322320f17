"""What a training must save to go on from any step with the same bits, and how it goes on.

With an average of the weights the average bears the parameters' names, and the optimizer's weights
are beside it, as are running statistics beside those that were computed anew.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from mlp_scratch.engine.epoch_sums import EpochSums

if TYPE_CHECKING:
    from mlp_scratch.engine.trainer import Trainer


def arrays_of(trainer: "Trainer") -> dict[str, np.ndarray]:
    """Live arrays by name, views of what trains: copy or write them before the next step."""
    network, kept = trainer.network, trainer.kept
    arrays = network.parameters.arrays(kept.values)
    if kept.average is not None:
        arrays["optimized_values"] = network.parameters.values
    arrays.update(network.buffers)
    if trainer.settings.bn_recompute:  # the same arrays until the end: ``load`` leaves the latter
        running = kept.before_recompute or network.buffers
        arrays.update({f"trained_{name}": a for name, a in running.items()})
    arrays.update({f"optim_{name}": a for name, a in trainer.optimizer.state.items()})
    return arrays


def values_of(trainer: "Trainer") -> dict[str, Any]:
    """All that is not an array: plain numbers, None, and dicts of such."""
    average, monitor = trainer.kept.average, trainer.monitor
    plateau = trainer.learning_rate.plateau
    return {
        "epoch": trainer.epoch,
        "batch": trainer.batch,
        "step": trainer.step,
        "loss_sum": trainer.sums.loss,
        "correct": trainer.sums.correct,
        "seen": trainer.sums.seen,
        "weight": trainer.sums.weight,
        "optimizer_steps": trainer.optimizer.t,
        "average_updates": 0 if average is None else average.t,
        "learning_rate": {} if plateau is None else plateau.state(),
        "monitor": None if monitor is None else monitor.state(),
    }


def load(
    trainer: "Trainer",
    arrays: dict[str, np.ndarray],
    values: dict[str, Any],
    history: list[dict[str, float]],
) -> None:
    """Put the trainer to where ``arrays`` and ``values`` were taken, after the epochs in
    ``history``."""
    trainer.close()
    trainer.kept.before_recompute = {}
    if trainer.kept.average is not None:
        trainer.kept.average.t = int(values["average_updates"])
    for name, live in arrays_of(trainer).items():
        live[...] = arrays[name]
    trainer.epoch, trainer.batch, trainer.step = (
        int(values[k]) for k in ("epoch", "batch", "step")
    )
    sums = float(values["loss_sum"]), int(values["correct"]), int(values["seen"])
    trainer.sums = EpochSums(*sums, values.get("weight"))
    trainer.optimizer.t = int(values["optimizer_steps"])
    if plateau := trainer.learning_rate.plateau:
        plateau.load(values["learning_rate"])
    if trainer.monitor is not None:
        trainer.monitor.load(values["monitor"])
    trainer.history = list(history)
