"""DataFrames in Python: columns by their names, words, gaps and dates; what it refuses."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.neural_net import NeuralNet

pd = pytest.importorskip("pandas")

N = 240
SETTINGS: dict[str, Any] = {"epochs": 30, "batch_size": 16, "lr": 0.01, "normalize": "standardize"}


def frame() -> Any:
    rng = np.random.default_rng(0)
    seen = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 500, N), "D")
    return pd.DataFrame(
        {
            "sex": pd.Categorical(rng.choice(["f", "m"], N)),
            "age": pd.array(np.where(rng.random(N) < 0.2, None, rng.integers(1, 90, N)), "Int64"),
            "town": rng.choice(["Bonn", "Köln", None], N),
            "adult": rng.random(N) < 0.5,
            "seen": seen,
            "fare": rng.exponential(20, N),
            "row": range(N),
        },
        index=np.arange(N) + 1000,
    )


def answers(x: Any) -> np.ndarray:
    return np.where((x["sex"] == "m") ^ x["town"].isna(), "yes", "no")


@pytest.fixture(scope="module")
def net() -> NeuralNet:
    x = frame()
    return NeuralNet([None, 16, None], **SETTINGS).train(
        x[:160], answers(x[:160]), sample_weight=None
    )


def test_words_and_gaps_are_learned(net: NeuralNet, tmp_path: Path) -> None:
    x = frame()[160:]
    assert net.evaluate(x, answers(x))[1] > 0.9
    assert "sex=m" in net.checkpoint.meta["feature_names"]
    assert "row" in net.checkpoint.meta["feature_names"]
    again = NeuralNet.load(net.save(tmp_path / "net.npz"))
    for change in (lambda t: t, lambda t: t[t.columns[::-1]], lambda t: t.assign(more=1)):
        np.testing.assert_array_equal(again.predict(change(x)), net.predict(x))
    plain = x.astype({"sex": object, "age": float, "town": "category"})
    np.testing.assert_array_equal(again.predict(plain), net.predict(x))


REFUSED = {
    "gone": (
        lambda t: t.drop(columns="town"),
        "X: no column 'town', which the network was trained",
    ),
    "another kind": (
        lambda t: t.assign(fare="much"),
        "X: row 1, column 'fare': 'much' is not a num",
    ),
    "an array": (lambda t: np.zeros((3, 7)), "column 'sex' is no number: give a table"),
    "too few": (lambda t: np.zeros((3, 2)), "X: 2 features, .* a table of 7 columns"),
}


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(net: NeuralNet, change: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        net.predict(change(frame()[160:]))


def test_validation_rows_and_numbers_alone() -> None:
    x = frame()[["fare", "age"]].astype(float)
    y = x["fare"].to_numpy() + x["age"].fillna(0).to_numpy()
    net = NeuralNet([None, 8, None], task="regression", patience=5, **SETTINGS)
    net.train(x[:160], y[:160], (x[["age", "fare"]][160:], y[160:]))
    assert "val_rmse" in net.history[0]
    np.testing.assert_allclose(net.predict(x.to_numpy()), net.predict(x), rtol=1e-6)
    with pytest.raises(DataError, match="validation_data: must be a DataFrame"):
        net.train(x, y, (x.to_numpy(), y))


def test_a_frame_of_numbers_is_the_array(recwarn: pytest.WarningsRecorder) -> None:
    x = frame()[["fare"]].assign(b=np.arange(N), c=5.0)
    y = (x["fare"] > 15).to_numpy().astype(int)
    of_frame, of_array = (NeuralNet([None, 4, None], **SETTINGS).train(t, y) for t in (x, x.values))
    for name, array in of_array.checkpoint.arrays.items():
        np.testing.assert_array_equal(of_frame.checkpoint.arrays[name], array)
    assert not recwarn.list


def test_what_is_left_out_is_said() -> None:
    x = frame()[["fare"]].assign(name=[f"name {i}" for i in range(N)])
    with pytest.warns(UserWarning, match="name: .* left out"):
        NeuralNet([None, 4, None], epochs=1).train(x, np.arange(N) % 2)


def test_gaps_as_the_config_says() -> None:
    x, settings = frame()[["age", "fare"]], SETTINGS | {"epochs": 1}
    y = np.arange(N) % 2
    with pytest.raises(DataError, match=r"'age' is missing: data.missing=error"):
        NeuralNet([None, 4, None], missing="error", **settings).train(x, y)
    with pytest.warns(UserWarning, match="data.missing=drop: .* of 240 rows have gaps"):
        NeuralNet([None, 4, None], missing="drop", **settings).train(x, y)


def library_of(caught: pytest.ExceptionInfo) -> str:
    """The package that raised it."""
    return caught.traceback[-1].frame.f_globals["__name__"].partition(".")[0]


def test_scikit_learns_estimators_take_them() -> None:
    pytest.importorskip("sklearn")
    from sklearn.model_selection import cross_val_score

    from mlp_scratch.sklearn_estimator import NeuralNetClassifier, NeuralNetRegressor

    x = frame()[["sex", "age", "town", "fare"]]
    model = NeuralNetClassifier((16,), lr=0.01, epochs=30, random_state=0)
    assert cross_val_score(model, x, answers(x), cv=2).mean() > 0.85
    model.fit(x, answers(x))
    assert list(model.feature_names_in_) == list(x.columns)
    assert model.predict(x[:3]).dtype.kind in "UO"
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (scikit-learn's words)
        model.predict(x[x.columns[::-1]])
    assert library_of(caught) == "sklearn"
    numbers = NeuralNetRegressor((8,), epochs=2).fit(x, np.c_[x["fare"], x["fare"] ** 2])
    assert numbers.predict(x).shape == (N, 2)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (scikit-learn's words)
        NeuralNetClassifier(epochs=1).fit(x, np.where(x["fare"] > 9, np.nan, 1.0))
    assert library_of(caught) == "sklearn"


def test_what_training_did_not_have_is_said(net: NeuralNet) -> None:
    x = frame()[160:]
    with pytest.warns(UserWarning, match=r"X: 'sex': 80 rows with words .* \('x'\), taken for 'f'"):
        net.predict(x.assign(sex="x"))
    with pytest.warns(UserWarning, match=r"'fare': 80 gaps, taken for"):
        net.predict(x.assign(fare=np.nan))


@pytest.mark.parametrize(
    ("key", "has", "lacks"),
    [
        ("drop=[sex,fare]", "age", "fare"),
        ("categorical=[age]", "age=1", "age"),
        ("keep=[name]", "name=name ", ""),
    ],
)
def test_columns_are_what_the_config_says(key: str, has: str, lacks: str) -> None:
    x = frame().assign(name=[f"name {i}" for i in range(N)]).drop(columns="row")
    x["age"] = x["age"] % 5
    settings = SETTINGS | {"epochs": 1, "overrides": [f"data.{key}", "data.rare=2"]}
    net = NeuralNet([None, 4, None], **settings)
    with warnings.catch_warnings(action="ignore"):
        net.train(x, np.arange(N) % 2)
    features = net.checkpoint.meta["feature_names"]
    assert any(name.startswith(has) for name in features), features
    assert lacks not in features


@pytest.mark.parametrize(
    ("key", "array"),
    [("group=sex", False), ("split=sex", False), ("limit=9", False), ("drop=[0]", True)],
)
def test_what_the_config_says_in_vain_is_refused(key: str, array: bool) -> None:
    x = frame()[["fare"]]
    net = NeuralNet([None, 4, None], epochs=1, overrides=[f"data.{key}"])
    with pytest.raises(ConfigError, match="these rows are in memory"):
        net.train(x.to_numpy() if array else x, np.arange(N) % 2)
