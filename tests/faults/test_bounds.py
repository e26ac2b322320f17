"""Files that would cost more memory or time than they account for, and what is no file at all: each
is refused with a line, within seconds and without memory. Honest files are read."""

import gzip
import io
import os
import shutil
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from processes import finish, start
from tiny_runs import begin, go_on, tiny_config, write_data

from mlp_scratch import NeuralNet
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.pictures.ink.read_ink import ink_row
from mlp_scratch.data.pictures.opening import FORMATS
from mlp_scratch.data.tables.text.layout import layout_of
from mlp_scratch.errors import DataError, MlpScratchError
from mlp_scratch.export.formats import export
from mlp_scratch.report.compare_page.runs_as_json import page_data
from mlp_scratch.runs.console import logging_to
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.reader import Run, read_runs
from mlp_scratch.runs.saved_run import load_network
from mlp_scratch.sweep.sweep_folder import SweepFolder

MOST, LONGEST = 128 << 20, 10  # bytes beside what Python and the libraries take, seconds
MIB = 1 << 20
pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="Linux's /proc")


def _status(key: str) -> int:
    """A line of the kernel's account of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(key))


def cheaply(action: Callable[[], object], most: int = MOST, longest: float = LONGEST) -> object:
    """The result of ``action``, or its MlpScratchError, if it took little memory and time."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, started = _status("VmRSS"), time.perf_counter()
    try:
        result = action()
    except MlpScratchError as error:
        result = error
    assert not isinstance(result, MlpScratchError) or len(str(result).splitlines()) <= 2
    assert time.perf_counter() - started < longest
    assert _status("VmHWM") - before < most
    return result


def load(name: str, path: Path) -> object:
    return cheaply(
        lambda: load_dataset(name, dir=path.parent, cache_dir=None, path=path, download=False)
    )


def one_long_label(path: Path) -> None:
    rows = "".join(f"{'ab'[i % 2]},{i % 10}\n" for i in range(8000))
    path.write_text("x" * 100_000 + ",1\n" + rows)


def long_labels(path: Path) -> None:
    """As long as a label may be, and many short ones: an array of text would have 400 MB."""
    path.write_text(
        "x" * 1000 + ",1\n" + "".join(f"{'ab'[i % 2]},{i % 10}\n" for i in range(99999))
    )


def zeros_npy(n: int) -> bytes:
    file = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (n,)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


NAMES = (
    *("x", "images", "features", "data", "y", "labels", "label", "targets", "target"),
    *("x_train", "y_train", "train_images", "train_labels", "train_x", "train_y"),
    *("x_test", "y_test", "test_images", "test_labels", "test_x", "test_y"),
)


def many_members(path: Path) -> None:
    """Members of 250 MiB that deflate a thousandfold, under all the names that are known."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = squeeze.compress(zeros_npy(250 * MIB))
    packed += b"".join(squeeze.compress(bytes(10 * MIB)) for _ in range(25)) + squeeze.flush()
    with zipfile.ZipFile(path, "w") as archive:
        for name in NAMES:
            archive.writestr(f"{name}.npy", packed)
        for member in archive.infolist():
            member.compress_type, member.file_size = zipfile.ZIP_DEFLATED, 250 * MIB + 128


def members_over_one(path: Path) -> None:
    """900 entries in the directory for one member of 60 MiB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a0.npy", zeros_npy(60 * MIB) + bytes(60 * MIB))
        first = archive.infolist()[0]
        for name in (*NAMES, *(f"a{i}" for i in range(1, 880))):
            copy = zipfile.ZipInfo(f"{name}.npy")
            for field in ("CRC", "compress_size", "file_size", "header_offset", "compress_type"):
                setattr(copy, field, getattr(first, field))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy


def long_directory(path: Path) -> None:
    """A million entries for nothing."""
    entry = b"PK\1\2" + bytes(42)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 46 * 10**6, 0, 0)
    path.write_bytes(entry * 10**6 + end)


