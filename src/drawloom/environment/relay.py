"""The first process of a build: it opens the one door to the network, hands it out, and becomes uv.

Runs as a short program of its own (`python -I -S relay.py FD COMMAND...`). In the build's own network there
is nothing but its loopback interface; a socket that listens there is given to the host, which lets through
what is meant for the package index (see `gate`).
"""

from __future__ import annotations

import os
import socket
import sys

PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


def main(control_fd: int, command: list[str]) -> None:
    """Give the host a listening socket, name it as the proxy, and become `command`."""
    environment = dict(os.environ)
    with socket.socket(fileno=control_fd) as control, socket.create_server(("127.0.0.1", 0)) as door:
        socket.send_fds(control, [b"door"], [door.fileno()])
        environment |= dict.fromkeys(PROXY_VARIABLES, f"http://127.0.0.1:{door.getsockname()[1]}")
    os.execve(command[0], command, environment)  # noqa: S606


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
