"""The whole folders that strange ones are made from, and the place where those come to lie."""

import shutil
from pathlib import Path

import pytest
from tiny_runs import begin, tiny_config, write_data

OLD = Path(__file__).parents[1] / "fixtures" / "old_runs"


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, a sweep and a search, whole."""
    folder = tmp_path_factory.mktemp("originals")
    config = tiny_config(write_data(folder))
    begin(config, folder / "run")
    saved = folder / "run" / "config.yaml"  # the cache is the reader's own
    saved.write_text(saved.read_text().replace(config.data.cache_dir, "cache"))
    shutil.copytree(OLD / "runs" / "sweep", folder / "sweep")
    shutil.copytree(OLD / "runs" / "study", folder / "search")
    return folder


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a strange folder comes to lie: beside the user's own files and home."""
    place = tmp_path_factory.mktemp("place")
    (place / "victim").mkdir()
    (place / "victim" / "precious").write_text("not for strangers")
    (place / "home").mkdir()
    shutil.copy(OLD / "flowers.csv", place / "home")
    return place
