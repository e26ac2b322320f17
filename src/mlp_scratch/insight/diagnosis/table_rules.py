"""Rules on the columns of a table: one that never changes, two alike, one that gives the answer."""

import numpy as np
from numpy.typing import NDArray

from mlp_scratch.config.written_values import written
from mlp_scratch.insight.diagnosis.evidence import Evidence, inputs
from mlp_scratch.insight.diagnosis.finding import NAMED, Finding, percent, some_of

MOST_FEATURES = 300  # that are compared with each other
LEAST_ROWS = 40  # of the sample
ALIKE = 1 - 1e-6  # absolute correlation
GIVES_AWAY, LEAST_ERROR = 0.985, 0.1  # right by one column alone; error of a constant answer
EXPLAINED = 0.995  # of a number's variance, by one column
BINS = 50  # a column of numbers is cut into


def constant_feature(run: Evidence) -> Finding | None:
    """A column that is the same in every training row, and so tells nothing."""
    if (at_hand := _columns(run)) is None:
        return None
    x, columns, _ = at_hand
    seen_constant = [column for column in columns if (x[:, column[1]] == x[0, column[1]]).all()]
    found = [name for name, part in seen_constant if _never_changes(run, part)]
    if not found:
        return None
    text = f"the same in every training row: {some_of([name[:40] for name in found])}"
    return Finding("constant feature", text, _drop(found))


def _never_changes(run: Evidence, part: slice) -> bool:
    assert run.rows is not None
    rows = run.rows.train
    values = rows.x[:, part] if rows.numbers is None else rows.x[rows.numbers, part]
    return bool((values == values[0]).all())


def duplicated_feature(run: Evidence) -> Finding | None:
    """Two columns that say the same, up to unit and zero point."""
    if (at_hand := _columns(run)) is None:
        return None
    x, columns, _ = at_hand
    numbers = [(name, x[:, part]) for name, part in columns if part.stop - part.start == 1]
    if len(numbers) < 2:
        return None
    values = np.concatenate([column for _, column in numbers], axis=1).astype(np.float64)
    values -= values.mean(axis=0)
    lengths = np.sqrt((values**2).sum(axis=0))
    values /= np.where(lengths > 0, lengths, 1.0)
    alike = np.argwhere(np.triu(np.abs(values.T @ values) > ALIKE, k=1))
    if not len(alike):
        return None
    names = [name for name, _ in numbers]
    pairs = [f"{names[i][:40]} and {names[j][:40]}" for i, j in alike]
    text = f"correlated by 1.000: {some_of(pairs, '; ', 'more pairs')}"
    again = list(dict.fromkeys(names[j] for _, j in alike))
    return Finding("duplicated feature", text, _drop(again))


def leakage(run: Evidence) -> Finding | None:
    """One column alone gives the label: mostly it is the label in other words, or came after it.

    Each column is cut into bins, which answer with their commonest class (or mean) of one half of
    the rows, and are asked about the other half.
    """
    if run.task not in ("classification", "regression") or (at_hand := _columns(run)) is None:
        return None
    x, columns, y = at_hand
    if len(columns) < 2:
        return None
    half = np.arange(len(x)) % 2 == 0
    found = []
    if run.task == "classification":
        counts = np.bincount(y[~half])
        if 1 - counts.max() / counts.sum() < LEAST_ERROR:
            return None
        for name, part in columns:
            right = _right_by(_bins(x[:, part], half), y, half)
            if right >= GIVES_AWAY:
                found.append((name, f"{name[:40]} alone is right in {percent(right)} of rows"))
    elif y.ndim == 1 or y.shape[1] == 1:
        y = y.reshape(-1).astype(np.float64)
        for name, part in columns:
            explained = _explained_by(_bins(x[:, part], half), y, half)
            if explained >= EXPLAINED:
                words = f"{name[:40]} alone explains {percent(explained)} of the variance"
                found.append((name, words))
    if not found:
        return None
    text = "; ".join(words for _, words in found[:NAMED])
    return Finding("leakage suspected", text, _drop([name for name, _ in found]))


def _columns(run: Evidence) -> tuple[NDArray, list[tuple[str, slice]], NDArray] | None:
    """A sample of the training rows (n, features), where each column's features stand, and
    targets; None where it is no table, a narrow sample, or a very wide table."""
    rows = run.rows
    if rows is None or rows.encoder is None or len(rows.encoder.names) > MOST_FEATURES:
        return None
    chosen = rows.training_sample
    if len(chosen) < LEAST_ROWS:
        return None
    names = [code.name for code in rows.encoder.codes]
    columns = list(zip(names, rows.encoder.slices, strict=True))
    return inputs(chosen), columns, chosen.labels


def _bins(column: NDArray, half: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(n, features of a column) -> (n,) small whole numbers: which bin a row is in."""
    if column.shape[1] > 1:
        _, bins = np.unique(column, axis=0, return_inverse=True)
        return bins.reshape(-1)
    values = column[:, 0]
    cuts = np.unique(np.quantile(values[half], np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(cuts, values, side="right")


def _right_by(bins: NDArray[np.intp], y: NDArray, half: NDArray[np.bool_]) -> float:
    """How often the commonest class of the bin, by one half of the rows, is right in the other."""
    counts = np.zeros((int(bins.max()) + 1, int(y.max()) + 1), np.intp)
    np.add.at(counts, (bins[half], y[half]), 1)
    return float((counts.argmax(axis=1)[bins[~half]] == y[~half]).mean())


def _explained_by(bins: NDArray[np.intp], y: NDArray, half: NDArray[np.bool_]) -> float:
    """R² of the bins' straight lines..."""
    n = int(bins.max()) + 1
    counts = np.bincount(bins[half], minlength=n)
    sums = np.bincount(bins[half], y[half], n)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), y[half].mean())
    spread = float(y[~half].var())
    if spread == 0:
        return 0.0
    return 1 - float(((means[bins[~half]] - y[~half]) ** 2).mean()) / spread


def _drop(names: list[str]) -> str:
    return f"data.drop={written(names[:NAMED])}"
