"""The laboratory from Python: a network that takes arrays, for notebooks and scripts.

``NeuralNet`` is a config and, once trained, a checkpoint; it trains with the very loop that runs
use. What is not said comes from ``conf/``, as on the command line. No folder is made.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.keywords import overrides_of
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.config.structure import config_keys
from mlp_scratch.config.typed import typed
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from mlp_scratch.engine.task import USUAL_METRICS
from mlp_scratch.errors import CheckpointError, MlpScratchError, telling_unwritten
from mlp_scratch.experiment.array_labels import classes_in
from mlp_scratch.experiment.in_memory import train_in_memory
from mlp_scratch.experiment.resolve_task import training_differs
from mlp_scratch.inference.fitted import Fitted
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.metrics_file import to_columns
from mlp_scratch.runs.saved_run import load_config


class TrainedNet:
    """What a network answers once it has been trained; see ``NeuralNet``."""

    _fitted: Fitted | None = None

    def predict(
        self, X: ArrayLike, dtype: DTypeLike = np.float32, *, threshold: float = 0.5
    ) -> np.ndarray:
        """What each row of X is likely to be, in the form that ``train`` was given.

        Classes: the likeliest label (n,). Numbers: (n,), or (n, k) of several. Several labels:
        0 or 1 (n, k), 1 where the probability is at least ``threshold``. An autoencoder gives its
        inputs back (n, features).
        """
        task, predictions = self._trained().task, self.estimates(X, dtype)
        if task.name == "classification":
            return self.classes[predictions.argmax(axis=1)]
        if task.reconstructs:
            return predictions
        if task.name == "multilabel":
            return (predictions >= threshold).astype(np.int64)
        return self.numbers(predictions)

    def numbers(self, estimates: np.ndarray) -> np.ndarray:
        """Of ``estimates`` of numbers the ones that metrics take: (n,), or (n, k) of several."""
        points = self._trained().task.point(estimates)
        return points[:, 0] if points.shape[1] == 1 else points

    def estimates(self, X: ArrayLike, dtype: DTypeLike = np.float32) -> np.ndarray:
        """All that is predicted: probabilities (n, classes) or (n, labels); of numbers (n, k, m),
        the m that the loss gives for each target: one, mean and deviation, or the quantiles; of an
        autoencoder rows (n, features) like X."""
        return self._trained().predictions(X, np.dtype(dtype))

    def predict_proba(self, X: ArrayLike, dtype: DTypeLike = np.float32) -> np.ndarray:
        """Probabilities (n, classes) in the order of ``classes``, or (n, labels).

        float32 is fast; its last digits depend on how many rows are asked for together. With
        ``dtype=np.float64`` that is beyond anything that shows.
        """
        if self._trained().task.name in ("regression", "autoencoder"):
            raise MlpScratchError("numbers have no probabilities: predict(X) or estimates(X)")
        return self.estimates(X, dtype)

    def evaluate(self, X: ArrayLike, y: ArrayLike | None = None) -> tuple[float, float]:
        """Mean loss and the first metric on rows whose targets are known: of classes the accuracy,
        of numbers the RMSE, of several labels the share of rows that are right in all."""
        task, scores = self._trained().task, self.scores(X, y)
        return scores["loss"], scores[(*USUAL_METRICS[task.name], "loss")[0]]

    def scores(
        self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> dict[str, float]:
        """Mean loss and all metrics of a test by name, weighted if ``sample_weight`` (n,) is."""
        return self._trained().evaluate(X, y, sample_weight)

    @property
    def classes(self) -> np.ndarray:
        """The labels, in the order of the probabilities."""
        return self._trained().classes

    @property
    def checkpoint(self) -> Checkpoint:
        """The trained state: arrays ``W0``, ``b0``, ... by name, and their description."""
        return self._trained().checkpoint

    def _trained(self) -> Fitted:
        if self._fitted is None:
            raise MlpScratchError("the network is not trained yet: call train(X, y) first")
        return self._fitted


class NeuralNet(TrainedNet):
    """A multilayer perceptron: for classes, or for numbers or several labels if ``task`` says so.

        net = NeuralNet(layers=[784, 128, 64, 10], optim="adam", lr=0.001, epochs=5)
        net.train(images, labels)
        net.evaluate(test_images, test_labels)      # (loss, accuracy)

    Args:
        layers: units from inputs to classes; the first and the last may be None, "as the data
            says". None: as in ``conf/model/``.
        overrides: anything else, as it is typed on the command line: ``["optim.beta1=0.8"]``.
        settings: groups (``optim="sgd"``, ``activation={"name": "elu", "alpha": 0.5}``) and keys
            by their last part (``lr``, ``epochs``, ``batch_size``, ``dropout``, ``l2``, ``seed``,
            ``validation_fraction``, ``patience``, ``normalize``, ...): all that a config can say.
            ``task="regression"`` or ``"multilabel"``, or a ``loss`` of such a task, wants numbers;
            what y looks like decides nothing here.

    Raises ConfigError for a setting that cannot work.

    Attributes:
        config: the whole config. history: a row of metrics for each epoch. classes: the labels in
        the order of ``predict_proba``'s columns, empty where there are none. All three may be
        read, none should be changed.
    """

    def __init__(
        self,
        layers: Sequence[int | None] | None = None,
        *,
        overrides: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        if layers is not None:
            settings["layers"] = list(layers)
        self.config = compose_config([*overrides_of(settings), *overrides])
        self.history: list[dict[str, float]] = []

    def train(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        validation_data: tuple[ArrayLike, ArrayLike | None] | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        verbose: bool = False,
    ) -> "NeuralNet":
        """Train from the beginning on X (n, features) or (n, height, width[, channels]), or on a
        DataFrame, whose words, truth values, dates and gaps become features; later ones then need
        columns of these names, in any order.

        y (n,) holds whole numbers or words; numbers (n,) or (n, k) in regression, 0 and 1 (n, k) of
        several labels; nothing for an autoencoder. sample_weight (n,): what each row counts, in the
        loss and in metrics. Whole numbers in X that fit bytes (0 to 255) are taken as such, all
        others as float32. Without ``validation_data`` the share ``validation_fraction`` of the rows
        is held out to judge by. With ``patience`` the weights of the best epoch are kept, otherwise
        those of the last. Returns self; raises DataError,
        ConfigError, or MlpScratchError when the training diverges (the network is then what it was
        before).
        """
        trained = train_in_memory(self.config, (X, y), validation_data, sample_weight, verbose)
        checkpoint, classes, self.history = trained
        self._fitted = Fitted(checkpoint, classes)
        return self

    def save(self, path: str | Path) -> Path:
        """Write a checkpoint, the same ``.npz`` that runs write. Returns its path."""
        path = Path(path)
        path = path if path.suffix else path.with_suffix(".npz")
        with telling_unwritten(path):
            write_checkpoint(path, self.checkpoint)
        return path

    @classmethod
    def load(cls, path: str | Path) -> "NeuralNet":
        """Read what ``save`` wrote, or the best checkpoint of a run.

        path: a file, or a run: its folder, ``latest``, or a unique part of its name. Nothing in
        the file is executed. Raises CheckpointError or RunError.
        """
        net = cls.__new__(cls)
        if Path(path).is_file():
            checkpoint = read_checkpoint(Path(path))
            net.config = _config_in(checkpoint, str(path))
        else:
            folder = find_run(str(path))
            checkpoint = read_checkpoint(folder.best)
            net.config = load_config(folder)
        net._fitted = Fitted(checkpoint, classes_in(checkpoint, str(path)))
        net.history = checkpoint.history
        return net

    def plot_curves(self, path: str | Path | None = None) -> Any:
        """Loss and accuracy by epoch as a Pillow image, which notebooks show; also to ``path``."""
        from mlp_scratch.report.pictures.curves import curves_figure
        from mlp_scratch.report.pictures.style import drawn, write

        differs = training_differs(self.config)
        figure = curves_figure(to_columns(self.history), training_differs=differs)
        if path is not None:
            write(figure, Path(path))
        return drawn(figure)

    def __repr__(self) -> str:
        layers = "-".join("?" if n is None else str(n) for n in self.config.model.layers)
        state = "untrained"
        if self._fitted is not None:
            layers = "-".join(map(str, self.checkpoint.meta["sizes"]))
            state = f"after epoch {self.checkpoint.epoch}"
        names = f"{self.config.activation['name']}, {self.config.optim['name']}"
        return f"<NeuralNet {layers}, {names}, {state}>"


def _config_in(checkpoint: Checkpoint, origin: str) -> ExperimentConfig:
    """The config that the checkpoint holds; a run's checkpoint holds the network's part only."""
    meta = checkpoint.meta
    saved = meta.get("config")
    try:
        if saved is not None:
            if "${" in json.dumps(saved):
                raise CheckpointError(f"{origin}: its config must be plain values")
            return typed(saved)
        settings = {key: meta[key] for key in ("activation", "normalize")}
        settings |= {"layers": meta["sizes"], "batch_norm": meta["batch_norm"]["on"]}
        settings |= config_keys(checkpoint.structure)
        return compose_config(overrides_of(settings))
    except (MlpScratchError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{origin}: its config cannot be used ({error})") from error
