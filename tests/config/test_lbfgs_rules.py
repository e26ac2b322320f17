"""What L-BFGS does not go with is refused by name."""

import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.errors import ConfigError


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("regularization.dropout=0.2", "regularization.dropout=0"),
        ("regularization.input_dropout=0.2", "regularization.input_dropout=0"),
        ("regularization.max_norm=2", "regularization.max_norm=null"),
        ("training.clip_norm=1", "training.clip_norm=null"),
        ("augment=shift", "augment=none"),
        ("adversarial=linf", "adversarial=none"),
        ("adversarial=vat", "adversarial=none"),
        ("model.batch_norm=true", "model.batch_norm=false"),
    ],
)
def test_what_does_not_go_with_it(word: str, said: str) -> None:
    compose_config([word])
    compose_config(["optim=lbfgs", "regularization.dropout=[0,0.0]"])
    with pytest.raises(ConfigError) as caught:
        compose_config(["optim=lbfgs", word])
    assert f"does not go with optim=lbfgs, whose steps compare losses of one function; use {said}" \
        in str(caught.value)  # fmt: skip
    assert len(str(caught.value).splitlines()) == 1
