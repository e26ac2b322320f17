"""Sweeps through submitit and Ray: the bits of this machine; preempted jobs that come back."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sweeps import start, sweep, table, wait_for, words, write_data

from mlp_scratch.engine.checkpoint import read_checkpoint
from mlp_scratch.errors import ConfigError
from mlp_scratch.sweep import cluster
from mlp_scratch.sweep.cluster import check_cluster


def _needs(module: str, extra: str) -> pytest.MarkDecorator:
    missing = cluster.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"pip install 'mlp-scratch[{extra}]'")


HUGE = "[null,3000000,3000000,null]"
submitit = _needs("submitit", "slurm")
CLUSTERS = [
    pytest.param("local", marks=[submitit, pytest.mark.slow]),
    pytest.param("ray", marks=[_needs("ray", "ray"), pytest.mark.slow]),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


def test_an_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_cluster(None)
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"submitit-launcher: pip install 'mlp-scratch\[slurm\]'"):
        check_cluster("slurm")
    with pytest.raises(ConfigError, match=r"ray-launcher: pip install 'mlp-scratch\[ray\]'"):
        check_cluster("ray")
    with pytest.raises(ConfigError, match="cluster=sun: not one of slurm, local, ray"):
        check_cluster("sun")


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_cluster_gives_the_bits_of_the_default_launcher(
    data: Path, tmp_path: Path, cluster: str
) -> None:
    asked = words(
        data, "optim=sgd,adam", "regularization.dropout=0.2", f"model.layers=[null,8,null],{HUGE}"
    )
    status, text = sweep(tmp_path / "far", *asked, f"cluster={cluster}")
    assert status == 1, text  # the memory does not suffice
    status, _ = sweep(tmp_path / "here", *asked, "training.threads=1")
    assert status == 1
    far, here = table(tmp_path / "far"), table(tmp_path / "here")
    for name, row in here.items():
        row.pop("training.threads")
        assert row == far[name]
        if row["status"] == "finished":
            ours, theirs = (
                read_checkpoint(tmp_path / where / name / "checkpoints" / "last.npz").arrays
                for where in ("here", "far")
            )
            assert all(np.array_equal(ours[key], theirs[key]) for key in ours)
    assert sorted(row["status"] for row in here.values()) == ["failed"] * 2 + ["finished"] * 2
    status, text = sweep(tmp_path / "far", *asked)  # here, what was begun there
    assert "4 of them done before" in text


@submitit
@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_preempted_job_goes_on_when_it_is_requeued(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    asked = words(data, "training.epochs=1500", "cluster=local", "seed=7")
    process = start(folder, *asked)
    wait_for(lambda: list(folder.glob("*/checkpoints/last.npz")), process)
    run = next(folder.glob("*/checkpoints/last.npz")).parent.parent
    os.kill(json.loads((run / "summary.json").read_text())["host"]["pid"], signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert json.loads((run / "summary.json").read_text())["status"] == "interrupted"
    assert [row["status"] for row in table(folder).values()] == ["interrupted"]

    pickled = next(folder.glob(".submitit/*/*/*_submitted.pkl"))  # what Slurm starts once more
    number = pickled.name.partition("_")[0]
    requeued = subprocess.run(
        [sys.executable, "-m", "submitit.core._submit", str(pickled.parent)],
        env={**os.environ, "SUBMITIT_EXECUTOR": "local", "SUBMITIT_LOCAL_JOB_ID": number},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert requeued.returncode == 0, requeued.stderr
    assert json.loads((run / "summary.json").read_text())["status"] == "finished"
    log = (run / "train.log").read_text()
    assert "interrupted; go on with" in log
    assert "resumed after epoch" in log
    status, text = sweep(folder, *asked)
    assert status == 0
    assert "1 of them done before" in text


SBATCH = """#!{python}
import os, re, subprocess, sys
script = sys.argv[1]
text = open(script).read()
first, last = re.search(r"--array=(\\d+)-(\\d+)", text).groups()
home = os.path.dirname(os.path.abspath(__file__))
for task in range(int(first), int(last) + 1):
    code = (
        "import subprocess, sys; p = sys.argv[1]; open(p, 'w').write('RUNNING'); "
        "r = subprocess.call(['bash', sys.argv[2]]); "
        "open(p, 'w').write('FAILED' if r else 'COMPLETED')"
    )
    slurm = dict(JOB_ID=f"77{{task}}", ARRAY_JOB_ID="77", ARRAY_TASK_ID=task, NTASKS=1,
                 JOB_NUM_NODES=1, NODEID=0, JOB_NODELIST="here", PROCID=0, LOCALID=0)
    subprocess.Popen(
        [sys.executable, "-c", code, f"{{home}}/77_{{task}}.state", script],
        env={{**os.environ, **{{f"SLURM_{{k}}": str(v) for k, v in slurm.items()}}}},
        stdout=open(f"{{home}}/77_{{task}}.log", "w"), stderr=subprocess.STDOUT,
        start_new_session=True,
    )
print("Submitted batch job 77")
"""
SRUN = """#!{python}
import os, sys
start = next(i for i, word in enumerate(sys.argv) if i and "python" in os.path.basename(word))
os.execv(sys.argv[start], sys.argv[start:])
"""
SACCT = """#!{python}
import glob, os
print("JobID|State|NodeList")
for path in glob.glob(os.path.dirname(os.path.abspath(__file__)) + "/*.state"):
    print(os.path.basename(path)[:-6] + "|" + open(path).read() + "|here")
"""


@submitit
@pytest.mark.skipif(os.name != "posix", reason="Slurm's commands are acted by scripts")
def test_slurm_runs_an_array(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = tmp_path / "slurm"
    commands.mkdir()
    for name, text in [("sbatch", SBATCH), ("srun", SRUN), ("sacct", SACCT)]:
        (commands / name).write_text(text.format(python=sys.executable))
        (commands / name).chmod(0o755)
    asked = words(data, "seed=0,1", "cluster=slurm")
    status, text = sweep(tmp_path / "none", *asked)
    assert status == 2
    assert "no sbatch here" in text
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    partition = "hydra.launcher.options.partition=fast"
    status, text = sweep(tmp_path / "sweep", *asked, partition)
    assert status == 0, text
    script = next((tmp_path / "sweep").glob(".submitit/**/*.sh")).read_text()
    for line in ("--partition=fast", "--time=60", "--requeue", "--array=0-1", "--mem=2GB"):
        assert line in script
    assert [row["status"] for row in table(tmp_path / "sweep").values()] == ["finished"] * 2
