"""How many processes, or threads, work on a step, and the one place where they come in.

The bits of a run depend on their number, so ``auto`` is a pure function of the config and of the
machine's cores, never of load or timing; the number used is recorded. What the workers do is in
``engine/parallel``, which may be deleted, as ``nn/fast`` may: the plain kernels do all by
themselves.
"""

import sys
from importlib.util import find_spec

from mlp_scratch import blas
from mlp_scratch.cores import THREADS_ALLOWED, physical_cores, usable_cores
from mlp_scratch.engine.loop import GradientDescent
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.range_checks import whole

SHARED_ROWS = 16  # a worker with fewer rows of a batch would hardly be worth the wait
THREADED_BATCH = 512  # rows of a step, from which two threads share it with profit without a fork
SHARED_WORK = 10_000_000  # parameters times rows of a step (0.2 ms), from which sharing it pays


def thread_count(
    setting: int | str, batch_size: int, parameters: int, can_share: bool = True
) -> int:
    """Threads for ``training.threads``, given the rows of a step and the parameters of the network.

    can_share: what ``shareable`` says of the network. ``auto`` takes two for sharing batches only:
    threads that share a single matrix product wait for each other every few microseconds, which
    helps on an idle machine and is ruinous on a busy one.
    """
    if isinstance(setting, int):
        return whole("threads", setting, *THREADS_ALLOWED)
    if not can_share:
        return 1
    least = 2 * SHARED_ROWS if can_fork() else THREADED_BATCH
    pays = batch_size >= least and batch_size * parameters >= SHARED_WORK
    return min(2, usable_cores(), physical_cores()) if pays else 1


def can_fork() -> bool:
    """Whether this system has a fork that is safe: elsewhere system libraries have threads."""
    return sys.platform == "linux"


def shareable(network: Network) -> bool:
    """Whether several can share a batch: rows pass without heed of each other (there is no batch
    normalization), the kernels are not the plain ones, and the code for it is there."""
    fast = network.kernels.name != "plain"
    return network.separable and fast and find_spec("mlp_scratch.engine.parallel") is not None


def share(descent: GradientDescent, threads: int) -> int:
    """Descend with so many threads; returns how many of them each matrix product should use.

    Where the batches have rows enough, and rows pass without heed of each other, each batch is
    shared by workers and products use one thread. (An augmentation draws anew for every block of
    rows, so its draws depend on the number of workers.) One thread's products go in tiles if BLAS
    has a ``small_product``.
    """
    network, settings = descent.network, descent.settings
    if network.kernels.name == "plain":
        return threads
    from mlp_scratch.nn.fast.replica import replica, tile_products

    workers, parts = min(threads, descent.batch_rows // SHARED_ROWS), [descent.backpropagation]
    if workers > 1 and shareable(network):
        from mlp_scratch.engine.parallel.shared_step import SharedStep

        rows = min(descent.backpropagation.block_rows, -(-descent.batch_rows // workers))
        networks = [network, *(replica(network) for _ in range(workers - 1))]
        parts = [descent.backpropagation_for(each, rows, workers) for each in networks]
        changed = bool(
            settings.l1 or settings.l2 or settings.freeze or settings.clip_norm is not None
        )
        descent.workers = SharedStep(parts, descent.optimizer, len(descent.train), changed)
        threads = 1
    if threads == 1:
        for part in parts:
            tile_products(part.network, blas.small_product())
    return threads
