"""The laboratory from Python: a network that takes arrays, for notebooks and scripts.

``NeuralNet`` is a config and, once trained, a checkpoint; it trains with the very loop that runs
use. What is not said comes from ``conf/``, as on the command line. No folder is made.
"""

import contextlib
import copy
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.keywords import overrides_of
from mlp_scratch.config.schema import METRICS, ExperimentConfig
from mlp_scratch.config.typed import typed
from mlp_scratch.data.features import as_features
from mlp_scratch.engine.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from mlp_scratch.engine.early_stopping import Monitor
from mlp_scratch.engine.evaluation import evaluate, predict_probabilities
from mlp_scratch.engine.loop import Diverged
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import CheckpointError, DataError, MlpScratchError, RunError
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.experiment import identity
from mlp_scratch.experiment.in_memory import classes_in, dataset_of, labels_of
from mlp_scratch.experiment.threads import Blas, thread_count
from mlp_scratch.experiment.watcher import Watcher, printing
from mlp_scratch.runs.folder import find_run
from mlp_scratch.runs.saved_run import TrainedNetwork, load_config, network_of


class NeuralNet:
    """A multilayer perceptron classifier.

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

    Raises ConfigError for a setting that cannot work.

    Attributes:
        config: the whole config. history: a row of metrics for each epoch. classes: the labels in
        the order of ``predict_proba``'s columns. All three may be read, none should be changed.
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
        self._trained: tuple[Checkpoint, np.ndarray] | None = None  # and the classes
        self._networks: dict[np.dtype, TrainedNetwork] = {}
        self.history: list[dict[str, float]] = []

    def train(
        self,
        X: ArrayLike,
        y: ArrayLike,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
        *,
        verbose: bool = False,
    ) -> "NeuralNet":
        """Train from the beginning on X (n, features) or (n, height, width[, channels]).

        y (n,) holds whole numbers or words. Whole numbers in X that fit bytes (0 to 255) are taken
        as such, all others as float32. Without ``validation_data`` the share
        ``validation_fraction`` of the rows is held out to judge by. With ``patience`` the weights
        of the best epoch are kept, otherwise those of the last. Returns self; raises DataError,
        ConfigError, or MlpScratchError when the training diverges (the network is then what it was
        before).
        """
        config = copy.deepcopy(self.config)
        classes, dataset = dataset_of(config, X, y, validation_data)
        if validation_data is not None:
            config.training.validation_fraction = 0.0
        experiment = build(config, dataset)
        trainer = experiment.trainer
        if validation_data is not None:
            stopping = config.training.early_stopping
            trainer.validation = experiment.test
            trainer.monitor = Monitor(
                stopping.metric, METRICS[stopping.metric], stopping.patience, stopping.min_delta
            )
        network = trainer.network
        threads = thread_count(
            config.training.threads,
            trainer.batch_size,
            network.parameters.size,
            network.separable,
        )
        extra = {"config": asdict(self.config), "labels": classes.tolist()}
        observer = Watcher(experiment, identity(experiment, threads) | extra, verbose)
        try:
            with (
                blas().limited(trainer.share(threads, blas().small_product)),
                contextlib.closing(trainer),
                printing(verbose),
            ):
                trainer.run([observer])
        except Diverged as error:
            raise MlpScratchError(
                f"{error}; try a smaller lr, clip_norm=1, or normalize='standardize'"
            ) from error
        self._take(observer.checkpoint(), classes)
        self.history = trainer.history
        return self

    def predict(self, X: ArrayLike, dtype: DTypeLike = np.float32) -> np.ndarray:
        """The likeliest label of each row of X: (n,), of the kind that ``train`` was given."""
        return self.classes[self.predict_proba(X, dtype).argmax(axis=1)]

    def predict_proba(self, X: ArrayLike, dtype: DTypeLike = np.float32) -> np.ndarray:
        """Class probabilities (n, classes) in the order of ``classes``.

        float32 is fast; its last digits depend on how many rows are asked for together. With
        ``dtype=np.float64`` that is beyond anything that shows.
        """
        trained = self._network(np.dtype(dtype))
        rows = self._rows(X, None)
        with blas().limited(1):  # a second thread does not pay for blocks of 1024 rows
            return predict_probabilities(trained.network, rows)

    def evaluate(self, X: ArrayLike, y: ArrayLike) -> tuple[float, float]:
        """Mean cross-entropy and accuracy on labelled rows."""
        rows = self._rows(X, self._indices(y))
        with blas().limited(1):
            return evaluate(self._network(np.dtype(np.float32)).network, rows)

    def save(self, path: str | Path) -> Path:
        """Write a checkpoint, the same ``.npz`` that runs write. Returns its path."""
        path = Path(path)
        path = path if path.suffix else path.with_suffix(".npz")
        try:
            write_checkpoint(path, self.checkpoint)
        except OSError as error:
            raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error
        return path

    @classmethod
    def load(cls, path: str | Path) -> "NeuralNet":
        """Read what ``save`` wrote, or the best checkpoint of a run.

        path: a file, or a run: its folder, ``latest``, or a unique part of its name. Nothing in
        the file is executed. Raises CheckpointError or RunError.
        """
        net = cls.__new__(cls)
        net._networks = {}
        if Path(path).is_file():
            checkpoint = read_checkpoint(Path(path))
            net.config = _config_in(checkpoint, str(path))
        else:
            folder = find_run(str(path))
            checkpoint = read_checkpoint(folder.best)
            net.config = load_config(folder)
        net._take(checkpoint, classes_in(checkpoint, str(path)))
        net.history = checkpoint.history
        return net

    def plot_curves(self, path: str | Path | None = None) -> Any:
        """Loss and accuracy by epoch as a Pillow image, which notebooks show; also to ``path``."""
        from PIL import Image

        from mlp_scratch.report.pictures.curves import draw_curves

        smoothing = self.config.regularization.label_smoothing
        with tempfile.TemporaryDirectory() as folder:
            png = Path(folder) / "curves.png"
            draw_curves(self.history, png, label_smoothing=smoothing)
            with Image.open(png) as picture:
                picture.load()
        if path is not None:
            draw_curves(self.history, path, label_smoothing=smoothing)
        return picture

    @property
    def classes(self) -> np.ndarray:
        """The labels, in the order of the probabilities."""
        return self._fitted()[1]

    @property
    def checkpoint(self) -> Checkpoint:
        """The trained state: arrays ``W0``, ``b0``, ... by name, and their description."""
        return self._fitted()[0]

    def __repr__(self) -> str:
        layers = "-".join("?" if n is None else str(n) for n in self.config.model.layers)
        state = "untrained"
        if self._trained is not None:
            layers = "-".join(map(str, self.checkpoint.meta["sizes"]))
            state = f"after epoch {self.checkpoint.epoch}"
        names = f"{self.config.activation['name']}, {self.config.optim['name']}"
        return f"<NeuralNet {layers}, {names}, {state}>"

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_networks": {}}  # made anew from the checkpoint when needed

    def _fitted(self) -> tuple[Checkpoint, np.ndarray]:
        if self._trained is None:
            raise MlpScratchError("the network is not trained yet: call train(X, y) first")
        return self._trained

    def _take(self, checkpoint: Checkpoint, classes: np.ndarray) -> None:
        self._trained = (checkpoint, classes)
        self._networks = {}
        self._network(np.dtype(np.float32))

    def _network(self, dtype: np.dtype) -> TrainedNetwork:
        """The trained network in ``dtype``, built once."""
        if dtype not in self._networks:
            saved = self.checkpoint
            arrays = {
                name: a if name in ("shift", "scale") or a.dtype.kind != "f" else a.astype(dtype)
                for name, a in saved.arrays.items()
            }
            self._networks[dtype] = network_of(Checkpoint(arrays, saved.meta), "the network")
        return self._networks[dtype]

    def _rows(self, X: ArrayLike, labels: np.ndarray | None) -> Rows:
        """X as rows to look at, with labels that may be dummies."""
        trained = self._network(np.dtype(np.float32))
        x, _ = as_features(np.asarray(X), "X")
        if x.shape[1] != trained.network.sizes[0]:
            raise DataError(
                f"X: {x.shape[1]} features, but the network takes {trained.network.sizes[0]}"
            )
        if labels is None:
            labels = np.zeros(len(x), np.intp)
        if len(labels) != len(x):
            raise DataError(f"X has {len(x)} rows but y has {len(labels)} labels")
        return Rows(x, labels, trained.normalizer)

    def _indices(self, y: ArrayLike) -> np.ndarray:
        """Labels as indices into ``classes``; where those are words, indices are taken as well."""
        labels, classes = labels_of(y), self.classes
        if classes.dtype.kind == "U" and labels.dtype.kind in "iu":
            classes = np.arange(len(classes))
        unknown = ~np.isin(labels, classes)
        if unknown.any():
            shown = ", ".join(map(str, classes[:10])) + (", ..." if len(classes) > 10 else "")
            raise DataError(f"y: {labels[unknown][0]} is not one of the classes {shown}")
        return np.searchsorted(classes, labels).astype(np.intp)


@cache
def blas() -> Blas:
    """The BLAS of this process; finding it takes some milliseconds, so it is found once."""
    return Blas()


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
        return compose_config(overrides_of(settings))
    except (MlpScratchError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{origin}: its config cannot be used ({error})") from error
