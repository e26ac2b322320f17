"""A group that is chosen beside a preset is that choice, and not what the preset sets in it."""

import pytest

from mlp_scratch.config.command_line import parse_command_line
from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.presets import with_choices_as_typed
from mlp_scratch.errors import ConfigError


def config_of(*words: str):
    return compose_config(with_choices_as_typed(parse_command_line(words)).overrides)


@pytest.mark.mostly_slow(8)
@pytest.mark.parametrize(
    ("preset", "choice"),
    [
        ("keras_mlp", "optim=adam"),
        ("keras_mlp", "optim=sgd"),
        ("bn_mlp_adv", "adversarial=none"),
        ("bn_mlp_adv", "adversarial=linf"),
        ("dropout_relu", "regularization=none"),
        ("dropout_relu", "regularization=l2"),
        ("cifar_bn", "data=digits"),
        ("dropout_relu", "schedule=cosine"),
    ],
)
def test_the_choice_counts(preset: str, choice: str) -> None:
    group = choice.partition("=")[0]
    mixed = config_of(f"experiment={preset}", choice)
    assert getattr(mixed, group) == getattr(compose_config([choice]), group)
    alone = compose_config([f"experiment={preset}"])
    for other in ("model", "training", "augment", "average"):
        assert getattr(mixed, other) == getattr(alone, other)


def test_typed_keys_count_most() -> None:
    mixed = config_of("optim.lr=0.7", "experiment=keras_mlp", "optim=sgd")
    assert mixed.optim == {"name": "sgd", "lr": 0.7}
    kept = config_of("experiment=keras_mlp", "optim.lr=0.7")
    assert kept.optim["name"] == "rmsprop"
    assert kept.optim["alpha"] == compose_config(["experiment=keras_mlp"]).optim["alpha"]


def test_what_does_not_meet_stays_as_it_is() -> None:
    for words in (
        ["experiment=keras_mlp", "seed=3"],
        ["optim=sgd"],
        ["experiment=dropout_relu", "schedule=linear"],
        ["-m", "experiment=width_depth", "optim=sgd,adam"],
        ["-m", "experiment=keras_mlp,nanonet", "optim=sgd"],
    ):
        line = parse_command_line(words)
        assert with_choices_as_typed(line) == line


def test_a_sweep_over_choices_that_a_preset_sets_is_refused() -> None:
    line = parse_command_line(["-m", "experiment=bn_mlp_adv", "adversarial=none,linf"])
    with pytest.raises(ConfigError, match=r"experiment=bn_mlp_adv sets keys of adversarial itself"):
        with_choices_as_typed(line)
