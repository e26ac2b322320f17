"""Attributions, arguments of units, neighbours and effects of columns, against others' results."""

import numpy as np
import pytest

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.explain.attributions import (
    integrated_gradients,
    occlusion,
    patches,
    spread,
)
from mlp_scratch.insight.explain.feature_effects import partial_dependence, permutation_importance
from mlp_scratch.insight.explain.neighbours import nearest
from mlp_scratch.insight.explain.opened import Opened
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.kernels import kernels
from mlp_scratch.nn.network import Network

RNG = np.random.default_rng(5)
NETWORKS = {
    "relu": {},
    "linear": {"sizes": (6, 4)},
    "tanh": {"activation": "tanh"},
    "batch norm": {"batch_norm": True},
    "layer norm": {"layer_norm": True, "activation": "sigmoid"},
    "plain residual": {"sizes": (6, 8, 8, 4), "residual": "plain"},
    "inverted residual": {"sizes": (6, 8, 8, 4), "residual": "inverted", "layer_norm": True},
    "dropout": {"dropout": 0.5},
}


def network(name="relu", kind="plain"):
    settings = {"sizes": (6, 9, 7, 4), "activation": "relu"} | NETWORKS[name]
    sizes, activation = settings.pop("sizes"), ACTIVATIONS[settings.pop("activation")]()
    chosen = kernels(kind)
    made = Network(
        sizes,
        activation,
        rng=np.random.default_rng(1),
        dtype=np.float64,
        kernels=chosen,
        **settings,
    )
    values = np.random.default_rng(2)
    for k in range(len(made.blocks)):
        made.parameters.value(f"b{k}")[:] = values.normal(size=made.parameters.value(f"b{k}").shape)
    for name_, buffer in made.buffers.items():  # as after some training
        buffer[:] = values.uniform(0.5, 2, buffer.shape) if "var" in name_ else 0.3
    return made


@pytest.mark.parametrize("kind", ["plain", "fast"])
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_central_differences(name, kind):
    made, x, eps = network(name, kind), RNG.normal(size=(3, 6)), 1e-6
    opened = Opened(made)
    found = opened.gradients(x, 2).copy()
    for i in range(6):
        moved = np.zeros(6)
        moved[i] = eps
        above = made.forward(x + moved)[:, 2].copy()
        below = made.forward(x - moved)[:, 2].copy()
        np.testing.assert_allclose(found[:, i], (above - below) / (2 * eps), atol=1e-7)


@pytest.mark.parametrize("name", NETWORKS)
def test_looking_changes_nothing(name):
    made, x = network(name), RNG.normal(size=(3, 6))
    before = made.parameters.values.copy(), made.parameters.grads.copy()
    kept = {key: buffer.copy() for key, buffer in made.buffers.items()}
    opened = Opened(made)
    np.testing.assert_array_equal(opened.outputs(x), made.forward(x))
    opened.layers(x[0], 1)
    np.testing.assert_array_equal(made.parameters.values, before[0])
    np.testing.assert_array_equal(made.parameters.grads, before[1])
    assert all((made.buffers[key] == value).all() for key, value in kept.items())


def test_arguments_of_the_last_hidden_layer_and_the_bias_add_up_to_the_output():
    made, x = network(), RNG.normal(size=6)
    opened = Opened(made)
    y = opened.outputs(x[None])[0]
    for unit in range(4):
        last = opened.layers(x, unit)[-1]
        bias = made.parameters.value("b2")[unit]
        assert last.arguments.sum() + bias == pytest.approx(y[unit], rel=1e-12)
        np.testing.assert_allclose(last.slopes, made.parameters.value("W2")[:, unit])


