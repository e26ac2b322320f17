"""Rules on what was learnt: too much of the training rows, too little, nothing of some class."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from mlp_scratch.config.written_values import written
from mlp_scratch.engine.evaluation import predict
from mlp_scratch.engine.metrics.number_metrics import r2
from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.diagnosis.evidence import Evidence, inputs
from mlp_scratch.insight.diagnosis.finding import Finding, percent, some_of
from mlp_scratch.insight.diagnosis.learning_rules import more_steps, usual_rate, what_bends
from mlp_scratch.insight.rows_at_hand import sample

Nearest = Callable[[], np.ndarray]

GAP, LARGE_GAP = 0.04, 0.10  # training less validation accuracy, beyond two standard errors
LOSS_ROSE, LOSS_ROSE_FAR = 1.10, 1.5  # the last validation losses in units of the smallest
FAR_APART, FEWEST = 2.0, 30  # validation to training loss of numbers; validation rows for it
LAST = 3  # epochs the best of which stands for the end
NARROW = 16  # units of a hidden layer
STILL_FALLING, MORE_EPOCHS = 0.98, 3
KNOWN_ROWS, ASKED_ROWS = 1000, 500  # of the nearest-neighbour comparison
BETTER = 0.10  # by which looking up the nearest row must be better, and three standard errors
GOOD = 0.9  # a network that is as good as this is not compared
LEAST_SUPPORT = 5  # test rows of a class that can tell that it is never found
WEAK = {"dropout": 0.3, "input_dropout": 0.3, "l2": 1e-3, "l1": 1e-3, "max_norm": 0.0}
RARE = 0.5  # of the rows that classes have on average


def overfitting(run: Evidence) -> Finding | None:
    """Far better on the training rows than on others, and validation does not get better."""
    validated = run.curve("val_loss")
    rose, since = 1.0, ""
    if len(validated) >= LAST:
        best, last = int(validated.argmin()), float(validated[-LAST:].min())
        rose = last / validated[best] if validated[best] > 0 else 1.0
        epoch = int(run.epochs("val_loss")[best])
        since = f"; the validation loss rose from {validated[best]:.3g} in epoch {epoch}"
        since += f" to {last:.3g}"
    apart = _accuracies_apart if run.task == "classification" else _losses_apart
    text = apart(run, rose)
    if text is None:
        return None
    if rose > LOSS_ROSE:
        text += since
    hidden = len(run.config["model.layers"]) > 2
    ways = ["regularization.dropout=0.2"] * hidden + ["augment=affine"] * run.of_images
    return Finding("overfitting", text, run.new(*ways, "regularization.l2=0.001"))


def _accuracies_apart(run: Evidence, rose: float) -> str | None:
    """Of validation and test whichever has more rows must show the gap beyond its errors."""
    trained, validated = run.curve("train_accuracy"), run.curve("val_accuracy")
    if not len(trained):
        return None
    seen, unseen = float(trained[-1]), []
    if len(validated) and run.n_validation:
        unseen.append((run.n_validation, float(validated[-LAST:].max()), "validation"))
    if run.confusion is not None and "accuracy" in run.last_test_metrics:
        unseen.append((int(run.confusion.sum()), run.tested_accuracy, "the test"))
    if not unseen or min(seen - share for _, share, _ in unseen) < GAP:
        return None
    n, share, where = max(unseen)
    gap = seen - share - 2 * math.sqrt(max(share * (1 - share), 0.0) / max(n, 1))
    if gap < LARGE_GAP and (gap < GAP or rose < LOSS_ROSE):
        return None
    return f"accuracy {percent(seen)} in training, {percent(share)} in {where}"


def _losses_apart(run: Evidence, rose: float) -> str | None:
    trained, validated = run.curve("train_loss"), run.curve("val_loss")
    if not len(trained) or rose < LOSS_ROSE_FAR or run.n_validation < FEWEST:
        return None
    last = float(validated[-LAST:].min())
    if last < FAR_APART * trained[-1]:
        return None
    return f"loss {trained[-1]:.3g} in training, {last:.3g} in validation"


def underfitting(run: Evidence) -> Finding | None:
    """Far worse than what the nearest training row answers.

    How well a problem can be solved is not known. That looking up the nearest row solves it
    better shows that more is there to be learnt. Cover & Hart 1967, "Nearest neighbor pattern
    classification": with many rows its error is at most twice the smallest possible.
    """
    rows = run.rows
    if rows is None or not rows.held_out or run.task not in ("classification", "regression"):
        return None
    if run.right_elsewhere > GOOD:
        return None
    asked = sample(max(rows.held_out, key=len), ASKED_ROWS)
    known = sample(rows.train, KNOWN_ROWS)
    predicted = predict(rows.network, asked, rows.task)
    if not np.isfinite(predicted).all():
        return None
    answers, truth = rows.task.point(predicted), rows.task.truth(asked.labels)
    nearest = partial(_answers_of_the_nearest, rows.task.truth(known.labels), known, asked)
    compare = _share_right if run.task == "classification" else _variance_explained
    scores = compare(answers, truth, nearest)
    if scores is None:
        return None
    text = f"{scores[0]} of held out rows, the nearest of {len(known):,} training rows {scores[1]}"
    return Finding("underfitting", text, _what_learns_more(run))


def _answers_of_the_nearest(answers: np.ndarray, known: Rows, asked: Rows) -> np.ndarray:
    """(asked, ...) what the known row that is nearest to each has, by Euclid."""
    x = inputs(known)
    squares = np.einsum("ij,ij->i", x, x)
    return answers[(squares - 2 * inputs(asked) @ x.T).argmin(axis=1)]


def _share_right(
    probabilities: np.ndarray, truth: np.ndarray, nearest: Nearest
) -> tuple[str, str] | None:
    """How much is right by each, where the second is clearly better: McNemar 1947, "Note on the
    sampling error of the difference between correlated proportions"."""
    own = probabilities.argmax(axis=1) == truth
    if own.mean() >= GOOD:
        return None
    other = nearest() == truth
    better, worse = np.count_nonzero(other & ~own), np.count_nonzero(own & ~other)
    if better - worse < max(BETTER * len(truth), 3 * math.sqrt(better + worse)):
        return None
    return f"{percent(own.mean())} right", f"{percent(other.mean())}"


