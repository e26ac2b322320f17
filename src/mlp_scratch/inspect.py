"""Look into a trained network: ``python -m mlp_scratch.inspect RUN [VIEW]``.

Without a view: what went wrong in the training, how that shows, and what to try.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch import door
from mlp_scratch.errors import ConfigError, telling_unwritten
from mlp_scratch.runs.find import find_run
from mlp_scratch.typos import did_you_mean
from mlp_scratch.views import diagnosis, explain, landscape, layers_view, watch
from mlp_scratch.views.view import Options, View

VIEWS: dict[str, View] = {  # by the word that follows RUN; the first is shown without one
    "diagnosis": diagnosis.VIEW,
    "layers": layers_view.VIEW,
    "watch": watch.VIEW,
    "explain": explain.VIEW,
    "landscape": landscape.VIEW,
}


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    views = "; ".join(f"{name}: {view.help}" for name, view in VIEWS.items())
    about = "Look into a trained network, and be told what went wrong."
    parser = door.parser("inspect", about, epilog=f"views: {views}")
    parser.add_argument("run", metavar="RUN", help="path, `latest`, or a unique part of a name")
    parser.add_argument(
        "words", nargs="*", metavar="VIEW ...", help="a view, and what it is of; data.KEY=..."
    )
    parser.add_argument("--output", type=Path, help="where the picture goes; else into the run")
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn at random")
    args = parser.parse_intermixed_args(argv)
    overrides = [word for word in args.words if word.startswith("data.") and "=" in word]
    view, *words = [word for word in args.words if word not in overrides] or [next(iter(VIEWS))]
    if view not in VIEWS:
        raise ConfigError(
            f"{view}: no such view{did_you_mean(view, VIEWS)}; there are {', '.join(VIEWS)}"
        )
    if args.seed < 0:
        raise ConfigError(f"--seed {args.seed}: must be 0 or more")
    if args.output is not None and not args.output.name:
        raise ConfigError(f"--output {args.output}: names no file")
    if args.output and os.path.realpath(args.output) in map(os.path.realpath, words):
        raise ConfigError(f"--output {args.output}: is what is read; name another file")
    options = Options(words, overrides, args.output, args.checkpoint, args.seed)
    with telling_unwritten():
        for line in VIEWS[view].show(find_run(args.run), options):
            print(" ".join(line.splitlines()))  # a class's name may have several


if __name__ == "__main__":
    sys.exit(main())
