"""HTTP whose every step ends in time: a server can be slow, but not keep us for ever.

A socket's own timeout starts anew with every byte. Here a deadline holds for whole steps: all that
comes before the first byte of the content, redirections and each ``100 Continue`` included, and
then each piece of content with whatever surrounds it.
"""

import http.client
import io
import socket
import time
import urllib.request
from typing import Any


class PacedResponse(http.client.HTTPResponse):
    """A response that raises TimeoutError when a step is not done in time.

    The first step may take as long as the connection's timeout, and ends with the headers; whoever
    reads on calls ``step`` before each read.
    """

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._pace = _Paced(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._pace)
        self.step(sock.gettimeout() or 0.0)

    def step(self, seconds: float) -> None:
        """Begin a step, which may take so long."""
        self._pace.until = time.monotonic() + seconds


class _Paced(io.RawIOBase):
    """Reads from ``raw``, which reads from ``sock``, and never past the time ``until``."""

    until = 0.0

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the step took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(http.client.HTTPConnection):
    response_class = PacedResponse


class _SecureConnection(http.client.HTTPSConnection):
    response_class = PacedResponse


class _Http(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, request)


def open_paced(url: str, headers: dict[str, str], seconds: float) -> PacedResponse:
    """Send a request; the response when its headers have come. Raises what ``urlopen`` raises.

    A redirection leads to HTTP only: what urllib reads of other servers waits for ever.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        *(_Http, _Https, urllib.request.ProxyHandler, urllib.request.UnknownHandler),
        *(urllib.request.HTTPRedirectHandler, urllib.request.HTTPDefaultErrorHandler),
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    request = urllib.request.Request(url, headers=headers)
    response: PacedResponse = opener.open(request, timeout=seconds)
    return response
