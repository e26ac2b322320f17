"""What several test files share: running a command as a user does, and where real data lies."""

import gc
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from made_runs import runs  # noqa: F401 (a fixture)
from running import Command, run_in

from mlp_scratch.data.lookup.lookup_mnist import MNIST_LIKE

settings.register_profile("steady", derandomize=True, database=None)  # the same cases every time
settings.load_profile("steady")

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # no threads of an allocator's own
# The processes of the tests compile us, and pytest the tests, only once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a table that is ``mostly_slow(n)`` every n-th case stays in the default suite."""
    met: Counter[str] = Counter()
    for item in items:
        table = item.get_closest_marker("mostly_slow")
        if table and not item.get_closest_marker("slow"):
            name = item.nodeid.partition("[")[0]
            if met[name] % table.args[0]:
                item.add_marker(pytest.mark.slow)
            met[name] += 1


def pytest_collection_finish() -> None:
    """Seven thousand tests are no garbage; looking through them costs a tenth of the time."""
    gc.collect()
    gc.freeze()


def _real_data(name: str) -> Path:
    """The folder of a real data set below the one that the environment names, or a skipped test."""
    folder = Path(os.environ.get("MLP_SCRATCH_DATA", "nowhere"), name)
    if not folder.is_dir():
        pytest.skip(f"real data: set MLP_SCRATCH_DATA to a folder with {name}/ in it")
    return folder


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """MNIST's four files."""
    return _real_data("mnist")


@pytest.fixture(scope="session")
def fashion_mnist_dir() -> Path:
    """Fashion-MNIST's four files."""
    return _real_data("fashion_mnist")


@pytest.fixture(scope="session")
def tables_dir() -> Path:
    """CSV files as people publish them."""
    return _real_data("tables")


@pytest.fixture(scope="session")
def cifar10_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CIFAR-10's binary batches, unpacked where they are kept as pictures with an ``unpack``."""
    folder = _real_data("cifar10")
    if not (folder / "unpack").is_file():
        return folder
    unpacked = tmp_path_factory.mktemp("cifar10")
    subprocess.run([sys.executable, folder / "unpack", unpacked], check=True, capture_output=True)
    return unpacked


@pytest.fixture(scope="session", autouse=True)
def no_places_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What tests and the commands that they start download or parse is kept for this session; data
    that other programs have here is not seen."""
    cache = tmp_path_factory.mktemp("user_cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLP_SCRATCH_CACHE", str(cache))
        patch.setenv("KERAS_HOME", str(cache / "keras"))
        for name, known in MNIST_LIKE.items():
            patch.setitem(MNIST_LIKE, name, known._replace(system=()))
        yield cache


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data cache for the whole session, so that the digits are drawn once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run_command(tmp_path: Path, shared_cache: Path) -> Command:
    """``run_command("train", "optim=adam")`` runs ``python -m mlp_scratch.train`` in ``tmp_path``.

    Gives the finished process, its output as text. ``train`` gets the session's cache and, unless
    told otherwise, the built-in digits and a small network. ``more`` is for ``run_in``.
    """

    def run(
        command: str, *words: str, small: bool = True, timeout: float = 120, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        defaults = []
        if command == "train" and small:
            given = {word.partition("=")[0] for word in words}
            for word in (
                "data=digits",
                f"data.cache_dir={shared_cache}",
                "model.layers=[null,16,null]",
                "training.epochs=2",
            ):
                if word.partition("=")[0] not in given:
                    defaults.append(word)
        return run_in(tmp_path, command, *defaults, *words, timeout=timeout, **more)

    return run
