"""``resume`` on a run that ended."""

from pathlib import Path

from running import Command, runs_in


def test_resume_for_more_epochs_is_one_long_run(run_command: Command, tmp_path: Path) -> None:
    words = ["model.layers=[784,16,10]", "training.eval_every=1"]
    assert run_command("train", *words, "training.epochs=4").returncode == 0
    assert run_command("train", *words, "training.epochs=2").returncode == 0
    done = run_command("resume", "latest", "training.epochs=4")
    assert done.returncode == 0, done.stderr
    long, resumed = runs_in(tmp_path)
    for name in ("best.npz", "last.npz"):
        ours = (resumed / "checkpoints" / name).read_bytes()
        assert ours == (long / "checkpoints" / name).read_bytes()
