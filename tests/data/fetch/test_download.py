"""Downloads, from a server on this machine that does everything that servers do wrong."""

import gzip
import hashlib
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import makers
import numpy as np
import pytest
import tqdm

from mlp_scratch.data.fetch import download, sources
from mlp_scratch.data.fetch.download import Patience, download_all
from mlp_scratch.data.fetch.sources import SOURCES, Remote
from mlp_scratch.data.load import load_dataset
from mlp_scratch.errors import DataError
from mlp_scratch.files import try_lock

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(stall=0.25, attempts=3, backoff=0.01)


class Server(ThreadingHTTPServer):
    """Each mirror is a folder whose name says how it behaves; ``asked`` notes every request."""

    daemon_threads = True
    asked: list[tuple[str, str | None]]
    files: dict[str, bytes]

    def handle_error(self, request, client_address) -> None:
        pass  # clients that hang up are the point


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        _, how, name = self.path.split("/", 2)
        asked = [path for path, _ in self.server.asked]
        nth = asked.count(self.path)
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        content = self.server.files[name]
        getattr(self, how)(content, wanted, nth)

    def send(self, content: bytes, wanted: str | None = None, length: int | None = None) -> None:
        start = 0
        if wanted is not None:
            match = re.fullmatch(r"bytes=(\d+)-", wanted)
            assert match is not None
            start = int(match.group(1))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start if length is None else length))
        self.end_headers()
        self.wfile.write(content[start:])

    def good(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send(content, wanted)

    def no_ranges(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send(content if nth else content[:1000], length=len(content))

    def no_length(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def missing(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_error(404)

    def broken(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_error(500)

    def broken_once(self, content: bytes, wanted: str | None, nth: int) -> None:
        if nth == 0:
            self.send_error(503)
        else:
            self.send(content, wanted)

    def silent(self, content: bytes, wanted: str | None, nth: int) -> None:
        time.sleep(3)

    def stalls(self, content: bytes, wanted: str | None, nth: int) -> None:
        """Sends half of what is asked for, and then nothing."""
        self.send(content[:1000], length=len(content))
        time.sleep(3)

    def drips(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send(content[:1000], length=len(content))
        for i in range(30):
            self.wfile.write(content[1000 + i : 1001 + i])
            time.sleep(0.1)

    def truncates(self, content: bytes, wanted: str | None, nth: int) -> None:
        """Hangs up after 100,000 bytes, wherever it was asked to start."""
        start = int(wanted[6:-1]) if wanted else 0
        self.send(content[: start + 100_000], wanted, length=len(content) - start)

    def corrupts(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:], wanted)

    def corrupts_once(self, content: bytes, wanted: str | None, nth: int) -> None:
        (self.send if nth else self.corrupts)(content, wanted)  # type: ignore[operator]

    def too_large(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send(content * 10)

    def endless(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(content)

    def redirects(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_response(302)
        self.send_header("Location", self.path.replace("/redirects/", "/good/"))
        self.end_headers()

    def loops(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_response(302)
        self.send_header("Location", self.path)
        self.end_headers()

    def leads_to_a_file(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_response(302)
        self.send_header("Location", "file:///etc/passwd")
        self.end_headers()

    def leads_to_ftp(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send_response(302)
        self.send_header("Location", "ftp://127.0.0.1:1/some.bin")
        self.end_headers()

    def babbles(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    def hangs_up(self, content: bytes, wanted: str | None, nth: int) -> None:
        pass

    def raw(self, *pieces: bytes, then: bytes, times: int = 300, pause: float = 0.05) -> None:
        """Writes ``pieces``, and then ``then`` again and again."""
        self.wfile.write(b"".join(pieces))
        for _ in range(times):
            self.wfile.write(then)
            time.sleep(pause)

    def drips_a_status_line(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.raw(b"HTTP/1.1 2", then=b"0")

    def drips_headers(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.raw(b"HTTP/1.1 200 OK\r\nX: ", then=b"x")

    def continues(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.raw(then=b"HTTP/1.1 100 Continue\r\n\r\n" * 100, pause=0.001, times=10_000)

    def drips_an_extension(self, content: bytes, wanted: str | None, nth: int) -> None:
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.raw(chunked, b"3e8\r\n", content[:1000], b"\r\n3e8;x=", then=b"x")

    def never_ends_its_trailer(self, content: bytes, wanted: str | None, nth: int) -> None:
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        whole = b"%x\r\n%s\r\n0\r\n" % (len(content), content)
        self.raw(chunked, whole, then=b"X: y\r\n" * 100, pause=0.001, times=10_000)

    def redirects_for_ever(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.raw(b"HTTP/1.1 302 Found\r\nLocation: /good/some.bin\r\n\r\n", then=b"x")

    def claims_5000_digits(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", then=b"x")

    def says_html(self, content: bytes, wanted: str | None, nth: int) -> None:
        self.send(b"<html>log in to this hotel's network</html>")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        running.files = {"some.bin": CONTENT}
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()


def remote(server: Server, *mirrors: str, **known: object) -> Remote:
    known.setdefault("sha256", SHA)
    known.setdefault("max_bytes", 1 << 20)
    urls = tuple(f"http://127.0.0.1:{server.server_port}/{mirror}/" for mirror in mirrors)
    return Remote("some.bin", urls, **known)  # type: ignore[arg-type]


def get(folder: Path, wanted: Remote, patience: Patience = QUICK) -> bytes:
    (path,) = download_all("mnist", [wanted], folder, patience)
    assert [p.name for p in folder.iterdir()] == ["some.bin"]
    return path.read_bytes()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """(bytes done, bytes in all) after each step of a bar."""
    steps: list[tuple] = []

    class Bar(tqdm.tqdm):
        def update(self, n: float | None = 1) -> None:
            self.n += n
            steps.append((self.n, self.total))

    monkeypatch.setattr(download, "tqdm", Bar)
    return steps


GOOD = ["good", "no_ranges", "no_length", "broken_once", "truncates", "corrupts_once", "redirects"]
BAD = {
    "missing": ("HTTP status 404", 1),
    "broken": ("HTTP status 500", 3),
    "silent": ("no data for 0.25 s", 3),
    "stalls": ("no data for 0.25 s", 3),
    "drips": ("stalled", 3),
    "corrupts": ("checksum is not the published one", 3),
    "too_large": ("too many", 1),
    "endless": ("sends more than 1048576 bytes", 1),
    "loops": ("HTTP status 302", 1),
    "leads_to_a_file": ("HTTP status 302", 1),
    "leads_to_ftp": ("unknown url type: ftp", 3),
    "babbles": ("SSH-2.0", 3),
    "hangs_up": ("closed connection without response", 3),
    "drips_a_status_line": ("no data for 0.25 s", 3),
    "drips_headers": ("no data for 0.25 s", 3),
    "continues": ("no data for 0.25 s", 3),
    "drips_an_extension": ("no data for 0.25 s", 3),
    "never_ends_its_trailer": ("no data for 0.25 s", 3),
    "redirects_for_ever": ("no data for 0.25 s", 3),
    "claims_5000_digits": ("too many", 1),
    "says_html": ("checksum is not the published one", 3),
}


@pytest.mark.parametrize("mirror", GOOD)
def test_one_mirror_that_serves_in_the_end(server: Server, tmp_path: Path, mirror: str) -> None:
    assert get(tmp_path / "new" / "folder", remote(server, mirror)) == CONTENT


@pytest.mark.parametrize("mirror", BAD)
def test_the_next_mirror_is_tried(server: Server, tmp_path: Path, mirror: str) -> None:
    assert get(tmp_path, remote(server, mirror, "good")) == CONTENT
    failed = [path for path, _ in server.asked if path.startswith(f"/{mirror}/")]
    assert mirror == "loops" or len(failed) == BAD[mirror][1]


@pytest.mark.parametrize("mirror", BAD)
def test_a_failure_is_two_lines_that_help(server: Server, tmp_path: Path, mirror: str) -> None:
    with pytest.raises(DataError) as caught:
        get(tmp_path, remote(server, "missing", mirror))
    what, fix = str(caught.value).splitlines()
    assert BAD[mirror][0] in what
    assert "data=mnist: some.bin could not be downloaded" in what
    assert fix.startswith("Put some.bin from http://127.0.0.1:")
    assert str(tmp_path) in fix
    assert "data=digits" in fix
    assert list(tmp_path.iterdir()) == []  # nothing half done is left


def test_an_interrupted_transfer_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    """Also at another mirror: what came from the first is not asked for again."""
    cut_off = remote(server, "truncates", "good")
    assert get(tmp_path, cut_off, Patience(backoff=0.01)) == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=100000-", "bytes=200000-"]
    (tmp_path / "some.bin").unlink()
    server.asked.clear()
    assert get(tmp_path, remote(server, "stalls", "good")) == CONTENT
    assert server.asked[-1] == ("/good/some.bin", "bytes=1000-")


def test_a_file_has_a_time_in_all(server: Server, tmp_path: Path, monkeypatch) -> None:
    """Content that comes just fast enough is not waited for for ever either."""
    monkeypatch.setattr(download, "_SLOWEST", 0)
    started = time.perf_counter()
    with pytest.raises(DataError, match="takes too long in all"):
        download_all("mnist", [remote(server, "drips")], tmp_path, Patience(stall=5, total=1))
    assert time.perf_counter() - started < 3


def test_parts_of_killed_downloads_go_and_those_under_way_stay(
    server: Server, tmp_path: Path
) -> None:
    for name in (".some.bin.0a1b2c3d.tmp", ".some.bin.44444444.tmp", ".other.0a1b2c3d.tmp"):
        (tmp_path / name).write_bytes(CONTENT[:1000])
    with open(tmp_path / ".some.bin.44444444.tmp", "r+b") as theirs:
        assert try_lock(theirs)
        download_all("mnist", [remote(server, "good")], tmp_path, QUICK)
        left = {path.name for path in tmp_path.iterdir()}
        assert left == {"some.bin", ".some.bin.44444444.tmp", ".other.0a1b2c3d.tmp"}


def test_a_download_holds_the_lock_of_its_part(server: Server, tmp_path: Path) -> None:
    def download_in_vain() -> None:
        with pytest.raises(DataError):
            download_all("mnist", [remote(server, "stalls")], tmp_path, QUICK)

    thread = threading.Thread(target=download_in_vain)
    thread.start()
    while not (parts := list(tmp_path.glob(".*.tmp"))) or not server.asked:
        time.sleep(0.01)
    with open(parts[0], "r+b") as file:
        assert try_lock(file) is False
    thread.join()


def test_an_endless_file_is_cut_off(server: Server, tmp_path: Path, shown: list[tuple]) -> None:
    with pytest.raises(DataError):
        get(tmp_path, remote(server, "endless"))
    assert max(done for done, _ in shown) < (1 << 20) + (1 << 17)


def test_what_is_there_is_not_fetched(server: Server, tmp_path: Path) -> None:
    (tmp_path / "some.bin").write_bytes(b"mine")
    assert get(tmp_path, remote(server, "missing")) == b"mine"
    assert server.asked == []


@pytest.mark.parametrize("mirror", ["good", "no_length"])
def test_the_bar_shows_how_far_it_is(
    server: Server, tmp_path: Path, shown: list[tuple], mirror: str
) -> None:
    get(tmp_path, remote(server, mirror))
    assert shown[-1] == (len(CONTENT), len(CONTENT) if mirror == "good" else None)
    assert shown == sorted(shown)


def test_the_bar_is_quiet_where_nobody_looks(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    download_all("mnist", [remote(server, "good")], tmp_path, QUICK)
    assert capfd.readouterr() == ("", "")


def test_contents_are_checked_inside_the_gzip(server: Server, tmp_path: Path) -> None:
    """Another compression level gives another file but the same contents."""
    sha = hashlib.sha256(CONTENT).hexdigest()
    for level in (1, 9):
        server.files["some.bin"] = gzip.compress(CONTENT, level)
        get(tmp_path, remote(server, "good", sha256=None, content_sha256=sha))
        (tmp_path / "some.bin").unlink()
    for content in (gzip.compress(CONTENT[:-1]), gzip.compress(CONTENT)[:-4], b"no gzip"):
        server.files["some.bin"] = content
        with pytest.raises(DataError, match="checksum"):
            get(tmp_path, remote(server, "good", sha256=None, content_sha256=sha))


def test_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("no_proxy", "*")
    started = time.perf_counter()
    unknown = Remote("some.bin", ("http://no-such-host.invalid/", "http://127.0.0.1:9/"), 1, SHA)
    with pytest.raises(DataError, match="could not be downloaded"):
        download_all("mnist", [unknown], tmp_path, Patience(backoff=30))
    assert time.perf_counter() - started < 29  # no use in trying again


def test_a_folder_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        get(tmp_path / "file", remote(server, "good"))


def test_mnist_from_download_to_arrays(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = makers.write_mnist(tmp_path / "origin", pack=True)
    remotes = []
    for name in makers.MNIST_FILES:
        packed = (tmp_path / "origin" / f"{name}.gz").read_bytes()
        server.files[f"{name}.gz"] = packed
        sha = hashlib.sha256(gzip.decompress(packed)).hexdigest()
        mirror = f"http://127.0.0.1:{server.server_port}/good/"
        remotes.append(Remote(f"{name}.gz", (mirror,), 1 << 20, content_sha256=sha))
    monkeypatch.setitem(sources.SOURCES, "mnist", remotes)
    folder = tmp_path / "data"
    for _ in range(2):
        data = load_dataset("mnist", dir=folder, cache_dir=folder / "cache")
        np.testing.assert_array_equal(data.x_train, arrays[makers.MNIST_FILES[0]].reshape(40, -1))
    assert len(server.asked) == 4
    assert sorted(p.name for p in (folder / "mnist").iterdir()) == sorted(
        f"{name}.gz" for name in makers.MNIST_FILES
    )


@pytest.mark.parametrize("name", SOURCES)
def test_without_download_the_message_says_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load_dataset(name, dir=tmp_path, cache_dir=None, download=False)
    what, fix = str(caught.value).splitlines()
    assert f"data={name}: no complete set of its files" in what
    assert "data.download=false" in what
    assert SOURCES[name][0].file in fix
    assert SOURCES[name][0].mirrors[0] in fix
    assert str(tmp_path / name) in fix
