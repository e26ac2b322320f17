"""Softmax cross-entropy: gradient, known values, blocks, stability, layouts."""

import math

import numpy as np
import pytest
from central_differences import assert_gradient

from mlp_scratch.nn.losses import SoftmaxCrossEntropy, count_correct, softmax

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
