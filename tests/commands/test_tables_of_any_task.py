"""Commands on tables whose target are numbers: what goes wrong in a user's hands."""

import numpy as np
import pytest


@pytest.fixture
def table(tmp_path):
    """``power.csv``: two inputs, two numbers; ``signs.csv``: two inputs and words."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    rows = np.column_stack([x, x[:, 0] + 0.1, x.sum(axis=1)]).tolist()
    lines = ["a,b,power,gas", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "power.csv").write_text("\n".join(lines) + "\n")
    signs = [f"{a},{b},{'up' if a > 0 else 'down'}" for a, b in x]
    (tmp_path / "signs.csv").write_text("\n".join(["a,b,sign", *signs]) + "\n")
    return "data=csv", "data.path=power.csv"


@pytest.mark.slow
def test_networks_of_different_losses_answer_together(table, run_command):
    label = "data.label=[power,gas]"
    for loss in ("gaussian_nll", "pinball", "squared_error"):
        done = run_command("train", *table, label, f"loss={loss}", f"hydra.run.dir=outputs/{loss}")
        assert done.returncode == 0, done.stderr
        assert f"task: regression, which loss={loss} is for" in done.stdout
    done = run_command("evaluate", "gaussian_nll", "pinball", "squared_error")
    assert done.returncode == 0, done.stderr
    assert "ensemble of 3: test rmse" in done.stdout


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["data.label=power,gas"], "several columns: data.label=[power,gas]"),
        (["data.drop=power,gas"], "several columns: data.drop=[power,gas]"),
        (["data.label=power", "loss=pinball", "model.layers=[null,8,1]"], "needs 3 outputs"),
        (
            ["data.path=signs.csv", "data.label=sign", "regularization.class_weight={uup: 2}"],
            "regularization.class_weight=uup: must be one of down, up (did you mean up?)",
        ),
    ],
)
def test_what_is_refused_tells_the_way_out(table, run_command, words, says):
    done = run_command("train", *table, *words)
    assert done.returncode != 0
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
