"""Debuggers outside, debugpy inside: one loopback port here, and messages that are checked on their way out.

What comes out of the walls is the word of a process that runs the user's script, and a debug client does
more for its adapter than show things: on a `runInTerminal` request it starts a program on the user's machine,
and some events make an editor open further sessions. So only responses and the plain events of the Debug
Adapter Protocol pass, each written anew.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from drawloom.errors import InputError

_EVENTS = """
    initialized stopped continued exited terminated thread output breakpoint module loadedSource process
    capabilities progressStart progressUpdate progressEnd invalidated memory
"""
EVENTS = frozenset(_EVENTS.split())
MESSAGE_BYTES = 64 * 1024**2
_HEADER_BYTES = 4096
_CHUNK_BYTES = 64 * 1024
_CLIENT = b"c"
_LAST_WORDS_SECONDS = 2.0
_TERMINATED = {"seq": 0, "type": "event", "event": "terminated", "body": {}}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def listen(host: str, port: int) -> socket.socket:
    """Open the port for clients.

    Raises
    ------
    InputError
        0002: the host is not this machine's loopback, which other machines could reach; or the port is taken.
    """
    if host not in _LOOPBACK:
        raise InputError(
            f"{host!r} is not the loopback address: who attaches to a debugger runs code with your data.",
            code="0002",
            remedy="Listen at 127.0.0.1, and forward the port with ssh -L to reach it from elsewhere.",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(4)
    except OSError as error:
        listener.close()
        raise InputError(
            f"The debugger cannot listen at {host}:{port} ({error.strerror}).",
            code="0002",
            remedy="Name another port with --listen 127.0.0.1:PORT; 0 takes a free one.",
        ) from None
    return listener


@dataclass
class Adapter:
    """Serves debug clients, one after the other, at an open port.

    Attributes
    ----------
    on_listening
        Called once the debugger inside is ready for a client.
    """

    listener: socket.socket
    on_listening: Callable[[], None]
    function: str = "drawloom.script.attach:run"
    kind: socket.SocketKind = socket.SOCK_SEQPACKET
    _client: socket.socket | None = None

    @contextlib.contextmanager
    def serving(self, end: socket.socket) -> Iterator[None]:
        """As `Debugger.serving`."""
        stopped, stop = socket.socketpair()
        thread = threading.Thread(target=self._serve, args=(end, stopped), name="drawloom-debug", daemon=True)
        thread.start()
        try:
            yield
        finally:
            # By now nothing lives inside, so what it said last is all that is still on its way to the client.
            stop.close()
            thread.join(_LAST_WORDS_SECONDS)
            if self._client is not None:
                _shut(self._client)
            thread.join()
            stopped.close()
            self.listener.close()

    def _serve(self, control: socket.socket, stopped: socket.socket) -> None:
        if stopped in select.select([control, stopped], [], [])[0] or not control.recv(64):
            return
        self.on_listening()
        while stopped not in select.select([self.listener, stopped], [], [])[0]:
            client, _ = self.listener.accept()
            ours, theirs = socket.socketpair()
            with client, ours:
                with theirs:
                    socket.send_fds(control, [_CLIENT], [theirs.fileno()])
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._converse(client, ours)

    def _converse(self, client: socket.socket, inside: socket.socket) -> None:
        """Carry messages until one side is gone; the client is told that it is over in any case."""
        self._client, told = client, False
        onward = threading.Thread(target=_copy, args=(client, inside), daemon=True)
        onward.start()
        with contextlib.suppress(OSError, ValueError), inside.makefile("rb") as source:
            for message in messages(source):
                if passes(message):
                    told |= message.get("event") == "terminated"
                    client.sendall(framed(message))
        if not told:
            with contextlib.suppress(OSError):
                client.sendall(framed(_TERMINATED))
        _shut(client, inside)
        onward.join()
        self._client = None


def messages(source: BinaryIO) -> Iterator[dict[str, Any]]:
    """Read the messages of the Debug Adapter Protocol until the end.

    Raises
    ------
    ValueError
        Something is no such message, or larger than 64 MiB.
    """
    while True:
        length = -1
        while line := source.readline(_HEADER_BYTES):
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
            if not line.strip():
                break
        else:
            return
        if not 0 <= length <= MESSAGE_BYTES:
            raise ValueError("a message of no or of an unbearable length")
        data = source.read(length)
        try:
            message = json.loads(data)
        except RecursionError as error:
            raise ValueError("a message is nested too deeply") from error
        if not isinstance(message, dict):
            raise ValueError("a message is not an object")
        yield message


def passes(message: dict[str, Any]) -> bool:
    """Say whether a message may leave the walls: an answer, or an event that only tells something."""
    kind = message.get("type")
    return kind == "response" or (kind == "event" and message.get("event") in EVENTS)


def framed(message: dict[str, Any]) -> bytes:
    """Write a message as it goes over the wire."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK_BYTES):
            target.sendall(data)
    _shut(source, target)


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
