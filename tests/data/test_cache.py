"""The cache of parsed data: used when it is right, rebuilt when it is not, never needed."""

import errno
import hashlib
import json
import logging
import multiprocessing
import os
import shutil
import time
from pathlib import Path

import makers
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlp_scratch.data import cache as cache_module
from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.lookup import lookup_tables

TEXT = "label,a,b\n" + "".join(f"{i % 3},{i % 199},{i % 20}\n" for i in range(200))
OLD_NS = 1_000_000_000_000_000_000  # September 2001: long before any reading


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TEXT)
    os.utime(path, ns=(OLD_NS, OLD_NS))
    return path


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every CSV file that is really parsed."""
    parsed: list[Path] = []
    parse = lookup_tables.parse_tables

    def counting(path: Path, *rest: object) -> object:
        parsed.append(path)
        return parse(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(lookup_tables, "parse_tables", counting)
    return parsed


def load(path: Path, **options) -> Dataset:
    options.setdefault("cache_dir", path.parent / "cache")
    return load_dataset("csv", dir=path.parent, path=path, **options)


def same(a: Dataset, b: Dataset) -> bool:
    return (
        a.digest == b.digest
        and a.class_names == b.class_names
        and a.image_shape == b.image_shape
        and a.source == b.source
        and a.x_train.dtype == b.x_train.dtype
        and np.array_equal(a.x_train, b.x_train)
        and a.y_train.dtype == b.y_train.dtype == np.intp
        and np.array_equal(a.y_train, b.y_train)
    )


def test_the_second_start_parses_nothing(source: Path, parses: list) -> None:
    first, second = load(source), load(source)
    assert len(parses) == 1
    assert same(first, second)
    assert same(first, load(source, cache_dir=None))
    assert not [p for p in (source.parent / "cache").iterdir() if p.name.startswith(".")]


def test_options_have_entries_of_their_own(source: Path, parses: list) -> None:
    load(source)
    assert len(load(source, label="b").class_names) == 20
    assert len(load(source).class_names) == 3
    assert len(parses) == 2


def test_large_arrays_are_shared_maps(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path, n_train=100_000)
    for _ in range(2):
        data = load_dataset("mnist", dir=tmp_path, cache_dir=tmp_path / "cache")
    base = data.x_train
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base, np.memmap)
    assert not data.x_train.flags.writeable
    assert type(data.x_train) is np.ndarray


# The source changes ------------------------------------------------------------------------------


def test_a_change_is_noticed(source: Path, parses: list) -> None:
    load(source)
    source.write_text(TEXT + "1,7,8\n")
    assert len(load(source).x_train) == 201
    assert len(parses) == 2


def test_a_change_of_the_same_length_is_noticed(source: Path, parses: list) -> None:
    load(source)
    source.write_text(TEXT.replace("0,0,0\n", "0,9,0\n", 1))
    assert load(source).x_train[0].tolist() == [9, 0]


def test_a_change_within_the_clocks_tick_is_noticed(source: Path, parses: list) -> None:
    """Same length, same time stamp: told by the contents, for the stamp is too young to trust."""
    now = time.time_ns()
    os.utime(source, ns=(now, now))
    load(source)
    source.write_text(TEXT.replace("0,0,0\n", "0,9,0\n", 1))
    os.utime(source, ns=(now, now))
    assert load(source).x_train[0].tolist() == [9, 0]


def test_a_touched_file_is_not_parsed_again(source: Path, parses: list) -> None:
    load(source)
    os.utime(source, ns=(OLD_NS + 5, OLD_NS + 5))
    load(source)
    assert len(parses) == 1
    assert "000000005" in next((source.parent / "cache").glob("*.json")).read_text()


def test_a_change_while_it_is_read_is_not_cached(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = lookup_tables.parse_tables

    def slow(path: Path, *rest: object) -> object:
        parsed = parse(path, *rest)  # type: ignore[arg-type]
        source.write_text(TEXT.replace("0,0,0\n", "0,9,0\n", 1))
        return parsed

    monkeypatch.setattr(lookup_tables, "parse_tables", slow)
    assert load(source).x_train[0].tolist() == [0, 0]
    monkeypatch.setattr(lookup_tables, "parse_tables", parse)
    assert load(source).x_train[0].tolist() == [9, 0]


def test_the_old_entry_goes_when_a_new_one_comes(source: Path) -> None:
    for i in range(4):
        source.write_text(TEXT + "1,7,8\n" * i)
        load(source)
    assert len(list((source.parent / "cache").iterdir())) == 2  # the pointer and one folder


def test_what_killed_processes_left_is_swept(source: Path) -> None:
    load(source)
    cache = source.parent / "cache"
    stem = next(cache.glob("*.json")).stem
    names = (f".{stem}-0123.tmp", f"{stem}-4567", f".{stem}.json.cdef.tmp", f".{stem}-89ab.tmp")
    for name in names:
        (cache / name).mkdir()
    for name in names[:3]:
        os.utime(cache / name, (1e9, 1e9))
    (cache / "mine.txt").write_text("kept")
    source.write_text(TEXT + "1,7,8\n")
    load(source)
    assert [(cache / name).exists() for name in names] == [False, False, False, True]  # young
    assert (cache / "mine.txt").exists()


# The cache is damaged ----------------------------------------------------------------------------


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 + 3] ^= 4
    path.write_bytes(data)


def zero(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-40:] = bytes(40)
    path.write_bytes(data)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [cut, empty, flip, zero, Path.unlink, replace_by_folder])
@pytest.mark.parametrize("what", ["*.json", "*/x_train.npy", "*/y_train.npy"])
def test_damage_is_found_and_repaired(
    source: Path, parses: list, caplog: pytest.LogCaptureFixture, harm, what: str
) -> None:
    first = load(source)
    harm(next((source.parent / "cache").glob(what)))
    caplog.set_level(logging.WARNING)
    assert same(first, load(source))
    assert len(parses) == 2
    quiet = harm is Path.unlink and what == "*.json"  # no pointer is no damage
    unrepaired = harm is replace_by_folder and what == "*.json"  # a folder is nobody's to remove
    assert len(caplog.records) == (0 if quiet else 2 if unrepaired else 1)
    assert same(first, load(source))
    assert len(parses) == (3 if unrepaired else 2)


def test_the_pointer_has_a_checksum_of_its_own(source: Path) -> None:
    load(source)
    pointer = next((source.parent / "cache").glob("*.json"))
    text = pointer.read_text()
    for old, new in (
        ('"1"', '"7"'),
        ('"name": "csv"', '"name": "npz"'),
        ("table.csv", "tab1e.csv"),
    ):
        assert old in text
        pointer.write_text(text.replace(old, new))
        data = load(source)
        assert data.class_names == ("0", "1", "2")
        assert data.name == "csv"
        assert data.source == str(source)


def test_an_entry_that_goes_while_it_is_read_is_looked_up_again(
    source: Path, parses: list, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As when another process has put a newer one in its place."""
    first = load(source)
    read_npy = cache_module.read_npy
    failures = iter([True, False])

    def gone_at_first(path: Path, **options) -> np.ndarray:
        return read_npy(path.parent / "gone" if next(failures, False) else path, **options)

    monkeypatch.setattr(cache_module, "read_npy", gone_at_first)
    assert same(first, load(source))
    assert len(parses) == 1
    assert not caplog.records


