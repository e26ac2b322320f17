"""``inspect RUN watch`` as a user types it; what its frames show, by NumPy from the snapshots."""

import os
import shutil
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch.inspect import main

N = 2


TAKE = [f"training.snapshots={N}", "training.epochs=2", "training.record_layers=false"]


RUNS = {  # name: data, words, what there is to see
    "moons": (["data=moons", "data.path=null", "data.n=60"], ["boundary", "confusion", "weights"]),
    "sine": (["data=sine", "data.path=null", "data.n=60"], ["fit", "predictions", "weights"]),
    "pictures": ([], ["weights", "confusion"]),
    "codes": (["task=autoencoder"], ["weights"]),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    flush, os.fsync = os.fsync, lambda file: None
    for name, (words, _) in RUNS.items():
        config = tiny_config(write_data(folder), [*TAKE, *words])
        if "data=" in "".join(words):
            config.data.path = None
        begin(config, folder / name)
    os.fsync = flush
    return folder


def say(places, capsys, *words):
    """The status, what was printed, and the error."""
    status = main([str(places / words[0]), "watch", *map(str, words[1:])])
    out, error = capsys.readouterr()
    return status, out, error


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("run", "words", "kind"),
    [
        ("moons", [], "boundary"),
        pytest.param("sine", [], "fit", marks=pytest.mark.slow),
        ("pictures", [], "weights"),
        ("pictures", ["confusion"], "confusion"),
        pytest.param("sine", ["predictions"], "predictions", marks=pytest.mark.slow),
        pytest.param("codes", [], "weights", marks=pytest.mark.slow),
        pytest.param("moons", ["weights"], "weights", marks=pytest.mark.slow),
        pytest.param("moons", ["confusion"], "confusion", marks=pytest.mark.slow),
    ],
)
def test_a_film(run, words, kind, places, capsys, tmp_path):
    path = tmp_path / "film.gif"
    status, out, error = say(places, capsys, run, *words, "--output", path)
    assert (status, error) == (0, "")
    assert out.startswith(f"{kind} at {N} moments, step 0 to ")
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as film:
        assert film.n_frames == N
        assert film.info["loop"] == 0
        frames = []
        for i in range(N):
            film.seek(i)
            frames.append(np.asarray(film.convert("RGB"), np.int16))
    assert all((a != b).any() for a, b in pairwise(frames))
    paper = frames[0].reshape(-1, 3)
    values, counts = np.unique(paper, axis=0, return_counts=True)
    if run != "moons":
        assert values[counts.argmax()].tolist() == [255, 255, 255]


def test_where_it_goes_and_how_large_it_is(places, capsys):
    status, out, _ = say(places, capsys, "codes", "20kB")
    assert status == 0
    path = places / "codes" / "watch.gif"
    assert f"picture: {path}" in out
    assert path.stat().st_size <= 20_000
    status, out, _ = say(places, capsys, "codes", "1kB")
    assert (status, "larger than 1 kB at its smallest" in out) == (0, True)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    ("words", "status", "error"),
    [
        (["moons", "bondary"], 2, "boundary, confusion, weights (did you mean boundary?)"),
        (["moons", "fit"], 2, "watch fit: of this run there is boundary"),
        (["moons", "boundary", "fit"], 2, "watch boundary fit: "),
        (["moons", "optim.lr=1"], 2, "watch optim.lr=1: of this run there is boundary"),
        (["moons", "--output", "film.png"], 2, "--output film.png: a film's name ends in .gif"),
        (["pictures", "data.path=nowhere.npz"], 1, "nowhere.npz"),
    ],
    ids=str,
)
def test_mistakes(words, status, error, places, capsys):
    got, out, said = say(places, capsys, *words)
    assert (got, out) == (status, "")
    assert error in said
    assert said.count("\n") <= 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda run: (run / "snapshots.npz").unlink(), "training.snapshots=24"),
        (lambda run: (run / "snapshots.npz").write_bytes(b"x"), "snapshots.npz: cannot be used"),
        (lambda run: (run / "checkpoints" / "last.npz").unlink(), "no such checkpoint"),
        (
            lambda run: shutil.copy(run.parent / "sine" / "snapshots.npz", run / "snapshots.npz"),
            "of another network",
        ),
    ],
)
def test_runs_without_usable_snapshots(change, error, places, capsys):
    shutil.copytree(places / "moons", places / "changed")
    change(places / "changed")
    status, out, said = say(places, capsys, "changed")
    shutil.rmtree(places / "changed")
    assert (status, out) == (1, "")
    assert error in said
    assert said.count("\n") == 1


def test_other_data_than_then(places, capsys, tmp_path):
    other = write_data(tmp_path, seed=1)
    status, _, said = say(places, capsys, "pictures", f"data.path={other}")
    assert status == 1
    assert "not the data that" in said
