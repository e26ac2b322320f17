"""Errors of writing name the file that was meant."""

import errno
import os
from pathlib import Path

import pytest

from mlp_scratch.files import write_text_atomically, write_together


def test_a_failure_names_the_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_text_atomically(tmp_path / "nowhere" / "a.txt", "x")
    assert caught.value.filename == str(tmp_path / "nowhere" / "a.txt")

    def full(file: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space") as caught:
        write_together([(tmp_path / "a", lambda file: None), (tmp_path / "b", full)])
    assert caught.value.filename == str(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
