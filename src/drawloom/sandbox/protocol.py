"""Messages between host, zygote and child: one JSON object a packet, descriptors beside it.

What a child says is a claim of code that may be hostile, so whatever is not exactly the expected
form is a `ProtocolError`, and the child that sent it is killed.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
from collections.abc import Sequence
from typing import Any

MESSAGE_BYTES = 64 * 1024
REPLY_BYTES = 4096
FDS_PER_MESSAGE = 200


class ProtocolError(Exception):
    """The other side said something outside the protocol."""


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number here")


def send(sock: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Send one message; the receiver gets duplicates of `fds`."""
    data = json.dumps(message, separators=(",", ":")).encode()
    if len(data) > MESSAGE_BYTES or len(fds) > FDS_PER_MESSAGE:
        raise ProtocolError(f"a message of {len(data)} bytes and {len(fds)} descriptors is too large")
    if fds:
        socket.send_fds(sock, [data], list(fds))
    else:
        sock.send(data)


def receive(
    sock: socket.socket, *, max_fds: int = 0, max_bytes: int = MESSAGE_BYTES
) -> tuple[dict[str, Any], list[int]] | None:
    """Receive one message; None when the other side has closed.

    With `max_fds` 0, descriptors that came along are dropped by the kernel.
    """
    if max_fds:
        data, fds, flags, _ = socket.recv_fds(sock, max_bytes + 1, max_fds)
    else:
        data, fds, flags = sock.recv(max_bytes + 1), [], 0
    if not data:
        close_all(fds)
        return None
    try:
        if len(data) > max_bytes or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise ProtocolError("a message is longer than allowed")
        return parse(data), fds
    except ProtocolError:
        close_all(fds)
        raise


def parse(data: bytes) -> dict[str, Any]:
    """Read one JSON object out of bytes that nobody vouches for."""
    try:
        message = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a message is not JSON: {error}") from None
    if not isinstance(message, dict):
        raise ProtocolError("a message is not a JSON object")
    return message


def counts(value: object) -> dict[str, int | float]:
    """Check the counts and timings of a reply: short names, finite numbers."""
    if not isinstance(value, dict) or len(value) > 64:
        raise ProtocolError("the counts of a reply are not an object")
    for name, number in value.items():
        if len(name) > 64 or isinstance(number, bool) or not isinstance(number, int | float):
            raise ProtocolError("the counts of a reply are not numbers")
        if not math.isfinite(number) or abs(number) > 2**63:
            raise ProtocolError("a count of a reply is out of range")
    return value


def close_all(fds: Sequence[int]) -> None:
    """Close descriptors, whatever state they are in."""
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
