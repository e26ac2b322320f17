"""Whatever a config or a command line holds, it gives an experiment or an error of ours.

Saved configs are changed as text and as values; what is accepted is also built into network,
optimizer and schedule, and trained for a step, because a value may only turn out bad there.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.compose import check_command_line, compose_config
from mlp_scratch.config.schema import ExperimentConfig
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.engine.trainer import Diverged
from mlp_scratch.errors import MlpScratchError
from mlp_scratch.experiment.build import build
from mlp_scratch.experiment.run import config_yaml
from mlp_scratch.experiment.settle import settle
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.resume_rules import essence
from mlp_scratch.runs.saved_run import load_config

FEW, MANY = 60, 1_000
LARGEST = 1 << 20  # parameters that are worth building here
BASES = [
    ["model.layers=[16,3,2]", "data=digits"],
    ["model.layers=[16,3,3,2]", "data=digits", "optim=momentum", "schedule=onecycle"],
    [
        "model.layers=[null,3,null]",
        "data=digits",
        "optim=lion",
        "schedule=plateau",
        "augment=affine",
    ],
    ["model.layers=[16,2]", "data=digits", "optim=rmsprop", "schedule=step", "activation=elu"],
    ["model.layers=[16,4,2]", "data=digits", "model.batch_norm=true", "schedule=cosine"],
]


@cache
def configs() -> list[ExperimentConfig]:
    return [compose_config([*words, "training.batch_size=8"]) for words in BASES]


def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, 16)).astype(np.uint8), np.arange(40) % 2
    return Dataset("tiny", x, y, x[:6], y[:6], ("a", "b"), (4, 4), "0" * 64, "made here")


def try_out(config: ExperimentConfig) -> None:
    """Build it and train for an epoch; MlpScratchError and Diverged are answers."""
    known = [n for n in config.model.layers if n]
    assume(sum(a * b for a, b in zip([16, *known], [*known, 2], strict=True)) < LARGEST)
    config = copy.deepcopy(config)
    config.training.epochs = min(config.training.epochs, 1)
    settled = settle(config, dataset())
    experiment, config = build(settled), settled.config
    text = config_yaml(config)
    assert yaml.safe_load(text) == asdict(config)
    essence(config)
    if experiment.trainer.settings.epochs:
        with np.errstate(all="ignore"):
            experiment.trainer.run()


def examine(text: str | bytes, folder: Path, words: list[str]) -> bool:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    (folder / "config.yaml").write_bytes(raw)
    try:
        try_out(load_config(RunFolder(folder), words))
    except MlpScratchError as error:
        refusal = str(error)
    except Diverged:
        return True
    else:
        return True
    assert len(refusal.splitlines()) <= 2, refusal
    return False


numbers = st.one_of(
    st.integers(),
    st.integers(-3, 12),
    st.floats(),
    st.floats(0, 1),
    st.sampled_from([10**400, -(10**400), math.inf, math.nan, 0, 0.0, 1, 1.0, 1e308, 5e-324]),
)
scalars = st.one_of(numbers, st.none(), st.booleans(), st.text(max_size=10), st.just("full"))
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def leaves(plain: Any, path: tuple = ()) -> list[tuple]:
    if not isinstance(plain, dict):
        return [path]
    return [leaf for key, value in plain.items() for leaf in leaves(value, (*path, key))]


@st.composite
def changed(draw: Callable) -> dict[str, Any]:
    """A whole config with one to three values exchanged, lost or added."""
    plain = copy.deepcopy(asdict(draw(st.sampled_from(configs()))))
    paths = leaves(plain)
    for _ in range(draw(st.integers(1, 3))):
        *sections, last = draw(st.sampled_from(paths))
        inside = plain
        for section in sections:
            inside = inside.get(section) if isinstance(inside, dict) else None
        if not isinstance(inside, dict):
            continue
        kind = draw(st.sampled_from(["number", "anything", "drop", "add", "same kind"]))
        old = inside.get(last)
        if kind == "number" or (kind == "same kind" and isinstance(old, int | float)):
            inside[last] = draw(numbers)
        elif kind == "same kind" and isinstance(old, str):
            names = ["adam", "sgd", "adagrad", "relu", "gelu", "linear", "none", "unit", "auto"]
            inside[last] = draw(st.sampled_from(names))
        elif kind == "same kind" and isinstance(old, list):
            inside[last] = draw(st.lists(st.none() | st.integers(-1, 20), max_size=5))
        elif kind == "drop":
            inside.pop(last, None)
        elif kind == "add":
            inside[draw(st.text(max_size=8))] = draw(anything)
        else:
            inside[last] = draw(anything)
    return plain


@st.composite
def mangled(draw: Callable) -> str:
    text = yaml.safe_dump(asdict(draw(st.sampled_from(configs()))), sort_keys=False)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        piece = draw(
            st.text(max_size=6) | st.sampled_from(["\n", ": ", "- ", "{", "[", "&a ", "!!"])
        )
        lost = draw(st.integers(0, 12))
        text = text[:at] + piece + text[at + lost :]
    return text


def limits(examples: int) -> Any:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    checks.append(HealthCheck.filter_too_much)
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


def any_values(folder: Path, examples: int) -> None:
    accepted = [0]

    @limits(examples)
    @given(changed())
    def check(plain: dict[str, Any]) -> None:
        try:
            text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
        except (yaml.YAMLError, UnicodeError, ValueError):
            return
        accepted[0] += examine(text, folder, [])

    check()
    assert accepted[0] > examples // 100


def any_text(folder: Path, examples: int) -> None:
    @limits(examples)
    @given(mangled() | st.text() | st.binary())
    def check(text: str | bytes) -> None:
        examine(text, folder, [])

    check()


@st.deferred
def keys() -> st.SearchStrategy[str]:
    paths = (path for config in configs() for path in leaves(asdict(config)))
    return st.sampled_from(sorted({".".join(map(str, path)) for path in paths}))


visible = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])  # what a person can type
values = st.one_of(
    st.text(visible, max_size=12),
    numbers.filter(lambda n: abs(n) < 1e300 or n != n).map(str),
    st.sampled_from(
        ["null", "true", "[1,2]", "[null,5,null]", "{a: 1}", "full", "auto", "''", "???"]
    ),
)
words = st.builds("{}={}".format, keys | st.text(visible, max_size=8), values)


def any_overrides(folder: Path, examples: int) -> None:
    text = yaml.safe_dump(asdict(configs()[0]), sort_keys=False)

    @limits(examples)
    @given(st.lists(words, min_size=1, max_size=2))
    def check(overrides: list[str]) -> None:
        examine(text, folder, overrides)

    check()


GROUPS = ["optim", "schedule", "activation", "augment", "data", "model", "regularization", "nope"]
CHOICES = ["adam", "cosine", "relu", "none", "digits", "l2", "null", "adm", "[adam,sgd]", "a/b"]
typed_words = st.one_of(
    words,
    st.builds("{}{}={}".format, st.sampled_from(["", "+", "++", "~"]), keys, values),
    st.builds("{}={}".format, st.sampled_from(GROUPS), st.sampled_from(CHOICES)),
    st.text(visible, max_size=10),
    st.sampled_from(["-m", "--cfg", "--multirun", "--nope", "-x", "hydra.run.dir=x", "~optim"]),
)


def any_command_line(examples: int) -> None:
    @limits(examples)
    @given(st.lists(typed_words, min_size=1, max_size=3))
    def check(argv: list[str]) -> None:
        try:
            check_command_line(parse_command_line(argv))
        except MlpScratchError as error:
            refusal = str(error)
        except SystemExit as usage:  # argparse has told what is wrong
            refusal = "" if usage.code == 2 else "odd status\n\n"
        else:
            return
        assert len(refusal.splitlines()) <= 2, refusal

    check()


@pytest.mark.slow
def test_values(tmp_path: Path) -> None:
    any_values(tmp_path, FEW)


def test_text(tmp_path: Path) -> None:
    any_text(tmp_path, FEW)


@pytest.mark.slow
def test_overrides(tmp_path: Path) -> None:
    any_overrides(tmp_path, FEW)


@pytest.mark.slow
def test_command_line() -> None:
    any_command_line(FEW // 6)


@pytest.mark.marathon
@pytest.mark.slow
def test_values_many(tmp_path: Path) -> None:
    any_values(tmp_path, MANY)


@pytest.mark.marathon
@pytest.mark.slow
def test_text_many(tmp_path: Path) -> None:
    any_text(tmp_path, MANY)


@pytest.mark.marathon
@pytest.mark.slow
def test_overrides_many(tmp_path: Path) -> None:
    any_overrides(tmp_path, MANY)


@pytest.mark.marathon
@pytest.mark.slow
def test_command_line_many() -> None:
    any_command_line(MANY // 2)
