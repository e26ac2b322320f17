"""Which words after the command are the search's own, and which hold for every trial."""

from pathlib import Path

import pytest
import yaml
from sweeps import words, write_data

pytest.importorskip("optuna")

from searches import SPACE, search

from mlp_scratch.search.__main__ import main


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


VARIED = {  # what is typed, in a search that varies ``optim`` and ``optim.lr``: the way out
    "optim.lr=0.1": "~search.space.optim.lr",
    "++optim.lr=0.1": "~search.space.optim.lr",
    "optim=sgd": "~search.space.optim.choices",
}


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("said", [*VARIED, "optim={lr:0.1}"])
def test_a_typed_value_that_is_varied_is_refused(
    said: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    status = main([*words(data), "search=optimizer", said, f"search.dir={tmp_path / 'study'}"])
    assert status == 2
    err = capsys.readouterr().err
    assert f"{said}: the search varies optim" in err
    assert f"'{VARIED.get(said, '')}" in err
    assert not (tmp_path / "study").exists()


def searched(data: Path, folder: Path, *more: str) -> None:
    """Write what ``search.yaml`` says, of a search that nobody has worked on yet."""
    folder.mkdir()
    said = [word for word in words(data) if not word.startswith("data.cache_dir=")]
    said += [*SPACE, "search.trials=1", *more]
    (folder / "search.yaml").write_text(yaml.safe_dump({"overrides": said}))


@pytest.mark.slow
def test_where_trials_are_stored_is_typed(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    searched(data, folder, f"search.storage={url}", "search.study=x")
    status, text = search(folder)
    assert status == 1
    assert not (tmp_path / "elsewhere.db").exists()
    shown = text.splitlines()[1].partition(": ")[2]
    assert shown == (
        f"python -m mlp_scratch.search search.dir={folder} search.storage={url} search.study=x"
    )
    status, text = search(folder, *shown.split()[4:])
    assert status == 0, text
    assert (tmp_path / "elsewhere.db").exists()


@pytest.mark.slow
def test_a_search_from_a_file_writes_to_places_of_the_user(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_SCRATCH_CACHE", str(tmp_path / "own"))
    folder, strange = tmp_path / "study", tmp_path / "strange"
    varied = f"+search.space.data.cache_dir.choices=[{strange}/a,{strange}/b]"
    searched(data, folder, f"data.cache_dir={strange}", varied.replace("cache_dir", "dir"))
    status, text = search(folder)
    assert status == 0, text
    searched(data, tmp_path / "other", varied)
    status, text = search(tmp_path / "other")
    assert status == 0, text
    assert not strange.exists()
    assert list((tmp_path / "own" / "parsed").iterdir())
    status, text = search(folder, "data.cache_dir=typed", "search.trials=2")
    assert status == 0, text
    assert list((tmp_path / "typed").iterdir())
