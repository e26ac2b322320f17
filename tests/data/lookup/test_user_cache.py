"""The user's own folder: where it lies on each system, what goes into it, and what leaves it."""

import os
import time
from pathlib import Path

import makers
import numpy as np
import pytest

from mlp_scratch.config.compose import compose_config
from mlp_scratch.data.fetch import download
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.lookup import user_cache as module
from mlp_scratch.data.lookup.user_cache import made_user_cache, user_cache
from mlp_scratch.errors import DataError
from mlp_scratch.experiment.load_data import load_data, resolve_data

HOME = Path("/home/me")
PLACES = {
    "linux": ("linux", {}, "/home/me/.cache/mlp_scratch"),
    "xdg": ("linux", {"XDG_CACHE_HOME": "/big"}, "/big/mlp_scratch"),
    "xdg, not absolute": ("linux", {"XDG_CACHE_HOME": "big"}, "/home/me/.cache/mlp_scratch"),
    "mac": ("darwin", {"XDG_CACHE_HOME": "/big"}, "/home/me/Library/Caches/mlp_scratch"),
    "windows": ("win32", {"LOCALAPPDATA": "/local"}, "/local/mlp_scratch"),
    "windows without": ("win32", {}, "/home/me/AppData/Local/mlp_scratch"),
    "said": ("linux", {"MLP_SCRATCH_CACHE": "/mine", "XDG_CACHE_HOME": "/big"}, "/mine"),
    "said in the home": ("darwin", {"MLP_SCRATCH_CACHE": "~/mine"}, "/home/me/mine"),
}


@pytest.mark.parametrize("case", PLACES)
def test_where_it_lies(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    system, variables, place = PLACES[case]
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "MLP_SCRATCH_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": str(HOME), **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module.sys, "platform", system)
    assert user_cache() == Path(place)


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MLP_SCRATCH_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert user_cache() == tmp_path / "data" / "cache"


def test_it_says_what_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLP_SCRATCH_CACHE", str(tmp_path / "a" / "b"))
    folder = made_user_cache()
    assert "deleted at any time" in (folder / "README.txt").read_text()
    assert os.name != "posix" or folder.stat().st_mode & 0o077 == 0
    (folder / "README.txt").write_text("mine")
    assert (made_user_cache() / "README.txt").read_text() == "mine"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("MLP_SCRATCH_CACHE", str(tmp_path / "own"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "own"


def test_one_folder_for_all_working_directories(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(own.parent / "some.npz", x=makers.images(30), y=makers.labels(30, 3))
    config = compose_config(["data=npz", f"data.path={own.parent / 'some.npz'}"])
    first = load_data(config)
    pointers = list((own / "parsed").glob("*.json"))
    assert len(pointers) == 1
    monkeypatch.chdir(own.parent)
    monkeypatch.setattr("mlp_scratch.data.lookup.plans.parse_npz", None)
    assert load_data(config).digest == first.digest
    assert not Path("data").exists()


def test_a_cache_of_ones_own_goes_on(own: Path) -> None:
    np.savez("some.npz", x=makers.images(30), y=makers.labels(30, 3))
    load_data(compose_config(["data=npz", "data.path=some.npz", "data.cache_dir=data/cache"]))
    assert list(Path("data/cache").glob("*.json"))
    assert not (own / "parsed").exists()


def test_a_cache_that_cannot_be_written(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    own.write_text("a file lies in its place")
    np.savez("some.npz", x=makers.images(30), y=makers.labels(30, 3))
    config = compose_config(["data=npz", "data.path=some.npz"])
    assert len(load_data(config).x_train) == 27
    assert "cannot cache the parsed data" in caplog.text


@pytest.mark.parametrize(("dir", "place"), [(None, "own"), ("big", "work/big")])
def test_where_downloads_go(
    dir: str | None, place: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(name: str, remotes: object, folder: Path) -> list[Path]:
        assert folder.resolve() == (own.parent / place / name).resolve()
        makers.write_mnist(folder)
        return [folder / file for file in makers.MNIST_FILES]

    monkeypatch.setattr(download, "download_all", fetch)
    words = [] if dir is None else [f"data.dir={dir}"]
    assert len(load_data(compose_config(["data=mnist", *words])).x_train) == 40
    monkeypatch.setattr(download, "download_all", None)
    assert len(load_data(compose_config(["data=mnist", *words])).x_train) == 40
    auto = compose_config(["data=auto", *words])
    assert "found in" in (resolve_data(auto) or "")
    assert auto.data.name == "mnist"


def test_the_folder_of_the_project_comes_first(own: Path) -> None:
    makers.write_mnist(own / "mnist", n_train=50)
    makers.write_mnist(Path("data"))
    assert len(load_data(compose_config(["data=mnist"])).x_train) == 40


def test_what_nobody_uses_is_removed(own: Path) -> None:
    long_ago = time.time() - 100 * 86_400
    cache = own / "parsed"
    for name in ("old", "used", "new"):
        np.savez(f"{name}.npz", x=makers.images(30), y=makers.labels(30, 3))
    for name in ("old", "used"):
        load_dataset("npz", dir=".", cache_dir=cache, path=f"{name}.npz")
    for path in [*cache.glob("*.json")]:
        os.utime(path, (long_ago, long_ago))
    (cache / "mine-0123456789abcdef.json").write_text('{"folder": "mine-1"}')
    (cache / "mine-1").mkdir()
    os.utime(cache / "mine-0123456789abcdef.json", (long_ago, long_ago))
    load_dataset("npz", dir=".", cache_dir=cache, path="used.npz")
    load_dataset("npz", dir=".", cache_dir=cache, path="new.npz")
    there = sorted(path.name for path in cache.iterdir())
    assert len([name for name in there if name.startswith("npz-")]) == 4  # two pairs
    assert {"mine-0123456789abcdef.json", "mine-1"} <= {*there}


def test_no_download_says_where_it_looked(own: Path) -> None:
    with pytest.raises(DataError, match="no complete set"):
        load_data(compose_config(["data=mnist", "data.download=false"]))