def test_activations_and_slopes_are_those_of_pytorch_hooks():
    torch = pytest.importorskip("torch")
    made, x = network("tanh"), RNG.normal(size=6)
    value = made.parameters.value
    h, kept = torch.tensor(x[None]), []
    for k in range(3):
        h = h @ torch.tensor(value(f"W{k}")) + torch.tensor(value(f"b{k}"))
        if k < 2:
            h = torch.tanh(h).requires_grad_()
            h.retain_grad()
            kept.append(h)
    h[0, 3].backward()
    for ours, theirs in zip(Opened(made).layers(x, 3), kept, strict=True):
        np.testing.assert_allclose(ours.a, theirs.detach()[0], rtol=1e-12)
        np.testing.assert_allclose(ours.slopes, theirs.grad[0], rtol=1e-12)


def test_integrated_gradients_of_a_linear_network_are_weights_times_inputs():
    made, x, baseline = network("linear"), RNG.normal(size=6), RNG.normal(size=6)
    found = integrated_gradients(Opened(made), x, baseline, 1, steps=3)
    np.testing.assert_allclose(found, (x - baseline) * made.parameters.value("W0")[:, 1])


@pytest.mark.parametrize("name", NETWORKS)
def test_integrated_gradients_add_up(name):
    made, x, baseline = network(name), RNG.normal(size=6), np.zeros(6)
    opened = Opened(made)
    for unit in range(4):
        found = integrated_gradients(opened, x, baseline, unit, steps=4096)
        rise = (opened.outputs(x[None]) - opened.outputs(baseline[None]))[0, unit]
        assert found.sum() == pytest.approx(rise, abs=2e-3)


def test_integrated_gradients_are_those_of_captum():
    torch = pytest.importorskip("torch")
    attr = pytest.importorskip("captum.attr", reason="captum is not installed")
    made, x, baseline = network("tanh"), RNG.normal(size=6), RNG.normal(size=6)
    value = made.parameters.value

    def forward(h):
        for k in range(3):
            h = h @ torch.tensor(value(f"W{k}")) + torch.tensor(value(f"b{k}"))
            h = torch.tanh(h) if k < 2 else h
        return h

    theirs = attr.IntegratedGradients(forward).attribute(
        torch.tensor(x[None]), torch.tensor(baseline[None]), target=2, n_steps=200
    )
    ours = integrated_gradients(Opened(made), x, baseline, 2)
    np.testing.assert_allclose(ours, theirs[0], atol=1e-5)


def test_occlusion_is_what_is_lost_without_a_group():
    made, x, baseline = network(), RNG.normal(size=6), RNG.normal(size=6)
    groups = [np.array([0]), np.array([1, 4]), np.arange(6)]
    found = occlusion(Opened(made), x, baseline, 0, groups)
    for fall, features in zip(found, groups, strict=True):
        without = x.copy()
        without[features] = baseline[features]
        expected = made.forward(x[None])[0, 0].copy() - made.forward(without[None])[0, 0]
        assert fall == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(28, 28), (3, 5), (1, 1), (32, 32, 3), (200, 150)], ids=str)
def test_patches_cover_a_picture(shape):
    found = patches(shape)
    assert len(found) <= 1024
    assert {*np.concatenate(found)} == {*range(int(np.prod(shape)))}
    assert spread(np.ones(len(found)), found, int(np.prod(shape))).tolist() == [1] * int(
        np.prod(shape)
    )


def test_neighbours_are_the_nearest_in_the_last_hidden_layer():
    made, stored = network(), RNG.normal(size=(600, 6)).astype(np.float32)
    rows = Rows(stored, np.zeros(600, np.intp), Normalizer("none"), np.arange(100, 600))
    opened = Opened(made)
    x = stored[140].astype(np.float64)
    places, distances = nearest(opened, rows, x, 5)
    hidden = opened.representation(stored[100:].astype(np.float64))
    expected = np.linalg.norm(hidden - hidden[40], axis=1)
    assert places[0] == 40
    assert distances[0] < 1e-12
    np.testing.assert_array_equal(places, np.argsort(expected, kind="stable")[:5])
    np.testing.assert_allclose(distances, np.sort(expected)[:5], atol=1e-12)


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
