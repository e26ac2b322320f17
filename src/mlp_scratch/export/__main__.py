"""Hand a trained network over: ``python -m mlp_scratch.export RUN --to onnx``.

onnx runs in onnxruntime, browsers and phones (extra ``onnx``); safetensors loads into every deep
learning framework (extra ``safetensors``); npz is for NumPy, and the size of the network alone.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import MlpScratchError, RunError, report_error
from mlp_scratch.export.formats import EXPORTERS
from mlp_scratch.files import write_atomically
from mlp_scratch.runs.find import find_run


def export(run: str, form: str, which: str, output: Path | None) -> Path:
    """Export a run, or a file that ``NeuralNet.save`` wrote; return the file's path.

    Raises MlpScratchError.
    """
    source = Path(run)
    if source.is_file():
        path = output or source.with_name(f"{source.stem}_model.{form}")
    else:
        folder = find_run(run)
        source = folder.best if which == "best" else folder.last
        path = output or folder.path / f"model.{form}"
    contents = EXPORTERS[form](read_checkpoint(source), str(source))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, lambda file: file.write(contents))
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error
    return path


def main(argv: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_scratch.export",
        description="Write a trained network in a form that other programs read.",
    )
    parser.add_argument("run", metavar="RUN", help="path, `latest`, or a unique part of a name")
    parser.add_argument("--to", choices=list(EXPORTERS), required=True, help="the form")
    parser.add_argument("--checkpoint", choices=["best", "last"], default="best")
    parser.add_argument("--output", type=Path, help="the file; else RUN/model.FORM")
    args = parser.parse_args(argv)
    try:
        path = export(args.run, args.to, args.checkpoint, args.output)
    except MlpScratchError as error:
        sys.exit(report_error(error))
    print(f"{path} ({path.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