def tar_of(kind: bytes, size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        member = tarfile.TarInfo("././@LongLink")
        member.type, member.size = kind, size
        more = gzip.compress(bytes(16 * MIB), 1) * (size // (16 * MIB))
        path.write_bytes(gzip.compress(member.tobuf(tarfile.GNU_FORMAT)) + more)

    return make


def tar_of_many(path: Path) -> None:
    header = tarfile.TarInfo("nothing").tobuf(tarfile.USTAR_FORMAT)
    path.write_bytes(gzip.compress(header * 10_000, 1) * 100)


def escapes_in_a_quote(path: Path) -> None:
    path.write_text("@relation r\n@attribute a {'" + "\\'" * 2_500_000 + "}\n@data\n1\n")


DATA: dict[str, tuple[str, str, Callable[[Path], None], str]] = {
    "a label of 100 kB": ("csv", "t.csv", one_long_label, "labels must be"),
    "21 members of 250 MB": ("npz", "d.npz", many_members, "refused above"),
    "members over one another": ("npz", "d.npz", members_over_one, "claim more than the file"),
    "a long directory": ("npz", "d.npz", long_directory, "its directory is too long"),
    "a tar's long name": ("cifar10", "c.tar.gz", tar_of(b"L", 3 << 30), "claims 3221225472"),
    "a tar's long link": ("cifar10", "c.tar.gz", tar_of(b"K", 3 << 30), "claims 3221225472"),
    "a pax header": ("cifar10", "c.tar.gz", tar_of(b"x", 3 << 30), "claims 3221225472"),
    "a global pax header": ("cifar10", "c.tar.gz", tar_of(b"g", 3 << 30), "claims 3221225472"),
    "escapes in a quote": ("table", "t.arff", escapes_in_a_quote, "a quote without its end"),
    "a tar of many": ("cifar10", "c.tar.gz", tar_of_many, "more than 1000 members"),
}


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("what", DATA)
def test_data_larger_than_its_file(what: str, tmp_path: Path) -> None:
    name, file, make, message = DATA[what]
    make(tmp_path / file)
    assert message in str(load(name, tmp_path / file))


@pytest.mark.parametrize(
    ("rows", "refused"),
    [("label,{}x\n1,2\n", False), ("label,a\n1,{}x\n", True), ("label,a\n1,{}.{}e\n", True)],
)
def test_a_number_of_very_many_digits_that_is_none(
    rows: str, refused: bool, tmp_path: Path
) -> None:
    (tmp_path / "long.csv").write_text(rows.replace("{}", "1" * 60_000))
    answer = load("csv", tmp_path / "long.csv")
    assert isinstance(answer, MlpScratchError) == refused  # the first is the name of a column


def test_columns_of_one_name_and_of_the_next(tmp_path: Path) -> None:
    """Each of 25,000 called x would try 25,000 numbers that are taken."""
    names = ["x"] * 25_000 + [f"x.{i}" for i in range(1, 24_999)]
    row = ",".join(["1"] * len(names))
    (tmp_path / "t.csv").write_text("\n".join([",".join(names), row, row, ""]))
    layout = cheaply(lambda: layout_of(tmp_path / "t.csv"))
    assert not isinstance(layout, MlpScratchError), layout
    assert layout.names[:3] == ("x", "x.24999", "x.25000")
    assert len({*layout.names}) == len(names)


def wide_table(path: Path) -> None:
    """49,999 columns that are not all bytes: pandas takes 16 KB for the gaps of each, if asked."""
    rows = [[f"c{i}" for i in range(49_998)], *[["0.25", "1.5"] * 24_999] * 4, [""] * 49_998]
    labels = ("label", *"abab", "a")
    path.write_text("".join(f"{y},{','.join(row)}\n" for y, row in zip(labels, rows, strict=True)))


def wordy_table(path: Path) -> None:
    """300 columns of text, 9,000 words in each that never come again."""
    rows = "".join(f"{'ab'[i % 2]},{i % 7}.5" + f",w{i}" * 300 + "\n" for i in range(9000))
    path.write_text("label,x," + ",".join(f"c{i}" for i in range(300)) + "\n" + rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "shape", "note"),
    [
        (wide_table, (5, 49_998), "49,998 numbers; 49,998 empty"),
        (wordy_table, (9000, 1), "9,000 different words"),
    ],
)
def test_tables_of_very_many_columns_or_words(
    make: Callable[[Path], None], shape: tuple, note: str, tmp_path: Path
) -> None:
    make(tmp_path / "t.csv")
    where: Any = {"dir": tmp_path, "path": tmp_path / "t.csv", "cache_dir": None}
    data: Any = cheaply(lambda: load_dataset("table", label="label", **where), 256 * MIB, 60)
    assert data.x_train.shape == shape
    assert any(note in line for line in data.notes), data.notes


def test_long_labels_cost_no_array_as_wide(tmp_path: Path) -> None:
    long_labels(tmp_path / "t.csv")
    dataset = load("csv", tmp_path / "t.csv")
    assert not isinstance(dataset, MlpScratchError), dataset
    assert [len(name) for name in dataset.class_names] == [1, 1, 1000]
    assert np.bincount(dataset.y_train).tolist() == [50000, 49999, 1]


def test_honest_compressed_files_are_read(tmp_path: Path) -> None:
    """Black pictures deflate well: 40 MB of them in 0.2 MB, stated and held."""
    images = np.zeros((51_000, 28, 28), np.uint8)
    images[::7, 5, 5] = 9
    np.savez_compressed(tmp_path / "d.npz", x=images, y=np.arange(51_000) % 10)
    assert (tmp_path / "d.npz").stat().st_size < 1 * MIB
    assert load("npz", tmp_path / "d.npz").x_train.shape == (51_000, 784)


# What is no file ----------------------------------------------------------------------------------


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_folder(path: Path) -> None:
    path.mkdir()


def the_kernel(path: Path) -> None:
    """The news of the kernel: a plain file by its looks, which is waited for."""
    path.symlink_to("/proc/kmsg")


NO_FILES = {"pipe": a_pipe, "device": a_device, "folder": a_folder, "kernel": the_kernel}
READ_AS = [
    *[
        ("csv", "t.csv"),
        ("table", "t.arff"),
        ("table", "t.svm"),
        ("npz", "d.npz"),
        ("npy", "x.npy"),
        ("cifar10", "c.tar.gz"),
    ],
    *[("idx", "train-images-idx3-ubyte"), ("mnist", "train-images-idx3-ubyte")],
    *[("mnist", "mnist.npz"), ("mnist", "train.csv"), ("cifar10", "data_batch_1.bin")],
]


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
@pytest.mark.parametrize(("name", "file"), READ_AS)
def test_data_that_is_no_file(make, name: str, file: str, tmp_path: Path) -> None:
    make(tmp_path / file)
    for path in (tmp_path / file, tmp_path):
        assert isinstance(load(name, path), DataError)


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_a_picture_that_is_no_file(make, tmp_path: Path) -> None:
    make(tmp_path / "p.png")
    found = cheaply(lambda: ink_row(tmp_path / "p.png", (8, 8)))
    assert "not a plain file" in str(found)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    begin(tiny_config(write_data(folder)), folder / "run")
    return folder / "run"


def looked_at(path: Path) -> list[Run]:
    runs = read_runs(path.parent)
    page_data(runs)
    return runs


OF_A_RUN = ("summary.json", "config.yaml", "metrics.csv", "misclassified.npz")
OF_CHECKPOINTS = ("checkpoints/best.npz", "checkpoints/last.npz")


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
@pytest.mark.parametrize("file", [*OF_A_RUN, *OF_CHECKPOINTS])
def test_a_run_with_what_is_no_file(make, file: str, whole: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(whole, tmp_path / "run"))
    (run / file).unlink()
    make(run / file)
    (found,) = cheaply(lambda: looked_at(run))
    assert found.status == ("damaged" if file in OF_A_RUN[:2] else "finished")
    if file in OF_CHECKPOINTS:
        which = Path(file).stem
        for read in (
            lambda: load_network(RunFolder(run), which),
            lambda: export(str(run), "npz", which, None),
            lambda: NeuralNet.load(run / file),
        ):
            assert isinstance(cheaply(read), MlpScratchError)


@pytest.mark.parametrize("file", ["train.log", "metrics.csv", "checkpoints/last.npz"])
def test_a_run_goes_on_beside_a_file_of_a_size_that_no_disk_has(
    file: str, whole: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(whole, tmp_path / "run"))
    with logging_to(run / "train.log", quiet=True):
        pass
    os.truncate(run / file, 1 << 34)

    def resumed() -> None:
        with logging_to(run / "train.log", quiet=True):
            go_on(run, words=["training.epochs=5"])

    assert cheaply(resumed) is None
    assert (run / file).stat().st_size < 1 << 35
    assert RunFolder(run).read_summary()["epochs_done"] == 5


@pytest.mark.slow
def test_a_table_of_metrics_in_the_least_letters(whole: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(whole, tmp_path / "run"))
    (run / "metrics.csv").write_text("epoch,a\n" + "1,23\n" * 900_000)
    cheaply(lambda: looked_at(run))
    assert len(read_runs(run)[0].columns["a"]) == 900_000


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_a_plan_that_is_no_file(make, tmp_path: Path) -> None:
    make(tmp_path / "sweep.yaml")
    assert "sweep.yaml" in str(cheaply(SweepFolder(tmp_path).read_plan))
    make(tmp_path / "search.yaml")
    ended, _, err = finish(start(tmp_path, "search", f"search.dir={tmp_path}"), timeout=60)
    assert ended in (1, 2), err
    assert "search.yaml: cannot be read" in err
    assert "Traceback" not in err


# Pictures -----------------------------------------------------------------------------------------


def png_of_one_bit(path: Path, side: int) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    head = chunk(b"IHDR", struct.pack(">2I5B", side, side, 1, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes((side // 8 + 1) * side), 9))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b""))


def test_a_table_that_names_a_picture_for_ever(tmp_path: Path) -> None:
    for name in "ab":
        Image.new("L", (8, 8)).save(tmp_path / f"{name}.png")
    table = tmp_path / "metadata.csv"
    table.write_text("file,label\n" + "a.png,a\nb.png,b\n" * 21)
    assert "42 rows for 2 pictures" in str(load("folder", table))


def test_a_picture_of_many_pixels(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    png_of_one_bit(path, 9400)
    assert path.stat().st_size < 20_000
    assert "9400x9400 pixels" in str(cheaply(lambda: ink_row(path, (28, 28))))


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "LA", "RGBA", "I;16", "F", "CMYK"])
def test_a_large_picture_is_read(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("p.tif" if mode in ("F", "CMYK") else "p.png")
    picture = Image.new("L", (6000, 4000), 255)
    picture.paste(0, (1000, 500, 1500, 2500))  # a bar on white
    picture = picture.convert("I").point(lambda v: v * 257) if mode == "I;16" else picture
    picture.convert(mode).save(path, compress_level=1)
    del picture
    row = cheaply(lambda: ink_row(path, (28, 28)))
    assert not isinstance(row, MlpScratchError), row
    ink = row.reshape(28, 28) > 100
    assert 20 <= ink.any(axis=1).sum() <= 21
    assert 3 <= ink.any(axis=0).sum() <= 6  # a bar as broad as a marker is drawn thinner


@pytest.mark.parametrize(
    "contents",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n",
        b"DDS " + struct.pack("<I", 124) + bytes(200),
        b"\0\0\0\x1cftypavif" + bytes(200),
        b"P6 2 2 255\n" + bytes(12),
    ],
    ids=["EPS", "DDS", "AVIF", "PPM"],
)
def test_formats_that_are_not_read(contents: bytes, tmp_path: Path, monkeypatch) -> None:
    path, witness = tmp_path / "p.png", tmp_path / "witness"
    for program in ("gs", "gswin64c"):
        (tmp_path / program).write_text(f"#!/bin/sh\ntouch {witness}\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    path.write_bytes(contents)
    assert ", ".join(FORMATS) in str(cheaply(lambda: ink_row(path, (8, 8))))
    assert not witness.exists()
