import numpy as np
import pytest

from mlp_scratch.report.tables.importance import group_values, importance, one_way, ranks

# Hollander & Wolfe (1973), p. 116: half-time of mucociliary clearance (also in R's ?kruskal.test)
CLEARANCE = [2.9, 3.0, 2.5, 2.6, 3.2, 3.8, 2.7, 4.0, 2.4, 2.8, 3.4, 3.7, 2.2, 2.0]
SUBJECTS = [0] * 5 + [1] * 4 + [2] * 5


def test_the_share_is_that_of_the_kruskal_wallis_test():
    # kruskal.test gives H = 0.77143, p = 0.68; the share is (H - k + 1) / (n - k)
    share, p = one_way(np.array(SUBJECTS), ranks(CLEARANCE))
    assert share == pytest.approx((0.7714286 - 2) / 11, abs=1e-6)
    assert p == pytest.approx(0.68, abs=0.08)  # R's p is the chi-squared approximation


def test_against_scipy_with_ties():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(3)
    codes = np.repeat([0, 1, 2, 3], [9, 14, 5, 12])
    y = np.round(rng.normal(size=40) + 0.5 * codes, 1)
    assert len(set(y)) < 40
    np.testing.assert_array_equal(ranks(y), stats.rankdata(y))
    h, p = stats.kruskal(*(y[codes == i] for i in range(4)))
    share, ours = one_way(codes, ranks(y))
    assert share == pytest.approx((h - 3) / 36)
    assert ours == pytest.approx(p, abs=0.02)


def grid(result, seeds=3, **axes):
    """Configs of a full grid with noise of 0.01, and ``result(**config)`` for each."""
    rng = np.random.default_rng(0)
    configs = [{}]
    for name, values in (*axes.items(), ("seed", range(seeds))):
        configs = [config | {name: value} for config in configs for value in values]
    noise = rng.normal(0, 0.01, len(configs))
    axes_only = [{k: v for k, v in config.items() if k != "seed"} for config in configs]
    return configs, [result(**c) + e for c, e in zip(axes_only, noise, strict=True)]


def test_what_decides_comes_first_and_the_seed_is_chance():
    configs, results = grid(lambda lr, width: 5 * lr + width / 1000, lr=[1, 2, 3], width=[16, 32])
    first, *others = importance(configs, results, ["seed", "width", "lr"])
    assert first.keys == ("lr",)
    assert first.explained > 0.8
    assert first.p == 0.001
    assert [(level.label, level.n) for level in first.levels] == [("1", 6), ("2", 6), ("3", 6)]
    seed = next(e for e in others if e.keys == ("seed",))
    assert seed.explained < 0.05
    assert seed.p > 0.3


def test_interplay_is_found_where_neither_key_alone_does_anything():
    configs, results = grid(lambda a, b: float(a != b), seeds=5, a=["x", "y"], b=["x", "y"])
    effects = importance(configs, results, ["a", "b", "seed"])
    assert max(e.explained for e in effects if len(e.keys) == 1) < 0.1
    pairs = [e for e in effects if len(e.keys) == 2]
    assert [set(e.keys) for e in pairs] == [{"a", "b"}]
    assert pairs[0].explained > 0.7


def test_no_interplay_is_reported_where_effects_add_up():
    configs, results = grid(lambda a, b: 0.1 * a + 0.1 * b, seeds=4, a=[1, 2, 3], b=[0, 5])
    assert all(len(e.keys) == 1 for e in importance(configs, results, ["a", "b"]))


@pytest.mark.parametrize("change", [np.exp, lambda y: -y, lambda y: np.where(y == y.max(), 1e9, y)])
def test_only_the_order_of_the_results_counts(change):
    configs, results = grid(lambda lr: lr, lr=[0.1, 0.2, 0.4])
    before = importance(configs, results, ["lr", "seed"])
    after = importance(configs, change(np.array(results)), ["lr", "seed"])
    assert [(e.keys, e.n) for e in before] == [(e.keys, e.n) for e in after]
    assert [e.explained for e in before] == pytest.approx([e.explained for e in after])


@pytest.mark.parametrize(
    ("configs", "results"),
    [
        ([], []),
        ([{"a": i % 2} for i in range(5)], range(5)),  # too few
        ([{"a": i % 2} for i in range(8)], [1.0] * 8),  # all alike
        ([{"a": 1} for _ in range(8)], range(8)),  # one value
        ([{"a": f"text {i}"} for i in range(8)], range(8)),  # texts that never repeat
        ([{"b": i % 2} for i in range(8)], range(8)),  # nobody has the key
        ([{"a": i % 2} for i in range(8)], [float("nan")] * 8),
    ],
)
def test_nothing_to_say(configs, results):
    assert importance(configs, list(results), ["a"]) == []


def test_results_that_are_not_finite_and_runs_without_the_key_do_not_count():
    configs = [{"a": i % 2} for i in range(10)] + [{}, {"a": 0}, {"a": 1}]
    results = [float(i) for i in range(11)] + [float("inf"), float("nan")]
    (effect,) = importance(configs, results, ["a"])
    assert effect.n == 10


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1, 1.0, 2, 2], ["1", "2"]),
        (["10", "9", "10", "9"], ["9", "10"]),
        ([None, None, 3, 3], ["3", "null"]),
        ([[1, 2], [1, 2], [3], [3]], ["[1,2]", "[3]"]),
        (list(range(20)), ["0 … 4", "5 … 9", "10 … 14", "15 … 19"]),
        ([True, False, True], ["all"]),
    ],
)
def test_groups(values, labels):
    codes, names = group_values(values)
    assert names == labels
    assert sorted(set(codes)) == list(range(len(labels)))
