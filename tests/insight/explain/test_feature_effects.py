"""What a column does: against scikit-learn."""

import numpy as np
import pytest

from mlp_scratch.insight.explain.feature_effects import partial_dependence, permutation_importance

RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def forest():
    """A model of scikit-learn's, of which it tells importance and partial dependence too."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    x = np.random.default_rng(0).normal(size=(400, 4))
    y = (x @ [2.0, 0.5, 0.0, -1.0] + 0.3 * x[:, 0] * x[:, 1]) > 0
    return linear_model.LogisticRegression().fit(x, y), x, y


@pytest.mark.slow
def test_permutation_importance_is_that_of_scikit_learn(forest):
    inspection = pytest.importorskip("sklearn.inspection")
    model, x, y = forest
    theirs = inspection.permutation_importance(model, x, y, n_repeats=300, random_state=1)
    mean, deviation = permutation_importance(
        x, lambda rows: model.score(rows, y), np.random.default_rng(2), 300
    )
    np.testing.assert_allclose(mean, theirs.importances_mean, atol=0.004)
    np.testing.assert_allclose(deviation, theirs.importances_std, atol=0.004)
    assert mean.argmax() == 0


def test_a_column_that_the_score_does_not_see_has_no_importance():
    x = RNG.normal(size=(50, 2))
    mean, deviation = permutation_importance(x, lambda rows: rows[:, 0].sum(), RNG, 4)
    np.testing.assert_allclose((mean, deviation), 0, atol=1e-12)


def test_partial_dependence_is_that_of_scikit_learn(forest):
    inspection = pytest.importorskip("sklearn.inspection")
    model, x, _ = forest
    values = np.linspace(-2, 2, 7)
    theirs = inspection.partial_dependence(
        model, x, [1], custom_values={1: values}, method="brute", response_method="predict_proba"
    )
    ours = partial_dependence(x, 1, values, model.predict_proba)
    np.testing.assert_allclose(ours[:, 1], theirs["average"][0])
