"""How well a class of few rows is recognised, beside scikit-learn's ``MLPClassifier``.

    python benchmarks/imbalance.py

Of the rows three in a hundred are ``rare``. They all lie in a disc, where an eighth of the rows
lies and three of four are ``usual`` nevertheless: who answers with the likelier class never answers
``rare``, and is right in 97 % of the rows. Three trainings, of one ``train`` command each, for each
of 3 seeds: as usual, with ``regularization.class_weight=balanced``, with
``training.sampler=balanced``. Beside the last two scikit-learn (from 1.7 on), its rows weighted the
same way (``class_weight="balanced"``), with the same rows, layers, Adam, batches and epochs,
Glorot's uniform initialization, no penalty and no early stopping; inputs are standardized for both.
Exits 1 if the usual training recognises a rare row or its log does not warn, or if a mean of the
macro-F1 on the test rows is lower than scikit-learn's by more than its deviation over the seeds, or
.02 where that is more.
"""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import f1_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

import machine
from table_run import SEEDS, line, train, write_rows

LAYERS, EPOCHS, BATCH, LR = (32, 16), 10, 64, 0.001
INPUTS, TRAIN, TEST = 4, 5000, 5000
SHARE, IN_DISC = 0.03, 0.12  # of the rows: that are rare; that lie in the disc
WARNING = "a class never predicted: recall 0 in the test: rare"
BALANCED = ("regularization.class_weight=balanced", "training.sampler=balanced")
SETTINGS = (
    f"model.layers=[null,{','.join(map(str, LAYERS))},null]",
    "optim=adam",
    f"optim.lr={LR}",
    f"training.epochs={EPOCHS}",
    f"training.batch_size={BATCH}",
    "model.init=glorot_uniform",  # scikit-learn's
)


def rows(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, inputs) and words (n,); the disc is where x1^2 + x2^2 is least."""
    x = rng.uniform(-1, 1, (n, INPUTS))
    distance = (x[:, :2] ** 2).sum(axis=1)
    disc = np.argsort(distance)[: round(IN_DISC * n)]
    y = np.full(n, "usual", "<U5")
    y[rng.choice(disc, round(SHARE * n), replace=False)] = "rare"
    return x, y


def theirs(x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, seed: int) -> np.ndarray:
    """What scikit-learn answers to the test rows, trained with balanced weights of rows."""
    scaler = StandardScaler().fit(x_train)
    network = MLPClassifier(
        hidden_layer_sizes=LAYERS,
        activation="relu",
        solver="adam",
        learning_rate_init=LR,
        batch_size=BATCH,
        max_iter=EPOCHS,
        alpha=0,
        tol=0,
        n_iter_no_change=10**9,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs were asked for
        weights = compute_sample_weight("balanced", y_train)
        network.fit(scaler.transform(x_train), y_train, sample_weight=weights)
    return network.predict(scaler.transform(x_test))


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    runs: dict[str, list[dict]] = {"": [], **{way: [] for way in BALANCED}}
    peer = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            (x_train, y_train), (x_test, y_test) = rows(TRAIN, rng), rows(TEST, rng)
            write_rows(folder / "train.csv", x_train, y_train)
            write_rows(folder / "test.csv", x_test, y_test)
            for way, found in runs.items():
                words = [*SETTINGS, *filter(None, [way]), f"seed={seed}"]
                found.append(train(folder, f"{way.partition('=')[0] or 'usual'}-{seed}", words))
            answers = theirs(x_train, y_train, x_test, seed)
            peer.append(f1_score(y_test, answers, average="macro"))

    print(f"train data=csv data.label=y training.validation_fraction=0 {' '.join(SETTINGS)}\n")
    warned = 0
    for seed, run in enumerate(runs[""]):
        test = run["test"]["last"]
        _, word, rest = run["log"].partition(WARNING)
        said = word + rest.partition("\n")[0] or "no warning"
        print(
            f"seed {seed}: accuracy {test['accuracy']:.3f}, macro-F1 {test['macro_f1']:.3f}; {said}"
        )
        warned += said != "no warning"
    print(
        "\n| with | macro-F1, mlp_scratch | macro-F1, scikit-learn | as good |\n|---|---|---|---|"
    )
    all_good = warned == SEEDS
    for way in BALANCED:
        text, good = line(f"`{way}`", [run["test"]["last"]["macro_f1"] for run in runs[way]], peer)
        print(text)
        all_good &= good
    sys.exit(not all_good)


if __name__ == "__main__":
    machine.restart_clean()
    main()
