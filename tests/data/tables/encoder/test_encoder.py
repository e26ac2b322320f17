"""Columns become features: as scikit-learn has it, fitted on the training rows alone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from encoder_tables import COLUMNS, DECK, NAN, ROWS, N, fitted, table

from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.tables.columns import Column
from mlp_scratch.data.tables.encoder.encoder import TableEncoder
from mlp_scratch.data.tables.encoder.encoder_record import arrays_of
from mlp_scratch.errors import DataError


def test_each_kind_has_its_features() -> None:
    encoder = fitted(table())
    gaps = np.count_nonzero(np.isnan(table()[ROWS, 0]))
    assert encoder.notes == (
        f"gaps filled with the median: age ({gaps}); data.missing=auto",
        "words in fewer than 3 training rows, taken together as other: town (2); data.rare=3",
    )
    assert encoder.names == (
        *("age", "age missing", "sex=male", "town=y", "town=z", "town=other"),
        *("deck=A", "deck=C", "deck missing", "fare"),
    )
    assert encoder.flags.tolist() == [False, *[True] * 8, False]
    x = np.array([[NAN, 1, 3, NAN, 7], [20, 0, 1, 0, NAN]], np.float32)
    train = table()[ROWS]
    age, fare = np.nanmedian(train[:, 0]), np.median(train[:, 4])
    np.testing.assert_allclose(
        encoder.encode(COLUMNS, x),
        [[age, 1, 0, 0, 0, 1, 0, 0, 1, 7], [20, 0, 1, 1, 0, 0, 0, 1, 0, fare]],
        rtol=1e-6,
    )


@pytest.mark.parametrize("missing", ["mean", "median"])
def test_equals_scikit_learn(missing: str) -> None:
    pytest.importorskip("sklearn")
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    x = table()
    words = [np.array([*column.words, "?"], object) for column in COLUMNS]
    cells = np.empty(x.shape, object)
    for i, column in enumerate(COLUMNS):
        cells[:, i] = x[:, i]
        if column.kind == "category":
            cells[:, i] = words[i][np.where(np.isnan(x[:, i]), -1, x[:, i]).astype(int)]
    numbers = make_pipeline(SimpleImputer(strategy=missing), StandardScaler())
    one_hot = OneHotEncoder(sparse_output=False, drop="if_binary", min_frequency=3)
    theirs = make_column_transformer((numbers, [0, 4]), (one_hot, [1, 2, 3]))
    theirs.fit(cells[ROWS])
    expected = theirs.transform(cells)

    encoder = fitted(x, missing=missing)
    features = encoder.encode(COLUMNS, x)
    normalizer = Normalizer("standardize").fit(features, ROWS, flags=encoder.flags)
    ours = normalizer.apply(features, np.empty(features.shape, np.float32))
    order = [encoder.names.index(name) for name in ("age", "fare", "sex=male", "town=y", "town=z")]
    order += [encoder.names.index(n) for n in ("town=other", "deck missing", "deck=A", "deck=C")]
    np.testing.assert_allclose(ours[:, order], expected.astype(float), atol=2e-6)


def test_the_mean_is_weighted_and_a_row_of_no_weight_is_not_there() -> None:
    x, weights = table(), np.random.default_rng(1).integers(0, 3, N).astype(float)
    rows = x[ROWS]
    there = ~np.isnan(rows[:, 0])
    mean = np.average(rows[there, 0].astype(float), weights=weights[ROWS][there])
    assert fitted(x, missing="mean", weights=weights).codes[0].fill == pytest.approx(mean)
    repeated = np.repeat(x, weights.astype(int), axis=0)
    kept = np.isin(np.repeat(np.arange(N), weights.astype(int)), ROWS)
    other = TableEncoder.fit(COLUMNS, repeated, rows=np.flatnonzero(kept), missing="mean")
    assert other.codes[0].fill == pytest.approx(mean)
    assert fitted(x, weights=np.where(np.arange(N) < 50, 0.0, 1.0)).codes == (
        fitted(x, rows=ROWS[25:]).codes
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_other_rows_change_nothing_in_it(weighted: bool) -> None:
    x, others = table(), np.setdiff1d(np.arange(N), ROWS)
    weights = np.arange(N) / N if weighted else None
    changed = x.copy()
    changed[others] = NAN
    changed[others[::2]] = (1e6, 1, 2, 0, -7)
    before, after = (fitted(t, weights=weights, missing="mean") for t in (x, changed))
    assert before.codes == after.codes
    for name, array in arrays_of(before).items():
        np.testing.assert_array_equal(array, arrays_of(after)[name])
    words = Column("town", "category", ("new", *COLUMNS[2].words))
    x[:, 2] += 1  # whatever the codes are, and whatever words the other rows have
    columns = (*COLUMNS[:2], words, *COLUMNS[3:])
    assert fitted(x, columns, weights=weights, missing="mean").codes == before.codes


def test_numbers_without_gaps_are_what_they_were() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    columns = tuple(map(Column, "abc"))
    encoder = TableEncoder.fit(columns, x)
    assert encoder.encode(columns, x) is x
    assert encoder.names == ("a", "b", "c")
    swapped = encoder.encode(columns[::-1], x[:, ::-1])
    np.testing.assert_array_equal(swapped, x)
    bytes_ = x.astype(np.uint8)
    assert TableEncoder.fit(columns, bytes_).encode(columns, bytes_) is bytes_


@pytest.mark.parametrize(
    ("gaps", "rows", "indicated"),
    [(4, 100, False), (5, 100, True), (5, 1000, False), (10, 1000, True), (97, 100, False)],
)
def test_few_gaps_have_no_feature(gaps: int, rows: int, indicated: bool) -> None:
    x = np.arange(rows, dtype=np.float32)[:, None]
    x[:gaps] = NAN
    encoder = TableEncoder.fit([Column("a")], x)
    assert encoder.names == (("a", "a missing") if indicated else ("a",))
    assert TableEncoder.fit([Column("a")], x, missing="median").names == ("a",)


WORDS = {  # words of a column in 10 rows, rare -> features
    ("aaaaabbbbb", 3): ("c=b",),
    ("aaaaabbbb ", 3): ("c=a", "c=b", "c missing"),
    ("aaaaaaaaa ", 3): ("c missing",),
    ("aaaaaaaaaa", 3): (),
    ("aaaaabbbcd", 3): ("c=a", "c=b", "c=other"),
    ("aaaaabbbcd", 1): ("c=a", "c=b", "c=c", "c=d"),
    ("aabbccddee", 3): ("c=a", "c=b", "c=c", "c=d", "c=e"),  # all are rare: none is
    ("aaaaaaaaab", 3): ("c=other",),
}


@pytest.mark.parametrize(("case", "names"), WORDS.items(), ids=repr)
def test_levels_of_a_category(case: tuple[str, int], names: tuple[str, ...]) -> None:
    text, rare = case
    words = tuple(sorted({*text} - {" "}))
    codes = [NAN if word == " " else words.index(word) for word in text]
    x = np.array([codes, range(10)], np.float32).T
    columns = Column("c", "category", words), Column("n")
    encoder = TableEncoder.fit(columns, x, rare=rare)
    assert encoder.names == (*names, "n")
    features = encoder.encode(columns, x)[:, :-1]
    if len(names) != 1:
        assert (features.sum(axis=1) == (len(names) > 0)).all()
    new = replace(columns[0], words=("new", *words)), columns[1]
    unseen = encoder.encode(new, np.array([[0, 0]], np.float32))[0, :-1]
    assert unseen.tolist() == [name == "c=other" for name in names]
    (line,) = encoder.surprises(new, np.array([[0, 0]], np.float32))
    assert line.startswith("'c': 1 row with words that training did not have ('new'), taken ")
    zero = words[0] if len(names) < 2 and "c=other" not in names else ""
    assert line.endswith(f"taken for '{zero}'") == bool(zero)


def test_dates() -> None:
    day, start = np.arange(0, 400, 5, dtype=np.float32), date(2023, 5, 1)
    offset = np.array([float((start - date(1970, 1, 1)).days)])
    column = Column("when", "date")
    encoder = TableEncoder.fit([column], day[:, None], offset)
    assert len(encoder.names) == 1 + 1 + 12 + 7
    assert not encoder.flags[:2].any()
    assert encoder.flags[2:].all()
    assert encoder.offset[:3].tolist() == [offset[0], 0, 0]
    asked = np.array([-3, 10, 365.75, NAN])
    rows = encoder.encode([column], (asked + 7)[:, None].astype(np.float32), offset - 7)
    for days, row in zip(asked[:3], rows, strict=False):
        then = start + timedelta(float(np.floor(days)))
        expected = {f"when month={then.month}", f"when weekday={then:%a}"}
        assert row[0] == days
        assert row[1] == then.year
        assert {encoder.names[i] for i in np.flatnonzero(row[2:]) + 2} == expected
    assert rows[3].tolist() == [np.median(day), 2023, *[0] * 19]
    few = TableEncoder.fit([column], day[:1, None] * 0, offset)
    assert few.names == ("when days",)


def test_offsets_of_other_tables() -> None:
    x, columns = np.array([[1.0], [NAN], [4.0]], np.float32), [Column("t")]
    encoder = TableEncoder.fit(columns, x, np.array([1.7e9]))
    assert encoder.codes[0].fill == 1.7e9 + 2.5
    moved = encoder.encode(columns, x, np.array([1.7e9 + 100]))
    assert moved.tolist() == [[101], [2.5], [104]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (COLUMNS[1:], "no column 'age', which the network was trained on"),
        ((DECK, *COLUMNS[1:3], Column("age"), COLUMNS[4]), "'deck' is a number, but .* a category"),
    ],
)
def test_a_column_that_is_not_there(columns: Any, message: str) -> None:
    x, names = table(), [column.name for column in columns]
    columns = [replace(c, kind="number") if c.name == "deck" else c for c in columns]
    with pytest.raises(DataError, match=f"new.csv: .*{message}"):
        fitted(x).encode(columns, x[:, : len(names)], where="new.csv")


def test_columns_in_any_order() -> None:
    x = table()
    encoder = fitted(x)
    order = [3, 0, 4, 2, 1]
    np.testing.assert_array_equal(
        encoder.encode([COLUMNS[i] for i in order], x[:, order]), encoder.encode(COLUMNS, x)
    )


def test_gaps_are_refused_where_they_are_to_be() -> None:
    x = table()
    x[ROWS] = np.where(np.isnan(x[ROWS]), 0, x[ROWS])
    encoder = fitted(x, missing="error")
    with pytest.raises(DataError, match=r"row 2: 'fare' is missing: data.missing=error"):
        encoder.encode(COLUMNS[:], np.where(np.isnan(x), (1, 1, 1, 1, NAN), x))


def test_too_many_features() -> None:
    words = tuple(map(str, range(60)))
    x = np.array([[i % 60, i] for i in range(240)], np.float32)
    columns = [Column("town", "category", words), Column("n")]
    with pytest.raises(DataError, match=r"data.max_width=50: .* 61 features, 60 of them .* 'town'"):
        TableEncoder.fit(columns, x, max_width=50)
    assert len(TableEncoder.fit([Column(f"{i}") for i in range(90)], x[:90].T, max_width=50).names)


def test_gaps_that_training_did_not_have_are_told() -> None:
    columns = (Column("n"), Column("when", "date"), COLUMNS[1])
    x = np.array([[i, i, i % 2] for i in range(9)], np.float32)
    encoder = TableEncoder.fit(columns, x, np.array([0, 19_000.0, 0]))
    lines = encoder.surprises(columns, np.full((2, 3), NAN, np.float32))
    assert lines == [
        "'n': 2 gaps, taken for 4",
        "'when': 2 gaps, taken for 2022-01-12",
        "'sex': 2 gaps, taken for 'female'",
    ]
