"""Finding the files of a data set, whatever their form, and what comes out of them."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import makers
import numpy as np
import pytest

from mlp_scratch.data.dataset import Dataset
from mlp_scratch.data.load import load_dataset, resolve_auto
from mlp_scratch.data.lookup.lookup_mnist import FASHION
from mlp_scratch.data.lookup.plans import DATASETS
from mlp_scratch.errors import ConfigError, DataError


def load(name: str, dir: Path, **options) -> Dataset:
    return load_dataset(name, dir=dir, cache_dir=None, download=False, **options)


def check_mnist(data: Dataset, arrays: dict[str, np.ndarray]) -> None:
    x_train, y_train, x_test, y_test = (arrays[name] for name in makers.MNIST_FILES)
    assert data.x_test is not None
    assert data.y_test is not None
    np.testing.assert_array_equal(data.x_train, x_train.reshape(len(x_train), -1))
    np.testing.assert_array_equal(data.y_train, y_train)
    np.testing.assert_array_equal(data.x_test, x_test.reshape(len(x_test), -1))
    np.testing.assert_array_equal(data.y_test, y_test)
    assert data.x_train.dtype == np.uint8
    assert data.y_train.dtype == np.intp
    assert data.x_train.flags.c_contiguous
    assert data.class_names == tuple("0123456789")
    assert len(data.class_names) == 10


# MNIST and what looks like it --------------------------------------------------------------------


@pytest.mark.parametrize("folder", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("pack", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("separator", ["-", "."])
def test_idx_files_under_all_their_names(
    tmp_path: Path, folder: str, pack: bool, separator: str
) -> None:
    arrays = makers.write_mnist(tmp_path / folder, pack=pack)
    for path in (tmp_path / folder).glob("*ubyte*"):
        path.rename(path.with_name(path.name.replace("-idx", f"{separator}idx")))
    data = load("mnist", tmp_path)
    check_mnist(data, arrays)
    assert data.image_shape == (4, 3)
    assert "train-images" in data.source


def test_a_mixture_of_plain_and_packed(tmp_path: Path) -> None:
    arrays = makers.write_mnist(tmp_path, pack=True)
    name = makers.MNIST_FILES[0]
    (tmp_path / f"{name}.gz").unlink()
    (tmp_path / name).write_bytes(makers.idx_bytes(arrays[name]))
    check_mnist(load("mnist", tmp_path), arrays)


def test_packed_under_a_plain_name(tmp_path: Path) -> None:
    arrays = makers.write_mnist(tmp_path, pack=True)
    for path in tmp_path.glob("*.gz"):
        path.rename(path.with_suffix(""))
    check_mnist(load("mnist", tmp_path), arrays)


def test_mnist_npz(tmp_path: Path) -> None:
    arrays = makers.write_mnist(tmp_path / "other")
    x_train, y_train, x_test, y_test = arrays.values()
    np.savez(tmp_path / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    data = load("mnist", tmp_path)
    check_mnist(data, arrays)
    # the same contents in another form are the same data
    assert data.digest == load("mnist", tmp_path / "other").digest


@pytest.mark.parametrize(
    "names", [("mnist_train.csv", "mnist_test.csv"), ("train.csv", "test.csv")]
)
def test_mnist_csv(tmp_path: Path, names: tuple[str, str]) -> None:
    x, y = makers.images(20, 28, 28).reshape(20, -1), makers.labels(20)
    for name in names:
        table = np.column_stack([y, x]).astype(int)
        header = ",".join(["label"] + [f"pixel{i}" for i in range(784)])
        np.savetxt(tmp_path / name, table, fmt="%d", delimiter=",", header=header, comments="")
    data = load("mnist", tmp_path)
    np.testing.assert_array_equal(data.x_train, x)
    np.testing.assert_array_equal(data.y_train, y)
    assert data.x_test is not None
    assert data.image_shape == (28, 28)
    assert data.class_names == tuple("0123456789")


def test_somebody_elses_train_csv_is_not_mnist(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("PassengerId,Survived,Name\n1,0,Braund\n")
    assert resolve_auto(tmp_path)[0] == "digits"
    with pytest.raises(DataError, match="no complete set of its files"):
        load("mnist", tmp_path)


def test_auto(tmp_path: Path) -> None:
    name, line = resolve_auto(tmp_path)
    assert name == "digits"
    assert str(tmp_path) in line
    assert "data=mnist" in line
    makers.write_mnist(tmp_path / "mnist")
    name, line = resolve_auto(tmp_path)
    assert name == "mnist"
    assert str(tmp_path / "mnist") in line
    assert load("auto", tmp_path).name == "mnist"
    (tmp_path / "mnist" / makers.MNIST_FILES[3]).unlink()  # three of four are none
    assert resolve_auto(tmp_path)[0] == "digits"
    assert resolve_auto(tmp_path / "nowhere")[0] == "digits"


def test_fashion_mnist_has_names(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path / "fashion_mnist")
    makers.write_mnist(tmp_path, n_train=50)
    data = load("fashion_mnist", tmp_path)
    assert data.class_names == FASHION
    assert len(data.x_train) == 40
    assert len(load("mnist", tmp_path).x_train) == 50


def test_mnist_is_not_taken_for_fashion(mnist_dir: Path) -> None:
    """Both have files of the same names; which they are shows in the labels."""
    with pytest.raises(DataError, match="these are the labels of mnist, but data=fashion_mnist"):
        load("fashion_mnist", mnist_dir)


def test_real_mnist(mnist_dir: Path) -> None:
    """Counts of the digits, mean and deviation as many papers give them; the published SHA-256."""
    data = load("mnist", mnist_dir)
    assert data.x_test is not None
    assert data.y_test is not None
    assert data.x_train.shape == (60_000, 784)
    assert data.image_shape == (28, 28)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.y_train).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(data.y_test).tolist() == counts
    assert data.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert round(data.x_train.mean() / 255, 4) == 0.1307
    assert round(data.x_train.std() / 255, 4) == 0.3081
    head = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (60_000, 28, 28))
    sha = hashlib.sha256(head + data.x_train.tobytes()).hexdigest()
    assert sha == "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"


def test_real_fashion_mnist(fashion_mnist_dir: Path) -> None:
    """As its authors describe it: 6,000 and 1,000 pictures a class, the first an ankle boot."""
    data = load("fashion_mnist", fashion_mnist_dir)
    assert data.y_test is not None
    assert data.x_train.shape == (60_000, 784)
    assert np.bincount(data.y_train).tolist() == [6000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    names = [data.class_names[y] for y in data.y_train[:4]]
    assert names == ["Ankle boot", "T-shirt/top", "T-shirt/top", "Dress"]
    assert round(data.x_train.mean() / 255, 4) == 0.2860
    with pytest.raises(DataError, match="these are the labels of fashion_mnist, but data=mnist"):
        load("mnist", fashion_mnist_dir)


# CIFAR-10 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["cifar10", "cifar-10-batches-bin", ".", "archive", "direct"])
def test_cifar10(tmp_path: Path, where: str) -> None:
    batches = {name: makers.cifar_bytes(4, i) for i, name in enumerate(makers.CIFAR_FILES)}
    options = {}
    if where in ("archive", "direct"):
        path = tmp_path / ("cifar-10-binary.tar.gz" if where == "archive" else "other.tgz")
        path.write_bytes(makers.cifar_archive(batches))
        options = {} if where == "archive" else {"path": path}
    else:
        folder = tmp_path / where
        folder.mkdir(exist_ok=True)
        for name, content in batches.items():
            (folder / name).write_bytes(content)
    data = load("cifar10", tmp_path, **options)
    assert data.x_test is not None
    assert data.y_test is not None
    assert data.x_train.shape == (20, 3072)
    assert data.x_test.shape == (4, 3072)
    assert data.image_shape == (32, 32, 3)
    assert data.class_names[3] == "cat"
    record = batches["data_batch_2.bin"][3073:6146]  # the second of the second batch: row 5
    assert data.y_train[5] == record[0]
    image = data.x_train[5].reshape(32, 32, 3)
    for row, column, colour in np.ndindex(32, 32, 3):
        assert image[row, column, colour] == record[1 + colour * 1024 + row * 32 + column]


@pytest.mark.slow
def test_real_cifar10(cifar10_dir: Path) -> None:
    """Its first pictures, its even classes, and the means of its colours as many papers give
    them."""
    data = load("cifar10", cifar10_dir)
    assert data.y_test is not None
    assert data.x_train.shape == (50_000, 3072)
    assert np.bincount(data.y_train).tolist() == [5000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    names = [data.class_names[y] for y in data.y_train[:5]]
    assert names == ["frog", "truck", "truck", "deer", "automobile"]
    means = data.x_train.reshape(-1, 3).mean(axis=0) / 255
    assert means.round(4).tolist() == [0.4914, 0.4822, 0.4465]


# Arrays ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "has_test"),
    [
        (("x_train", "y_train", "x_test", "y_test"), True),
        (("X_train", "Y_train", "X_test", "Y_test"), True),
        (("train_images", "train_labels", "test_images", "test_labels"), True),
        (("x", "y"), False),
        (("X", "y"), False),
        (("data", "labels"), False),
        (("data", "target"), False),
        (("images", "labels"), False),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_npz_under_all_its_names(
    tmp_path: Path, keys: tuple, has_test: bool, compressed: bool
) -> None:
    arrays = (makers.images(12), makers.labels(12, 3), makers.images(6), makers.labels(6, 3))
    content = makers.npz_bytes(compressed, **dict(zip(keys, arrays, strict=False)))
    (tmp_path / "data.npz").write_bytes(content)
    data = load("npz", tmp_path, path="data.npz")  # relative to dir
    np.testing.assert_array_equal(data.x_train, arrays[0].reshape(12, 12))
    np.testing.assert_array_equal(data.y_train, arrays[1])
    assert (data.x_test is not None) == has_test
    assert data.image_shape == (4, 3)
    assert data.class_names == ("0", "1", "2")


def test_npz_with_a_test_file(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(makers.npz_bytes(x=makers.images(12), y=makers.labels(12)))
    (tmp_path / "b.npz").write_bytes(makers.npz_bytes(x=makers.images(5), y=makers.labels(5)))
    data = load("npz", tmp_path, path=tmp_path / "a.npz", test_path=tmp_path / "b.npz")
    assert data.x_test is not None
    assert data.x_test.shape == (5, 12)


@pytest.mark.parametrize(
    ("x", "dtype", "shape", "image_shape"),
    [
        (np.ones((6, 4), np.float64), np.float32, (6, 4), None),
        (np.ones((6, 4), ">f4"), np.float32, (6, 4), None),
        (np.ones((6, 4), np.float16), np.float32, (6, 4), None),
        (np.ones((6, 4), bool), np.float32, (6, 4), None),
        (np.full((6, 4), 255, np.int64), np.uint8, (6, 4), None),
        (np.full((6, 4), 256, np.int64), np.float32, (6, 4), None),
        (np.full((6, 4), -1, np.int8), np.float32, (6, 4), None),
        (np.ones((6, 64), np.uint8), np.uint8, (6, 64), (8, 8)),
        (np.ones((6, 64), np.float32), np.float32, (6, 64), None),
        (np.ones((6, 5, 7)), np.float32, (6, 35), (5, 7)),
        (np.ones((6, 5, 7, 1), np.uint8), np.uint8, (6, 35), (5, 7)),
        (np.ones((6, 5, 7, 3), np.uint8), np.uint8, (6, 105), (5, 7, 3)),
        (np.asfortranarray(np.arange(24, dtype=np.uint8).reshape(6, 4)), np.uint8, (6, 4), None),
    ],
)
def test_dtypes_and_shapes(tmp_path: Path, x: np.ndarray, dtype, shape, image_shape) -> None:
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", np.arange(6))
    data = load("npy", tmp_path, path=tmp_path)
    assert data.x_train.dtype == dtype
    assert data.x_train.dtype.isnative
    assert data.x_train.flags.c_contiguous
    assert data.x_train.shape == shape
    assert data.image_shape == image_shape
    np.testing.assert_array_equal(data.x_train, x.reshape(6, -1))


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["dog", "cat", "dog"]), ("cat", "dog")),
        (np.array([b"dog", b"cat", b"dog"]), ("cat", "dog")),
        (np.array([7, -3, 7], np.int16), ("-3", "7")),
        (np.array([7.0, -3.0, 7.0]), ("-3", "7")),
        (np.array([True, False, True]), ("0", "1")),
        (np.array([[7], [-3], [7]]), ("-3", "7")),
        (np.array(["10", "9", "10"]), ("9", "10")),
        (np.array([2**63 + 1, 5, 2**63 + 1], np.uint64), None),
    ],
)
def test_kinds_of_labels(tmp_path: Path, labels: np.ndarray, names: tuple | None) -> None:
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    np.save(tmp_path / "y.npy", labels)
    if names is None:
        with pytest.raises(DataError, match="row 1"):
            load("npy", tmp_path, path=tmp_path)
        return
    data = load("npy", tmp_path, path=tmp_path)
    assert data.class_names == names
    assert data.y_train.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("names", "given"),
    [
        (("x.npy", "y.npy"), "x.npy"),
        (("X.npy", "y.npy"), "X.npy"),
        (("x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"), "x_train.npy"),
        (("train_x.npy", "train_y.npy", "test_x.npy", "test_y.npy"), "train_x.npy"),
        (("my_images.npy", "my_labels.npy"), "my_images.npy"),
        (("train_images.npy", "train_labels.npy", "test_images.npy", "test_labels.npy"), ""),
        (("features.npy", "labels.npy"), ""),
    ],
)
def test_npy_files_find_their_labels(tmp_path: Path, names: tuple, given: str) -> None:
    arrays = (makers.images(12), makers.labels(12, 3), makers.images(6), makers.labels(6, 3))
    for name, array in zip(names, arrays, strict=False):
        np.save(tmp_path / name, array)
    data = load("npy", tmp_path, path=tmp_path / given)
    np.testing.assert_array_equal(data.x_train, arrays[0].reshape(12, 12))
    np.testing.assert_array_equal(data.y_train, arrays[1])
    assert (data.x_test is not None) == (len(names) == 4)


def test_npy_with_labels_elsewhere_or_inside(tmp_path: Path) -> None:
    table = np.column_stack([makers.labels(12, 3), makers.images(12).reshape(12, -1)])
    np.save(tmp_path / "table.npy", table)
    np.save(tmp_path / "answers.npy", makers.labels(12, 4))
    data = load("npy", tmp_path, path=tmp_path / "table.npy")
    np.testing.assert_array_equal(data.x_train, table[:, 1:])
    np.testing.assert_array_equal(data.y_train, table[:, 0])
    assert "labels in column 0" in data.source
    data = load("npy", tmp_path, path=tmp_path / "table.npy", label="answers.npy")
    assert data.n_features == 13
    assert len(data.class_names) == 4
    data = load("npy", tmp_path, path=tmp_path / "table.npy", label="-1")
    np.testing.assert_array_equal(data.x_train, table[:, :-1])


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        (("x.npy",), {"path": "x.npy"}, "no labels: expected y.npy beside it"),
        (("sub/x.npy",), {"path": "sub"}, "no labels: expected y.npy beside it"),
        (("sub/z.npy",), {"path": "sub"}, "no x_train.npy or x.npy in it"),
        (("x.npy",), {"path": "x.npy", "label": "gone.npy"}, "gone.npy: no such file"),
        (("z.npy",), {"path": "z.npy", "label": "klass"}, "must be a .npy file or the number"),
        (("z.npy",), {"path": "z.npy"}, "must be a table"),
        ((), {}, "needs data.path=FILE"),
        ((), {"path": "gone.npy"}, "gone.npy: no such file or folder"),
        ((), {"path": "x" * 5000}, "cannot be looked up"),
    ],
)
def test_npy_that_cannot_be_understood(
    tmp_path: Path, files: tuple, options: dict, message: str
) -> None:
    (tmp_path / "sub").mkdir()
    for name in files:
        np.save(tmp_path / name, makers.images(4))
    with pytest.raises(DataError) as caught:
        load("npy", tmp_path, **options)
    assert message in str(caught.value)


def test_idx_with_labels_of_any_kind(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path)
    labels = makers.labels(40, 3).astype(np.int32) * 100
    (tmp_path / makers.MNIST_FILES[1]).write_bytes(makers.idx_bytes(labels, 0x0C))
    for name in makers.MNIST_FILES[2:]:
        (tmp_path / name).unlink()
    data = load("idx", tmp_path, path=tmp_path, test_fraction=0.25)
    assert data.class_names == ("0", "100", "200")
    assert data.x_test is not None
    assert data.x_train.shape == (30, 12)


# The rest ----------------------------------------------------------------------------------------


def test_a_mistyped_name_suggests_the_real_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"did you mean mnist\?"):
        load("minst", tmp_path)


@pytest.mark.parametrize("fraction", [1, -0.1, 2])
def test_a_test_fraction_must_be_one(tmp_path: Path, fraction: float) -> None:
    with pytest.raises(DataError, match=r"data.test_fraction must be in \[0, 1\)"):
        load("mnist", tmp_path, test_fraction=fraction)


def test_digits_are_registered() -> None:
    assert set(DATASETS) >= {"digits", "mnist", "fashion_mnist", "cifar10", "csv", "npz", "npy"}


def test_the_digest_tells_contents_apart(tmp_path: Path) -> None:
    def digest(x: np.ndarray, y: np.ndarray) -> str:
        np.savez(tmp_path / "data.npz", x=x, y=y)
        return load("npz", tmp_path, path="data.npz").digest

    x, y = makers.images(12), makers.labels(12, 3)
    first = digest(x, y)
    assert first == digest(x, y)
    changed = x.copy()
    changed[7, 2, 1] ^= 1
    others = [
        digest(changed, y),
        digest(x, y[::-1]),
        digest(x, y + 1),
        digest(x.reshape(12, -1), y),
    ]
    assert len({first, *others}) == 5


def test_loading_imports_no_pandas(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path)
    code = (
        "import sys; from mlp_scratch.data.load import load_dataset;"
        f"load_dataset('mnist', dir={str(tmp_path)!r}, cache_dir={str(tmp_path / 'c')!r});"
        "print([m for m in ('pandas', 'tqdm', 'urllib.request', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_source_files_are_never_written(tmp_path: Path) -> None:
    makers.write_mnist(tmp_path / "data")
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "data").iterdir()}
    load_dataset("mnist", dir=tmp_path / "data", cache_dir=tmp_path / "cache")
    shutil.rmtree(tmp_path / "cache")
    assert before == {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in before}
    assert len(list((tmp_path / "data").iterdir())) == 4


@pytest.mark.parametrize(("name", "word"), [("a" * 65_537, "x"), ("a", "x" * 65_537)])
def test_names_that_no_checkpoint_keeps_are_refused_before_the_training(
    name: str, word: str, tmp_path: Path
) -> None:
    rows = "".join(f"{i},{word if i % 2 else 'z'},{'pq'[i % 2]}\n" for i in range(40))
    (tmp_path / "table.csv").write_text(f"n,{name},label\n{rows}")
    with pytest.raises(DataError, match="has 65,537 characters, 65,536 are kept"):
        load("csv", tmp_path, path=str(tmp_path / "table.csv"))
