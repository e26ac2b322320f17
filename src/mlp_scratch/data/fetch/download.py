"""Fetching published data sets: every mirror is tried, an interrupted transfer goes on where it
stopped, and a file gets its name only after its checksum was right.

Written here rather than left to pooch (mirrors in a loop and the SHA-256 of files, in some thirty
lines, with requests as one more dependency), because pooch begins an interrupted file anew, waits
on one that only trickles, takes whatever size is sent, and cannot check the contents of a .gz,
which is all that MNIST's mirrors have in common.
"""

import errno
import hashlib
import http.client
import logging
import os
import socket
import time
import urllib.error
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from mlp_scratch.bounded_reads import opened, unpack_limit, unpacked
from mlp_scratch.data.fetch.paced_http import open_paced
from mlp_scratch.data.fetch.sources import Remote
from mlp_scratch.errors import DataError
from mlp_scratch.files import try_lock, write_atomically
from mlp_scratch.streams import live

_CHUNK = 1 << 16
_SLOWEST = 1 << 10  # bytes a second; below that a transfer counts as stalled
_HOPELESS = {errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EPERM}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """When to give up: ``stall`` seconds without data, ``attempts`` at each mirror, with pauses of
    ``backoff``, 2 ``backoff``, ... seconds between them; ``total`` seconds for a file."""

    stall: float = 20.0
    total: float = 7200.0  # the largest file at 25 kB a second
    attempts: int = 3
    backoff: float = 1.0


class _TransferError(Exception):
    """Why one attempt failed, and whether another at the same mirror could go better."""

    def __init__(self, reason: str, retry: bool = True):
        super().__init__(reason)
        self.retry = retry


def download_all(
    name: str, remotes: Sequence[Remote], folder: Path, patience: Patience = Patience()
) -> list[Path]:
    """The files of data set ``name`` in ``folder``, fetching those that are not there yet."""
    paths = []
    for remote in remotes:
        path = folder / remote.file
        _remove_parts(path)
        if not path.is_file():
            try:
                _fetch(remote, path, patience)
            except _TransferError as error:
                raise DataError(
                    f"data={name}: {remote.file} could not be downloaded ({error})\n"
                    + by_hand(remotes, folder)
                ) from error
        paths.append(path)
    return paths


def _remove_parts(path: Path) -> None:
    """Delete what killed downloads left of a file; one that is under way holds its part's lock."""
    for part in path.parent.glob(f".{path.name}.*.tmp"):
        with suppress(OSError), open(part, "r+b") as file:
            if try_lock(file):
                part.unlink()


def by_hand(remotes: Sequence[Remote], folder: Path) -> str:
    """What to do without a network."""
    files = ", ".join(remote.file for remote in remotes)
    return f"Put {files} from {remotes[0].mirrors[0]} into {folder}, or use data=digits (built in)."


def _fetch(remote: Remote, path: Path, patience: Patience) -> None:
    """Download one file to ``path``: all of it, verified, or not at all. A terminal shows a bar."""

    def from_the_first_that_can(file: BinaryIO) -> None:
        try_lock(file)
        problems, deadline = [], time.monotonic() + patience.total
        look: dict[str, Any] = {"unit": "B", "unit_scale": True, "leave": False, "file": live()}
        with tqdm(desc=path.name, disable=None, **look) as bar:
            for mirror in remote.mirrors:
                problem = _from_mirror(mirror + remote.file, remote, file, bar, patience, deadline)
                if problem is None:
                    return
                _log.info("%s%s: %s", mirror, remote.file, problem)
                problems.append(f"{mirror.split('/')[2]}: {problem}")
        raise _TransferError("; ".join(problems))

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, from_the_first_that_can)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from error


