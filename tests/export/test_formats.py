import itertools
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from network_cases import CASES, IMAGES, trained
from tiny_runs import begin, tiny_config, write_data

from mlp_scratch import NeuralNet
from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import CheckpointError, ConfigError
from mlp_scratch.export.__main__ import main
from mlp_scratch.export.formats import EXPORTERS, export
from mlp_scratch.runs.saved_run import network_of


def onnx_outputs(contents, x):
    """What onnxruntime makes of 1,000 images as they are stored, as float32."""
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    session = runtime.InferenceSession(contents, providers=["CPUExecutionProvider"])
    return session.run(["logits", "probabilities"], {"pixels": x.astype(np.float32)})


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("settings", CASES, ids=str)
def test_onnx_gives_what_we_give(settings):
    pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    net = trained(**settings)
    logits, probabilities = onnx_outputs(EXPORTERS["onnx"](net.checkpoint, "net"), IMAGES)
    ours = net.predict_proba(IMAGES)
    np.testing.assert_allclose(probabilities, ours, atol=1e-5)
    shifted = logits - logits.max(axis=1, keepdims=True)
    expected = np.log(np.maximum(ours, 1e-30))
    expected -= expected.max(axis=1, keepdims=True)
    likely = expected > -10  # the logarithm of smaller float32 probabilities says little
    np.testing.assert_allclose(shifted[likely], expected[likely], atol=1e-4)


def test_an_activation_that_onnx_has_no_word_for():
    onnx_graph = pytest.importorskip("mlp_scratch.export.onnx_graph", reason="needs 'onnx'")
    network = network_of(trained(epochs=1).checkpoint, "net")
    object.__setattr__(network, "activations", ({"name": "softsign"},) * 2)
    with pytest.raises(ConfigError, match="activation=softsign: cannot be exported to ONNX"):
        onnx_graph.onnx_model(network)


@pytest.mark.slow
def test_digits_of_a_run_through_onnx(run_command, tmp_path, shared_cache):
    pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    words = ["model.layers=[784,128,10]", "activation=gelu", "training.epochs=1"]
    done = run_command("train", *words, "hydra.run.dir=run")
    assert done.returncode == 0, done.stderr
    done = run_command("export", "run", "--to", "onnx")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(Path("run", "model.onnx")))
    digits = load_dataset("digits", dir="data", cache_dir=str(shared_cache))
    images = digits.x_test[:1000]
    logits, probabilities = onnx_outputs((tmp_path / "run" / "model.onnx").read_bytes(), images)
    net = NeuralNet.load(tmp_path / "run")
    np.testing.assert_allclose(probabilities, net.predict_proba(images), atol=1e-5)
    network = network_of(net.checkpoint, "run").network
    ours = network.forward(images.astype(np.float32) * np.float32(1 / 255))
    np.testing.assert_allclose(logits, ours, atol=1e-5)
    assert (probabilities.argmax(axis=1) == digits.y_test[:1000]).mean() > 0.7


def test_onnx_says_what_its_classes_are():
    onnx = pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    contents = EXPORTERS["onnx"](trained().checkpoint, "net")
    properties = {p.key: p.value for p in onnx.load_from_string(contents).metadata_props}
    assert json.loads(properties["class_names"]) == ["0", "1", "2"]
    assert json.loads(properties["image_shape"]) == [8, 8]


def formula(arrays, x):
    """Relu network of named arrays, in float64."""
    h = (x - np.float64(arrays["shift"])) * np.float64(arrays["scale"])
    for k in itertools.count():
        h = h @ arrays[f"W{k}"].astype(np.float64) + arrays[f"b{k}"]
        if f"W{k + 1}" not in arrays:
            p = np.exp(h - h.max(axis=1, keepdims=True))
            return p / p.sum(axis=1, keepdims=True)
        h = np.maximum(h, 0)


def read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    return arrays, json.loads(str(arrays.pop("description")))


def read_safetensors(path):
    safetensors = pytest.importorskip("safetensors", reason="the extra is not installed")
    with safetensors.safe_open(path, "np") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    assert metadata.pop("layer") == "y = x W + b"
    assert metadata.pop("format") == "np"
    return arrays, {key: json.loads(value) for key, value in metadata.items()}


@pytest.mark.parametrize(("form", "read"), [("npz", read_npz), ("safetensors", read_safetensors)])
@pytest.mark.parametrize("normalize", ["unit", "standardize"])
def test_arrays_that_are_the_whole_network(tmp_path, form, read, normalize):
    if form == "safetensors":
        pytest.importorskip("safetensors", reason="the extra 'safetensors' is not installed")
    net = trained(normalize=normalize)
    path = export(str(net.save(tmp_path / "net.npz")), form, "best", None)
    assert path == tmp_path / f"net_model.{form}"
    arrays, description = read(path)
    np.testing.assert_allclose(formula(arrays, IMAGES), net.predict_proba(IMAGES), atol=1e-5)
    assert description["sizes"] == [64, 32, 16, 3]
    assert description["activation"] == {"name": "relu"}
    assert description["class_names"] == ["0", "1", "2"]
    assert not any("optim" in name or "history" in name for name in arrays)


def test_a_foreign_file_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        export(str(tmp_path / "x.npz"), "npz", "best", None)


def test_a_run_that_has_lost_its_checkpoint_but_was_exported_before(tmp_path):
    folder = tmp_path / "run"
    begin(tiny_config(write_data(tmp_path), ["training.epochs=1"]), folder)
    export(str(folder), "npz", "best", None)
    (folder / "checkpoints" / "best.npz").unlink()
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        export(str(folder), "npz", "best", None)


@pytest.mark.parametrize("form", ["onnx", "safetensors"])
def test_a_missing_extra_is_named(tmp_path, monkeypatch, capsys, form):
    path = trained().save(tmp_path / "net.npz")
    for name in [form, f"{form}.numpy"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "mlp_scratch.export.onnx_graph", raising=False)
    monkeypatch.delattr("mlp_scratch.export.onnx_graph", raising=False)
    assert main([str(path), "--to", form]) == 2
    hint = f"error: --to {form} needs {form}: pip install 'mlp-scratch[{form}]'\n"
    assert capsys.readouterr().err == hint


def test_a_format_that_does_not_exist(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["latest", "--to", "pickle"])
    assert "'pickle'" in capsys.readouterr().err
