"""The study of a search: its metric, and where it is stored."""

import errno
import os
from pathlib import Path

import pytest
import yaml
from sweeps import words, write_data

pytest.importorskip("optuna")

from searches import SPACE, search

from mlp_scratch.errors import ConfigError
from mlp_scratch.search.__main__ import main
from mlp_scratch.search.space import read_space
from mlp_scratch.search.study import SearchConfig, open_study


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def test_the_search_uses_the_metric_that_decides(tmp_path: Path) -> None:
    config = SearchConfig(3, 1, "random", "none", 0, 0, None, 0, None, None, None, {})
    space = read_space({"seed": {"choices": [1, 2]}})
    tmp_path.joinpath("study").mkdir()
    open_study(config, tmp_path / "study", space, 3, "val_loss")
    open_study(config, tmp_path / "study", space, 3, "val_loss")
    for other in ("val_accuracy", "val_rmse"):  # of another direction, of the same
        with pytest.raises(ConfigError, match=r"another training\.early_stopping\.metric"):
            open_study(config, tmp_path / "study", space, 3, other)


def searched(data: Path, folder: Path, *more: str) -> None:
    """Write what ``search.yaml`` says, of a search that nobody has worked on yet."""
    folder.mkdir()
    said = [word for word in words(data) if not word.startswith("data.cache_dir=")]
    said += [*SPACE, "search.trials=1", *more]
    (folder / "search.yaml").write_text(yaml.safe_dump({"overrides": said}))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")
@pytest.mark.parametrize("name", ["study.db", "study.db-journal", "study.db-wal"])
def test_a_database_that_is_a_link(name: str, data: Path, tmp_path: Path) -> None:
    folder, outside = tmp_path / "study", tmp_path / "outside"
    searched(data, folder)
    outside.write_bytes(b"")
    (folder / name).symlink_to(outside)
    status, text = search(folder)
    assert (status, "behind a link" in text) == (1, True), text
    assert outside.read_bytes() == b""


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_a_line(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read_only(path: Path, text: str) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr("mlp_scratch.search.run_search.write_text_atomically", read_only)
    assert main([*words(data), *SPACE, f"search.dir={tmp_path / 's'}"]) == 1
    error = capsys.readouterr().err
    assert error == f"error: {tmp_path}/s/search.yaml: cannot be written (Read-only file system)\n"
