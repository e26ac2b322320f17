"""What MLflow is told of a run."""

import json

import pytest

from mlp_scratch.runs.metrics_file import read_metrics

RUN = ["hydra.run.dir=run", "training.epochs=3", "optim.lr=0.002", "model.layers=[null,8,null]"]


@pytest.mark.slow
def test_mlflow_has_the_run(run_command, tmp_path):
    mlflow = pytest.importorskip("mlflow", reason="the extra 'mlflow' is not installed")
    done = run_command("train", "tracking=mlflow", *RUN)
    assert (done.returncode, done.stderr) == (0, "")
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}")
    experiment = client.get_experiment_by_name("mlp_scratch")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "run"
    assert run.data.params["optim.lr"] == "0.002"
    rows = read_metrics(tmp_path / "run" / "metrics.csv")
    history = client.get_metric_history(run.info.run_id, "val_loss")
    assert [m.step for m in history] == rows["step"].tolist()
    assert [m.value for m in history] == pytest.approx(rows["val_loss"].tolist())
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert run.data.metrics["test/accuracy"] == summary["test"]["best"]["accuracy"]
    pictures = {path.name for path in (tmp_path / "run").glob("*.png")}
    found = {path.name for path in (tmp_path / "mlruns").glob("**/*.png")}
    assert found == pictures
    assert run_command("resume", "run", "training.epochs=4").returncode == 0
    (run,) = client.search_runs([experiment.experiment_id])
    assert len(client.get_metric_history(run.info.run_id, "val_loss")) == 4
