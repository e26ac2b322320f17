"""Running a command as a user does, and finding what it left."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from forked import start_command

Command = Callable[..., subprocess.CompletedProcess[str]]


def run_in(
    folder: Path,
    command: str,
    *words: str,
    timeout: float = 300,
    before: Callable[[], None] | None = None,
    fresh: bool = False,
) -> subprocess.CompletedProcess[str]:
    """``python -m mlp_scratch.COMMAND WORDS`` in ``folder``, without a terminal.

    before: called in the new process before the command starts (POSIX). fresh: start Python anew
    for it rather than fork a process that has done its imports (``forked.py``).
    """
    if before is None and not fresh:
        with start_command(folder, command, words, stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)
    return subprocess.run(
        [sys.executable, "-m", f"mlp_scratch.{command}", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=before,
        timeout=timeout,
    )


def runs_in(folder: Path) -> list[Path]:
    """The run folders under ``folder/outputs``, oldest first."""
    found = [path.parent for path in (folder / "outputs").glob("**/summary.json")]
    return sorted(found, key=lambda path: (path / ".lock").stat().st_mtime_ns)
