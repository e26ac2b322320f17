"""The network as scikit-learn estimators, for pipelines, grid searches and cross-validation.

    from mlp_scratch.sklearn_estimator import NeuralNetClassifier, NeuralNetRegressor
    GridSearchCV(NeuralNetClassifier(epochs=20), {"optim": ["sgd", "adam"], "lr": [0.1, 0.01]})

Needs the extra ``sklearn``. All the work is ``NeuralNet``'s; this is its manners.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlp_scratch.config.keywords import overrides_of
from mlp_scratch.errors import MlpScratchError, missing_extra
from mlp_scratch.experiment.frame_rows import is_frame
from mlp_scratch.neural_net import NeuralNet

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import (
        _check_sample_weight,
        check_is_fitted,
        check_X_y,
        validate_data,
    )
except ImportError as error:
    raise ImportError(
        str(missing_extra("mlp_scratch.sklearn_estimator", "scikit-learn", "sklearn"))
    ) from error

_OURS = ("hidden_layers", "overrides", "random_state")  # not simply passed on


@dataclass(repr=False, eq=False)
class _NeuralNetEstimator(BaseEstimator):
    """What both estimators share.

    None means "as in conf/". Where scikit-learn's habits differ from ours, theirs hold: features
    are standardized, training goes on for as many epochs as small tables need, and all rows are
    trained on, for cross-validation holds its own rows out.
    """

    hidden_layers: Any = None
    activation: Any = None
    optim: Any = None
    loss: Any = None
    lr: float | None = None
    schedule: Any = None
    epochs: int = 100
    batch_size: int | str = 32
    l2: float | None = None
    dropout: Any = None
    batch_norm: bool | None = None
    normalize: str = "standardize"
    validation_fraction: float = 0.0
    patience: int | None = None
    overrides: Any = None
    random_state: Any = None

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, task: str, more: Mapping[str, Any] | None = None
    ) -> Any:
        """Train on checked arrays; more: settings as we have them. Raises ValueError."""
        asked = self.get_params(deep=False) | (more or {})
        settings: dict[str, Any] = {
            key: value for key, value in asked.items() if value is not None and key not in _OURS
        }
        settings["task"] = task
        if self.hidden_layers is not None:
            settings["layers"] = [None, *np.atleast_1d(self.hidden_layers).astype(int), None]
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        try:
            net = copy.deepcopy(_untrained((*overrides_of(settings), *(self.overrides or ()))))
            net.config.seed = int(check_random_state(self.random_state).randint(2**31 - 1))
            self.net_ = net.train(X, y, sample_weight=sample_weight)
        except MlpScratchError as error:
            raise ValueError(str(error)) from error
        return self

    def _checked(self, X: Any, y: Any, **of_y: Any) -> tuple[Any, Any]:
        """Rows and targets as scikit-learn wants them, or X the DataFrame that it is, where it
        holds more than numbers."""
        if not _is_mixed(X):
            return validate_data(self, X, y, dtype=(np.float64, np.float32), **of_y)
        validate_data(self, X, skip_check_array=True)
        _, y = check_X_y(np.zeros((len(X), 1)), y, **of_y)
        return X, y

    def _estimates(self, X: ArrayLike) -> np.ndarray:
        """In float64: a row's do not depend on its company."""
        check_is_fitted(self)
        if is_frame(X) and self.net_.checkpoint.meta.get("columns"):
            validate_data(self, X, reset=False, skip_check_array=True)
        else:
            X = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        try:
            return self.net_.estimates(X, np.float64)
        except MlpScratchError as error:
            raise ValueError(str(error)) from error


@dataclass(repr=False, eq=False)
class NeuralNetClassifier(ClassifierMixin, _NeuralNetEstimator):
    """A multilayer perceptron that tells classes apart.

    Args:
        hidden_layers: units of each hidden layer, such as ``(128, 64)``; () for none.
        activation, optim, loss, schedule: a choice of the config group, or a mapping with a
            ``name``.
        lr, epochs, l2, dropout, batch_norm, label_smoothing, normalize: the config keys.
        class_weight: None, "balanced", or weights by label, as scikit-learn has them.
        batch_size: rows a step, or "full"; more than there are is full.
        validation_fraction: share of the rows held out to judge by.
        patience: stop after so many epochs without a better validation accuracy, and keep the
            best epoch's weights; needs ``validation_fraction`` above 0.
        overrides: anything else, as on the command line: ``["optim.beta1=0.8"]``.
        random_state: decides initialization, split, order of the batches and dropout.

    Weights of rows make the loss of a batch a weighted mean. So a row of weight 2 is as good as the
    same row twice where a batch is all rows (``batch_size="full"``), nothing is dropped and no rows
    are held out; to the last digits with ``overrides=["training.dtype=float64"]``.

    Attributes (after fit):
        classes_: the labels in the order of ``predict_proba``'s columns.
        net_: the ``NeuralNet`` that was trained. n_features_in_, feature_names_in_.
    """

    label_smoothing: float | None = None
    class_weight: Any = None

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "NeuralNetClassifier":
        """Train on X (n, features) and y (n,), numbers or words; weights of rows (n,).

        X: numbers, or a DataFrame, which may have words, truth values, dates and gaps. Raises
        ValueError.
        """
        X, y = self._checked(X, y)
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        more = {"class_weight": self.class_weight}
        if isinstance(self.class_weight, Mapping):  # by label, for us by the number of the class
            weights = [float(self.class_weight.get(label, 1.0)) for label in self.classes_]
            more["class_weight"] = dict(enumerate(weights))
        return self._fit(X, indices, sample_weight, "classification", more)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Class probabilities (n, classes), float64."""
        return self._estimates(X)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The likeliest label of each row (n,)."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]


class NeuralNetRegressor(RegressorMixin, _NeuralNetEstimator):
    """A multilayer perceptron that predicts numbers, one or several a row.

    The arguments are ``NeuralNetClassifier``'s, but for class_weight and label_smoothing; ``loss``
    is one for numbers, such as "huber", "poisson" or "pinball". Targets are standardized for the
    training, and predicted in their own units.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> "NeuralNetRegressor":
        """Train on X (n, features), y (n,) or (n, k); weights (n,). Raises ValueError."""
        X, y = self._checked(X, y, multi_output=True, y_numeric=True)
        return self._fit(X, y, sample_weight, "regression")

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Numbers (n,), or (n, k) as y was, float64."""
        estimates = self._estimates(X)
        return self.net_.numbers(estimates)


def _is_mixed(X: Any) -> bool:
    """Whether X is a DataFrame with words, dates or gaps in it."""
    if not is_frame(X):
        return False
    return not all(getattr(dtype, "kind", "O") in "iuf" for dtype in X.dtypes) or bool(
        X.isna().any(axis=None)
    )


@lru_cache(maxsize=64)
def _untrained(overrides: tuple[str, ...]) -> NeuralNet:
    """A network of this config, to be copied: composing takes longer than training a small table,
    and a grid search does it over and over."""
    return NeuralNet(overrides=overrides)
