"""Softmax cross-entropy: gradient, known values, blocks, stability, layouts; then what holds for
every loss, with weights of the rows and without. PyTorch's values are in test_torch_losses.py.
"""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from central_differences import assert_gradient, numeric_gradient
from loss_cases import LOSS_CASES, WEIGHTINGS, drawn, weights_of

from mlp_scratch.nn.losses import LOSSES, SoftmaxCrossEntropy, count_correct, softmax
from mlp_scratch.nn.range_checks import HyperparameterError

SMOOTHINGS = [0.0, 0.1, 0.9]


def draw(rows=7, classes=5, seed=0):
    rng = np.random.default_rng(seed)
    return 3 * rng.standard_normal((rows, classes)), rng.integers(0, classes, rows)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("batch_size", [None, 20])
def test_gradient(kernels, smoothing, batch_size):
    logits, labels = draw()
    loss = kernels.of(SoftmaxCrossEntropy)(smoothing)
    dlogits = loss(logits, labels, batch_size)[1].copy()
    assert_gradient(dlogits, lambda: loss(logits, labels, batch_size)[0], logits)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_definition(kernels, smoothing):
    """- sum q log p, with p and q written out row by row."""
    logits, labels = draw()
    expected = 0.0
    for z, label in zip(logits, labels, strict=True):
        p = [math.exp(value) / sum(math.exp(other) for other in z) for value in z]
        q = [(1 - smoothing) * (k == label) + smoothing / 5 for k in range(5)]
        expected -= sum(q[k] * math.log(p[k]) for k in range(5)) / 7
    value, _ = kernels.of(SoftmaxCrossEntropy)(smoothing)(logits, labels)
    assert isinstance(value, float)
    assert value == pytest.approx(expected, rel=1e-13)


def test_equal_logits_cost_the_logarithm_of_the_classes(kernels):
    value, dlogits = kernels.of(SoftmaxCrossEntropy)()(np.zeros((4, 10)), np.array([0, 3, 3, 9]))
    assert value == pytest.approx(math.log(10))
    assert dlogits[0, 0] == pytest.approx((0.1 - 1) / 4)
    assert dlogits[0, 1] == pytest.approx(0.1 / 4)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_blocks_add_up(kernels, smoothing):
    logits, labels = draw(rows=11)
    whole, dwhole = kernels.of(SoftmaxCrossEntropy)(smoothing)(logits, labels)
    dwhole = dwhole.copy()
    loss = kernels.of(SoftmaxCrossEntropy)(smoothing)
    total = 0.0
    for rows in (slice(0, 4), slice(4, 8), slice(8, 11)):
        part, dpart = loss(logits[rows], labels[rows], 11)
        total += part
        np.testing.assert_allclose(dpart, dwhole[rows], rtol=1e-12, atol=1e-16)
    assert total == pytest.approx(whole, rel=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layout_and_dtype_do_not_matter(kernels, dtype):
    logits, labels = draw()
    logits = logits.astype(dtype)
    value, dlogits = kernels.of(SoftmaxCrossEntropy)(0.1)(logits, labels)
    value_t, dlogits_t = kernels.of(SoftmaxCrossEntropy)(0.1)(np.asfortranarray(logits), labels)
    eps = 0 if kernels.name == "fast" else float(np.finfo(dtype).eps)  # sums in another order
    assert value == pytest.approx(value_t, rel=16 * eps)
    assert dlogits.dtype == dtype
    np.testing.assert_allclose(dlogits, dlogits_t, rtol=16 * eps, atol=eps)


def test_logits_are_only_read_and_large_ones_are_harmless(kernels):
    logits = np.array([[1e4, 0.0, -1e4], [-1e30, 5.0, 1e30]], np.float32)
    kept = logits.copy()
    value, dlogits = kernels.of(SoftmaxCrossEntropy)()(logits, np.array([0, 2]))
    np.testing.assert_array_equal(logits, kept)
    assert value == 0.0
    np.testing.assert_array_equal(dlogits, np.zeros((2, 3)))
    value, dlogits = kernels.of(SoftmaxCrossEntropy)()(logits[:1], np.array([1]))
    assert value == 1e4
    np.testing.assert_array_equal(dlogits, [[1.0, -1.0, 0.0]])


def test_count_correct():
    logits = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [0.0, 0.0, 0.0], [1.0, 5.0, 5.0]])
    assert count_correct(logits, np.array([2, 0, 0, 1])) == 4
    assert count_correct(logits, np.array([2, 0, 1, 2])) == 2  # of equals only the first counts
    assert isinstance(count_correct(logits, np.array([0, 0, 0, 0])), int)
    assert count_correct(np.asfortranarray(logits), np.array([0, 0, 0, 0])) == 2


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_correct_counts_on_the_way(kernels, smoothing, dtype):
    """Ties (small whole numbers have many) and all, as ``count_correct`` does."""
    loss = kernels.of(SoftmaxCrossEntropy)(smoothing)
    for seed in range(20):
        logits, labels = draw(rows=30, seed=seed)
        for z in (logits.astype(dtype), np.round(logits).astype(dtype), np.zeros((30, 5), dtype)):
            loss(z, labels)
            assert loss.correct == count_correct(z, labels)


