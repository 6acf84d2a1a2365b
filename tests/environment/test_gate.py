"""The way to the index: many connections at once, whole both ways, in a host with many open files."""

from __future__ import annotations

import os
import resource
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from drawloom.environment.gate import Address, Gate

MANY = 1100
"""More files than `select` can tell apart."""


@pytest.fixture
def many_open_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * MANY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY, hard))
    with ExitStack() as opened:
        for _ in range(MANY):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def index() -> Iterator[Address]:
    """Answer every connection, once its other side has ended, with what came, turned round."""

    def answer(stream: socket.socket) -> None:
        with stream:
            stream.sendall(everything(stream)[::-1])

    def serve() -> None:
        while True:
            try:
                stream, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(stream,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        serving = threading.Thread(target=serve)
        serving.start()
        yield server.getsockname()
        server.shutdown(socket.SHUT_RDWR)
        serving.join()


@contextmanager
def door(gate: Gate) -> Iterator[Address]:
    ours, theirs = socket.socketpair()
    with ours, theirs, gate.open(ours), socket.create_server(("127.0.0.1", 0)) as listening:
        socket.send_fds(theirs, [b"door"], [listening.fileno()])
        yield listening.getsockname()


def everything(stream: socket.socket) -> bytes:
    return b"".join(iter(lambda: stream.recv(1 << 16), b""))


def through(way: Address, to: Address, data: bytes) -> bytes:
    with socket.create_connection(way, 20) as stream:
        stream.sendall(f"CONNECT {to[0]}:{to[1]} HTTP/1.1\r\n\r\n".encode() + data)
        stream.shutdown(socket.SHUT_WR)
        return everything(stream)


def test_many_at_once_pass_whole_whatever_the_host_has_open(many_open_files: None) -> None:
    texts = [bytes([number]) * 300_000 + b"end" for number in range(30)]
    with index() as to, door(Gate(frozenset({to}), {})) as way, ThreadPoolExecutor(15) as at_once:
        answers = list(at_once.map(lambda text: through(way, to, text), texts))
    assert [answer.partition(b"\r\n\r\n")[2] for answer in answers] == [text[::-1] for text in texts]


def test_what_is_not_the_index_is_refused_and_remembered() -> None:
    gate = Gate(frozenset({("127.0.0.1", 1)}), {})
    with index() as to, door(gate) as way:
        assert through(way, to, b"").startswith(b"HTTP/1.1 403 ")
    assert gate.refused == {to}


def test_an_index_that_does_not_answer_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        to = closed.getsockname()
    with door(Gate(frozenset({to}), {})) as way:
        assert through(way, to, b"").startswith(b"HTTP/1.1 502 ")
