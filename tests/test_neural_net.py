import pickle
import subprocess
import sys

import numpy as np
import pytest

import mlp_scratch
from mlp_scratch import NeuralNet
from mlp_scratch.engine.checkpoint import read_checkpoint, write_checkpoint
from mlp_scratch.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    MlpScratchError,
    RunError,
)


def blobs(n=300, seed=0):
    """Three clouds of points in the plane: (n, 2) and labels 0, 1, 2."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n)
    centres = np.array([[0.0, 4.0], [4.0, -2.0], [-4.0, -2.0]])
    return centres[labels] + rng.normal(size=(n, 2)), labels


SMALL = {"layers": [None, 16, None], "batch_size": 16, "epochs": 5, "lr": 0.01}


@pytest.fixture(scope="module")
def trained():
    x, y = blobs()
    return NeuralNet(**SMALL, normalize="standardize").train(x, y)


def test_import_alone_loads_nothing():
    code = "import mlp_scratch, sys; print('numpy' in sys.modules, 'hydra' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
    assert {"NeuralNet", "load_run", "load_runs"} <= set(dir(mlp_scratch))
    with pytest.raises(AttributeError, match="no attribute 'NeuralNets'"):
        _ = mlp_scratch.NeuralNets


def test_learns_what_can_be_learnt(trained):
    x, y = blobs(500, seed=1)
    loss, accuracy = trained.evaluate(x, y)
    assert accuracy > 0.97
    assert loss < 0.15
    assert (trained.predict(x) == y).mean() == pytest.approx(accuracy)


def test_probabilities_are_the_formula(trained):
    """x -> (x - mean) / std -> relu(x W0 + b0) W1 + b1 -> softmax, written out in float64."""
    x, _ = blobs(50, seed=2)
    arrays = trained.checkpoint.arrays
    hidden = np.maximum((x - arrays["shift"]) * arrays["scale"] @ arrays["W0"] + arrays["b0"], 0)
    z = hidden @ arrays["W1"] + arrays["b1"]
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(trained.predict_proba(x), expected, atol=1e-6)
    np.testing.assert_allclose(trained.predict_proba(x, np.float64), expected, atol=1e-6)
    assert trained.predict_proba(x, np.float64).dtype == np.float64


def test_float64_rows_do_not_depend_on_their_company(trained):
    x, _ = blobs(200, seed=3)
    together = trained.predict_proba(x, np.float64)
    alone = np.concatenate([trained.predict_proba(row[None], np.float64) for row in x])
    np.testing.assert_allclose(alone, together, rtol=1e-12)


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (np.array([0, 1, 2]), "i"),
        (np.array([3, 5, 700]), "i"),
        (np.array([-1.0, 0.0, 2.0]), "f"),
        (np.array(["b", "ä", "cat"]), "U"),
        (np.array(["b", "ä", "cat"], dtype=object), "U"),
        (np.array([2, 0, 1], dtype=object), "i"),
    ],
)
def test_labels_come_back_as_they_were(tmp_path, names, kind):
    x, y = blobs()
    net = NeuralNet(**SMALL, normalize="standardize").train(x, names[y].reshape(-1, 1))
    assert net.predict(x).dtype.kind == kind
    assert np.mean(net.predict(x) == names[y]) > 0.95
    again = NeuralNet.load(net.save(tmp_path / "net"))
    assert again.predict(x).tolist() == net.predict(x).tolist()
    assert again.evaluate(x, names[y]) == net.evaluate(x, names[y])


def test_words_may_be_judged_by_their_numbers():
    x, y = blobs()
    net = NeuralNet(**SMALL).train(x, np.array(["a", "b", "c"])[y])
    assert net.evaluate(x, y) == net.evaluate(x, np.array(["a", "b", "c"])[y])


def test_two_classes_may_be_true_and_false():
    x, y = blobs()
    net = NeuralNet(**SMALL).train(x, y == 0)
    assert net.predict(x).dtype == np.bool_
    assert np.mean(net.predict(x) == (y == 0)) > 0.9


def test_a_class_that_the_rows_lack_may_be_asked_for():
    x, y = blobs()
    net = NeuralNet(layers=[2, 8, 10], epochs=1).train(x, y)
    assert net.predict_proba(x).shape == (300, 10)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.linspace(0, 1, 300), "fractions"),
        (np.full(300, np.nan), "fractions"),
        (np.eye(3)[np.zeros(300, int)], r"argmax\(axis=1\)"),
        (np.zeros(0), "one label a row"),
        (np.zeros(299, int), "300 rows but 299 labels"),
        (np.array([None] * 300), "labels must be whole numbers or words"),
    ],
)
def test_labels_that_cannot_be(y, message):
    with pytest.raises(DataError, match=message):
        NeuralNet(**SMALL).train(blobs()[0], y)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize(
    ("keywords", "section", "key", "value"),
    [
        ({"lr": 0.5}, "optim", "lr", 0.5),
        ({"lr": np.float32(0.5)}, "optim", "lr", 0.5),
        ({"lr": 1e-5}, "optim", "lr", 1e-5),
        ({"optim": "momentum", "momentum": 0.8}, "optim", "momentum", 0.8),
        ({"optim": {"name": "sgd", "lr": 1}}, "optim", "name", "sgd"),
        ({"optim": "rmsprop", "alpha": 0.9}, "optim", "alpha", 0.9),
        ({"activation": "elu", "alpha": 0.5}, "activation", "alpha", 0.5),
        ({"activation": {"name": "elu", "alpha": 0.5}}, "activation", "alpha", 0.5),
        ({"epochs": 3}, "training", "epochs", 3),
        ({"batch_size": "full"}, "training", "batch_size", "full"),
        ({"layers": (5, None, 2)[::2]}, "model", "layers", [5, 2]),
        ({"layers": np.array([5, 4, 2])}, "model", "layers", [5, 4, 2]),
        ({"dropout": [0.1, 0.2]}, "regularization", "dropout", [0.1, 0.2]),
        ({"clip_norm": None}, "training", "clip_norm", None),
        ({"batch_norm": True}, "model", "batch_norm", True),
        ({"normalize": "standardize"}, "data", "normalize", "standardize"),
        ({"overrides": ["optim.beta1=0.8"]}, "optim", "beta1", 0.8),
        ({"average": "ema", "decay": 0.9}, "average", "decay", 0.9),
        ({"schedule": "cosine", "warmup_epochs": 2}, "schedule", "warmup_epochs", 2),
    ],
)
def test_keywords_are_config_keys(keywords, section, key, value):
    found = getattr(NeuralNet(**keywords).config, section)
    assert (found[key] if isinstance(found, dict) else getattr(found, key)) == value


@pytest.mark.parametrize("name", ["plain", "two words", "a=b,c", 'say "x"', "7", "ä'", "$"])
def test_a_text_arrives_as_it_is(name):
    assert NeuralNet(name=name).config.name == name


def test_early_stopping_keys_have_their_section():
    net = NeuralNet(patience=3, metric="val_loss")
    assert net.config.training.early_stopping.patience == 3
    assert net.config.training.early_stopping.metric == "val_loss"


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"epoch": 3}, r"epoch: no such setting \(did you mean epochs\?\)"),
        ({"optim": "adm"}, r"optim=adm: no such choice \(did you mean adam\?\)"),
        ({"lr": -1}, "optim.lr=-1"),
        ({"alpha": 1.0}, "alpha: stands for activation.alpha and optim.alpha"),
        ({"layers": [5]}, "model.layers"),
        ({"dropout": object()}, "must be a number"),
    ],
)
def test_settings_that_cannot_work(keywords, message):
    with pytest.raises(ConfigError, match=message):
        NeuralNet(**keywords)


def test_layers_that_do_not_fit_the_data():
    with pytest.raises(ConfigError, match=r"model.layers\[0\]=3 but data 'arrays' has 2 features"):
        NeuralNet(layers=[3, 4, 3], epochs=1).train(*blobs())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda net: NeuralNet().predict(np.zeros((1, 2))), MlpScratchError, "not trained yet"),
        (lambda net: net.predict(np.zeros((4, 3))), DataError, "3 features, but the network takes"),
        (lambda net: net.predict([[np.nan, 0.0]]), DataError, "finite"),
        (lambda net: net.evaluate(np.zeros((2, 2)), [0, 9]), DataError, "9 is not one of the cl"),
        (lambda net: net.evaluate(np.zeros((2, 2)), [0]), DataError, "2 rows but y has 1 labels"),
        (lambda net: net.save("no/such/folder/net.npz"), RunError, "cannot be written"),
        (lambda net: NeuralNet.load("no_such_run"), RunError, "no such run"),
    ],
)
def test_calls_that_cannot_work(trained, tmp_path, monkeypatch, call, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        call(trained)


def test_training_starts_at_the_beginning_and_is_repeatable():
    x, y = blobs()
    net = NeuralNet(**SMALL, seed=3, dropout=0.2)
    first = net.train(x, y).predict_proba(x)
    again = net.train(x, y).predict_proba(x)
    other = NeuralNet(**SMALL, seed=4, dropout=0.2).train(x, y).predict_proba(x)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_given_validation_rows_are_the_ones_that_judge():
    x, y = blobs()
    xv, yv = blobs(77, seed=9)
    net = NeuralNet(**SMALL).train(x, y, validation_data=(xv, yv))
    last = net.history[-1]
    assert (last["val_loss"], last["val_accuracy"]) == pytest.approx(net.evaluate(xv, yv))
    assert last["step"] == 5 * np.ceil(300 / 16)  # no row of x was held out


def test_averaged_weights_are_the_ones_that_are_kept():
    x, y = blobs()
    net = NeuralNet(**SMALL, average="ema", decay=0.98).train(x, y, validation_data=blobs(99, 9))
    assert net.evaluate(*blobs(99, 9))[0] == pytest.approx(net.history[-1]["val_loss"])
    plain = NeuralNet(**SMALL).train(x, y, validation_data=blobs(99, 9))
    assert plain.evaluate(x, y) != net.evaluate(x, y)


def test_patience_keeps_the_best_epoch():
    x, y = blobs()
    xv, yv = blobs(100, seed=9)
    wild = {"lr": 3.0, "optim": "sgd", "metric": "val_loss", "epochs": 30, "patience": 4}
    net = NeuralNet(**SMALL | wild).train(x, y, (xv, yv))
    losses = [row["val_loss"] for row in net.history]
    assert np.argmin(losses) == len(losses) - 5
    assert net.evaluate(xv, yv)[0] == pytest.approx(min(losses))
    assert losses[-1] > min(losses)


def test_divergence_leaves_the_network_as_it_was(trained):
    x, y = blobs()
    before = trained.predict_proba(x)
    with pytest.raises(MlpScratchError, match="try a smaller lr"):
        NeuralNet(**SMALL | {"lr": 1e20, "optim": "sgd", "activation": "identity"}).train(x, y)
    assert trained.predict_proba(x).tobytes() == before.tobytes()


def test_images_need_not_be_flattened():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (200, 8, 6), dtype=np.uint8)
    y = (images[:, 0, 0] > 127).astype(int)
    net = NeuralNet(epochs=1, batch_size=32, augment="shift").train(images, y)
    flat = images.reshape(200, 48)
    assert net.predict_proba(images).tobytes() == net.predict_proba(flat).tobytes()
    np.testing.assert_allclose(
        net.predict_proba(flat.astype(float)), net.predict_proba(flat), rtol=1e-6
    )


def test_saved_loaded_copied(trained, tmp_path):
    x, y = blobs(40, seed=5)
    again = NeuralNet.load(trained.save(tmp_path / "net.npz"))
    for other in (again, pickle.loads(pickle.dumps(trained))):
        assert other.predict_proba(x).tobytes() == trained.predict_proba(x).tobytes()
        assert other.config == trained.config
        assert repr(other) == "<NeuralNet 2-16-3, relu, adam, after epoch 5>"
        assert other.plot_curves().size[0] > 500
        assert other.train(x, y).history[-1]["epoch"] == 5


@pytest.mark.parametrize(
    ("key", "poison"),
    [("name", "${oc.env:PATH}"), ("optim", {"name": "???"}), ("optim", 7), ("seed", -1)],
)
def test_a_config_in_a_file_is_plain_data(trained, tmp_path, key, poison):
    path = trained.save(tmp_path / "net.npz")
    checkpoint = read_checkpoint(path)
    checkpoint.meta["config"][key] = poison
    write_checkpoint(path, checkpoint)
    with pytest.raises(CheckpointError, match="config"):
        NeuralNet.load(path)


@pytest.mark.slow
def test_a_run_is_loaded_by_its_folder_and_by_its_file(run_command, tmp_path, shared_cache):
    from mlp_scratch.data.load import load_dataset

    done = run_command("train", "activation=elu", "hydra.run.dir=run", "training.epochs=1")
    assert done.returncode == 0, done.stderr
    digits = load_dataset("digits", dir="data", cache_dir=str(shared_cache))
    line = next(line for line in done.stdout.splitlines() if line.startswith("test:"))
    for path in (tmp_path / "run", tmp_path / "run" / "checkpoints" / "best.npz"):
        net = NeuralNet.load(path)
        assert net.classes.tolist() == list(range(10))
        assert net.config.activation["name"] == "elu"
        assert f"accuracy {net.evaluate(digits.x_test, digits.y_test)[1]:.4f}" in line
        net.train(digits.x_train[:500], digits.y_train[:500])


def test_verbose_prints_a_line_an_epoch(capsys):
    NeuralNet(**SMALL).train(*blobs())
    assert capsys.readouterr().out == ""
    NeuralNet(**SMALL).train(*blobs(), verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["1/5", "2/5", "3/5", "4/5", "5/5"]


def test_a_batch_larger_than_the_data_is_full(capsys):
    x, y = blobs()
    net = NeuralNet(**SMALL | {"batch_size": 9999}).train(x, y, verbose=True)
    assert capsys.readouterr().out.splitlines()[0].endswith("training rows, taken as full")
    full = NeuralNet(**SMALL | {"batch_size": "full"}).train(x, y)
    assert net.checkpoint.meta["config"]["training"]["batch_size"] == 9999
    for name, array in full.checkpoint.arrays.items():
        np.testing.assert_array_equal(net.checkpoint.arrays[name], array)


def test_the_time_is_up():
    assert len(NeuralNet(**SMALL, max_seconds=1e-6).train(*blobs()).history) == 1
    with pytest.raises(ConfigError, match="max_seconds=0"):
        NeuralNet(max_seconds=0)


def plane(n=400, seed=0):
    """Numbers far from 0: (n, 3) and 1000 + 50 (a - 2 b) + noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    return x, 1000 + 50 * (x[:, 0] - 2 * x[:, 1]) + rng.normal(size=n)


