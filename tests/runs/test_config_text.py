import pytest
import yaml

from mlp_scratch.runs.config_text import read_config


def written(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("a: 1\nb:\n  c: 0.5\n  d:\n    e: x\n", {"a": 1, "b.c": 0.5, "b.d.e": "x"}),
        ("a: [1, 2]\nb:\n- x\n- y\n", {"a": [1, 2], "b": ["x", "y"]}),
        (
            "a: 1e-3\nb: -2E5\nc: '1e-3'\nd: 1.5e-3\n",
            {"a": 1e-3, "b": -2e5, "c": "1e-3", "d": 0.0015},
        ),
        ("a: 2024-01-01\n", {"a": "2024-01-01"}),
        ("a: null\nb: true\nc: .inf\n", {"a": None, "b": True, "c": float("inf")}),
        ("# a comment\na: 1\n\n# another\nb: 2\n", {"a": 1, "b": 2}),
        ("a: |\n  text: with colon\n  b: 2\nc: 3\n", {"a": "text: with colon\nb: 2\n", "c": 3}),
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}),  # an alias from one section into another
        ("a: {}\nb: 1\n", {"b": 1}),
        ("a: Größe\n", {"a": "Größe"}),
        ("", {}),
    ],
)
def test_flat_config(tmp_path, text, flat):
    assert read_config(written(tmp_path, text)) == flat


def test_sections_are_parsed_once_and_never_mixed_up(tmp_path, monkeypatch):
    memory = {}
    first = read_config(written(tmp_path, "a:\n  b: 1\nc: 2\n"), memory)
    parsed = []
    load = yaml.load
    monkeypatch.setattr(
        yaml, "load", lambda text, Loader: parsed.append(text) or load(text, Loader)
    )
    second = read_config(written(tmp_path, "a:\n  b: 1\nc: 3\n"), memory)
    assert (first, second) == ({"a.b": 1, "c": 2}, {"a.b": 1, "c": 3})
    assert parsed == ["c: 3\n"]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),  # of what PyYAML finds: the place, for the words are its own
    [
        ("a: [1, 2\n", "^line 2: "),
        ("a: b: c\n", "^line 1: "),
        ("- 1\n- 2\n", "a config has keys and values, this is a list"),
        ("just text\n", "this is a str"),
        ("a: !!python/object/apply:os.system ['true']\n", "^line 1: "),
        ("a: \x00\n", "."),
        (BOMB, "more than 20,000 values"),
        ("a: &a [*a]\n", "^nested too deeply$"),
        ("a: " + "[" * 4000 + "]" * 4000, "^line 1: |^nested too deeply$"),
        ("a: " + "x" * 1_000_001, "too many"),
    ],
    ids=["open", "two", "list", "text", "tag", "nul", "bomb", "loop", "deep", "long"],
)
def test_what_is_not_a_config(tmp_path, text, says):
    with pytest.raises(ValueError, match=says) as caught:
        read_config(written(tmp_path, text))
    assert "\n" not in str(caught.value)
