"""The README's commands, run word for word, and its snippets, used as they stand."""

import ast
import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text("utf-8")


def commands() -> list[str]:
    """Every line of the README's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", TEXT, re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def snippet(name: str, language: str) -> str:
    found = re.search(rf"<!-- {name}: begin -->\n```{language}\n(.*?)```", TEXT, re.S)
    assert found is not None
    return found.group(1)


def in_shell(shell: str, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line with our Python first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [shell, "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the README's examples presuppose: a table, arrays, a script."""
    folder = tmp_path_factory.mktemp("readme")
    rng = np.random.default_rng(0)
    species = np.repeat(["setosa", "virginica", "versicolor"], 50)
    x = rng.normal(size=(150, 4)) + np.repeat([0, 2, 4], 50)[:, None]
    lines = ["a,b,c,d,species"]
    lines += [
        ",".join([*(f"{v:.3f}" for v in row), name]) for row, name in zip(x, species, strict=True)
    ]
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    np.savez(folder / "arrays.npz", x_train=x, y_train=np.repeat([0, 1, 2], 50))
    (folder / "sign_sgd.py").write_text(snippet("own optimizer", "python"))
    (folder / "my_conf" / "optim").mkdir(parents=True)
    (folder / "my_conf" / "optim" / "sign_sgd.yaml").write_text(snippet("own yaml", "yaml"))
    (folder / "softsign.py").write_text(snippet("own activation", "python"))
    (folder / "my_conf" / "activation").mkdir()
    (folder / "my_conf" / "activation" / "softsign.yaml").write_text("name: softsign\n")
    (folder / "log_cosh.py").write_text(snippet("own loss", "python"))
    (folder / "my_conf" / "loss").mkdir()
    (folder / "my_conf" / "loss" / "log_cosh.yaml").write_text("name: log_cosh\n")
    prices = [f"{a},{b},{100 + 20 * a - 5 * b}" for a, b in x[:, :2].round(3).tolist()]
    (folder / "houses.csv").write_text("\n".join(["rooms,age,price", *prices]) + "\n")
    mnist = Path(os.environ.get("MLP_SCRATCH_DATA", "nowhere"), "mnist")
    if mnist.is_dir():
        first_of_mnist(mnist, folder / "data" / "mnist")
    return folder


def first_of_mnist(mnist: Path, folder: Path) -> None:
    """The first tenth of MNIST's pictures, as files of its kind."""
    folder.mkdir(parents=True)
    for path in mnist.iterdir():
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            content = file.read()
        rows, offset = int.from_bytes(content[4:8], "big"), 4 + 4 * content[3]
        size = (len(content) - offset) // rows
        head = content[:4] + (rows // 10).to_bytes(4, "big") + content[8:offset]
        first = content[offset : offset + rows // 10 * size]
        (folder / path.name.removesuffix(".gz")).write_bytes(head + first)


@pytest.mark.slow
def test_every_command_works_in_order(playground: Path) -> None:
    done_something, exports = 0, ""
    for line in commands():
        if line.startswith("export "):
            exports = f"{line} && "
            continue
        command = exports + line.rpartition("&&")[2].strip()  # the installing half is done
        if "pytest" in command:
            continue
        if "data=mnist" in command and not (playground / "data" / "mnist").is_dir():
            continue
        done = in_shell("bash", command, playground)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        done_something += 1
    assert done_something >= 12


def test_bash_and_zsh_read_the_same_words(tmp_path: Path) -> None:
    for line in commands():
        for part in line.split("&&"):
            bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", part)
            assert not re.search(r"[][(){}*?~$#!<>|;`]", bare), f"quote this: {line}"
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("zsh is not installed; the characters that it minds were looked for")
    for line in commands():
        words = [
            in_shell(shell, f"printf '%s\\n' {line.rpartition('&&')[2]}", tmp_path).stdout
            for shell in ("bash", zsh)
        ]
        assert words[0] == words[1] != ""


def test_the_readme_opens_with_two_commands() -> None:
    first, second = commands()[:2]
    assert first == "python -m pip install -e . && python -m mlp_scratch.train"
    assert second == "python -m pip install -e '.[test]' && python -m pytest"


def test_every_picture_and_link_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (README.parent / target).exists(), target


def test_the_first_path_through_the_code_is_some_400_lines() -> None:
    rows = re.findall(r"^\| \[`([\w/.]+)`\]\(src/mlp_scratch/\1\) \| (.*) \|$", TEXT, re.M)
    assert len(rows) == 5
    lines = 0
    for file, told in rows:
        source = (README.parent / "src" / "mlp_scratch" / file).read_text("utf-8")
        if told.startswith("all of it"):
            lines += len(source.splitlines())
            continue
        classes = {
            node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)
        }
        named = set(re.findall(r"`(\w+)`", told))
        assert named <= classes.keys()
        lines += sum(node.end_lineno - node.lineno + 1 for node in map(classes.get, named))
    assert 350 < lines < 450


def test_the_error_shown_is_the_error_given(playground: Path) -> None:
    block = re.search(r"```console\n\$ (.*)\n(error: .*)\n```", TEXT)
    assert block is not None
    done = in_shell("bash", block.group(1), playground)
    assert done.returncode == 2
    assert done.stderr.strip() == block.group(2)


def test_the_tables_name_every_choice() -> None:
    from mlp_scratch.config.paths import conf_dir

    for group in (
        *("activation", "optim", "schedule", "regularization", "augment"),
        *("average", "adversarial", "data"),
    ):
        row = re.search(rf"^\| `{group}` \| `([^`]*)`", TEXT, re.M)
        assert row is not None
        assert sorted(row.group(1).split()) == sorted(
            path.stem for path in (conf_dir() / group).glob("*.yaml")
        )


@pytest.mark.slow
def test_an_optimizer_added_in_the_repository(tmp_path: Path) -> None:
    """The class at the end of nn/optimizers.py, the YAML in conf/: in a copy of both."""
    import mlp_scratch
    from mlp_scratch.config.paths import conf_dir

    package = tmp_path / "mlp_scratch"
    shutil.copytree(Path(mlp_scratch.__file__).parent, package)
    shutil.copytree(conf_dir(), package / "conf", dirs_exist_ok=True)
    code = snippet("own optimizer", "python")
    taken = code[code.index("class SignSGD") :]
    with open(package / "nn" / "optimizers.py", "a") as file:
        file.write("\n\n" + taken)
    (package / "conf" / "optim" / "sign_sgd.yaml").write_text(snippet("own yaml", "yaml"))
    line = "python -m mlp_scratch.train data=digits optim=sign_sgd training.epochs=1"
    done = in_shell("bash", line, tmp_path)  # the working directory comes first on the path
    assert done.returncode == 0, done.stderr
    assert "sign_sgd" in done.stdout
