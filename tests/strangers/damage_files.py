"""Damage to whole files and folders, whatever they hold: bytes, links, pipes, devices, sizes."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from random import Random

Damage = Callable[[Random, Path, int], None]  # of a folder; the number makes the files take turns


def files_of(folder: Path) -> list[Path]:
    """The files of a folder, in an order that does not change."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def folders_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())


def taking_turns(damage: Callable[[Random, Path], None]) -> Damage:
    """Damage to one file of the folder after the other."""

    def damaged(rng: Random, folder: Path, number: int) -> None:
        files = files_of(folder)
        damage(rng, files[number % len(files)])

    return damaged


def truncated(rng: Random, path: Path) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: int(rng.random() * len(raw))])


def flipped(rng: Random, path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 3, 20)) if raw else 0):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    path.write_bytes(raw)


def emptied(rng: Random, path: Path) -> None:
    path.write_bytes(b"")


def removed(rng: Random, path: Path) -> None:
    path.unlink()


def made_up(rng: Random, path: Path) -> None:
    path.write_bytes(rng.randbytes(rng.choice((1, 100, 10_000))))


def stirred(rng: Random, path: Path) -> None:
    """Pieces moved about, doubled, and set between zeros."""
    raw = path.read_bytes()
    a, b = sorted(rng.randrange(len(raw) + 1) for _ in range(2))
    path.write_bytes(
        rng.choice((raw + raw, raw[b:] + raw[:a], raw[:a] + b"\0" * 99 + raw[a:], raw[a:b] * 9))
    )


def padded(rng: Random, path: Path) -> None:
    """Ten megabytes of one character more, before it or after it."""
    raw, much = path.read_bytes(), rng.choice((b" ", b"\0", b"\n", b"x", b"1,", b"[")) * (10 << 20)
    path.write_bytes(rng.choice((raw + much, much + raw)))


def sparse(rng: Random, path: Path) -> None:
    """Of a size that no disk has; or of one that some memory has."""
    os.truncate(path, rng.choice((1 << 40, 1 << 33, 300 << 20)))


def a_folder(rng: Random, path: Path) -> None:
    path.unlink()
    path.mkdir()
    if rng.random() < 0.5:
        (path / path.name).write_bytes(b"x")


def a_pipe(rng: Random, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_socket(rng: Random, path: Path) -> None:
    path.unlink()
    parent = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(f"/proc/self/fd/{parent}/{path.name}")  # the name of a socket must be short
    os.close(parent)


def a_device(rng: Random, path: Path) -> None:
    path.unlink()
    path.symlink_to(rng.choice(("/dev/zero", "/dev/random", "/dev/full", "/dev/tty", "/dev/null")))


def a_circle(rng: Random, path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def a_link_out(rng: Random, path: Path) -> None:
    """To a file of the user's, which is there or may come to be."""
    path.unlink()
    path.symlink_to(outside(path) / rng.choice(("precious", "new")))


def outside(path: Path) -> Path:
    """The user's own folder, which lies beside the stranger's."""
    return next(p for p in path.parents if (p / "victim").is_dir()) / "victim"


def in_proc(rng: Random, path: Path) -> None:
    """Files of the system that say they are empty, and are not."""
    path.unlink()
    path.symlink_to(f"/proc/self/{rng.choice(('environ', 'maps', 'mem', 'cmdline', 'fd/0'))}")


def another(rng: Random, folder: Path, number: int) -> None:
    """A file in the place of another kind of file."""
    files = files_of(folder)
    target = files[number % len(files)]
    source = rng.choice([path for path in files if path.suffix != target.suffix])
    shutil.copyfile(source, target)


def a_folder_elsewhere(rng: Random, folder: Path, number: int) -> None:
    """A folder of it is a link: outside, to itself, upwards, or nowhere."""
    inside = folders_of(folder)
    target = inside[number % len(inside)]
    victim, kept = outside(target), target.with_name("kept")
    target.rename(kept)
    target.symlink_to(
        rng.choice((str(victim), str(victim / "new"), target.name, "..", ".", "kept"))
    )


def the_system(rng: Random, folder: Path, number: int) -> None:
    """A link in it leads to all files of the machine, or to its processes."""
    (folder / "more").symlink_to(("/", "/proc", "/sys", "/usr")[number % 4])


def crowded(rng: Random, folder: Path, number: int) -> None:
    """Thousands of empty files or folders, or folders in folders as deep as a path may be."""
    if number % 3 == 0:
        for i in range(3000):
            (folder / f"{i}").mkdir()
    elif number % 3 == 1:
        for i in range(3000):
            (folder / f"{i}.npz").touch()
    else:
        deep = folder
        for _ in range(400):
            deep = deep / "deep"
            deep.mkdir()


def code_about(rng: Random, folder: Path, number: int) -> None:
    """Python files and pickles where something might import or read them."""
    mark = "import os; os.system('touch canary')\n"
    for name in ("sitecustomize.py", "yaml.py", "numpy.py", "conftest.py", "hydra_plugins/evil.py"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(mark)
    hydra = folder / ".hydra"
    hydra.mkdir(exist_ok=True)
    for name in ("config.pickle", "hydra.pickle", "job_return.pickle"):
        (hydra / name).write_bytes(b"cos\nsystem\n(S'touch canary'\ntR.")
    (folder / "mlp_scratch.yaml").write_text("a: !!python/object/apply:os.system ['id']\n")


FILES: dict[str, Damage] = {
    "truncated": taking_turns(truncated),
    "bits flipped": taking_turns(flipped),
    "emptied": taking_turns(emptied),
    "removed": taking_turns(removed),
    "made up": taking_turns(made_up),
    "stirred": taking_turns(stirred),
    "padded": taking_turns(padded),
    "sparse": taking_turns(sparse),
    "another file": another,
    "a folder": taking_turns(a_folder),
    "a pipe": taking_turns(a_pipe),
    "a socket": taking_turns(a_socket),
    "a device": taking_turns(a_device),
    "a circle": taking_turns(a_circle),
    "a link out": taking_turns(a_link_out),
    "in proc": taking_turns(in_proc),
    "a folder elsewhere": a_folder_elsewhere,
    "crowded": crowded,
    "code about": code_about,
}
