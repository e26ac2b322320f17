"""The observer that looks into the layers between epochs, in the rhythm of ``rhythm.py``."""

from mlp_scratch.engine.observer import Observer
from mlp_scratch.engine.trainer import Trainer
from mlp_scratch.insight.layers.layer_records import LayerRecords
from mlp_scratch.insight.layers.probe import Probe
from mlp_scratch.insight.layers.rhythm import gap_between, looks
from mlp_scratch.runs.folder import RunFolder


class LayerWatch(Observer):
    """Looks before the first step, after the epochs that are due, and after the last one planned.

    A run that is resumed goes on with its files: looks after the checkpoint are made again, and
    that of an end that is no longer one goes, so that they are those of a run never interrupted.
    Raises OSError.

    closely: in the rhythm of a training that is long compared with a look, whatever it costs.
    """

    def __init__(self, folder: RunFolder, trainer: Trainer, closely: bool) -> None:
        network, done = trainer.network, trainer.epoch
        self._probe = Probe(network, trainer.train, trainer.task, trainer.settings.seed)
        rows, batch_rows = len(self._probe.positions), trainer.descent.batch_rows
        epoch = (rows, network.parameters.size, batch_rows, trainer.n_batches)
        gap = 1 if closely else gap_between(*epoch)
        self._coming, self._last = looks(gap), trainer.settings.epochs
        self._next, past = next(self._coming), set()
        while self._next <= done:
            past.add(self._next)
            self._next = next(self._coming)
        if done == self._last:
            past.add(done)
        begun = trainer.step > 0
        self._records = LayerRecords(
            *(folder.layers, folder.histograms, len(network.blocks)),
            keep=lambda epoch: begun and epoch in past,
        )
        if not begun:
            self._records.append(0, self._probe.look())

    def before_last_step(self, epoch: int) -> None:
        if epoch in (self._next, self._last):
            self._probe.before_step()

    def on_epoch(self, row: dict[str, float], is_best: bool) -> None:
        epoch = int(row["epoch"])
        if epoch in (self._next, self._last):
            self._records.append(epoch, self._probe.look())
        if epoch == self._next:
            self._next = next(self._coming)

    def on_save(self) -> None:
        self._records.save()
