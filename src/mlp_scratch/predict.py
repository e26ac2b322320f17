"""Use a trained network: ``python -m mlp_scratch.predict RUN FILE...`` or ``RUN --test 10``.

Pictures (PNG, JPEG, ... photographed or drawn, of any size), or all of a folder, are answered in
the terminal and with a picture; a table with a CSV, in Kaggle's form. ``--page draw.html`` makes a
page to draw on.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch import door
from mlp_scratch.data.pictures.opening import SUFFIXES
from mlp_scratch.data.pictures.picture_reading import AUTO, READERS
from mlp_scratch.errors import ConfigError, telling_unwritten
from mlp_scratch.inference import draw_and_see, predict_pictures
from mlp_scratch.inference.predict_sample import Sample, animate_sample, predict_sample
from mlp_scratch.inference.predict_table import is_table, predict_table
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.saved_run import TrainedNetwork, load_config, load_network


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    parser = door.parser(
        "predict", "Let a trained network answer for pictures, a table, or some of its test rows."
    )
    parser.add_argument("run", metavar="RUN", help="path, `latest`, or a unique part of a name")
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="pictures or folders, or one table; data.KEY=..."
    )
    parser.add_argument("--test", type=int, metavar="N", help="N random test rows")
    parser.add_argument("--animate", type=Path, metavar="GIF", help="test images passing by")
    parser.add_argument("--page", type=Path, metavar="HTML", help="a page to draw on and see")
    parser.add_argument(
        "--output", type=Path, help="where the answer goes; pictures': .png or .csv"
    )
    parser.add_argument(
        "--reader",
        choices=sorted((AUTO, *READERS)),
        default=AUTO,
        help="of pictures: ink (a figure on paper is found), resize (as they are), auto (by data)",
    )
    parser.add_argument(
        "--threshold", type=float, default=0.5, help="of several labels: probability to call it one"
    )
    parser.add_argument(
        "--probabilities", action="store_true", help="of a table: those of all classes beside"
    )
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    parser.add_argument("--seed", type=int, help="of the choice of test images")
    args = parser.parse_intermixed_args(argv)
    overrides = [word for word in args.files if word.startswith("data.") and "=" in word]
    files = [Path(word) for word in args.files if word not in overrides]
    if args.output and os.path.realpath(args.output) in map(os.path.realpath, files):
        raise ConfigError(f"--output {args.output}: is what is read; name another file")
    with telling_unwritten():
        folder = find_run(args.run)
        trained = load_network(folder, args.checkpoint)
        if args.animate is not None:
            sample = Sample(folder, overrides, args.test or 20, args.seed)
            lines = animate_sample(trained, sample, args.animate)
        elif args.page is not None:
            if files:
                raise ConfigError(f"--page {args.page}: takes no file beside it, got {files[0]}")
            lines = draw_and_see.write_page(trained, folder, overrides, args.page)
        elif args.test is not None:
            sample = Sample(folder, overrides, args.test, args.seed)
            lines = predict_sample(trained, sample, args.output, args.threshold)
        elif not files:
            parser.error("name pictures or a table, or ask for --test 10")
        elif _is_table(trained, files[0]):
            if len(files) > 1:
                raise ConfigError("one table at a time, please")
            reading = load_config(folder, overrides).data.reading()
            lines = predict_table(
                *(trained, files[0], args.output, args.threshold, reading, args.probabilities)
            )
        else:
            lines = predict_pictures.predict_pictures(
                trained, files, args.output, args.threshold, args.reader
            )
        for line in lines:
            print(line)


def _is_table(trained: TrainedNetwork, file: Path) -> bool:
    """By its name; with a network of rows all that is called no picture: adult.test, sat.trn."""
    no_picture = file.suffix.lower() not in SUFFIXES and not file.is_dir()
    return is_table(file) or (trained.image_shape is None and no_picture)


if __name__ == "__main__":
    sys.exit(main())
