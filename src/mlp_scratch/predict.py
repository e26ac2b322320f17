"""Use a trained network: ``python -m mlp_scratch.predict RUN FILE...`` or ``RUN --test 10``.

Pictures (PNG, JPEG, ... of any size, dark on light or light on dark) are answered in the terminal
and with a picture; a CSV of unlabelled rows with a CSV, in Kaggle's form.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlp_scratch.data.pictures import read_picture
from mlp_scratch.engine.evaluation import predict_probabilities
from mlp_scratch.engine.rows import Rows
from mlp_scratch.errors import ConfigError, DataError, MlpScratchError, RunError, report_error
from mlp_scratch.experiment.test_data import test_data
from mlp_scratch.files import write_text_atomically
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.runs.saved_run import TrainedNetwork, load_network

SHOWN = 3  # classes named for each picture


def probabilities_of(trained: TrainedNetwork, x: np.ndarray) -> np.ndarray:
    """Class probabilities (n, classes) for rows (n, features) as stored in the data's files."""
    rows = Rows(x.astype(np.float32), np.zeros(len(x), np.intp), trained.normalizer)
    return predict_probabilities(trained.network, rows)


def likeliest(probabilities: np.ndarray, class_names: Sequence[str]) -> str:
    """The likeliest classes of one row, such as ``7 98.2 %, 2 1.1 %, 3 0.4 %``."""
    order = np.argsort(-probabilities, kind="stable")[:SHOWN]
    return ", ".join(f"{class_names[i]} {probabilities[i]:.1%}" for i in order)


def predict_pictures(trained: TrainedNetwork, files: Sequence[Path], output: Path | None) -> None:
    """Name what the pictures show; draw them beside their probabilities."""
    from mlp_scratch.report.pictures.images import draw_predictions

    if trained.image_shape is None:
        raise ConfigError(
            f"{files[0]}: the network was trained on rows that are not images; give it a CSV"
        )
    x = np.stack([read_picture(file, trained.image_shape) for file in files])
    probabilities = probabilities_of(trained, x)
    width = max(len(str(file)) for file in files)
    for file, row in zip(files, probabilities, strict=True):
        print(f"{file!s:<{width}}  {likeliest(row, trained.class_names)}")
    path = output or Path("predictions.png")
    draw_predictions(x, trained.image_shape, probabilities, trained.class_names, None, path)
    print(f"picture: {path}")


def predict_table(trained: TrainedNetwork, file: Path, output: Path | None) -> None:
    """Label the rows of a CSV; ``ImageId,Label`` for pictures, ``row,label`` otherwise.

    Its columns are known by their names, where both it and the training data have a header.
    """
    from mlp_scratch.data.tables.csv import read_rows

    x = read_rows(file, trained.feature_names)
    features = trained.network.sizes[0]
    if x.shape[1] != features:
        hint = ""
        if x.shape[1] == features + 1:
            hint = " (a labelled table is for evaluate, or cut the label's column off)"
        raise DataError(
            f"{file}: {x.shape[1]} columns, but the network takes {features} features{hint}"
        )
    labels = probabilities_of(trained, x).argmax(axis=1)
    header = "row,label" if trained.image_shape is None else "ImageId,Label"
    path = output or Path(f"{file.stem}_predictions.csv")
    names = [_quoted(name) for name in trained.class_names]
    lines = [f"{i},{names[label]}" for i, label in enumerate(labels, start=1)]
    write_text_atomically(path, "\n".join([header, *lines, ""]))
    print(f"{len(x):,} rows of {file} -> {path}")


def predict_test(
    folder: RunFolder,
    trained: TrainedNetwork,
    n: int,
    overrides: Sequence[str],
    output: Path | None,
    seed: int | None,
) -> None:
    """Random test images with their true and predicted labels."""
    from mlp_scratch.report.pictures.images import draw_predictions

    x, true = _drawn(folder, trained, n, overrides, seed)
    probabilities = probabilities_of(trained, x)
    for label, row in zip(true, probabilities, strict=True):
        mark = " " if row.argmax() == label else "x"
        print(f"{mark} true {trained.class_names[label]}: {likeliest(row, trained.class_names)}")
    correct = int(np.count_nonzero(probabilities.argmax(axis=1) == true))
    print(f"{correct} of {len(true)} correct")
    path = output or Path("predictions.png")
    drawn = draw_predictions(x, trained.image_shape, probabilities, trained.class_names, true, path)
    if drawn is not None:
        print(f"picture: {path}")


def _drawn(
    folder: RunFolder,
    trained: TrainedNetwork,
    n: int,
    overrides: Sequence[str],
    seed: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    """n random test rows and their labels; another draw each time unless a seed is given."""
    dataset = test_data(folder, trained, overrides)
    assert dataset.x_test is not None
    assert dataset.y_test is not None
    if n < 1:
        raise ConfigError(f"--test {n}: must be at least 1")
    n = min(n, len(dataset.y_test))
    rows = np.sort(np.random.default_rng(seed).choice(len(dataset.y_test), n, replace=False))
    return np.asarray(dataset.x_test[rows]), dataset.y_test[rows]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_scratch.predict",
        description="Let a trained network label pictures, a CSV, or some of its test images.",
    )
    parser.add_argument("run", metavar="RUN", help="path, `latest`, or a unique part of a name")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="pictures, or one CSV; data.dir=... for --test"
    )
    parser.add_argument("--test", type=int, metavar="N", help="N random test images")
    parser.add_argument("--animate", type=Path, metavar="GIF", help="test images passing by")
    parser.add_argument("--output", type=Path, help="where the answer goes")
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    parser.add_argument("--seed", type=int, help="of the choice of test images")
    args = parser.parse_args(argv)
    overrides = [word for word in args.files if word.startswith("data.") and "=" in word]
    files = [Path(word) for word in args.files if word not in overrides]
    try:
        folder = find_run(args.run)
        trained = load_network(folder, args.checkpoint)
        if args.animate is not None:
            animate(folder, trained, args.test or 20, overrides, args.animate, args.seed)
        elif args.test is not None:
            predict_test(folder, trained, args.test, overrides, args.output, args.seed)
        elif not files:
            parser.error("name pictures or a CSV, or ask for --test 10")
        elif files[0].suffix.lower() in (".csv", ".tsv", ".txt"):
            if len(files) > 1:
                raise ConfigError("one CSV at a time, please")
            predict_table(trained, files[0], args.output)
        else:
            predict_pictures(trained, files, args.output)
    except MlpScratchError as error:
        sys.exit(report_error(error))
    except OSError as error:
        sys.exit(report_error(RunError(f"{error.filename}: cannot be written ({error.strerror})")))


def animate(
    folder: RunFolder,
    trained: TrainedNetwork,
    n: int,
    overrides: Sequence[str],
    path: Path,
    seed: int | None,
) -> None:
    """A GIF of test images passing by with the network's probabilities."""
    from mlp_scratch.report.pictures.animation import animate_predictions

    if trained.image_shape is None:
        raise ConfigError("--animate: the network was trained on rows that are not images")
    x, true = _drawn(folder, trained, n, overrides, seed)
    probabilities = probabilities_of(trained, x)
    animate_predictions(x, trained.image_shape, probabilities, trained.class_names, true, path)
    print(f"animation: {path}")


if __name__ == "__main__":
    main()
