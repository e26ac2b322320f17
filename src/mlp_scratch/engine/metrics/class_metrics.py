"""How good decided classes and labels are; ``probability_metrics.py`` asks the probabilities.

Classes: probabilities (n, classes) against labels (n,) of 0..k-1. Several labels: probabilities
(n, labels) against 0 or 1 (n, labels), a label being said where its probability is above one half.
weights (n,) of the rows, or None: all alike; weights that sum to 0 raise ZeroDivisionError or give
NaN. Each function gives what scikit-learn's of that name gives.
"""

import numpy as np


def accuracy(probabilities, labels, weights=None) -> float:
    """Share of the rows whose likeliest class is the true one; of equal ones the first counts."""
    return float(np.average(probabilities.argmax(axis=1) == labels, weights=weights))


def balanced_accuracy(probabilities, labels, weights=None) -> float:
    """Mean over classes of the share of their rows that is found (recall).

    Over those that occur: a class without rows, or with rows of no weight only, has no recall.
    """
    scores = per_class(labels, probabilities.argmax(axis=1), probabilities.shape[1], weights)
    occurs = scores["support"] > 0
    return float(scores["recall"][occurs].mean()) if occurs.any() else np.nan


def top_k_accuracy(probabilities, labels, weights=None, *, k: int) -> float:
    """Share of the rows whose true class is among the k likeliest.

    Of equal ones the last count, as in scikit-learn's, and other than in ``accuracy``. 1 where
    there are no more than k classes.
    """
    classes = probabilities.shape[1]
    at_label = np.take_along_axis(probabilities, labels[:, None], axis=1)
    behind = np.count_nonzero(probabilities < at_label, axis=1)
    equal = probabilities == at_label
    tied = np.flatnonzero(np.count_nonzero(equal, axis=1) > 1)
    before = np.arange(classes) < labels[tied, None]
    behind[tied] += np.count_nonzero(equal[tied] & before, axis=1)
    return float(np.average(behind >= classes - k, weights=weights))


def subset_accuracy(probabilities, targets, weights=None) -> float:
    """Share of the rows with all labels right: scikit-learn's ``accuracy_score`` of several."""
    right = ((probabilities > 0.5) == (targets > 0.5)).all(axis=1)
    return float(np.average(right, weights=weights))


def macro_f1(probabilities, targets, weights=None) -> float:
    """Mean of the F1 of all classes that occur or are predicted; or of all labels.

    A class that only occurs or only is predicted has F1 0, and so has a label that neither occurs
    nor is said.
    """
    if targets.ndim == 2:
        return float(per_label(targets, probabilities > 0.5, weights)["f1"].mean())
    predicted, classes = probabilities.argmax(axis=1), probabilities.shape[1]
    f1 = per_class(targets, predicted, classes, weights)["f1"]
    return float(f1[seen(targets, predicted, classes)].mean())


def micro_f1(probabilities, targets, weights=None) -> float:
    """F1 of all answers to all labels together, yes being what is looked for; 0 without any yes."""
    true, said = targets > 0.5, probabilities > 0.5
    hits, positives = (true & said).sum(axis=1), true.sum(axis=1) + said.sum(axis=1)
    if weights is not None:
        hits, positives = weights * hits, weights * positives
    return float(2.0 * hits.sum() / (positives.sum() or 1.0))


def per_class(
    true: np.ndarray, predicted: np.ndarray, classes: int, weights: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """precision, recall, f1 and support of each class, from labels (n,) and predictions (n,).

    A class that was never predicted has precision 0, one that never occurred recall 0. Support is
    the number of rows, with weights their sum.
    """
    right = true == predicted
    hits = np.bincount(true[right], None if weights is None else weights[right], classes)
    return _scores(
        hits, np.bincount(predicted, weights, classes), np.bincount(true, weights, classes)
    )


def per_label(
    true: np.ndarray, said: np.ndarray, weights: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """precision, recall, f1 and support of each label, as ``per_class`` has them.

    true: (n, labels) of 0 and 1. said: (n, labels) booleans.
    """
    true = true > 0.5
    parts = (true & said, said, true)
    if weights is None:
        return _scores(*(np.count_nonzero(part, axis=0) for part in parts))
    return _scores(*(weights @ part for part in parts))


def seen(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Which classes (classes,) occur or are predicted: those that a mean over classes is of."""
    return (np.bincount(true, None, classes) + np.bincount(predicted, None, classes)) > 0


def _scores(hits: np.ndarray, said: np.ndarray, support: np.ndarray) -> dict[str, np.ndarray]:
    """From how often each class was right, predicted, and true."""
    precision = hits / np.where(said > 0, said, 1)
    recall = hits / np.where(support > 0, support, 1)
    f1 = 2.0 * precision * recall / np.where(hits > 0, precision + recall, 1.0)
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}
