"""What a trained network says of pictures: files, or all those in a folder.

Networks of written figures (MNIST and its kin) read ink from photographs; others get pictures as
they are, resized. A figure is drawn in several ways, and the network's probabilities are averaged.
Where these stay doubtful, or there was nothing to read, no class is named.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlp_scratch.csv_text import csv_text, spreadsheet_text
from mlp_scratch.data.pictures.ink.likeness import unlike
from mlp_scratch.data.pictures.ink.read_ink import Reading, read_ink, written
from mlp_scratch.data.pictures.opening import SUFFIXES
from mlp_scratch.data.pictures.picture_reading import picture_row
from mlp_scratch.engine.task import Task
from mlp_scratch.errors import ConfigError, DataError
from mlp_scratch.files import write_text_atomically
from mlp_scratch.inference.answers_in_words import SHOWN, in_words, short
from mlp_scratch.inference.fitted import predictions_of, reconstruction_errors
from mlp_scratch.runs.saved_run import TrainedNetwork

PICTURE = Path("predictions.png")  # unless another is named
DRAWN = 100  # pictures at most in the picture that is left behind
# Networks are surer than they are right, of photographs above all. Their logits are halved: of
# 1, 1.5, 2, 2.5 and 3 this gave the default network the least cross-entropy (0.16, not 0.21) on
# drawn photographs. Below SURE no class is named, nor a digit that the figure is unlike.
TEMPERATURE = 2.0
SURE = 0.52
DIGITS = tuple("0123456789")


@dataclass(frozen=True, eq=False)
class Answer:
    """Of one picture. row (features,) of uint8, or None where nothing was found. prediction: as
    ``Task.predictions`` has it. remark: what else there is to say; doubtful: name no class."""

    file: Path
    row: np.ndarray | None
    prediction: np.ndarray | None
    doubtful: bool = False
    remark: str = ""


def predict_pictures(
    trained: TrainedNetwork,
    files: Sequence[Path],
    output: Path | None,
    threshold: float,
    reader: str = "auto",
) -> Iterator[str]:
    """Say what the pictures show, of folders each in them; draw classes beside probabilities.

    output: where that is drawn, or a CSV of the answers by its name. Of a folder, files that cannot
    be read are said and left out; a picture that was named is an error. Raises MlpScratchError.
    """
    from mlp_scratch.report.pictures.images import draw_predictions

    task, shape = trained.task, trained.image_shape
    if shape is None:
        raise ConfigError(
            f"{files[0]}: the network was trained on rows that are not images; give it a table"
        )
    ink, guess = reads_ink(trained, reader)
    if guess:
        yield guess
    listed, named = _listed(files, output or PICTURE), {f for f in files if not f.is_dir()}
    width = max(len(str(file)) for file in listed)
    answers = []
    for file in listed:
        try:
            answer = _answer(trained, file, ink)
        except DataError as error:
            if file in named:
                raise
            yield f"{file!s:<{width}}  left out: {str(error).removeprefix(f'{file}: ')}"
            continue
        answers.append(answer)
        yield f"{file!s:<{width}}  {_said(trained, answer, threshold)}"
    if not answers:
        raise DataError(f"{files[0]}: no picture in it can be read")
    if output is not None and output.suffix.lower() == ".csv":
        write_text_atomically(output, _table(task, answers, threshold))
        yield f"{len(answers):,} answers -> {output}"
    elif task.name == "classification":
        shown = [a for a in answers if a.row is not None and a.prediction is not None][:DRAWN]
        x = np.array([a.row for a in shown], np.uint8).reshape(len(shown), int(np.prod(shape)))
        p = np.array([a.prediction for a in shown]).reshape(len(shown), len(task.names))
        path = output or PICTURE
        draw_predictions(x, shape, p, task.names, None, path)
        yield f"picture: {path}"


def reads_ink(trained: TrainedNetwork, reader: str) -> tuple[bool, str]:
    """Whether pictures are read as ink, and a line to say where that was a guess."""
    grey = trained.image_shape is not None and len(trained.image_shape) == 2
    if reader == "ink" and not grey:
        raise ConfigError("--reader ink: reads grey, but the network was trained on colour")
    if reader == "auto" and trained.reader is not None:
        return trained.reader == "ink", ""  # as the pictures that it was trained on
    if reader != "auto" or not grey:
        return reader == "ink", ""
    known = written(trained.data_name)
    if known is not None:
        return known, ""
    return True, f"data {trained.data_name}: read as figures on paper; --reader resize: as they are"


def _listed(files: Sequence[Path], drawn: Path) -> list[Path]:
    """The files, and in the place of a folder its pictures by name: not hidden ones, nor the one
    that an earlier call has ``drawn``."""
    listed: list[Path] = []
    for file in files:
        if not file.is_dir():
            listed.append(file)
            continue
        try:
            inside = sorted(p for p in file.iterdir() if p.suffix.lower() in SUFFIXES)
        except OSError as error:
            raise DataError(f"{file}: cannot be read: {error.strerror}") from error
        own = os.path.realpath(drawn)
        inside = [p for p in inside if not p.name.startswith(".") and not p.is_dir()]
        inside = [p for p in inside if os.path.realpath(p) != own]
        if not inside:
            deeper = any(p.is_dir() for p in file.iterdir())
            hint = "; there are folders in it: name these" if deeper else ""
            raise DataError(f"{file}: no pictures in it ({', '.join(SUFFIXES)}){hint}")
        listed += inside
    return listed


def _answer(trained: TrainedNetwork, file: Path, ink: bool) -> Answer:
    task, reading = trained.task, read_picture(trained, file, ink)
    if len(reading.rows) == 0:
        return Answer(file, None, None, remark="nothing found")
    row = reading.rows[0]
    if len(reading.rows) == 1 or task.name != "classification":
        return Answer(file, row, predictions_of(trained, row[None])[0], remark=_remark(reading))
    each = predictions_of(trained, reading.rows).astype(np.float64) ** (1 / TEMPERATURE)
    probabilities = (each / each.sum(axis=1, keepdims=True)).mean(axis=0)
    doubtful, why = doubt(task, reading.rows, probabilities)
    return Answer(file, row, probabilities, doubtful, _remark(reading) + why)


def read_picture(trained: TrainedNetwork, file: Path, ink: bool) -> Reading:
    """The figure in a picture, perhaps none, or the picture as it is. Raises DataError."""
    assert trained.image_shape is not None
    if ink:
        return read_ink(file, trained.image_shape)
    return Reading(picture_row(file, trained.image_shape, "resize")[None])


def doubt(task: Task, rows: np.ndarray, probabilities: np.ndarray) -> tuple[bool, str]:
    """Whether no class should be named of a figure drawn as ``rows``, and why if its looks tell."""
    most, name = float(probabilities.max()), task.names[int(probabilities.argmax())]
    if most < SURE or rows.shape[1] != 28 * 28 or not set(task.names) <= set(DIGITS):
        return most < SURE, ""
    return (True, f"; does not look like a {name}") if unlike(rows, int(name)) else (False, "")


def _remark(reading: Reading) -> str:
    return f"; the largest of {reading.others + 1} figures" if reading.others else ""


def _said(trained: TrainedNetwork, answer: Answer, threshold: float) -> str:
    """``7 98.2%, 2 1.1%``, ``doubtful: 3 (41 %) or 8 (35 %)`` or ``nothing found``."""
    task = trained.task
    if answer.row is None or answer.prediction is None:
        return answer.remark
    if task.reconstructs:
        (error,) = reconstruction_errors(trained, answer.row[None], answer.prediction[None])
        return f"mean squared error {short(error)}{answer.remark}"
    if not answer.doubtful:
        return in_words(task, answer.prediction, threshold) + answer.remark
    p = answer.prediction
    first = np.argsort(-p, kind="stable")[:2]
    either = " or ".join(f"{task.names[i]} ({100 * p[i]:.0f} %)" for i in first)
    return f"doubtful: {either}{answer.remark}"


def _table(task: Task, answers: Sequence[Answer], threshold: float) -> str:
    """CSV: the file, the answer (empty where none is named), the likeliest classes, the remark."""
    classes = task.name == "classification"
    places = range(1, min(SHOWN, len(task.names)) + 1) if classes else ()
    likeliest = [f"{word} {k}" for k in places for word in ("class", "probability")]
    rows = [["file", "answer", *likeliest, "remark"]]
    for answer in answers:
        p, cells = answer.prediction, [""] * len(likeliest)
        said = "" if p is None or classes else in_words(task, p, threshold)
        if classes and p is not None:
            order = np.argsort(-p, kind="stable")[: len(places)]
            cells = [c for i in order for c in (spreadsheet_text(task.names[i]), short(p[i]))]
            said = "" if answer.doubtful else cells[0]
        remark = ("doubtful" if answer.doubtful else "") + answer.remark
        rows.append([spreadsheet_text(str(answer.file)), said, *cells, remark.lstrip("; ")])
    return csv_text(rows)
