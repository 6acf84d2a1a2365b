"""The host's side of a build's network: an HTTP proxy that knows only the hosts of the package index.

It accepts on a socket inside the build's network namespace, which has no other way out. TLS goes through it
untouched (CONNECT); a plain-HTTP index gets one request per connection.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 256 * 1024
_CONNECT_SECONDS = 20.0
_IDLE_SECONDS = 300.0
_HOP_HEADERS = (b"connection:", b"proxy-connection:", b"proxy-authorization:", b"keep-alive:")

Address = tuple[str, int]


class Gate:
    """Lets a build reach the hosts it may reach; `refused` has the others it asked for."""

    def __init__(self, hosts: frozenset[Address], environ: Mapping[str, str] | None = None) -> None:
        self.hosts = hosts
        self.refused: set[Address] = set()
        self._upstream = _upstream(os.environ if environ is None else environ)

    @contextlib.contextmanager
    def open(self, control: socket.socket) -> Iterator[None]:
        """Serve the door that arrives through `control`, until the block is left."""
        over, end = os.pipe2(os.O_CLOEXEC)
        serving = threading.Thread(
            target=self._serve, args=(control, over), name="drawloom-gate", daemon=True
        )
        serving.start()
        try:
            yield
        finally:
            os.close(end)
            with contextlib.suppress(OSError):
                control.shutdown(socket.SHUT_RDWR)
            serving.join()
            os.close(over)

    def _serve(self, control: socket.socket, over: int) -> None:
        try:
            _, fds, _, _ = socket.recv_fds(control, 16, 1)
        except OSError:
            return
        if not fds:
            return
        with socket.socket(fileno=fds[0]) as door:
            while over not in _readable([door.fileno(), over], None):
                inner, _ = door.accept()
                threading.Thread(target=self._pass, args=(inner,), daemon=True).start()

    def _pass(self, inner: socket.socket) -> None:
        with inner, contextlib.suppress(OSError, ValueError):
            inner.settimeout(_IDLE_SECONDS)
            head, rest = _head(inner)
            method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            url = urlsplit(f"//{target}" if method == "CONNECT" else target)
            address = (url.hostname or "", url.port or (443 if method == "CONNECT" else 80))
            if address not in self.hosts:
                self.refused.add(address)
                inner.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            try:
                outer = self._connect(address)
            except OSError:
                inner.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with outer:
                outer.settimeout(_IDLE_SECONDS)
                if method == "CONNECT":
                    inner.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    outer.sendall(rest)
                else:
                    path = url._replace(scheme="", netloc="").geturl() or "/"
                    outer.sendall(_own_request(head, method, path) + rest)
                _both_ways(inner, outer)

    def _connect(self, address: Address) -> socket.socket:
        if self._upstream is None or address[0] in ("127.0.0.1", "localhost"):
            return socket.create_connection(address, _CONNECT_SECONDS)
        outer = socket.create_connection(self._upstream, _CONNECT_SECONDS)
        place = f"{address[0]}:{address[1]}"
        outer.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        answer, _ = _head(outer)
        if b" 200" not in answer.split(b"\r\n", 1)[0]:
            outer.close()
            raise OSError("the proxy refused")
        return outer


def _upstream(environ: Mapping[str, str]) -> Address | None:
    """Give the proxy that this host itself has to use, if any."""
    named = environ.get("HTTPS_PROXY") or environ.get("https_proxy")
    url = urlsplit(named) if named else None
    return (url.hostname, url.port or 80) if url is not None and url.hostname else None


def _head(stream: socket.socket) -> tuple[bytes, bytes]:
    """Read to the end of the headers; gives them, and what came after."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = stream.recv(_HEAD_BYTES)
        if not more or len(data) > _HEAD_BYTES:
            raise ValueError("no request")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _own_request(head: bytes, method: str, path: str) -> bytes:
    headers = [line for line in head.split(b"\r\n")[1:] if not line.lower().startswith(_HOP_HEADERS)]
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), *headers, b"Connection: close", b"", b""])


def _readable(fds: Iterable[int], seconds: float | None) -> list[int]:
    """Wait until something can be read; `select` would not do, it fails for a descriptor above 1023."""
    waiting = select.poll()
    for fd in fds:
        waiting.register(fd, select.POLLIN)
    return [fd for fd, _ in waiting.poll(None if seconds is None else seconds * 1000)]


def _both_ways(one: socket.socket, other: socket.socket) -> None:
    """Pass on what comes from either side until both have ended, or nothing came for long."""
    sides = {one.fileno(): (one, other), other.fileno(): (other, one)}
    while sides:
        ready = _readable(sides, _IDLE_SECONDS)
        if not ready:
            return
        for fd in ready:
            side, target = sides[fd]
            data = side.recv(_CHUNK_BYTES)
            if data:
                target.sendall(data)
            else:
                del sides[fd]
                with contextlib.suppress(OSError):
                    target.shutdown(socket.SHUT_WR)
