"""``layers.csv`` and ``histograms.npz``: what was seen in a run's layers, written and read back.

layers.csv has a row for each look and layer, and only ever grows while a run goes on; epoch 0 is
before the first step, layer 1 the first. histograms.npz has the histograms of the same looks, twice
40 counts for each of them and each layer, and is replaced whole. Both are written before each
checkpoint, so that a run that is resumed from it has lost nothing.
"""

import contextlib
import io
import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp_scratch.files import write_atomically, write_text_atomically
from mlp_scratch.insight.layers.probe import BINS, LayerState, Look
from mlp_scratch.runs.array_file import read_arrays
from mlp_scratch.runs.metrics_file import read_metrics

COLUMNS = ("epoch", "layer", *LayerState._fields)
KINDS = ("z", "a")  # histograms of pre-activations and of activations
_ARRAYS = (*KINDS, *(f"{kind}_range" for kind in KINDS))
LARGEST = 1 << 24  # bytes of a histograms.npz: 400 looks at 100 layers


@dataclass(frozen=True)
class LayerTable:
    """layers.csv: ``epochs`` (looks,) and the columns by name, (looks, layers) float64."""

    epochs: np.ndarray
    columns: dict[str, np.ndarray]

    @property
    def layers(self) -> int:
        """How many there are, the output included."""
        return self.columns["z_mean"].shape[1]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]


@dataclass(frozen=True)
class HistogramTable:
    """histograms.npz: ``epochs`` (looks,), and by name: ``z`` and ``a`` (looks, layers, BINS), the
    counts; ``z_range`` and ``a_range`` (looks, layers, 2), where the first bin begins and the last
    one ends."""

    epochs: np.ndarray
    arrays: dict[str, np.ndarray]

    @property
    def layers(self) -> int:
        """How many there are, the output included."""
        return self.arrays["z"].shape[1]


def read_layers(path: Path) -> LayerTable:
    """``layers.csv``; a look whose rows are not all there yet is left out.

    Raises OSError when it cannot be read and ValueError when it is not such a table.
    """
    table = read_metrics(path)
    if missing := [name for name in COLUMNS if name not in table]:
        raise ValueError(f"no column {missing[0]!r}")
    layer = table["layer"]
    layers = int(layer.max()) if len(layer) and 1 <= layer.max() <= len(layer) else 1
    looks = len(layer) // layers
    if len(layer) < layers:  # not even the first look is whole, unless nothing was written
        looks, layers = 0, max(1, layers)
    shaped = {name: table[name][: looks * layers].reshape(looks, layers) for name in COLUMNS}
    epochs = shaped.pop("epoch")
    if not (shaped.pop("layer") == np.arange(1, layers + 1)).all():
        raise ValueError("layers must be numbered from 1 in each epoch")
    if not (epochs == epochs[:, :1]).all() or (np.diff(epochs[:, 0]) <= 0).any():
        raise ValueError("epochs must rise, each with all of its layers")
    if not np.isin(epochs, epochs.astype(np.int64)).all():
        raise ValueError("epochs must be whole numbers")
    if any(((shaped[name] < 0) | (shaped[name] > 1)).any() for name in ("dead", "saturated")):
        raise ValueError("shares of units lie between 0 and 1")
    return LayerTable(epochs[:, 0].astype(np.int64), shaped)


def layers_if_any(path: Path) -> LayerTable | None:
    """``layers.csv``; None where there is none, or none that can be read."""
    try:
        return read_layers(path)
    except (OSError, ValueError):
        return None


def read_histograms(path: Path) -> HistogramTable:
    """``histograms.npz``. Raises OSError or ValueError."""
    epochs, *others = read_arrays(path, ("epochs", *_ARRAYS), LARGEST)
    arrays = dict(zip(_ARRAYS, others, strict=True))
    if epochs.ndim != 1 or epochs.dtype != np.int64 or (np.diff(epochs, prepend=-1) <= 0).any():
        raise ValueError("epochs must be whole numbers that rise")
    layers = arrays["z"].shape[1] if arrays["z"].ndim == 3 else 0
    for kind in KINDS:
        counts, ranges = arrays[kind], arrays[f"{kind}_range"]
        if counts.shape != (len(epochs), layers, BINS) or counts.dtype != np.uint32:
            raise ValueError(f"{kind} must be counts (looks, layers, {BINS})")
        if ranges.shape != (len(epochs), layers, 2) or ranges.dtype != np.float64:
            raise ValueError(f"{kind}_range must be (looks, layers, 2)")
    return HistogramTable(epochs, arrays)


class LayerRecords:
    """Writes the two files. They are begun anew with those looks of theirs that ``keep`` says yes
    to, given the epoch; what is damaged, or of another network, is lost. Raises OSError.

    layers: how many the network has.
    """

    def __init__(self, csv: Path, npz: Path, layers: int, keep: Callable[[int], bool]) -> None:
        self._csv, self._npz = csv, npz
        self._epochs: list[int] = []
        self._arrays: dict[str, list[np.ndarray]] = {name: [] for name in _ARRAYS}
        self._saved = 0  # looks in the file of histograms
        lines: list[str] = []
        if (table := layers_if_any(csv)) is not None and table.layers == layers:
            for i, epoch in enumerate(table.epochs.tolist()):
                if keep(epoch):
                    states = zip(*(table[name][i] for name in LayerState._fields), strict=True)
                    lines += _lines(epoch, states)
        with contextlib.suppress(OSError, ValueError):
            histograms = read_histograms(npz)
            if histograms.layers == layers:
                kept = [i for i, epoch in enumerate(histograms.epochs.tolist()) if keep(epoch)]
                self._epochs = histograms.epochs[kept].tolist()
                self._arrays = {name: [*looks[kept]] for name, looks in histograms.arrays.items()}
        self._new = [",".join(COLUMNS), *lines]
        if os.path.lexists(csv):  # otherwise the first ``save`` is soon enough
            write_text_atomically(csv, "\n".join([*self._new, ""]), durable=False)
            self._new = []

    def append(self, epoch: int, look: Look) -> None:
        """Take in a look; it is written by ``save``."""
        self._new += _lines(epoch, look.states)
        self._epochs.append(epoch)
        for kind, histograms in (("z", look.z), ("a", look.a)):
            self._arrays[kind].append(np.array([h.counts for h in histograms], np.uint32))
            ranges = np.array([(h.low, h.high) for h in histograms])
            self._arrays[f"{kind}_range"].append(ranges)

    def save(self) -> None:
        """Write what the files do not have yet. Raises OSError."""
        if self._new:  # lines that are not yet in the other file
            with open(self._csv, "a", encoding="utf-8", newline="\n") as file:
                file.write("\n".join([*self._new, ""]))
            self._new = []
        if len(self._epochs) == self._saved:
            return
        arrays = {"epochs": np.array(self._epochs, np.int64)}
        arrays |= {name: np.array(looks) for name, looks in self._arrays.items()}
        buffer = io.BytesIO()  # one write instead of many small ones
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        write_atomically(self._npz, lambda file: file.write(buffer.getbuffer()), durable=False)
        self._saved = len(self._epochs)


def _lines(epoch: int, states: Iterable[Sequence[float]]) -> list[str]:
    """The rows of a look. Six digits tell all that there is to be seen."""
    return [
        ",".join([str(epoch), str(layer), *("" if math.isnan(v) else f"{v:.6g}" for v in state)])
        for layer, state in enumerate(states, start=1)
    ]
