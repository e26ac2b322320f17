"""Go on with a run: ``python -m mlp_scratch.resume RUN [training.epochs=40 ...]``.

The run continues in its own folder from its last checkpoint, with the same bits as if it had never
stopped. ``RUN`` may be a sweep's folder: what of its jobs is not finished then goes on.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch import door
from mlp_scratch.experiment.session import go_on
from mlp_scratch.runs.find import find_run
from mlp_scratch.runs.resume_rules import MAY_CHANGE
from mlp_scratch.sweep.execute import resume_sweep


@door.command
def main(argv: Sequence[str]) -> int:
    """The command."""
    about = "Go on with a run in its own folder, from its last checkpoint."
    parser = door.parser("resume", about, epilog=f"What may change: {', '.join(MAY_CHANGE)}")
    parser.add_argument("run", help="a path, `latest`, or a unique part of the folder's name")
    parser.add_argument("overrides", nargs="*", help="key=value, for example training.epochs=40")
    parser.add_argument(
        "--retry-failed", action="store_true", help="of a sweep: run again what failed or diverged"
    )
    args = parser.parse_args(argv)
    if (Path(args.run) / "sweep.yaml").is_file():
        return resume_sweep(Path(args.run), args.retry_failed, args.overrides)
    return go_on(find_run(args.run), args.overrides)


if __name__ == "__main__":
    sys.exit(main())
