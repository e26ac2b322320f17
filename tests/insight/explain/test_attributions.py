"""Attributions: against formulas, and captum."""

import numpy as np
import pytest
from explained_networks import NETWORKS, network

from mlp_scratch.insight.explain.attributions import (
    integrated_gradients,
    occlusion,
    patches,
    spread,
)
from mlp_scratch.insight.explain.opened import Opened

RNG = np.random.default_rng(5)


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


@pytest.mark.slow
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
