import importlib
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'sklearn' is not installed")

from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import (
    check_estimator,
    check_sample_weight_equivalence_on_dense_data,
)

from mlp_scratch.sklearn_estimator import NeuralNetClassifier, NeuralNetRegressor

WEIGHTED = "check_sample_weight_equivalence_on_dense_data"
MINIBATCHES = "a row of weight 2 is the same row twice only where a batch is all rows"
expected_failed_checks = {WEIGHTED: MINIBATCHES}  # with the defaults, batches of 32


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [NeuralNetClassifier, NeuralNetRegressor])
def test_scikit_learns_own_checks_pass(estimator):
    results = check_estimator(
        estimator(), on_skip=None, on_fail="raise", expected_failed_checks=expected_failed_checks
    )
    assert len(results) > 40
    rest = {r["check_name"]: r["status"] for r in results if r["status"] != "passed"}
    assert rest.pop("check_array_api_input", "skipped") == "skipped"  # wants SCIPY_ARRAY_API=1
    assert rest.keys() <= {WEIGHTED}


@pytest.mark.parametrize("estimator", [NeuralNetClassifier, NeuralNetRegressor])
def test_weights_are_repetitions_with_full_batches(estimator):
    """The very check that is left out above."""
    whole = estimator(batch_size="full", overrides=["training.dtype=float64"])
    check_sample_weight_equivalence_on_dense_data(estimator.__name__, whole)
    with pytest.raises(AssertionError):  # nor would it pass whatever is done
        check_sample_weight_equivalence_on_dense_data(estimator.__name__, estimator())


def test_pipeline_and_grid_search():
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    pipeline = make_pipeline(StandardScaler(), NeuralNetClassifier(epochs=60, random_state=0))
    grid = {"neuralnetclassifier__lr": [1e-6, 0.01], "neuralnetclassifier__hidden_layers": [(8,)]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(x, names)
    assert search.best_params_["neuralnetclassifier__lr"] == 0.01
    assert search.best_score_ > 0.93
    assert search.score(x, names) > 0.93
    assert set(search.predict(x)) == set(names)


def test_as_good_as_their_own_network_on_their_own_digits():
    """8x8 digits: MLPClassifier with its defaults reaches about 0.97 to 0.98 on held-out rows."""
    x, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(x, y, random_state=0)
    estimator = NeuralNetClassifier(hidden_layers=(100,), epochs=30, random_state=0)
    assert estimator.fit(train, y_train).score(test, y_test) > 0.96


def test_early_stopping_on_rows_of_its_own():
    x, y = load_iris(return_X_y=True)
    estimator = NeuralNetClassifier(lr=0.01, validation_fraction=0.2, patience=5, random_state=2)
    assert len(estimator.fit(x, y).net_.history) < 50
    assert estimator.score(x, y) > 0.9


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optim": "adm"}, "did you mean adam"),
        ({"lr": -1.0}, "optim.lr=-1"),
        ({"patience": 3}, "needs validation rows"),
        ({"overrides": ["optim.betta1=1"]}, "did you mean optim.beta1"),
    ],
)
def test_what_cannot_work_is_a_value_error(settings, message):
    with pytest.raises(ValueError, match=message):
        NeuralNetClassifier(**settings).fit([[0.0], [1.0]], [0, 1])


def test_without_scikit_learn_the_import_says_what_to_install(monkeypatch):
    for name in ["sklearn", "sklearn.base"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "mlp_scratch.sklearn_estimator")
    with pytest.raises(ImportError, match=r"pip install 'mlp-scratch\[sklearn\]'"):
        importlib.import_module("mlp_scratch.sklearn_estimator")