def test_nan_shows_in_the_loss(kernels):
    logits, labels = draw()
    logits[3, 2] = np.nan
    assert np.isnan(kernels.of(SoftmaxCrossEntropy)()(logits, labels)[0])


def test_labels_beyond_the_classes_are_refused(kernels):
    logits, labels = draw()
    labels[6] = 5
    with pytest.raises(IndexError):
        kernels.of(SoftmaxCrossEntropy)()(logits, labels)


def test_softmax():
    logits = np.array([[0.0, math.log(2), math.log(5)], [1000.0, 1000.0, -1000.0]], np.float32)
    kept = logits.copy()
    p = softmax(logits)
    np.testing.assert_allclose(p, [[1 / 8, 2 / 8, 5 / 8], [0.5, 0.5, 0.0]], rtol=1e-6)
    np.testing.assert_array_equal(logits, kept)
    assert p.dtype == np.float32


@pytest.mark.parametrize("case", LOSS_CASES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("divisor", [None, 20.0])
def test_every_gradient(case, weighting, divisor, kernels):
    loss, outputs, targets = drawn(case, kernels)
    weights = weights_of(weighting, len(outputs))
    slopes = loss(outputs, targets, divisor, weights)[1].copy()
    if case == "gaussian_nll_cut":  # dl/ds by another rule below eps, see there
        keep = outputs.reshape(-1, 2)[:, 1] > np.log(0.8)
        assert 0 < keep.sum() < len(keep)
        slopes = slopes.reshape(-1, 2)
        numeric = numeric_gradient(lambda: loss(outputs, targets, divisor, weights)[0], outputs)
        numeric = numeric.reshape(-1, 2)
        np.testing.assert_allclose(slopes[:, 0], numeric[:, 0], rtol=1e-6, atol=2e-9)
        np.testing.assert_allclose(slopes[keep], numeric[keep], rtol=1e-6, atol=2e-9)
        return
    assert_gradient(slopes, lambda: loss(outputs, targets, divisor, weights)[0], outputs)


@pytest.mark.parametrize("case", LOSS_CASES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_every_weighted_mean(case, weighting, kernels):
    """A row's loss by itself, then sum(w l) / sum(w); and whole weights are repeated rows."""
    loss, outputs, targets = drawn(case, kernels, rows=11)
    weights = weights_of(weighting, 11)
    value, slopes = loss(outputs, targets, weights=weights)
    slopes = slopes.copy()
    w = np.ones(11) if weights is None else weights
    singles = [loss(outputs[i : i + 1], targets[i : i + 1]) for i in range(11)]
    assert value == pytest.approx(sum(w * [single for single, _ in singles]) / sum(w), rel=1e-12)
    for i in range(11):
        single = loss(outputs[i : i + 1], targets[i : i + 1])[1][0]
        np.testing.assert_allclose(slopes[i], single * w[i] / sum(w), rtol=1e-12, atol=1e-16)
    counts = np.arange(11) % 3
    repeated = np.repeat(np.arange(11), counts)
    assert loss(outputs, targets, weights=counts.astype(np.float64))[0] == pytest.approx(
        loss(outputs[repeated], targets[repeated])[0], rel=1e-12
    )


@pytest.mark.parametrize("case", LOSS_CASES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_every_loss_adds_up_over_blocks(case, weighting, kernels):
    loss, outputs, targets = drawn(case, kernels, rows=11)
    weights = weights_of(weighting, 11)
    divisor = 11.0 if weights is None else float(weights.sum())
    whole, dwhole = loss(outputs, targets, weights=weights)
    dwhole, correct, total, right = dwhole.copy(), getattr(loss, "correct", 0), 0.0, 0
    for rows in (slice(0, 4), slice(4, 8), slice(8, 11)):
        part = None if weights is None else weights[rows]
        value, slopes = loss(outputs[rows], targets[rows], divisor, part)
        total, right = total + value, right + getattr(loss, "correct", 0)
        np.testing.assert_allclose(slopes, dwhole[rows], rtol=1e-12, atol=1e-16)
    assert total == pytest.approx(whole, rel=1e-12)
    assert right == correct


@pytest.mark.parametrize("case", LOSS_CASES)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_every_loss_keeps_float32(case, weighting, kernels):
    """Whatever the type of weights, and targets of 64 bits where they are no numbers."""
    loss, outputs, targets = drawn(case, kernels)
    weights = weights_of(weighting, len(outputs))
    expected, dexpected = loss(outputs, targets, weights=weights)
    dexpected = dexpected.copy()
    outputs = outputs.astype(np.float32)
    if loss.task == "regression":
        targets = targets.astype(np.float32)
    kept = outputs.copy()
    for layout in (np.ascontiguousarray, np.asfortranarray):
        value, slopes = loss(layout(outputs), targets, weights=weights)
        assert isinstance(value, float)
        assert slopes.dtype == np.float32
        assert slopes.shape == outputs.shape
        assert value == pytest.approx(expected, rel=1e-5)
        np.testing.assert_allclose(slopes, dexpected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(outputs, kept)
    assert loss.predictions(outputs).dtype == np.float32


@pytest.mark.parametrize("case", LOSS_CASES)
def test_no_weight_at_all_is_no_loss(case, kernels):
    loss, outputs, targets = drawn(case, kernels)
    value, slopes = loss(outputs, targets, weights=np.zeros(len(outputs)))
    assert value == 0.0
    assert not slopes.any()


@pytest.mark.parametrize("name", LOSSES)
def test_every_yaml_makes_its_loss(name):
    path = Path(__file__).parents[2] / "conf" / "loss" / f"{name}.yaml"
    arguments = yaml.safe_load(path.read_text("utf-8"))
    assert arguments.pop("name") == name
    loss = LOSSES[name](**arguments)
    assert loss.task in ("classification", "regression", "multilabel")
    assert loss.smooths_labels == (name == "cross_entropy")


def test_focal_with_gamma_0_is_cross_entropy():
    logits, labels = draw()
    logits[0, labels[0]] = 1e4  # a probability of 1
    value, dlogits = LOSSES["focal"](gamma=0.0)(logits, labels)
    expected, dexpected = SoftmaxCrossEntropy()(logits, labels)
    assert value == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(dlogits, dexpected, rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_focal_is_finite_at_both_ends(gamma, dtype):
    logits = np.array([[1e4, 0.0], [0.0, 1e4], [30.0, 0.0]], dtype)
    value, dlogits = LOSSES["focal"](gamma=gamma)(logits, np.array([0, 0, 0]))
    assert value == pytest.approx(1e4 / 3)
    np.testing.assert_allclose(dlogits[:2], [[0, 0], [-1 / 3, 1 / 3]], atol=1e-12)


def test_binary_cross_entropy_counts_rows_with_all_labels_right():
    loss = LOSSES["binary_cross_entropy"]()
    logits = np.array([[1.0, -1.0], [1.0, 1.0], [0.0, 2.0], [-0.5, -0.5]])
    loss(logits, np.array([[1, 0], [1, 0], [0, 1], [0, 0]]))
    assert loss.correct == 3  # 0 is no yes
    value, slopes = loss(np.array([[1e4, -1e4], [-1e30, 1e30]]), np.array([[1, 0], [1, 1]]))
    assert value == pytest.approx(1e30 / 4)
    np.testing.assert_array_equal(slopes, [[0, 0], [-1 / 4, 0]])


def test_predictions_of_classes_and_labels_are_probabilities():
    logits = np.array([[0.0, math.log(3)], [800.0, -800.0]])
    for name, args in (("cross_entropy", {}), ("focal", {"gamma": 2.0})):
        np.testing.assert_allclose(
            LOSSES[name](**args).predictions(logits), [[0.25, 0.75], [1.0, 0.0]]
        )
    np.testing.assert_allclose(
        LOSSES["binary_cross_entropy"]().predictions(logits), [[0.5, 0.75], [1.0, 0.0]]
    )


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("focal", {"gamma": -1}, "gamma must be at least 0, got -1"),
        ("huber", {"delta": 0.0}, "delta must be greater than 0, got 0.0"),
        ("gaussian_nll", {"eps": 0}, "eps must be greater than 0, got 0"),
        ("pinball", {"quantiles": [0.5, 1.5]}, "quantiles must be in (0, 1), got 1.5"),
        ("pinball", {"quantiles": []}, "a list of rising numbers between 0 and 1, got []"),
        ("pinball", {"quantiles": [0.5, 0.5]}, "between 0 and 1, got [0.5, 0.5]"),
        ("pinball", {"quantiles": 0.5}, "between 0 and 1, got 0.5"),
        ("pinball", {"quantiles": "0.5"}, "between 0 and 1, got '0.5'"),
    ],
)
def test_ranges(name, args, message):
    with pytest.raises(HyperparameterError) as error:
        LOSSES[name](**args)
    assert message in str(error.value)