NUMBERS = {"batch_size": 32, "epochs": 40, "lr": 0.01, "normalize": "standardize"}


def test_numbers_are_predicted_in_their_own_units(tmp_path):
    x, y = plane()
    net = NeuralNet(layers=[None, 16, None], task="regression", **NUMBERS).train(x, y)
    new, truth = plane(200, seed=1)
    predicted = net.predict(new)
    assert predicted.shape == (200,)
    assert np.abs(predicted - truth).mean() < 5
    scores = net.scores(new, truth)
    assert scores["rmse"] == pytest.approx(float(np.sqrt(np.mean((predicted - truth) ** 2))), 1e-4)
    assert scores["r2"] > 0.98
    assert net.evaluate(new, truth) == (scores["loss"], scores["rmse"])
    assert len(net.classes) == 0
    with pytest.raises(MlpScratchError, match="numbers have no probabilities"):
        net.predict_proba(new)
    again = NeuralNet.load(net.save(tmp_path / "net"))
    np.testing.assert_array_equal(again.predict(new), predicted)


@pytest.mark.parametrize(("loss", "columns"), [("gaussian_nll", 2), ("pinball", 3)])
def test_how_sure_a_network_is_of_numbers(loss, columns):
    x, y = plane()
    both = np.column_stack([y, -y / 100])
    net = NeuralNet(layers=[None, 16, None], loss=loss, **NUMBERS).train(x, both)
    new, truth = plane(300, seed=1)
    assert net.estimates(new).shape == (300, 2, columns)
    assert net.predict(new).shape == (300, 2)
    low, high = net._trained().task.interval(net.estimates(new))
    inside = (low[:, 0] < truth) & (truth < high[:, 0])
    assert inside.mean() > 0.6  # of 95 or 80 %: a small network, trained for a second


