"""From the name of a data set to its arrays: find the files, else download them; parse them once,
keep the result in the cache.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch.data.cache import Cache, stamps
from mlp_scratch.data.dataset import Dataset, assemble
from mlp_scratch.data.division.division import divided
from mlp_scratch.data.lookup.lookup import DATASETS
from mlp_scratch.data.lookup.lookup_mnist import find_mnist_like
from mlp_scratch.data.lookup.requests import Request
from mlp_scratch.data.pictures.picture_reading import PictureReading
from mlp_scratch.data.tables.column_roles import Label
from mlp_scratch.data.tables.rows_with_gaps import settle_gaps
from mlp_scratch.data.tables.text.text_settings import Reading
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.typos import did_you_mean

TABLES = ("table", "csv")


def load_dataset(
    name: str,
    *,
    dir: str | Path,
    cache_dir: str | Path | None,
    path: str | Path | None = None,
    test_path: str | Path | None = None,
    val_path: str | Path | None = None,
    label: Label = None,
    weight: str | None = None,
    split: str | None = None,
    group: str | None = None,
    drop: Sequence[str | int] = (),
    keep: Sequence[str | int] = (),
    categorical: Sequence[str | int] = (),
    reading: Reading = Reading(),  # noqa: B008 (it is frozen)
    task: str = "auto",
    test_fraction: float = 0.0,
    seed: int = 0,
    shuffle: bool = True,
    limit: int | None = None,
    download: bool = True,
    shared: str | Path | None = None,
    download_dir: str | Path | None = None,
    missing: str = "auto",
    pictures: PictureReading = PictureReading(),  # noqa: B008 (it is frozen)
    n: int | None = None,
    noise: float | None = None,
) -> Dataset:
    """Load a data set of ``DATASETS``, or ``auto``.

    Args:
        name: which data set.
        dir: files are looked up here and in ``dir/<name>/``.
        cache_dir: where parsed data is kept; None keeps nothing.
        path: the file or folder to read, for table, npz, npy, idx and folder; absolute, relative to
            the working directory, or relative to ``dir``. The named data sets look there instead of
            ``dir``.
        test_path: a labelled test set in a file of its own.
        val_path: labelled validation rows in a file of their own.
        label: the column of the labels in a table, by name or by number from 0 (default: the
            first), or several; for npy the file of the labels.
        weight: the column of the rows' weights in a table.
        split: the column of what each row is for, see ``split_column.py``.
        group: the column of which rows belong together, see ``row_groups.py``.
        drop: columns of a table that are not read.
        keep: those that are features though they look like none.
        categorical: those that are categories though they look like numbers.
        reading: how a table's text is laid out, and what stands for a missing value.
        task: what the target is taken for, see ``targets.py``.
        test_fraction: the share of rows to hold out as test set where the files have none.
        seed: seed of that choice, and of the next.
        limit: how many training rows to take at most.
        shuffle: False: nothing is drawn, the last rows are taken.
        download: whether a missing data set may be fetched.
        shared: another folder like ``dir``, looked into after it.
        download_dir: downloads go to ``download_dir/<name>/``; None: that of ``dir``.
        missing: ``drop`` leaves the rows of a table that have a gap out, ``error`` refuses them;
            rows without a label are left out in any other case.
        pictures: how the pictures of a folder become rows.
        n: how many points of one of ``builtin/worlds.py``.
        noise: by how much these stray.

    Raises:
        DataError: the files are missing, damaged, or not data. ConfigError: no such data set.
    """
    if name == "auto":
        name, _ = resolve_auto(dir, shared)
    if name not in DATASETS:
        raise ConfigError(
            f"data={name}: no such data set{did_you_mean(name, DATASETS)}; "
            f"there are auto, {', '.join(DATASETS)}"
        )
    if not 0 <= test_fraction < 1:
        raise DataError(f"data.test_fraction must be in [0, 1), got {test_fraction:g}")
    request = Request(
        name=name,
        dir=Path(os.path.expanduser(dir)),
        path=_expanded(path),
        test_path=_expanded(test_path),
        val_path=_expanded(val_path),
        label=label,
        weight=weight,
        split=split,
        group=group,
        drop=tuple(drop),
        keep=tuple(keep),
        categorical=tuple(categorical),
        reading=reading,
        download=download,
        shared=_expanded(shared),
        download_dir=_expanded(download_dir),
        task=task,
        missing=missing,
        pictures=pictures,
        n=n,
        noise=noise,
    )
    of_tables = {
        "weight": weight, "split": split, "group": group,
        "drop": drop, "keep": keep, "categorical": categorical,
    }  # fmt: skip
    for key, columns in of_tables.items():
        if columns not in (None, (), []) and name not in TABLES:
            raise DataError(f"data.{key}: only tables (data=table) have columns to name")
    try:
        plan = DATASETS[name](request)
    except OSError as error:  # a name too long to be one
        where = str(error.filename or path or dir)[:100]
        raise DataError(f"{where}: cannot be looked up ({error.strerror})") from error
    task = plan.task if task == "auto" else task
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
    dataset = settle_gaps(dataset, missing)
    return divided(dataset, test_fraction, seed, shuffle, limit)


def _expanded(path: str | Path | None) -> Path | None:
    return None if path is None else Path(os.path.expanduser(path))


def resolve_auto(dir: str | Path, shared: str | Path | None = None) -> tuple[str, str]:
    """What ``data=auto`` means here, ``mnist`` or ``digits``, and the line that announces it."""
    for folder in (dir, shared):
        place = _expanded(folder)
        files = None if place is None else find_mnist_like("mnist", place)
        if files is not None:
            return "mnist", f"data: mnist, found in {files[0].parent}"
    return "digits", (
        f"data: digits (built in), as no MNIST files lie in {dir}; data=mnist downloads them"
    )
