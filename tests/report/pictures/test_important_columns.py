"""The picture of the columns that count most."""

import re

import numpy as np

from mlp_scratch.engine.task import Task
from mlp_scratch.report.pictures.important_columns import Curve, draw_column_effects


def test_dates_two_targets_and_dollars_are_drawn_as_they_are(tmp_path, monkeypatch):
    drawn = []

    def keep(figure, path):
        figure.canvas.draw()
        drawn.append(figure)
        return path

    monkeypatch.setattr("mlp_scratch.report.pictures.style.write", keep)
    days = np.array([18_300.0, 18_400.0, 18_500.0])
    curve = Curve("paid in $ or $$", days, [], np.arange(6.0).reshape(3, 2), dates=True)
    importances = np.ones(1), np.zeros(1)
    task = Task("regression", names=("y1", "y2"))
    draw_column_effects("x.png", ["paid"], *importances, [curve], task, by="RMSE rises by", rows=3)
    ax = drawn[0].axes[1]
    assert len(ax.lines) == 2
    assert ax.get_title(loc="left").replace(r"\$", "$") == "paid in $ or $$"
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert all(re.fullmatch(r"20(19|20)-\d\d-\d\d", label) for label in labels)
