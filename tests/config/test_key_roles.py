"""What each key is for: one list, and what resuming, sweeps and comparisons make of it."""

import hashlib
import json
from dataclasses import asdict

import pytest
from tiny_runs import decided

from mlp_scratch.config.compose import compose_config
from mlp_scratch.config.key_roles import MAY_CHANGE, essentials, is_hyperparameter
from mlp_scratch.nested import flat
from mlp_scratch.runs.resume_rules import essence
from mlp_scratch.sweep.plan import identity

# key, another value: may it change on resume? is it another job of a sweep? another setting?
ROLES = [
    ("optim.lr=0.5", False, True, True),
    ("seed=7", False, True, True),
    ("training.batch_size=7", False, True, True),
    ("training.epochs=7", True, True, True),
    ("training.max_seconds=7", True, True, True),
    ("training.early_stopping.patience=7", True, True, True),
    ("training.early_stopping.min_delta=0.7", True, True, True),
    ("training.checkpoint_every_steps=7", True, True, False),
    ("training.threads=7", False, True, False),
    ("training.record_layers=false", True, False, False),
    ("training.snapshots=24", True, False, False),
    ("data.path=elsewhere.csv", True, True, False),
    ("data.test_path=elsewhere.csv", True, True, False),
    ("data.dir=elsewhere", True, False, False),
    ("data.cache_dir=elsewhere", True, False, False),
    ("data.download=false", True, False, False),
    ("name=other", None, True, False),  # None: not asked on resume, and no matter
    ("tracking=tensorboard", None, False, False),
]


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize(("word", "may_change", "other_job", "other_setting"), ROLES)
def test_roles(word: str, may_change: bool | None, other_job: bool, other_setting: bool) -> None:
    base, changed = (compose_config(["data=csv", "data.path=a.csv", *w]) for w in ([], [word]))
    key = word.partition("=")[0]
    assert (essence(base) == essence(changed)) == (may_change is not False)
    assert (key in MAY_CHANGE) == (may_change is True)
    assert (identity(base) != identity(changed)) == other_job
    before, after = (flat(asdict(config)) for config in (base, changed))
    differing = [k for k in before if before[k] != after.get(k)]
    assert differing
    assert any(map(is_hyperparameter, differing)) == other_setting


FROZEN = {  # what sweep.yaml and checkpoints of earlier versions hold
    ("data=digits",): ("54b31590ed997beb", "3312b7d52842e389"),
    ("data=digits", "optim=sgd", "data.dir=x", "name=a", "tracking=tensorboard"): (
        *("1dce2459934dd79f", "aa12cd4a45b9b78f"),
    ),
    ("data=csv", "data.path=a.csv", "training.threads=2"): ("9cbf9f09e15f22b0", "317006cce4cfe01a"),
}


@pytest.mark.parametrize("words", FROZEN, ids=len)
def test_jobs_and_checkpoints_of_earlier_versions_are_known(words: tuple[str, ...]) -> None:
    config = decided(compose_config(words))
    text = json.dumps(essence(config), sort_keys=True)
    assert (identity(config), hashlib.sha256(text.encode()).hexdigest()[:16]) == FROZEN[words]


def test_essentials_are_without_keys_and_whole_sections() -> None:
    config = compose_config(["data=digits", "model.residual=plain", "model.layers=[null,8,8,null]"])
    kept = flat(essentials(config, besides=["seed", "training.early_stopping", "data"]))
    everything = flat(asdict(config))
    gone = everything.keys() - kept.keys()
    assert {"seed", "training.early_stopping.metric", "data.name", "data.path"} <= gone
    assert {"model.layer_norm", "training.dtype"} <= gone  # as it was before there were such keys
    assert kept.items() <= everything.items()
    assert kept["model.residual"] == "plain"
    assert kept["training.epochs"] == config.training.epochs