def test_several_labels():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 4))
    y = (x[:, :3] > 0).astype(int)
    net = NeuralNet(layers=[None, 16, None], task="multilabel", **NUMBERS).train(x, y)
    assert (net.predict(x) == y).mean() > 0.95
    assert net.predict_proba(x).shape == (400, 3)
    assert net.predict(x, threshold=0.0).all()
    assert net.scores(x, y)["subset_accuracy"] > 0.9


def test_an_autoencoder_gives_its_inputs_back():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2)) @ rng.normal(size=(2, 6)) + 100
    net = NeuralNet(layers=[None, 2, None], task="autoencoder", activation="identity", **NUMBERS)
    back = net.train(x).predict(x)
    assert ((back - x) ** 2).mean() < 0.1 * x.var(axis=0).mean()


def test_a_row_without_weight_is_as_if_it_were_not_there():
    x, y = blobs()
    weights = np.where(np.arange(len(x)) % 3 == 0, 0.0, 1.0)
    x[weights == 0] *= 1e3  # nor does it count in the normalization
    whole = {**SMALL, "batch_size": "full", "normalize": "standardize", "validation_fraction": 0}
    with_all = NeuralNet(**whole).train(x, y, sample_weight=weights)
    without = NeuralNet(**whole).train(x[weights > 0], y[weights > 0])
    for name, array in without.checkpoint.arrays.items():
        if name not in ("meta", "digest"):
            np.testing.assert_allclose(with_all.checkpoint.arrays[name], array, atol=1e-6)


