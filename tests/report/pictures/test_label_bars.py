import numpy as np
import pytest
from PIL import Image

from mlp_scratch.report.pictures.label_bars import MOST_LABELS, draw_label_scores

RNG = np.random.default_rng(0)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("k", [1, 3, MOST_LABELS, MOST_LABELS + 20])
def test_any_number_of_labels(tmp_path, k):
    true = (RNG.random((200, k)) < 0.3).astype(np.int8)
    given = true ^ (RNG.random((200, k)) < 0.1)
    names = [f"$label_{j}$ with a name" for j in range(k)]
    path = draw_label_scores(true, given, names, tmp_path / "l.png", "run")
    shown = max(min(k, MOST_LABELS), 2)
    assert Image.open(path).size == pytest.approx((1272, 120 * (1.25 + 0.24 * shown)), abs=1)


def test_labels_that_never_occur(tmp_path):
    path = draw_label_scores(np.zeros((5, 2)), np.zeros((5, 2)), ["a", "b"], tmp_path / "l.png")
    assert path.stat().st_size > 3000
