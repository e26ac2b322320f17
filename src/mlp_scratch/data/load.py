"""From the name of a data set to its arrays: find the files, else download them; parse them once,
keep the result in the cache.
"""

import os
from pathlib import Path
from typing import Any

from mlp_scratch.data.cache import Cache, stamps
from mlp_scratch.data.dataset import Dataset, assemble
from mlp_scratch.data.division.division import divided
from mlp_scratch.data.lookup.data_request import Request
from mlp_scratch.data.lookup.lookup_mnist import find_mnist_like
from mlp_scratch.data.lookup.plans import DATASETS
from mlp_scratch.data.tables.rows_with_gaps import settle_gaps
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.typos import did_you_mean

TABLES = ("table", "csv")


def load_dataset(
    name: str,
    *,
    dir: str | Path,
    cache_dir: str | Path | None,
    test_fraction: float = 0.0,
    seed: int = 0,
    shuffle: bool = True,
    limit: int | None = None,
    **asked: Any,
) -> Dataset:
    """Load a data set of ``DATASETS``, or ``auto``.

    Args:
        name: which data set.
        dir: files are looked up here and in ``dir/<name>/``.
        cache_dir: where parsed data is kept; None keeps nothing.
        test_fraction: the share of rows to hold out as test set where the files have none.
        seed: seed of that choice, and of the next.
        limit: how many training rows to take at most.
        shuffle: False: nothing is drawn, the last rows are taken.
        asked: the other fields of `Request`, such as ``path`` and ``label``.

    Raises:
        DataError: the files are missing, damaged, or not data. ConfigError: no such data set.
    """
    if name == "auto":
        name, _ = resolve_auto(dir, asked.get("shared"))
    if name not in DATASETS:
        raise ConfigError(
            f"data={name}: no such data set{did_you_mean(name, DATASETS)}; "
            f"there are auto, {', '.join(DATASETS)}"
        )
    if not 0 <= test_fraction < 1:
        raise DataError(f"data.test_fraction must be in [0, 1), got {test_fraction:g}")
    request = Request(name=name, dir=Path(dir), **asked)
    for key in ("weight", "split", "group", "drop", "keep", "categorical"):
        if getattr(request, key) not in (None, ()) and name not in TABLES:
            raise DataError(f"data.{key}: only tables (data=table) have columns to name")
    try:
        plan = DATASETS[name](request)
    except OSError as error:  # a name too long to be one
        where = str(error.filename or request.path or dir)[:100]
        raise DataError(f"{where}: cannot be looked up ({error.strerror})") from error
    task = plan.task if request.task == "auto" else request.task
    if cache_dir is None:
        salt = str([*stamps(plan.files), *(listing.digest for listing in plan.listings)])
        dataset = assemble(name, plan.parse(), salt, task)
    else:
        options, folder = plan.options | {"task": task}, Path(os.path.expanduser(cache_dir))
        cache = Cache(folder, name, plan.files, options, plan.listings)
        cached = cache.load()
        dataset = cached or assemble(name, plan.parse(), str([*cache.before, *cache.listed]), task)
        if cached is None:
            cache.store(dataset)
    dataset = settle_gaps(dataset, request.missing)
    return divided(dataset, test_fraction, seed, shuffle, limit)


def resolve_auto(dir: str | Path, shared: str | Path | None = None) -> tuple[str, str]:
    """What ``data=auto`` means here, ``mnist`` or ``digits``, and the line that announces it."""
    for folder in (dir, shared):
        if folder is None:
            continue
        if files := find_mnist_like("mnist", Path(os.path.expanduser(folder))):
            return "mnist", f"data: mnist, found in {files[0].parent}"
    return "digits", (
        f"data: digits (built in), as no MNIST files lie in {dir}; data=mnist downloads them"
    )
