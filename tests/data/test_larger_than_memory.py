"""Arrays of 10 GB, mapped where they lie. The files are sparse: they have that length, but no more
on the disk than a few pages. Anonymous memory counts: mapped pages go when others need room."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mlp_scratch.data.division import division
from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import DataError

ROWS, FEATURES = 1_280_000, 80 * 98  # 10.0 GB
LINUX = sys.platform == "linux"
SCRIPT = """
import json, sys
import numpy as np
from mlp_scratch.data.batches import gather
from mlp_scratch.data.load import load_dataset
from mlp_scratch.data.normalize import Normalizer
from mlp_scratch.data.division.stratified_split import split_validation

def anonymous():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) // 1024

before = anonymous()
name, folder = sys.argv[1:]
data = load_dataset(name, dir=folder, cache_dir=folder + "/cache", path=folder, test_fraction=0.1)
loaded = anonymous()
x, y = data.x_train, data.y_train
rows = np.random.default_rng(0).integers(0, len(x), 256)
normalizer = Normalizer("standardize").fit(x, np.sort(rows[:40]))
raw, out = np.empty((128, x.shape[1]), np.uint8), np.empty((128, x.shape[1]), np.float32)
for start in range(0, len(rows), 128):
    gather(x, rows[start : start + 128], normalizer, raw, out)
print(json.dumps({
    "anonymous": anonymous() - before, "shape": x.shape, "digest": data.digest,
    "first": int(x[0, 5]), "last": int(data.x_test[-1, -1]),
    "source": data.source, "labels": np.bincount(y)[:3].tolist(),
}))
"""


def sparse(path: Path, head: bytes) -> None:
    """A file of zeros behind its header, with one value near the start and one at the end."""
    with open(path, "wb") as file:
        file.write(head)
        file.seek(len(head) + 5)
        file.write(b"\x07")
        file.seek(len(head) + ROWS * FEATURES - 1)
        file.write(b"\x09")


def labels() -> np.ndarray:
    return (np.arange(ROWS) % 2).astype(np.uint8)


def write_npy(folder: Path) -> None:
    head = b"\x93NUMPY\x01\x00"
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({ROWS}, {FEATURES}), }}".encode()
    text = text.ljust(117) + b"\n"
    sparse(folder / "x.npy", head + len(text).to_bytes(2, "little") + text)
    np.save(folder / "y.npy", labels())


def write_idx(folder: Path) -> None:
    numbers = b"".join(n.to_bytes(4, "big") for n in (ROWS, 80, 98))
    sparse(folder / "train-images-idx3-ubyte", b"\0\0\x08\x03" + numbers)
    head = b"\0\0\x08\x01" + ROWS.to_bytes(4, "big")
    (folder / "train-labels-idx1-ubyte").write_bytes(head + labels().tobytes())


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="reads /proc/self/status")
@pytest.mark.parametrize(("name", "write"), [("npy", write_npy), ("idx", write_idx)])
def test_ten_gigabytes_are_used_where_they_lie(tmp_path: Path, name: str, write) -> None:
    write(tmp_path)
    results = []
    for _ in range(2):
        command = [sys.executable, "-c", SCRIPT, name, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        results.append(json.loads(done.stdout))
    first, second = results
    assert first["shape"] == [ROWS * 9 // 10, FEATURES]
    assert f"{ROWS // 10} rows held out for the test (the last ones)" in first["source"]
    assert (first["first"], first["last"]) == (7, 9)
    assert first["labels"] == [ROWS * 9 // 20] * 2
    assert first["anonymous"] < 120  # MiB, of which 10 are the labels
    assert second["anonymous"] < 60
    assert first["digest"] == second["digest"]
    cached = sum(p.stat().st_size for p in (tmp_path / "cache").rglob("*") if p.is_file())
    assert cached < 20 << 20  # the labels; never the images


def test_large_data_are_not_held_out_by_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last rows are taken as they lie, so they must show every class."""
    monkeypatch.setattr(division, "WHOLE_DIGEST_BYTES", 100)
    np.save(tmp_path / "x.npy", np.arange(400).reshape(100, 4))
    for y, good in ((np.arange(100) % 2, True), (np.arange(100) // 50, False)):
        np.save(tmp_path / "y.npy", y)
        if not good:
            with pytest.raises(DataError, match="do not show all classes"):
                load_dataset("npy", dir=tmp_path, cache_dir=None, path=tmp_path, test_fraction=0.1)
            continue
        data = load_dataset("npy", dir=tmp_path, cache_dir=None, path=tmp_path, test_fraction=0.1)
        assert data.x_test is not None
        assert data.x_test[:, 0].tolist() == list(range(360, 400, 4))
        assert data.x_train[:, 0].tolist() == list(range(0, 360, 4))
