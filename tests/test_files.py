"""Errors of writing name the file that was meant."""

import errno
import os
import stat
from pathlib import Path

import pytest

from mlp_scratch.files import write_product, write_text_atomically, write_together


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


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "full", 0o666 | stat.S_IFCHR, os.makedev(1, 7))
    except (PermissionError, AttributeError):
        pytest.skip("devices are made by root")
    with pytest.raises(OSError, match="it is a device") as caught:
        write_text_atomically(tmp_path / "full", "x")
    assert caught.value.filename == str(tmp_path / "full")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_product_makes_its_folder(tmp_path: Path) -> None:
    write_product(tmp_path / "a" / "b" / "page.html", b"<p>")
    assert (tmp_path / "a" / "b" / "page.html").read_bytes() == b"<p>"
