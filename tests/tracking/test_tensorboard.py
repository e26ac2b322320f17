"""What TensorBoard is told of a run."""

import itertools
import json
import subprocess
import sys
import time

import pytest

from mlp_scratch.runs.metrics_file import read_metrics
from mlp_scratch.tracking.tensorboard import TensorBoard

RUN = ["hydra.run.dir=run", "training.epochs=3", "optim.lr=0.002", "model.layers=[null,8,null]"]


def events(folder):
    """What TensorBoard itself reads from the folder."""
    reading = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="the extra 'tensorboard' is not installed",
    )
    everything = {"scalars": 0, "images": 0, "tensors": 0, "compressedHistograms": 0}
    accumulator = reading.EventAccumulator(str(folder), size_guidance=everything)
    accumulator.Reload()
    return accumulator


def scalars(accumulator, tag):
    return [
        (event.step, pytest.approx(event.value, rel=1e-6)) for event in accumulator.Scalars(tag)
    ]


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, shared_cache):
    """The folder of a run that TensorBoard was told of."""
    pytest.importorskip("tensorboardX", reason="the extra 'tensorboard' is not installed")
    folder = tmp_path_factory.mktemp("tracked")
    words = ["data=digits", f"data.cache_dir={shared_cache}", "tracking=tensorboard", *RUN]
    done = subprocess.run(
        [sys.executable, "-m", "mlp_scratch.train", *words],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder / "run"


@pytest.mark.slow
def test_scalars_are_those_of_the_metrics_file(tracked):
    read, rows = events(tracked), read_metrics(tracked / "metrics.csv")
    tags = {
        "loss/train": "train_loss",
        "accuracy/train": "train_accuracy",
        "loss/validation": "val_loss",
        "accuracy/validation": "val_accuracy",
        **{name: name for name in ("epoch", "lr", "grad_norm", "weight_norm", "seconds")},
    }
    for tag, column in tags.items():
        assert scalars(read, tag) == list(zip(rows["step"], rows[column], strict=True)), tag


@pytest.mark.slow
def test_results_are_those_of_the_summary(tracked):
    read, summary = events(tracked), json.loads((tracked / "summary.json").read_text())
    step = summary["steps_done"]
    assert scalars(read, "best/val_accuracy") == [(step, summary["best"]["val_accuracy"])]
    assert scalars(read, "test/accuracy") == [(step, summary["test"]["best"]["accuracy"])]


def test_images_are_the_pictures(tracked):
    from PIL import Image

    read = events(tracked)
    assert set(read.Tags()["images"]) == {path.stem for path in tracked.glob("*.png")}
    for name in read.Tags()["images"]:
        (image,) = read.Images(name)
        with Image.open(tracked / f"{name}.png") as picture:
            assert (image.width, image.height) == picture.size


def test_hyperparameters(tracked):
    plugin = pytest.importorskip("tensorboard.plugins.hparams.plugin_data_pb2")
    contents = events(tracked).SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    start = plugin.HParamsPluginData.FromString(contents).session_start_info
    values = {key: getattr(v, v.WhichOneof("kind")) for key, v in start.hparams.items()}
    assert values["optim.name"] == "adam"
    assert values["optim.lr"] == pytest.approx(0.002)
    assert values["model.layers"] == "[784, 8, 10]"
    assert values["model.batch_norm"] is False
    contents = events(tracked).SummaryMetadata("_hparams_/experiment").plugin_data.content
    experiment = plugin.HParamsPluginData.FromString(contents).experiment
    assert "test/accuracy" in {metric.name.tag for metric in experiment.metric_infos}


@pytest.mark.slow
def test_the_run_goes_on_where_a_resumed_one_was_left(tracked):
    """Two more epochs are appended; no step is told twice."""
    done = subprocess.run(
        [sys.executable, "-m", "mlp_scratch.resume", "run", "training.epochs=5"],
        cwd=tracked.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    steps = [event.step for event in events(tracked).Scalars("loss/train")]
    assert len(steps) == 5
    assert all(a < b for a, b in itertools.pairwise(steps))


def test_steps_that_are_done_again_count_once(tmp_path):
    """A process that was killed had told of step 30, but its last checkpoint was after step 20."""
    pytest.importorskip("tensorboardX", reason="the extra 'tensorboard' is not installed")
    for step, told in [(0, {10: 1.0, 20: 2.0, 30: 3.0}), (20, {30: 3.5, 35: 3.8, 40: 4.0})]:
        tracker = TensorBoard(images=False)
        tracker.begin(tmp_path, {}, step)
        for step, loss in told.items():
            tracker.epoch({"step": step, "train_loss": loss})
            time.sleep(0.6)  # a second is in the files' names, and between two flushes
    steps = [(10, 1.0), (20, 2.0), (30, 3.5), (35, 3.8), (40, 4.0)]
    assert scalars(events(tmp_path), "loss/train") == steps
