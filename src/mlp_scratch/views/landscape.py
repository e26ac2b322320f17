"""The loss around a run's network, and on the line from it to another run's.

``landscape.png`` or ``line.png``, and the numbers in a CSV of the same name beside it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mlp_scratch import blas
from mlp_scratch.bounded_reads import opened
from mlp_scratch.cores import usable_cores
from mlp_scratch.csv_text import csv_text
from mlp_scratch.errors import ConfigError
from mlp_scratch.files import write_product
from mlp_scratch.inference.run_data import own_rows
from mlp_scratch.insight.landscape import surroundings
from mlp_scratch.insight.landscape.surroundings import AXIS, LINE, some_rows
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_network
from mlp_scratch.streams import live
from mlp_scratch.views.same_layers import check_same_layers
from mlp_scratch.views.view import Options, View


def show(folder: RunFolder, options: Options) -> Iterator[str]:
    """The lines to print. Raises MlpScratchError or OSError."""
    others = options.words
    if len(others) > 1:
        raise ConfigError(f"{others[1]}: one other run at a time, as in landscape RUN2")
    other = find_run(others[0]) if others else None
    if other is not None and other.path.resolve() == folder.path.resolve():
        raise ConfigError(f"{others[0]}: is the run itself; a line needs another one")
    picture = options.output or folder.path / ("line.png" if other else "landscape.png")
    numbers = _beside(picture, ours=options.output is None)
    if other is None:
        yield from _plane(folder, options, picture, numbers)
    else:
        yield from _line(folder, other, options, picture, numbers)
    yield f"picture: {picture}   numbers: {numbers}"


VIEW = View(
    show, "the loss in random directions from the network; `landscape RUN2`: between two runs"
)


def _plane(folder: RunFolder, options: Options, picture: Path, numbers: Path) -> Iterator[str]:
    from mlp_scratch.report.pictures.contours import draw_contours

    networks, trained = _networks(folder, options.checkpoint)
    rows = some_rows(own_rows(folder, trained, options.overrides).train)
    with blas.limit_threads(1), _bar(AXIS.size**2) as bar:
        losses = surroundings.plane(networks, rows, trained.task, options.seed, tell=bar.update)
    points = [(a, b, losses[i, j]) for i, b in enumerate(AXIS) for j, a in enumerate(AXIS)]
    _write_csv(numbers, [["alpha", "beta", "loss"], *points])
    place = f"{options.checkpoint} checkpoint, epoch {trained.epoch}"
    note = f"{place} · mean loss of {len(rows):,} training rows · seed {options.seed}"
    draw_contours(AXIS, losses, picture, f"Loss around {folder.path.name}", note)
    middle = len(AXIS) // 2
    yield f"{folder.path}  {place}: training loss {losses[middle, middle]:.4f}"
    if np.isfinite(losses).any():
        i, j = np.unravel_index(np.nanargmin(losses), losses.shape)
        at = f"({AXIS[j]:+.2f}, {AXIS[i]:+.2f})"
        yield f"of {losses.size} points around it the lowest: {losses[i, j]:.4f} at {at}"


def _line(
    folder: RunFolder, other: RunFolder, options: Options, picture: Path, numbers: Path
) -> Iterator[str]:
    from mlp_scratch.report.pictures.between import draw_between

    check_same_layers(folder, other, options.checkpoint)
    networks, trained = _networks(folder, options.checkpoint)
    end = load_network(other, options.checkpoint)
    rows = own_rows(folder, trained, options.overrides)
    parts = {"train": rows.train}
    if rows.test is not None:  # which neither was trained on, as it may be with validation rows
        parts["test"] = rows.test
    elif len(rows.validation):
        parts["val"] = rows.validation
    parts = {name: some_rows(part) for name, part in parts.items()}
    with blas.limit_threads(1), _bar(LINE.size) as bar:
        scores = surroundings.line(networks, end.network, parts, trained.task, tell=bar.update)
    table = zip(LINE, *scores.values(), strict=True)
    _write_csv(numbers, [["alpha", *scores], *table])
    names = (folder.path.name, other.path.name)
    draw_between(LINE, scores, picture, names, {k: len(part) for k, part in parts.items()})
    yield from _in_words(trained, end, scores, (folder, other))
    yield f"judged on {' and '.join(f'{len(part):,} {k}' for k, part in parts.items())} rows"


def _in_words(
    trained: TrainedNetwork,
    end: TrainedNetwork,
    scores: dict[str, np.ndarray],
    folders: tuple[RunFolder, RunFolder],
) -> Iterator[str]:
    theirs = end.constants
    alike = [np.array_equal(a, theirs[k]) for k, a in trained.constants.items() if k in theirs]
    if not all(alike) or len(alike) < len(theirs):
        yield f"note: both are judged with rows normalized as {folders[0].path} has them"
    for folder, alpha in zip(folders, (0, 1), strict=True):
        here = [f"{name} {values[alpha == LINE][0]:.4f}" for name, values in scores.items()]
        yield f"{folder.path}  at {alpha}: {', '.join(here)}"
    rise, at = surroundings.barrier(LINE, scores["train_loss"])
    yield f"barrier: the training loss rises {rise:.4f} above the straight line, at {at:.2f}"


def _networks(folder: RunFolder, which: str) -> tuple[list[Any], TrainedNetwork]:
    """The run's network as often as there are cores, and once with all that belongs to it."""
    alike = [load_network(folder, which) for _ in range(usable_cores())]
    return [each.network for each in alike], alike[0]


def _bar(total: int) -> Any:
    """Progress at a terminal, and nowhere else."""
    from tqdm import tqdm

    return tqdm(total=total, desc="landscape", unit="point", disable=None, leave=False, file=live())


def _beside(picture: Path, ours: bool) -> Path:
    """Where the numbers of a picture go. ours: into the run's own folder.

    Raises ConfigError, before there is anything to lose, for a name that is no picture's, or where
    a file of somebody's would be written over.
    """
    from mlp_scratch.report.pictures.style import kind_of

    kind_of(picture)
    numbers = picture.with_suffix(".csv")
    if not ours and numbers.exists():
        with opened(numbers) as file:
            head = file.read(len(_OURS))
        if head != _OURS:
            raise ConfigError(
                f"--output {picture}: the numbers beside it would take the place of {numbers}, "
                "which holds something else; choose another name"
            )
    return numbers


_OURS = b"alpha,"


def _write_csv(path: Path, rows: Iterable[Iterable[Any]]) -> None:
    text = csv_text([f"{v:.9g}" if isinstance(v, float) else v for v in row] for row in rows)
    write_product(path, text.encode())
