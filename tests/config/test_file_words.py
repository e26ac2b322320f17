"""Which words of a file are believed."""

import pytest

from mlp_scratch.config.file_words import believed
from mlp_scratch.errors import RunError

WORDS = {  # of a job or of a search: more than a value
    "a path for a choice": "experiment=../../../../tmp/evil",
    "one of several choices": "optim=[adam,../evil]",
    "a folder of Hydra's": "hydra.searchpath=[file:///tmp]",
    "Hydra, added": "+hydra.callbacks.x.y=1",
    "Hydra's group": "hydra/launcher=basic",
    "another package": "cluster@hydra.launcher=slurm",
    "a target": "+optim._target_=os.system",
    "a target in a value": "+model.x={_target_:os.system}",
    "a whole section": "data={cache_dir:/tmp/x}",
    "the defaults": "+defaults=[evil]",
    "the environment": "name=${oc.env:HOME}",
    "the environment, quoted": "name='${oc.env:HOME}'",
    "the environment, escaped": r"name=$\{oc.env\:HOME\}",
    "the environment in a list": "model.layers=[null,'${oc.env:HOME}']",
    "several values": "seed=1,2",
    "a glob": "experiment=glob(*)",
    "a terminal's commands": "name=\x1b]0;x\x07",
    "no override": "seed",
}
HONEST = [
    *("seed=3", "name=a/b", "optim=adam", "optim.lr=1e-3", "experiment=keras_mlp", "~optim.beta1"),
    *("+augment.x=1", "model.layers=[null,8,null]", 'data.path="/my data/train (1).csv"'),
    *("regularization.dropout=0.5", "data.label=_id", "training.batch_size=full", "name=null"),
]


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_a_word_that_is_more_than_a_value(word: str) -> None:
    with pytest.raises(RunError, match=r"sweep\.yaml") as caught:
        believed(["seed=0", word], "sweep.yaml")
    assert str(caught.value).isprintable()


def test_words_that_are_values() -> None:
    assert believed(HONEST, "sweep.yaml") == HONEST
