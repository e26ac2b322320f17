"""What is only for speed can be deleted, and a laboratory on one core remains."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mlp_scratch
from mlp_scratch.config.paths import conf_dir

PACKAGE = Path(mlp_scratch.__file__).parent
ONLY_FOR_SPEED = ("nn/fast", "engine/parallel")


def copy_without(source: Path, *folders: str) -> Path:
    """A copy of the package in ``source`` without some of its folders."""
    shutil.copytree(PACKAGE, source / "mlp_scratch", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(conf_dir(), source / "mlp_scratch" / "conf", dirs_exist_ok=True)
    for folder in folders:
        shutil.rmtree(source / "mlp_scratch" / folder)
    return source


@pytest.fixture(scope="module")
def plain_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_without(tmp_path_factory.mktemp("source"), *ONLY_FOR_SPEED)


def run(source: Path, folder: Path, command: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"mlp_scratch.{command}", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(source)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
def test_without_them_there_is_still_a_laboratory(plain_package: Path, tmp_path: Path) -> None:
    where = [sys.executable, "-c", "import mlp_scratch; print(mlp_scratch.__file__)"]
    answer = subprocess.run(
        where, env={**os.environ, "PYTHONPATH": str(plain_package)}, capture_output=True, text=True
    )
    assert answer.stdout.startswith(str(plain_package))
    words = ["data=digits", "model.layers=[null,16,null]", "training.epochs=2", "augment=shift"]
    for command, *rest in [
        ["train", *words, "training.kernels=plain", "regularization.dropout=0.1", "name=plain"],
        ["evaluate", "plain"],
        ["predict", "plain", "--test", "3"],
        ["resume", "plain", "training.epochs=3"],
        ["rerun", "plain", "optim=sgd", "name=again"],
        ["compare", "outputs", "--no-plot"],
    ]:
        done = run(plain_package, tmp_path, command, *rest)
        assert done.returncode == 0, (command, done.stdout[-500:], done.stderr)
    assert "plain" in done.stdout


@pytest.mark.slow
def test_the_default_then_says_what_to_choose(plain_package: Path, tmp_path: Path) -> None:
    done = run(plain_package, tmp_path, "train", "data=digits", "training.epochs=1")
    assert done.returncode == 2
    assert done.stderr.startswith("error: training.kernels=fast: must be plain")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["auto", "2"])
def test_without_the_processes_alone_one_core_works(tmp_path: Path, threads: str) -> None:
    package = copy_without(tmp_path / "source", "engine/parallel")
    words = ["data=digits", "training.epochs=1", f"training.threads={threads}"]
    done = run(package, tmp_path, "train", *words)
    assert done.returncode == 0, done.stderr
