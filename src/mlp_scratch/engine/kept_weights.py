"""The weights that are evaluated and kept, where they are not the optimizer's own.

With an average of the weights it is the average that is evaluated and saved. With batch
normalization its statistics may be computed anew when the training is over.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mlp_scratch.data.batches import epoch_order
from mlp_scratch.engine.rows import Rows
from mlp_scratch.nn.batch_statistics import recomputed_statistics
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.parameters import restored


class KeptWeights:
    """average: an entry of ``AVERAGES``, or None. train: the rows to find statistics from.

    Attributes:
        before_recompute: batch normalization's running statistics as the training left them, by
            name; empty until others have taken their place.
    """

    def __init__(self, network: Network, average: Any | None, train: Rows, seed: int) -> None:
        self._network, self.average = network, average
        self._train, self._seed = train, seed
        self.before_recompute: dict[str, np.ndarray] = {}

    @property
    def values(self) -> np.ndarray:
        """(size,): the average as soon as there is one, else the parameters themselves."""
        if self.average is not None and self.average.t > 0:
            return self.average.values
        return self._network.parameters.values

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """While entered, the network has these weights."""
        optimized = self._network.parameters.values
        with restored({} if self.values is optimized else {"optimized": optimized}):
            self.adopt()
            yield

    def adopt(self) -> None:
        """When the training is over and saved: leave these weights in the network."""
        if self.values is not self._network.parameters.values:
            self._network.parameters.values[:] = self.values

    def recomputed_statistics(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Batch normalization's, over all training rows, for the parameters in ``arrays``.

        In the order of the first epoch: as stored, neighbours may be of one class.
        """
        order = epoch_order(self._seed, 0, len(self._train))
        blocks = self._train.part(order).blocks(self._network.dtype)
        return recomputed_statistics(self._network, arrays, (x for _, x in blocks))

    def recompute(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Put them in the place of the running statistics."""
        statistics = self.recomputed_statistics(arrays)
        for name, live in self._network.buffers.items():
            self.before_recompute[name] = live.copy()
            live[...] = statistics[name]

    def forget_recomputed(self) -> None:
        """Go back to the statistics of the training."""
        for name, running in self.before_recompute.items():
            self._network.buffers[name][...] = running
        self.before_recompute = {}