def test_any_damage_is_found(source: Path) -> None:
    _damage(source, examples=40)


@pytest.mark.marathon
@pytest.mark.slow
def test_very_much_damage_is_found(source: Path) -> None:
    _damage(source, examples=2000)


def _damage(source: Path, examples: int) -> None:
    first = load(source)
    cache = source.parent / "cache"
    kept = source.parent / "kept"
    cache.rename(kept)

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def damaged(data: st.DataObject) -> None:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(kept, cache)
        files = sorted(path for path in cache.rglob("*") if path.is_file())
        path = data.draw(st.sampled_from(files))
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[at : at + data.draw(st.integers(1, 100))]
        path.write_bytes(content)
        assert same(first, load(source))

    damaged()


def test_a_forged_pointer_cannot_have_other_folders_removed(source: Path) -> None:
    load(source)
    victim = source.parent / "victim"
    victim.mkdir()
    (source.parent / "cache" / "mine").mkdir()
    pointer = next((source.parent / "cache").glob("*.json"))
    entry = json.loads(pointer.read_text())["entry"]
    for folder in ("mine", "../victim", str(victim), f"{pointer.stem}-/../../victim"):
        entry["folder"] = folder
        digest = hashlib.sha256(json.dumps(entry).encode()).hexdigest()
        pointer.write_text(json.dumps({"sha256": digest, "entry": entry}))
        source.write_text(source.read_text() + "1,7,8\n")
        load(source)
        assert victim.exists()
        assert (source.parent / "cache" / "mine").exists()


