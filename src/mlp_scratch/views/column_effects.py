"""What a network goes by in its table: permutation importance, and partial dependence of the
columns that count most; see ``insight/explain/feature_effects.py``.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.engine.evaluation import evaluate, predict
from mlp_scratch.engine.metrics import lower_is_better
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.inference.answers_in_words import short
from mlp_scratch.inference.trained_features import features_of
from mlp_scratch.insight.explain.feature_effects import partial_dependence, permutation_importance
from mlp_scratch.report.quantities import title_of
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_network
from mlp_scratch.streams import escaped, live
from mlp_scratch.views.asked_row import data_of
from mlp_scratch.views.view import Options

MOST_ROWS, MOST_CELLS = 2000, 20_000_000  # asked; forward passes' inputs in all
LEAST_ROWS, MOST_SHUFFLED = 100, 10_000_000_000  # of a wide table fewer rows are asked
REPEATS, LISTED, CURVES, POINTS, LEVELS = 10, 12, 4, 25, 12


class _Asked(NamedTuple):
    """The test rows that are asked: x (n, columns) as stored, targets, and what the columns are."""

    trained: TrainedNetwork
    columns: tuple[Column, ...] | None
    names: list[str]
    x: np.ndarray
    offset: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None

    def rows(self, x: np.ndarray) -> Rows:
        """Rows like ``x``, as the network takes them."""
        trained = self.trained
        offset = self.offset if self.offset.any() else None
        features = features_of(trained, x, self.columns, offset, "the test rows")
        targets = trained.task.targets(self.y, trained.network.dtype)
        return Rows(features, targets, trained.normalizer, all_weights=self.weights)


def column_effects(folder: RunFolder, options: Options) -> Iterator[str]:
    """Yields a line for each of the columns that count most, and draws ``columns.png``.

    Raises MlpScratchError, also for a network of pictures.
    """
    from tqdm import tqdm

    from mlp_scratch.report.pictures.important_columns import Curve, draw_column_effects

    trained = load_network(folder, options.checkpoint)
    task = trained.task
    if trained.image_shape is not None:
        raise ConfigError("explain: name a test row (explain 17) or a picture; pixels are too many")
    if task.reconstructs:
        raise ConfigError("explain: is of classes, labels and numbers; this is an autoencoder")
    rng = np.random.default_rng(options.seed)
    asked = _asked(data_of(folder, trained, options.overrides), trained, rng)
    metric = task.metrics[0]
    sign = -1.0 if lower_is_better(metric) else 1.0
    of_score = "rises" if sign < 0 else "falls"

    def score(x: np.ndarray) -> float:
        return sign * evaluate(trained.network, asked.rows(x), task, (metric,))[metric]

    n, k = asked.x.shape
    repeats = int(np.clip(MOST_CELLS // max(1, n * k * trained.network.sizes[0]), 2, REPEATS))
    with tqdm(total=k * repeats, desc="explain", disable=None, leave=False, file=live()) as bar:

        def told(x: np.ndarray) -> float:
            bar.update()
            return score(x)

        mean, deviation = permutation_importance(asked.x, told, rng, repeats)
    order = np.argsort(-mean, kind="stable")
    yield (
        f"{title_of(metric)} of {n:,} test rows {short(sign * score(asked.x))}; so much it "
        f"{of_score} when a column's values change places ({repeats} times, mean and deviation):"
    )
    width = max(len(escaped(asked.names[i])[:40]) for i in order[:LISTED])
    for i in order[:LISTED]:
        name = escaped(asked.names[i])[:40]
        yield f"  {name:<{width}}  {mean[i]:>9.4g} ± {deviation[i]:.2g}"
    if k > LISTED:
        yield f"  and {k - LISTED} more of at most {mean[order[LISTED]]:.4g}"

    def predictions(x: np.ndarray) -> np.ndarray:
        return task.point(predict(trained.network, asked.rows(x), task))

    curves = []
    for i in order[:CURVES]:
        values, labels = _grid(asked, int(i))
        means = partial_dependence(asked.x, int(i), values, predictions)
        dates = asked.columns is not None and asked.columns[i].kind == "date"
        curves.append(Curve(asked.names[i], values + asked.offset[i], labels, means, dates))
    path = options.output or folder.path / "columns.png"
    draw_column_effects(
        path,
        [asked.names[i] for i in order],
        mean[order],
        deviation[order],
        curves,
        task,
        by=f"{title_of(metric)} {of_score} by",
        rows=n,
    )
    yield f"picture: {path}"


def _asked(dataset: Dataset, trained: TrainedNetwork, rng: np.random.Generator) -> _Asked:
    """Up to ``MOST_ROWS`` of the test rows, drawn; of a wide table fewer."""
    if dataset.x_test is None or dataset.y_test is None or not len(dataset.y_test):
        raise DataError(f"{dataset.source}: has no test rows; give the run some (data.test_path)")
    n = len(dataset.y_test)
    inputs = dataset.x_test.shape[1] * trained.network.sizes[0]
    most = int(np.clip(MOST_SHUFFLED // inputs, LEAST_ROWS, MOST_ROWS))
    chosen = np.sort(rng.choice(n, min(n, most), replace=False))
    weights = None if dataset.weights_test is None else dataset.weights_test[chosen]
    x = np.asarray(dataset.x_test[chosen])
    offset = np.zeros(x.shape[1]) if dataset.offset is None else dataset.offset
    if dataset.columns is not None:
        names = [column.name for column in dataset.columns]
    else:
        names = [*(trained.feature_names or (f"x{i + 1}" for i in range(x.shape[1])))]
    return _Asked(trained, dataset.columns, names, x, offset, dataset.y_test[chosen], weights)


def _grid(asked: _Asked, i: int) -> tuple[np.ndarray, list[str]]:
    """Values of a column to try, as stored, and their words where it is a category."""
    column = None if asked.columns is None else asked.columns[i]
    there = asked.x[:, i].astype(np.float64)
    there = there[np.isfinite(there)]
    if not len(there):
        return np.zeros(1), []
    values, counts = np.unique(there, return_counts=True)
    if column is not None and column.kind == "category":
        values = values[np.argsort(-counts, kind="stable")][:LEVELS]
        return values, [column.words[int(v)] for v in values]
    if len(values) > POINTS:
        values = np.unique(np.quantile(there, np.linspace(0.02, 0.98, POINTS)))
        if asked.x.dtype == np.uint8:
            values = np.unique(np.round(values))
    return values, []
