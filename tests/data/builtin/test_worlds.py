"""Points made by formulas: their shapes against scikit-learn's, their noise, and how they load."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.paths import conf_dir
from mlp_scratch.data.builtin.worlds import CENTRES, CURVES, PLANES, WORLDS, generate
from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import ConfigError, DataError


def in_order(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The same points as rows of (class, x1, x2), sorted: what does not depend on their order."""
    rows = np.column_stack([y, x.round(9) + 0.0])
    return rows[np.lexsort(rows.T[::-1])]


@pytest.mark.parametrize("n", [20, 51])
@pytest.mark.parametrize(
    ("name", "theirs", "options"),
    [
        ("moons", "make_moons", {}),
        ("circles", "make_circles", {"factor": 0.5}),
        ("blobs", "make_blobs", {"centers": CENTRES, "cluster_std": 0.0}),
    ],
)
def test_without_noise_they_are_scikit_learns(
    name: str, theirs: str, options: dict, n: int
) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    expected = getattr(datasets, theirs)(n, shuffle=False, **options)
    np.testing.assert_allclose(in_order(*generate(name, n, 0.0)), in_order(*expected), atol=1e-8)


FORMULAS = {  # of points without noise: their class, or their number
    "xor": lambda x: np.where(np.sign(x[:, 0]) == np.sign(x[:, 1]), 0, 1),
    "checkerboard": lambda x: np.where(x[:, 0] % 2 < 1, 0, 1) ^ np.where(x[:, 1] % 2 < 1, 0, 1),
    "sine": lambda x: np.sin(x[:, 0]),
    "steps": lambda x: np.searchsorted([-2, -1, 0, 1, 2], x[:, 0], side="right") - 3,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_without_noise_a_formula_gives_them(name: str) -> None:
    x, y = generate(name, 4000, 0.0)
    np.testing.assert_array_equal(y, FORMULAS[name](x))
    low, high = {"xor": (-1, 1), "checkerboard": (0, 4), "sine": (-6, 6), "steps": (-3, 3)}[name]
    np.testing.assert_allclose([x.min(), x.max()], [low, high], atol=0.02)
    evenly = np.quantile(x, (0.25, 0.5, 0.75))
    np.testing.assert_allclose(evenly, low + (high - low) * np.array([0.25, 0.5, 0.75]), atol=0.3)


def test_a_spiral_winds_one_and_a_half_times() -> None:
    x, y = generate("spirals", 1001, 0.0)
    radius, arm = np.hypot(*x.T), np.where(y == 0, 1, -1)[:, None] * x
    np.testing.assert_allclose(
        arm / radius[:, None], np.c_[np.cos(a := 3 * np.pi * radius), np.sin(a)]
    )
    assert 0.97 < radius.max() < 1
    inside = np.count_nonzero(radius < 0.5)  # as many points as a quarter of the area
    assert abs(inside / 1001 - 0.25) < 0.01


@pytest.mark.parametrize("name", WORLDS)
def test_noise_is_a_deviation_and_moves_the_same_points(name: str) -> None:
    n = 20_000
    (x, y), (near, y1), (far, y2) = (generate(name, n, noise) for noise in (0.0, 0.1, 0.3))
    moved, further = (near - x, far - x) if name in PLANES else (y1 - y, y2 - y)
    np.testing.assert_allclose(further, 3 * moved, atol=1e-12)
    assert abs(moved.std() - 0.1) < 0.002
    assert abs(moved.mean()) < 0.003
    if name in PLANES:
        counts = np.bincount(y)
        np.testing.assert_array_equal(y, y1)
        assert abs(np.corrcoef(moved.T)[0, 1]) < 0.03
        assert counts.min() > 0.95 * counts.max()


@pytest.mark.parametrize("name", WORLDS)
def test_the_same_arguments_give_the_same_points_in_no_order(name: str) -> None:
    x, y = generate(name, 300, 0.1)
    again, other = generate(name, 300, 0.1), generate(name, 300, 0.1, seed=1)
    np.testing.assert_array_equal(x, again[0])
    np.testing.assert_array_equal(y, again[1])
    assert not np.allclose(x, other[0])
    halves = [np.sort(part, axis=0).mean() for part in (y[:150], y[150:])]
    assert abs(halves[0] - halves[1]) < 0.4 * max(
        y.std(), 1e-9
    )  # classes are not one after another


PLAIN = {"dir": "nowhere", "cache_dir": None}


@pytest.mark.parametrize("name", WORLDS)
def test_as_a_data_set(name: str) -> None:
    # without noise the steps are few whole numbers, and yet no classes
    data = load_dataset(name, **PLAIN, n=200, noise=0.0, test_fraction=0.2)
    assert data.x_test is not None
    assert (len(data.x_train), len(data.x_test)) == (160, 40)
    assert data.x_train.dtype == np.float32
    if name in CURVES:
        assert (data.task, data.feature_names, data.target_names) == ("regression", ("x",), ("y",))
    else:
        assert (data.task, data.feature_names) == ("classification", ("x1", "x2"))
        counts = np.bincount(data.y_test)
        assert counts.max() - counts.min() <= (12 if name in ("xor", "checkerboard") else 1)
    same = load_dataset(name, **PLAIN, n=200, noise=0.0, test_fraction=0.2)
    others = [
        load_dataset(name, **PLAIN, n=n, noise=noise, test_fraction=0.2)
        for n, noise in [(201, 0.0), (200, 0.1)]
    ]
    assert same.digest == data.digest
    assert data.digest not in [other.digest for other in others]


def test_the_cache_tells_them_apart(tmp_path: Path) -> None:
    load = {"dir": "nowhere", "cache_dir": tmp_path}
    sizes = [
        len(load_dataset(name, **load, n=n, noise=0.1).x_train)
        for name, n in [("moons", 50), ("moons", 60), ("circles", 50), ("moons", 50)]
    ]
    assert sizes == [50, 60, 50, 50]


@pytest.mark.parametrize("name", WORLDS)
def test_its_choice_says_how_many_and_how_noisy(name: str) -> None:
    said = yaml.safe_load((conf_dir() / "data" / f"{name}.yaml").read_text("utf-8"))
    assert (said["name"], said["n"]) == (name, 5000)
    assert said["noise"] > 0
    assert said["normalize"] == "standardize"


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["data=moons", "data.n=3"], "data.n=3: must be a whole number from 20 to 10,000,000"),
        (["data=moons", "data.noise=-0.1"], "data.noise=-0.1: must be at least 0"),
        (["data=moons", "data.n=null"], "data.n=null: data=moons needs a number"),
        (["data=digits", "data.n=100"], "data.n=100: is of the worlds made by formulas (moons, "),
        (["data=csv", "data.path=a.csv", "data.noise=1"], "not of data=csv; leave it out"),
        (["data=sine", "data.path=a.csv"], "data=sine reads no such file"),
        (["data=spiral"], "data=spiral: no such choice (did you mean spirals?)"),
    ],
)
def test_what_is_refused(words: list[str], says: str) -> None:
    with pytest.raises(ConfigError) as error:
        compose_config(words)
    assert says in str(error.value)


def test_from_python_they_need_both_numbers() -> None:
    with pytest.raises(DataError, match=r"data=moons needs data\.n, how many points"):
        load_dataset("moons", **PLAIN)
