"""Rules on the data: test rows unlike the training rows, labels that are probably wrong."""

import math

import numpy as np

from mlp_scratch.engine.rows import Rows
from mlp_scratch.insight.diagnosis.evidence import Evidence, Floats, inputs
from mlp_scratch.insight.diagnosis.finding import Finding, percent
from mlp_scratch.insight.rows_at_hand import sample

SHIFTED, FEW_ROWS = 0.35, 50  # deviations, root mean square over the features; test rows
COMPARED = 500  # rows of each part
SHARES_APART = 0.25  # total variation between the classes' shares
WORSE = 0.08  # test accuracy below validation's, beyond three standard errors
SUREST = 0.25  # of the held out rows
STILL_WRONG, AS_WRONG = 0.03, 0.4  # error there; in units of the error of all rows
MIXED_UP = "label noise suspected"
CAPABLE = 0.5  # of the error of a constant answer: a network worse than this judges no labels


def unlike_test_rows(run: Evidence) -> Finding | None:
    """Inputs, classes or accuracy of the test rows are not those of the rows trained on."""
    rows = run.rows
    evidence = _test_accuracy_apart(run)
    if rows is not None and rows.test is not None and len(rows.test) >= FEW_ROWS:
        evidence = _inputs_apart(rows.train, rows.test) or _classes_apart(run) or evidence
    if evidence is None:
        return None
    return Finding("test rows differ", evidence, _alike(run))


def _alike(run: Evidence) -> str:
    """Test rows from where the training rows are, or inputs that differ less."""
    if run.config["data.test_path"] is not None:
        return "data.test_path=null"
    if run.config["data.shuffle"] is False:
        return "data.shuffle=true"
    return run.new("data.normalize=standardize", *["augment=affine"] * run.of_images, "seed=1")


def _inputs_apart(train: Rows, test: Rows) -> str | None:
    """How far the means of the features lie apart, in deviations, less what chance would do."""
    (m, v, n), (m_test, v_test, n_test) = _moments(train), _moments(test)
    spread = (v + v_test) / 2
    changes = spread > 1e-3 * max(float(spread.max()), 1e-12)
    if not changes.any():
        return None
    squares = (m - m_test)[changes] ** 2 / spread[changes]
    by_chance = 1 / n + 1 / n_test
    apart = math.sqrt(max(float(squares.mean()) - by_chance, 0.0))
    if apart < SHIFTED:
        return None
    return (
        f"means of the features lie {apart:.2g} deviations apart between training and test rows "
        f"(root mean square of {int(changes.sum()):,})"
    )


def _moments(rows: Rows) -> tuple[Floats, Floats, int]:
    """Mean and variance of each feature as the network takes it, in a sample; its rows."""
    x = inputs(sample(rows, COMPARED)).astype(np.float64)
    mean = x.mean(axis=0)
    x -= mean
    return mean, np.einsum("ij,ij->j", x, x) / len(x), len(x)


def _classes_apart(run: Evidence) -> str | None:
    rows, shares = run.rows, run.class_shares
    if shares is None or rows is None or rows.test is None or rows.task.name != "classification":
        return None
    counts = np.bincount(rows.test.labels, minlength=len(shares))
    n = counts.sum()
    found = counts / n
    by_chance = float(np.sqrt(shares * (1 - shares) / n).sum()) / 2
    apart = float(np.abs(found - shares).sum()) / 2
    if apart < SHARES_APART + 2 * by_chance:
        return None
    k = int(np.abs(found - shares).argmax())
    return (
        f"class {run.name_of(k)} is {percent(float(shares[k]))} of the training rows, "
        f"{percent(float(found[k]))} of the test rows"
    )


def _test_accuracy_apart(run: Evidence) -> str | None:
    validated, tested = run.curve("val_accuracy"), run.test_metrics.get("accuracy")
    if not len(validated) or tested is None or run.confusion is None or not run.n_validation:
        return None
    n, best = int(run.confusion.sum()), float(validated.max())
    if n < FEW_ROWS:
        return None
    error = math.sqrt(
        tested * (1 - tested) / n + max(best * (1 - best), 1 / run.n_validation) / run.n_validation
    )
    if best - tested < WORSE + 3 * error:
        return None
    return f"accuracy {percent(best)} in validation, {percent(tested)} in the test"


def label_noise(run: Evidence) -> Finding | None:
    """The network is wrong as often where it is sure as anywhere else.

    Where classes overlap, errors crowd where the network is unsure. Labels that were mixed up lie
    everywhere alike: of the surest quarter of the rows that were not trained on, as many are
    contradicted as of all. Cf. Northcutt, Jiang & Chuang 2021, "Confident learning".
    """
    rows = run.rows
    if run.task != "classification" or rows is None:
        return None
    if run.right_elsewhere > 1 - STILL_WRONG or rows.judged is None:
        return None
    probabilities, labels = rows.judged
    wrong = probabilities.argmax(axis=1) != labels
    counts = np.bincount(labels)
    if len(labels) < 4 * FEW_ROWS or wrong.mean() > CAPABLE * (1 - counts.max() / len(labels)):
        return None
    surest = np.argsort(-margin(probabilities), kind="stable")[: round(SUREST * len(labels))]
    error, everywhere = float(wrong[surest].mean()), float(wrong.mean())
    least = error - 1.645 * math.sqrt(error * (1 - error) / len(surest))
    if least < STILL_WRONG or error < AS_WRONG * everywhere:
        return None
    text = (
        f"of the quarter of held out rows where the network is surest, {percent(error)} are "
        f"labelled otherwise, of all {percent(everywhere)}; inspect lists the rows to look at"
    )
    ways = ["training.early_stopping.patience=5"]
    if run.config["loss.name"] == "cross_entropy":
        ways.insert(0, "regularization.label_smoothing=0.1")
    return Finding(MIXED_UP, text, run.new(*ways))


def margin(probabilities: np.ndarray) -> Floats:
    """(n, classes) -> (n,) by how much the likeliest class leads, in log odds.

    Probabilities of 1 in float32 tell sure rows no longer apart; what is left to the others does.
    """
    top = probabilities.argmax(axis=1)
    others = probabilities.astype(np.float64)
    others[np.arange(len(top)), top] = 0.0
    return -others.sum(axis=1)
