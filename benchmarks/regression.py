"""How well numbers are predicted, beside scikit-learn's ``MLPRegressor``.

    python benchmarks/regression.py data.dir=FOLDER

scikit-learn's diabetes and its three problems of Friedman, made of 1,000 rows; and the tables of
numbers in FOLDER/tables, where there are some. A fifth of the rows is the test, another one for
each of 3 seeds. Ours is one ``train`` command a run. Both see the same training and test rows, have
the same layers, ReLU, Adam with the same learning rate, batches of the same size and the same
number of epochs, Glorot's uniform initialization, no penalty and no early stopping. Inputs and
target are standardized on the training rows for both, and R2 is that of the test rows. Exits 1 if a
mean is lower than scikit-learn's by more than its deviation over the seeds, or .02 where that is
more. Beside it, for comparison only, stands ours with its own initialization for ReLU, He's.
"""

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes, make_friedman1, make_friedman2, make_friedman3
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

import machine
from table_run import SEEDS, line, shown, train, write_rows

LAYERS, EPOCHS, BATCH, LR = (64, 32), 100, 32, 0.001
TABLES = {"boston": "boston-housing.csv", "concrete": "concrete.csv"}  # the target is last
SETTINGS = (
    f"model.layers=[null,{','.join(map(str, LAYERS))},null]",
    "task=regression",
    "optim=adam",
    f"optim.lr={LR}",
    f"training.epochs={EPOCHS}",
    f"training.batch_size={BATCH}",
)
THEIR_START = "model.init=glorot_uniform"


def problems(data_dir: Path | None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Inputs (n, inputs) and numbers (n,) of each problem by its name."""
    found = {"diabetes": load_diabetes(return_X_y=True)}
    found |= {
        "friedman1": make_friedman1(1000, noise=1.0, random_state=0),
        "friedman2": make_friedman2(1000, noise=125.0, random_state=0),  # a third of y's deviation
        "friedman3": make_friedman3(1000, noise=0.1, random_state=0),
    }
    for name, file in TABLES.items():
        path = data_dir / "tables" / file if data_dir else None
        if path is None or not path.is_file():
            print(f"{name}: no {file} in data.dir/tables, left out", file=sys.stderr)
            continue
        text = path.read_text("utf-8").replace('"', "").splitlines()
        rows = np.loadtxt(text, delimiter=",", skiprows=1)
        found[name] = rows[:, :-1], rows[:, -1]
    return found


def theirs(parts: list[np.ndarray], seed: int) -> float:
    """R2 of scikit-learn on the test rows."""
    x_train, x_test, y_train, y_test = parts
    inputs, target = StandardScaler().fit(x_train), StandardScaler().fit(y_train[:, None])
    network = MLPRegressor(
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
        network.fit(inputs.transform(x_train), target.transform(y_train[:, None])[:, 0])
    guess = network.predict(inputs.transform(x_test))
    return r2_score(y_test, target.inverse_transform(guess[:, None])[:, 0])


def ours(parts: list[np.ndarray], name: str, seed: int, folder: Path) -> list[float]:
    """R2 on the test rows of one ``train`` command from scikit-learn's start, of one from ours."""
    x_train, x_test, y_train, y_test = parts
    write_rows(folder / "train.csv", x_train, y_train)
    write_rows(folder / "test.csv", x_test, y_test)
    words = [*SETTINGS, f"seed={seed}"]
    runs = [train(folder, f"{name}-{seed}-glorot", [*words, THEIR_START])]
    runs.append(train(folder, f"{name}-{seed}-he", words))
    return [run["test"]["last"]["r2"] for run in runs]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data_dir", nargs="?", metavar="data.dir=FOLDER", help="has tables/ in it")
    args = parser.parse_args()
    key, _, value = (args.data_dir or "data.dir=").partition("=")
    if key != "data.dir":
        parser.error(f"{args.data_dir}: only data.dir=FOLDER")

    settings = " ".join([*SETTINGS, THEIR_START])
    print(f"train data=csv data.label=y training.validation_fraction=0 {settings}\n")
    print("| problem | rows | R2, mlp_scratch | R2, scikit-learn | as good | R2, He's start |")
    print("|---|---|---|---|---|---|")
    all_good = True
    with tempfile.TemporaryDirectory() as place:
        for name, (x, y) in problems(Path(value) if value else None).items():
            found = []
            for seed in range(SEEDS):
                parts = train_test_split(x, y, test_size=0.2, random_state=seed)
                found.append((*ours(parts, name, seed, Path(place)), theirs(parts, seed)))
            glorot, he, peer = zip(*found, strict=True)
            text, good = line(f"{name} | {len(y):,}", glorot, peer)
            print(f"{text} {shown(he)} |", flush=True)
            all_good &= good
    sys.exit(not all_good)


if __name__ == "__main__":
    machine.restart_clean()
    main()
