"""``inspect RUN layers``: the table, the picture, and what a user gets wrong."""

import math

import numpy as np
import pytest
from layer_tables import made_table, write_table
from tiny_runs import tiny_config, write_data

from mlp_scratch.experiment import session
from mlp_scratch.inspect import main
from mlp_scratch.runs.folder import RunFolder
from mlp_scratch.views.layers_view import as_text_table


def test_the_first_look_and_the_last():
    table = made_table(2)
    table["dead"][:, 0] = 0.0, 0.1, 0.2, 0.25
    shown = as_text_table(table)
    ratio, gradient = table["update_ratio"], table["grad_norm"]
    assert [row[0] for row in shown.rows] == ["1", "2 (output)"]
    assert shown.rows[0][1:] == [
        f"{gradient[0, 0]:.2g} → {gradient[3, 0]:.2g}",
        f"{ratio[1, 0]:.2g} → {ratio[3, 0]:.2g}",
        "0.0 % → 25.0 %",
        "–",
    ]
    assert shown.rows[1][3] == "–"
    table["grad_norm"][3] = math.nan  # diverged
    assert as_text_table(table).rows[0][1].endswith(" → –")
    for name, values in table.columns.items():
        table.columns[name] = values[:1]
    assert "→" not in as_text_table(type(table)(np.array([0]), table.columns)).rows[0][1]


def test_by_command(runs, capsys, tmp_path):
    folder = runs.add("run")
    write_table(folder, 2)
    main([str(folder), "layers"])
    out = capsys.readouterr().out.splitlines()
    assert out[0].split()[0] == "layer"
    assert out[-1] == f"picture: {folder / 'layers.png'}"
    main([str(folder), "layers", "--output", str(tmp_path / "x.svg")])
    assert (tmp_path / "x.svg").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["layers"], "has no record of its layers; "),
        (["layers", "2"], "2: `layers` takes no more words"),
        (["layer"], "did you mean layers?"),
    ],
)
def test_a_users_mistakes(words, said, runs, capsys):
    folder = runs.add("run")
    assert main([str(folder), *words]) in (1, 2)
    assert said in capsys.readouterr().err


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize(("asked", "drawn"), [("auto", False), ("true", True), ("false", False)])
def test_a_run_ends_with_the_picture_only_where_asked(asked, drawn, tmp_path):
    words = ["training.epochs=1", f"training.record_layers={asked}"]
    config = tiny_config(write_data(tmp_path), words)
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    assert session.train(config, folder, quiet=True) == 0
    assert (folder.path / "layers.png").exists() == drawn
    assert folder.layers.exists() == (asked != "false")