def _variance_explained(
    numbers: np.ndarray, truth: np.ndarray, nearest: Nearest
) -> tuple[str, str] | None:
    """R² of each, averaged over targets."""
    own = r2(numbers, truth, None)
    if own >= GOOD or len(truth) < FEWEST:
        return None
    other = r2(nearest(), truth, None)
    return None if other - own < BETTER else (f"R² {own:.2f}", f"{other:.2f}")


def _what_learns_more(run: Evidence) -> str:
    config, losses, usual = run.config, run.curve("train_loss"), usual_rate(run)
    if not usual / 10 < run.lr < 10 * usual:
        return f"optim.lr={usual:g}"
    if (bent := what_bends(run)) is not None:
        return bent
    if any(run.penalty(key) > weak for key, weak in WEAK.items()):
        return "regularization=none"
    if min(config["model.layers"][1:-1], default=NARROW) < NARROW:
        return f"model.layers={written([None, 128, 64, None])}"
    if len(losses) > 1 and losses[-1] < STILL_FALLING * losses[-2]:
        return f"training.epochs={MORE_EPOCHS * int(config['training.epochs'])}"
    return more_steps(run) or run.new("optim=adam", "model.batch_norm=true")


def class_never_predicted(run: Evidence) -> Finding | None:
    """A class of which no test row is found: an accuracy may hide it.

    A network that finds none of most classes tells nothing yet, which is another finding.
    """
    counts = run.confusion
    if counts is None or run.task != "classification":
        return None
    support = counts.sum(axis=1)
    lost = np.flatnonzero((np.diag(counts) == 0) & (support >= LEAST_SUPPORT))
    if not 0 < len(lost) <= len(counts) / 2:
        return None
    named = some_of([f"{run.name_of(k)} (0 of {support[k]:,} rows)" for k in lost.tolist()])
    text = f"recall 0 in the test: {named}"
    if support[lost].max() > RARE * support.mean():  # a class like the others
        return Finding("a class never predicted", text, _what_learns_more(run))
    ways = ("regularization.class_weight=balanced", "training.sampler=balanced")
    return Finding("a class never predicted", text, run.new(*ways))
