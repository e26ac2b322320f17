"""Pictures of pictures: mistakes, doubtful labels, reconstructions, and single predictions."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlp_scratch.report.pictures import style
from mlp_scratch.report.pictures.sheet import Sheet, tile

Shape = tuple[int, ...]
MISTAKES_WIDE, MISTAKES = 5, 25
SIZE, GAP = 1.15, 0.12  # of a captioned picture and what lies between two, in inches
CAPTION = style.SMALL_SIZE - 0.5  # points
LETTERS = int((SIZE + GAP) * 72 / (CAPTION * 0.60))  # of a line of a caption


def draw_misclassified(
    images: ArrayLike,
    image_shape: Shape,
    true: ArrayLike,
    predicted: ArrayLike,
    probability: ArrayLike,
    class_names: Sequence[str],
    path: Path,
) -> Path:
    """Draw up to 25 mistakes in the order given, most confident first by convention.

    images (n, h*w) or (n, h*w*c), uint8 or float; true, predicted (n,) class indices;
    probability (n,) that the network gave to its wrong answer.
    """
    pixels = as_pictures(images, image_shape)[:MISTAKES]
    n = len(pixels)
    rows = zip(np.asarray(true)[:n], np.asarray(predicted)[:n], strict=True)
    names = [(str(class_names[t]), str(class_names[p])) for t, p in rows]
    captions = _captions(names, [short_percent(p) for p in np.asarray(probability, float)[:n]])
    note = "true → predicted, with the probability given to the wrong answer"
    if not n:
        note = "none: every image was recognised"
    return draw_captioned(pixels, captions, path, "Most confidently misclassified", note)


def draw_suspicious(
    images: np.ndarray,
    image_shape: Shape,
    labels: Sequence[tuple[str, str, float]],
    places: Sequence[str],
    path: Path,
) -> Path:
    """The pictures whose labels are most doubtful.

    images (n, pixels) as stored. labels: of each row the given one, the network's, and how sure
    the network is of its own. places: which row it is. Raises OSError.
    """
    captions = []
    for (given, predicted, confidence), place in zip(labels, places, strict=True):
        sure = short_percent(confidence)
        names = _two_names(given, predicted, LETTERS - len(sure) - 2)
        captions.append(f"{names}  {sure}\n{place}")
    note = "given label → the network's, with its probability; part and number of the row"
    pixels = as_pictures(images, image_shape)
    return draw_captioned(pixels, captions, path, "Labels to look at", note)


def draw_reconstructions(
    inputs: ArrayLike, outputs: ArrayLike, image_shape: Shape, path: Path
) -> Path:
    """Draw up to 25 inputs (n, pixels), each to the left of its output, both as they are stored."""
    given = np.asarray(inputs)
    low, high = given.min(initial=0), given.max(initial=1)
    returned = np.clip(np.asarray(outputs, dtype=np.float64), low, high).astype(given.dtype)
    both = as_pictures(np.concatenate([given, returned]), image_shape)
    left, right = both[: len(given)], both[len(given) :]
    gap = np.full((*left.shape[:2], max(1, left.shape[2] // 14), 3), 255, np.uint8)
    pairs = np.concatenate([left, gap, right], axis=2)
    errors = (((right.astype(np.float64) - left) / 255) ** 2).mean(axis=(1, 2, 3))
    captions = [f"{i + 1}: error {error:.2g}" for i, error in enumerate(errors)]
    note = "left the input, right what the network gives back; mean squared error of shades 0 to 1"
    return draw_captioned(pairs, captions, path, "Reconstructions", note)


def draw_captioned(
    pixels: NDArray[np.uint8], captions: Sequence[str], path: Path, title: str, note: str
) -> Path:
    """Draw pictures (n, h, w, 3) five to a row, each below its caption of as many lines as others.

    Without any, the sheet has its title and the note alone.
    """
    n = len(pixels)
    if n == 0:
        return Sheet(4.6, 0.75, title, note).write(path)
    caption = 0.27 + 0.14 * captions[0].count("\n")
    tall = SIZE * min(1.0, pixels.shape[1] / pixels.shape[2])  # of pictures that are wide
    step_x, step_y = SIZE + GAP, tall + caption
    rows = -(-n // MISTAKES_WIDE)
    width, height = MISTAKES_WIDE * step_x + GAP, Sheet.top - 0.06 + rows * step_y + 0.12
    sheet = Sheet(width, height, title, note)
    first = sheet.top - 0.06 + caption
    above = (SIZE - tall) / 2  # which ``tile`` leaves free
    sheet.image(tile(pixels, MISTAKES_WIDE, SIZE, step_x, step_y), GAP, first - above)
    for i, text in enumerate(captions):
        x = GAP + (i % MISTAKES_WIDE) * step_x + SIZE / 2
        y = first + (i // MISTAKES_WIDE) * step_y - 0.06
        sheet.text(x, y, text, CAPTION, ha="center")
    return sheet.write(path)


def _captions(names: Sequence[tuple[str, str]], sure: Sequence[str]) -> list[str]:
    """Of true and predicted names; one line each if all fit, otherwise two lines each."""
    parts = [(t, p, s) for (t, p), s in zip(names, sure, strict=True)]
    if all(len(t) + len(p) + len(s) + 5 <= LETTERS for t, p, s in parts):
        return [f"{style.plain(t)} → {style.plain(p)}  {s}" for t, p, s in parts]
    return [
        f"{style.plain(t, LETTERS - 2)} →\n{style.plain(p, LETTERS - len(s) - 2)}  {s}"
        for t, p, s in parts
    ]


def draw_predictions(
    images: ArrayLike,
    image_shape: Shape,
    probabilities: ArrayLike,
    class_names: Sequence[str],
    true_labels: ArrayLike | None,
    path: Path,
) -> Path:
    """Draw each image beside the three likeliest classes with their probabilities as bars.

    images (n, pixels); probabilities (n, classes); true_labels (n,) or None when unknown.
    """
    pixels = as_pictures(images, image_shape)
    p = np.asarray(probabilities, dtype=np.float64)
    n, top_n = len(pixels), min(3, p.shape[1])
    order = np.argsort(-p, axis=1, kind="stable")[:, :top_n]
    truth = None if true_labels is None else np.asarray(true_labels)
    note = f"{n} image{'s' if n != 1 else ''}"
    if truth is not None:
        note += f", {int((order[:, 0] == truth).sum())} recognised; blue: the true class"

    size, bar, gap, caption = 1.0, 1.25, 0.12, 0.30  # inches
    columns = min(max(n, 1), 5 if n > 4 else 2)
    step_x, step_y = size + 0.1 + bar + 0.2, size + caption
    first = Sheet.top - 0.06 + caption
    width, height = max(columns * step_x + gap, 4.6), first + -(-n // columns) * step_y - 0.15
    sheet = Sheet(width, height, "Predictions", note)
    if n:
        sheet.image(tile(pixels, columns, size, step_x, step_y), gap, first)
    for i in range(n):
        x, y = gap + (i % columns) * step_x, first + (i // columns) * step_y
        verdict, colour = _verdict(class_names, order[i, 0], None if truth is None else truth[i])
        sheet.text(x, y - 0.06, verdict, color=colour, fontweight="bold")
        x += size + 0.1
        true_class = order[i, 0] if truth is None else truth[i]
        thirds = y + size / 3 * np.arange(top_n)
        colours = [style.BLUE if label == true_class else style.ORANGE for label in order[i]]
        sheet.boxes(x, thirds + 0.21, bar, 0.10, "#EFEFEF")
        sheet.boxes(x, thirds + 0.21, p[i, order[i]] * bar, 0.10, colours)
        for rank, label in enumerate(order[i]):
            said = f"{style.plain(class_names[label], 13)}  {short_percent(p[i, label])}"
            sheet.text(x, thirds[rank] + 0.17, said, style.SMALL_SIZE - 1)
    return sheet.write(path)


def _verdict(class_names: Sequence[str], guess: int, truth: int | None) -> tuple[str, str]:
    if truth is None:
        return style.plain(class_names[guess], 24), style.INK
    if guess == truth:
        return f"✓ {style.plain(class_names[guess], 24)}", style.BLUE
    answer = _two_names(class_names[truth], class_names[guess], 26)
    return f"✗ {answer}", style.VERMILION


def _two_names(true: str, predicted: str, room: int) -> str:
    """ "true → predicted" in about ``room`` letters; what the shorter leaves the longer may use."""
    each = max((room - 3) // 2, 3)
    return " → ".join(
        style.plain(name, max(each, 2 * each - len(str(other))))
        for name, other in ((true, predicted), (predicted, true))
    )


def short_percent(p: float) -> str:
    """Never "100 %" for a network that was not entirely sure, nor "0 %" for a real chance."""
    if not np.isfinite(p):
        return "?"
    if 0.995 <= p < 1.0:
        return ">99 %"
    return "<1 %" if 0 < p < 0.01 else f"{100 * p:.0f} %"


def as_pictures(images: ArrayLike, image_shape: Shape) -> NDArray[np.uint8]:
    """(n, h, w, 3) bytes ready to show; floats are scaled alike over all images."""
    pixels = np.asarray(images)
    pixels = pixels.reshape(len(pixels), *image_shape[:2], math.prod(image_shape[2:]))
    if pixels.shape[-1] not in (1, 3, 4):
        pixels = pixels.mean(axis=-1, keepdims=True)
    if pixels.dtype != np.uint8:
        pixels = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
        low, high = float(pixels.min(initial=0.0)), float(pixels.max(initial=1.0))
        pixels = np.round(255 * (pixels - low) / (high - low)).astype(np.uint8)
    return np.broadcast_to(pixels, (*pixels.shape[:3], 3)) if pixels.shape[-1] == 1 else pixels
