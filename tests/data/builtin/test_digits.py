"""The built-in digits: what the generator promises, and how hard its images are."""

import hashlib

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from mlp_scratch.data.builtin import digits
from mlp_scratch.data.builtin.digit_strokes import TOPOLOGIES
from mlp_scratch.data.load import load_dataset
from mlp_scratch.nn.activations import ACTIVATIONS
from mlp_scratch.nn.losses import SoftmaxCrossEntropy, count_correct
from mlp_scratch.nn.network import Network
from mlp_scratch.nn.optimizers import OPTIMIZERS

Split = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def few() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return digits.generate(seed=3, n_train=3000, n_test=1000)


@pytest.fixture(scope="module")
def whole() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return digits.generate()


def _train(x: np.ndarray, y: np.ndarray, sizes: list[int], epochs: int, lr: float) -> Network:
    rng = np.random.default_rng(0)
    network = Network(sizes, ACTIVATIONS["relu"](), rng=rng)
    params = network.parameters
    adam = OPTIMIZERS["adam"](
        len(params.values), params.n_weights, np.float32, beta1=0.9, beta2=0.999, eps=1e-8
    )
    loss = SoftmaxCrossEntropy()
    with threadpool_limits(1):  # batches this small only suffer from more
        for _ in range(epochs):
            for rows in np.array_split(rng.permutation(len(x)), len(x) // 128):
                _, dlogits = loss(network.forward(_scaled(x[rows]), training=True), y[rows])
                network.backward(dlogits)
                adam.step(params.values, params.grads, lr)
    return network


def _accuracy(network: Network, x: np.ndarray, y: np.ndarray) -> float:
    return count_correct(network.forward(_scaled(x)), y) / len(y)


def _scaled(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32) / np.float32(255)


def test_shapes_types_and_balance(few):
    x_train, y_train, x_test, y_test = few
    assert (x_train.shape, x_test.shape) == ((3000, 784), (1000, 784))
    assert x_train.dtype == x_test.dtype == np.uint8
    assert y_train.dtype == y_test.dtype == np.intp
    assert x_train.flags.c_contiguous
    assert np.bincount(y_train).tolist() == [300] * 10
    assert np.bincount(y_test).tolist() == [100] * 10


def test_counts_that_ten_does_not_divide():
    _, y_train, _, y_test = digits.generate(n_train=37, n_test=3)
    assert np.bincount(y_train, minlength=10).tolist() == [4] * 7 + [3] * 3
    assert sorted(y_test.tolist()) == [0, 1, 2]
    assert digits.generate(n_train=37, n_test=0)[2].shape == (0, 784)


def test_labels_are_shuffled(few):
    repeats = np.mean(few[1][1:] == few[1][:-1])
    assert 0.05 < repeats < 0.15  # a tenth by chance, nearly all if sorted


def test_same_seed_same_bytes(few):
    for first, second in zip(few, digits.generate(3, 3000, 1000), strict=True):
        np.testing.assert_array_equal(first, second)


def test_other_seed_other_images(few):
    assert not np.array_equal(few[0], digits.generate(4, 3000, 1000)[0])


def test_test_split_does_not_depend_on_the_size_of_the_other(few):
    np.testing.assert_array_equal(few[2], digits.generate(3, 100, 1000)[2])


def test_version_names_these_bytes():
    """Caches are keyed by VERSION: whoever changes the images must raise it, then record again."""
    content = hashlib.sha256(digits.generate(0, 500, 100)[0].tobytes()).hexdigest()
    assert (digits.VERSION, content[:16]) == (2, "e3b8ae5129100d4e")


def test_no_two_images_are_alike_within_or_across_the_splits(few):
    images = {row.tobytes() for split in (few[0], few[2]) for row in split}
    assert len(images) == 4000


def test_no_two_are_even_close(few):
    """Test images are new drawings, not training images with other noise."""
    x_train, x_test = _scaled(few[0]), _scaled(few[2][:200])
    squared = (x_test**2).sum(1)[:, None] + (x_train**2).sum(1) - 2 * x_test @ x_train.T
    nearest = np.sqrt(squared.min(axis=1).clip(0))
    assert np.median(nearest) > 3.0  # noise alone moves an image by about 1


def test_ink_is_as_on_mnist(few):
    """Inside the frame, neither faint nor blotted, centred by mass, about 20 pixels long."""
    x = few[0].reshape(-1, 28, 28).astype(float)
    edge = np.concatenate([x[:, 0], x[:, -1], x[:, :, 0], x[:, :, -1]], axis=1)
    assert edge.max() < 128
    assert x.max(axis=(1, 2)).min() > 180
    assert np.mean(x == 0) > 0.7
    # MNIST's training images: 33 on average, their 1st and 99th percentiles are 12 and 62.
    ink = x.mean(axis=(1, 2))
    assert 28 < ink.mean() < 38
    assert 6 < ink.min() < ink.max() < 90
    at = np.arange(28)
    for axis in (1, 2):
        centre = x.sum(axis=axis) @ at / x.sum(axis=(1, 2))
        assert np.abs(centre - 14).max() < 0.51
    on = x > 64
    length = np.maximum(on.any(axis=2).sum(axis=1), on.any(axis=1).sum(axis=1))
    assert abs(np.median(length) - 20) <= 1
    assert np.mean((length >= 17) & (length <= 22)) > 0.95


def test_every_topology_is_drawn_in_proportion():
    n = 4000
    _, drawn = digits.draw(np.random.default_rng(0), n)
    counts = np.bincount(drawn, minlength=len(TOPOLOGIES))
    for digit in range(10):
        shares = {i: t.share for i, t in enumerate(TOPOLOGIES) if t.digit == digit}
        for i, share in shares.items():
            expected = n / 10 * share / sum(shares.values())
            assert abs(counts[i] - expected) <= 1, TOPOLOGIES[i]


def test_nearest_mean_is_far_above_chance_and_far_from_enough(few):
    x_train, y_train, x_test, y_test = (a.astype(np.float32) for a in few)
    means = np.stack([x_train[y_train == digit].mean(axis=0) for digit in range(10)])
    distance = ((x_test[:, None] - means) ** 2).sum(axis=2)
    found = np.mean(distance.argmin(axis=1) == y_test)
    assert 0.5 < found < 0.9


@pytest.mark.slow
def test_linear_classifier_does_not_suffice(whole):
    x_train, y_train, x_test, y_test = whole
    linear = _train(x_train, y_train, [784, 10], epochs=6, lr=3e-3)
    assert 0.85 < _accuracy(linear, x_test, y_test) <= 0.95


@pytest.mark.slow
def test_two_hidden_layers_reach_97_percent_and_read_real_digits(whole, request, tmp_path):
    x_train, y_train, x_test, y_test = whole
    network = _train(x_train, y_train, [784, 128, 64, 10], epochs=10, lr=1e-3)
    assert _accuracy(network, x_test, y_test) >= 0.97
    folder = request.getfixturevalue("mnist_dir")
    mnist = load_dataset("mnist", dir=folder, cache_dir=tmp_path, download=False)
    assert mnist.x_test is not None
    assert mnist.y_test is not None
    assert _accuracy(network, mnist.x_test, mnist.y_test) >= 0.80
