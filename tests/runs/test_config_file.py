import pytest
import yaml

from mlp_scratch.runs.config_file import read_config, read_flat_config


def written(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("a: 1\nb:\n  c: 0.5\n  d:\n    e: x\n", {"a": 1, "b.c": 0.5, "b.d.e": "x"}),
        ("a: [1, 2]\nb:\n- x\n- y\n", {"a": [1, 2], "b": ["x", "y"]}),
        (
            "a: 1e-3\nb: -2E5\nc: 1e-3x\nd: 1.5e-3\n",
            {"a": 1e-3, "b": -2e5, "c": "1e-3x", "d": 0.0015},
        ),
        ("a: 2024-01-01\n", {"a": "2024-01-01"}),
        ("a: null\nb: true\nc: .inf\n", {"a": None, "b": True, "c": float("inf")}),
        ("# a comment\na: 1\n\n# another\nb: 2\n", {"a": 1, "b": 2}),
        ("a: |\n  text: with colon\n  b: 2\nc: 3\n", {"a": "text: with colon\nb: 2\n", "c": 3}),
        ("a: [1,\nb: 2]\nc: 3\n", {"a": [1, {"b": 2}], "c": 3}),  # a value goes on at the margin
        ("a: {}\nb: 1\n", {"b": 1}),
        ("a: Größe\n", {"a": "Größe"}),
        ("", {}),
    ],
)
def test_flat_config(tmp_path, text, flat):
    assert read_flat_config(written(tmp_path, text)) == flat


def test_sections_are_parsed_once_and_never_mixed_up(tmp_path, monkeypatch):
    memory = {}
    first = read_flat_config(written(tmp_path, "a:\n  b: 1\nc: 2\n"), memory)
    parsed = []
    load = yaml.load
    monkeypatch.setattr(
        yaml, "load", lambda text, Loader: parsed.append(text) or load(text, Loader)
    )
    second = read_flat_config(written(tmp_path, "a:\n  b: 1\nc: 3\n"), memory)
    assert (first, second) == ({"a.b": 1, "c": 2}, {"a.b": 1, "c": 3})
    assert parsed == ["c: 3\n"]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


MERGES = "a: &a {k: v}\n" + "".join(
    f"{b}: &{b} {{<<: [{','.join(['*' + a] * 9)}]}}\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
NOT_CONFIGS = {
    "open": ("a: [1, 2\n", r"line \d"),
    "two": ("a: b: c\n", "line 1"),
    "list": ("- 1\n- 2\n", "a config has keys and values, this is a list"),
    "text": ("just text\n", "this is a str"),
    "object": ("a: !!python/object/apply:os.system ['true']\n", r"line 1"),
    "date": ("a: 1\nb: !!timestamp 2024-01-01\n", "line 2"),
    "set": ("a: !!set {x, y}\n", "line 1"),
    "nul": ("a: \x00\n", None),
    "alias": ("a: &x [1]\nb: *x\n", "line 1: aliases have no place here"),
    "bomb": (BOMB, "aliases"),
    "loop": ("a: &a [*a]\n", "aliases"),
    "merge": ("a: {<<: {b: 1}}\n", "line 1"),
    "merge bomb": (MERGES, None),
    "deep": ("a: " + "[" * 4000 + "]" * 4000, None),
    "number": ("seed: " + "9" * 5000, None),
    "long": ("a: " + "x" * (1 << 17), "too many"),
    "bytes": (b"\xff\xfe\x00", None),
}


@pytest.mark.parametrize("read", [read_config, read_flat_config])
@pytest.mark.parametrize(("text", "says"), NOT_CONFIGS.values(), ids=NOT_CONFIGS)
def test_what_is_not_a_config(tmp_path, read, text, says):
    with pytest.raises(ValueError, match=says) as caught:
        read(written(tmp_path, text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["1e3", "2024-01-01", "1:30", "~", "<<", "=", "null", "0x10", "-", "a: b", ""]
)
def test_what_the_safe_dumper_wrote_is_read_back(tmp_path, value):
    plain = {"name": value, "list": [value, 1e-7, 1e300, None, True]}
    assert read_config(written(tmp_path, yaml.safe_dump(plain))) == plain
