"""Which data sets there are."""

from pathlib import Path

import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.lookup.plans import DATASETS
from mlp_scratch.errors import ConfigError


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


def test_a_mistyped_name_suggests_the_real_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean mnist\?"):
        load("minst", tmp_path)


def test_digits_are_registered() -> None:
    assert set(DATASETS) >= {"digits", "mnist", "fashion_mnist", "cifar10", "csv", "npz", "npy"}
