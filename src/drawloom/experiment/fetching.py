"""A table behind a URL: fetched by the host, and from the hosts the operator configured alone."""

from __future__ import annotations

import http.client
import os
import time
from urllib.parse import urlsplit

from drawloom.errors import InputError, LimitError
from drawloom.workspace.files import os_errors

ALLOWED_HOSTS = "DRAWLOOM_URL_HOSTS"
MAXIMUM_BYTES = 4 * 1024**3
MAXIMUM_SECONDS = 600.0
_SILENCE_SECONDS = 30.0
_PIECE = 1 << 20


def fetch(url: str, fd: int) -> int:
    """Write what a URL gives into a descriptor, and give the number of bytes.

    Parameters
    ----------
    url
        ``http`` or ``https``. Its host, with the port if it has one, has to be one of those the operator
        lists in ``DRAWLOOM_URL_HOSTS``, parted by commas.

    Raises
    ------
    InputError
        0048: the host is not allowed, cannot be reached or answers with an error; 0078: it redirects, which
        is refused (Studio classic: the same).
    LimitError
        It gives more than 4 GiB, or takes longer than ten minutes.
    """
    parts = urlsplit(url)
    allowed = {name.strip().lower() for name in os.environ.get(ALLOWED_HOSTS, "").split(",")} - {""}
    host = parts.netloc.rpartition("@")[2].lower()
    if host not in allowed:
        raise InputError(
            f'The host "{host}" is none of those that this installation fetches from.',
            code="0048",
            remedy=f"Download the file, or have the operator add the host to {ALLOWED_HOSTS}.",
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, timeout=_SILENCE_SECONDS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", target, headers={"User-Agent": "drawloom", "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        if 300 <= answer.status < 400:
            raise InputError(
                f'"{host}" redirects to "{answer.headers.get("Location", "another place")}".',
                code="0078",
                remedy="Give the URL it leads to, if you trust its host.",
            )
        if answer.status != 200:
            raise InputError(f'"{host}" answers {answer.status} {answer.reason}.', code="0048")
        return _receive(answer, fd, host)
    except (TimeoutError, http.client.HTTPException, ConnectionError, OSError) as error:
        said = str(error) or type(error).__name__
        raise InputError(
            f'"{host}" cannot be reached: {said}.', code="0048", remedy="Try again later."
        ) from None
    finally:
        connection.close()


def _receive(answer: http.client.HTTPResponse, fd: int, host: str) -> int:
    total, deadline = 0, time.monotonic() + MAXIMUM_SECONDS
    while piece := answer.read(_PIECE):
        total += len(piece)
        if total > MAXIMUM_BYTES or time.monotonic() > deadline:
            limit = f"{MAXIMUM_BYTES // 1024**3} GiB" if total > MAXIMUM_BYTES else "ten minutes"
            raise LimitError(
                f'"{host}" gives more than {limit} of data.',
                code="0039",
                remedy="Download the file and import it from there.",
            )
        view = memoryview(piece)
        with os_errors("what was fetched"):
            while view:
                view = view[os.write(fd, view) :]
    return total
