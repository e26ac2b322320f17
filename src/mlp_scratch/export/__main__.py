"""Hand a trained network over: ``python -m mlp_scratch.export RUN --to onnx``.

onnx runs in onnxruntime, browsers and phones (extra ``onnx``); safetensors loads into every deep
learning framework (extra ``safetensors``); npz is for NumPy, and the size of the network alone.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch import door
from mlp_scratch.export.formats import EXPORTERS, export


@door.command
def main(argv: Sequence[str]) -> None:
    """The command."""
    parser = door.parser("export", "Write a trained network in a form that other programs read.")
    parser.add_argument("run", metavar="RUN", help="path, `latest`, or a unique part of a name")
    parser.add_argument("--to", choices=list(EXPORTERS), required=True, help="the form")
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    parser.add_argument("--output", type=Path, help="the file; else RUN/model.FORM")
    args = parser.parse_args(argv)
    path = export(args.run, args.to, args.checkpoint, args.output)
    print(f"{path} ({path.stat().st_size:,} bytes)")


if __name__ == "__main__":
    sys.exit(main())
