"""The floor: a warm ordinary Python process that compiles and calls what it is sent, without walls.

Run as a program it serves one socket: each message is a script; the answer is one byte, or the result
as Arrow bytes where a frame was asked for.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from typing import Any

import pandas as pd
import pyarrow as pa


class Ordinary:
    """An ordinary warm process; `call` sends a script and waits for its answer."""

    def __init__(self, frame: pd.DataFrame | None = None) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        command = [sys.executable, "-m", "bench.ordinary", str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()
        self._socket = ours
        data = b"" if frame is None else encode(frame)
        self._socket.sendall(len(data).to_bytes(8) + data)
        self._socket.recv(1)

    def call(self, text: str) -> bytes:
        data = text.encode()
        self._socket.sendall(len(data).to_bytes(8) + data)
        return _receive(self._socket)

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


def encode(frame: pd.DataFrame) -> bytes:
    """Give a frame as the bytes of an Arrow file."""
    sink = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _receive(sock: socket.socket) -> bytes:
    size = int.from_bytes(_exactly(sock, 8))
    return _exactly(sock, size)


def _exactly(sock: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def main(fd: int) -> None:
    """Serve until the other side closes."""
    sock = socket.socket(fileno=fd)
    data = _receive(sock)
    frame = pa.ipc.open_file(data).read_all().to_pandas() if data else None
    sock.sendall(b"k")
    while True:
        try:
            text = _receive(sock).decode()
        except EOFError:
            os._exit(0)
        namespace: dict[str, Any] = {}
        exec(compile(text, "script.py", "exec"), namespace)
        result = namespace["azureml_main"](*([] if frame is None else [frame.copy()]))
        answer = b"" if result is None else encode(result)
        sock.sendall(len(answer).to_bytes(8) + answer)


if __name__ == "__main__":
    main(int(sys.argv[1]))
