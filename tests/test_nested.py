"""Nested mappings by dotted key."""

from mlp_scratch.nested import entry, flat, texts, walk, without

NESTED = {"a": 1, "b": {"c": [1, {"x": 2}], "d": {"e": None, "f": {}}}, 3: "x"}


def test_walk_meets_a_mapping_before_what_it_holds() -> None:
    assert [key for key, _ in walk(NESTED)] == ["a", "b", "b.c", "b.d", "b.d.e", "b.d.f", "3"]
    assert dict(walk(NESTED))["b.d"] == {"e": None, "f": {}}


def test_flat_holds_the_leaves_and_lists_are_leaves() -> None:
    assert flat(NESTED) == {"a": 1, "b.c": [1, {"x": 2}], "b.d.e": None, "3": "x"}
    assert flat({}) == {}


def test_texts_are_met_at_any_depth() -> None:
    assert list(texts(NESTED)) == ["a", "b", "c", "x", "d", "e", "f", "x"]
    assert list(texts("x")) == ["x"]
    assert list(texts([["y"], 3, None, {"z": ["w"]}])) == ["y", "z", "w"]


def test_entry_finds_what_is_there() -> None:
    assert entry(NESTED, "b", "d", "e") is None
    assert entry(NESTED, "b", "c") == [1, {"x": 2}]
    assert entry(NESTED, "a", "c") is entry(NESTED, "z") is entry(None, "a") is None
    assert entry(3) == 3


def test_without_leaves_out_keys_and_sections() -> None:
    rest = without(NESTED, lambda key, value: key in ("a", "b.d") or value == "x")
    assert rest == {"b": {"c": [1, {"x": 2}]}}
    assert without(NESTED, lambda key, value: False) == NESTED