# The cache cannot be written ---------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("where", ["mkdir", "save", "rename", "replace"])
def test_a_cache_that_cannot_be_written_stops_nothing(
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: int,
    where: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    owner = {"mkdir": Path, "save": np, "rename": os, "replace": os}[where]
    monkeypatch.setattr(owner, where, fail)
    caplog.set_level(logging.WARNING)
    assert len(load(source).x_train) == 200
    assert len(caplog.records) == 1
    assert os.strerror(code) in caplog.text
    monkeypatch.undo()
    cache = source.parent / "cache"
    assert not list(cache.glob("*.json"))
    assert not list(cache.glob(".*"))


def test_a_file_in_place_of_the_cache(source: Path, caplog: pytest.LogCaptureFixture) -> None:
    (source.parent / "cache").write_text("I was here first")
    assert len(load(source).x_train) == 200
    assert len(load(source).x_train) == 200
    assert (source.parent / "cache").read_text() == "I was here first"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder(source: Path) -> None:
    cache = source.parent / "cache"
    cache.mkdir()
    cache.chmod(0o555)
    assert len(load(source).x_train) == 200


# Many processes ----------------------------------------------------------------------------------


def _load_many_times(path: Path, start: float, times: int, queue) -> None:
    try:
        time.sleep(max(0.0, start - time.time()))
        folder = path.parent
        queue.put(
            [
                load_dataset("mnist", dir=folder, cache_dir=folder / "cache").digest
                for _ in range(times)
            ]
        )
    except BaseException as error:
        queue.put(repr(error))
        raise


@pytest.mark.slow
def test_processes_that_race_all_get_the_data(tmp_path: Path) -> None:
    """Three start at once without a cache; one more keeps changing the time stamp, so that the
    pointer is rewritten under their eyes."""
    makers.write_mnist(tmp_path)
    source = tmp_path / "train-images-idx3-ubyte"
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    start = time.time() + 1
    jobs = [
        context.Process(target=_load_many_times, args=(source, start, 50, queue)) for _ in range(3)
    ]
    for job in jobs:
        job.start()
    for i in range(200):
        os.utime(source, ns=(OLD_NS + i, OLD_NS + i))
        time.sleep(0.02)
        if not any(job.is_alive() for job in jobs):
            break
    results = [queue.get(timeout=60) for _ in jobs]
    for job in jobs:
        job.join()
    expected = load_dataset("mnist", dir=tmp_path, cache_dir=None).digest
    assert results == [[expected] * 50] * 3


# What is not in a file ---------------------------------------------------------------------------


def test_the_built_in_digits_are_drawn_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlp_scratch.data.builtin import digits

    drawn = []

    def generate(*arguments: object) -> tuple:
        drawn.append(arguments)
        x, y = makers.images(20, 28, 28).reshape(20, 784), np.arange(20) % 10
        return x, y, x, y

    monkeypatch.setattr(digits, "generate", generate)
    for _ in range(2):
        data = load_dataset("digits", dir=tmp_path, cache_dir=tmp_path / "cache")
        assert data.image_shape == (28, 28)
        assert len(data.class_names) == 10
    assert len(drawn) == 1
    monkeypatch.setattr(digits, "VERSION", digits.VERSION + 1)
    load_dataset("digits", dir=tmp_path, cache_dir=tmp_path / "cache")
    assert len(drawn) == 2


def test_the_checksum_sees_every_byte() -> None:
    array = np.arange(10_000, dtype=np.uint8)
    first = cache_module.block_checksum(array)
    for at in (0, 1, 4095, 4096, 8191, 8192, 9999):
        changed = array.copy()
        changed[at] ^= 1
        assert cache_module.block_checksum(changed) != first
    assert cache_module.block_checksum(array.reshape(100, 100)) != first
    assert cache_module.block_checksum(array.view(np.int8)) != first