@pytest.mark.parametrize(
    ("y", "settings", "message"),
    [
        (np.arange(30) / 7, {}, "numbers to predict: task='regression'"),
        (np.eye(3)[np.arange(30) % 3], {}, "else say task='multilabel'"),
        (np.arange(30) / 7, {"task": "multilabel"}, "it is neither 0 nor 1"),
        (np.full(30, 2.0), {"task": "regression"}, "there is nothing to learn"),
        (np.arange(30) / 7, {"task": "regression", "loss": "focal"}, "loss=focal: is for task=cla"),
        (np.arange(30) - 9.5, {"loss": "poisson"}, "at least 0 for the loss poisson"),
    ],
)
def test_nothing_is_guessed_from_what_y_looks_like(y, settings, message):
    with pytest.raises(MlpScratchError, match=message):
        NeuralNet(layers=[None, 4, None], **settings).train(np.arange(60).reshape(30, 2), y)


def test_weights_must_be_numbers_of_rows():
    x, y = blobs(30)
    for weights, message in [
        (np.ones(29), "30 rows but weights of shape"),
        (np.full(30, -1.0), "not 0 or more"),
        (np.zeros(30), "all weights are 0"),
    ]:
        with pytest.raises(DataError, match=message):
            NeuralNet(**SMALL).train(x, y, sample_weight=weights)