def _from_mirror(
    url: str, remote: Remote, file: BinaryIO, bar: tqdm, patience: Patience, deadline: float
) -> str | None:
    """Fill ``file`` from one mirror; None when it is complete and right, else what went wrong."""
    reason = ""
    for attempt in range(patience.attempts):
        if attempt:
            time.sleep(patience.backoff * 2 ** (attempt - 1))
        try:
            _transfer(url, remote, file, bar, patience.stall, deadline)
            _verify(remote, file)
            return None
        except _TransferError as error:
            reason = str(error)
            if not error.retry:
                break
    return reason


def _transfer(
    url: str, remote: Remote, file: BinaryIO, bar: tqdm, stall: float, deadline: float
) -> None:
    """Append to ``file`` what is missing; a server that cannot do that sends it all again."""
    have = file.seek(0, os.SEEK_END)
    headers = {"User-Agent": "mlp-scratch", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with _network(stall):
        response = open_paced(url, headers, stall)
    with response:
        sent = response.headers.get("Content-Range", "")
        resumed = response.status == 206 and sent.startswith(f"bytes {have}-")
        if not resumed:
            have = 0
            file.seek(0)
            file.truncate()
        length = response.headers.get("Content-Length", "").lstrip("0")[:20]  # enough to see it
        total = have + int(length) if length.isdecimal() else None
        if total is not None and total > remote.max_bytes:
            raise _TransferError(f"offers {total} bytes, too many", retry=False)
        bar.total = total
        started, then = time.monotonic(), have
        while True:
            if time.monotonic() > deadline:
                raise _TransferError("takes too long in all", retry=False)
            response.step(stall)
            with _network(stall):
                chunk = response.read1(_CHUNK)
            if not chunk:
                break
            file.write(chunk)
            have += len(chunk)
            bar.update(have - bar.n)
            if have > remote.max_bytes:
                raise _TransferError(f"sends more than {remote.max_bytes} bytes", retry=False)
            if time.monotonic() - started > stall:
                if have - then < _SLOWEST * stall:
                    raise _TransferError(f"stalled: {have - then} bytes in {stall:g} s")
                started, then = time.monotonic(), have
    if total is not None and have < total:
        raise _TransferError(f"ended after {have} of {total} bytes")


@contextmanager
def _network(stall: float) -> Iterator[None]:
    """Only what talks to the network stands inside: a full disk is another matter."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        retry = error.code >= 500 or error.code in (408, 416, 429)
        raise _TransferError(f"HTTP status {error.code}", retry) from error
    except TimeoutError as error:
        raise _TransferError(f"no data for {stall:g} s") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)  # URLError wraps what it met
        if isinstance(reason, TimeoutError):
            raise _TransferError(f"no answer for {stall:g} s") from error
        hopeless = isinstance(reason, socket.gaierror) or getattr(reason, "errno", 0) in _HOPELESS
        said = " ".join(str(reason).split())[:200]  # on one line, whatever the server sent
        raise _TransferError(said or type(reason).__name__, not hopeless) from error


def _verify(remote: Remote, file: BinaryIO) -> None:
    """Compare checksums; a file that fails is emptied, so that the next attempt starts anew."""
    file.flush()
    path = Path(file.name)
    try:
        with opened(path) as raw:
            found = hashlib.file_digest(raw, "sha256").hexdigest()
            right = remote.sha256 in (None, found)
            if right and remote.content_sha256 is not None:
                raw.seek(0)
                right = content_sha256(raw, path.stat().st_size) == remote.content_sha256
    except DataError:  # no gzip, or a broken one
        right = False
    if not right:
        file.seek(0)
        file.truncate()
        raise _TransferError("corrupt: its checksum is not the published one")


def content_sha256(raw: BufferedReader, size: int) -> str:
    """Of what is inside a file of ``size`` bytes, as far as gzip data may be trusted."""
    sha, left = hashlib.sha256(), unpack_limit(size)
    stream = unpacked(raw)
    while left > 0 and (chunk := stream.read(1 << 20)):
        sha.update(chunk)
        left -= len(chunk)
    return sha.hexdigest()
