"""A small client of the Debug Adapter Protocol: requests with their answers, and events in order."""

from __future__ import annotations

import json
import socket
import time
from types import TracebackType
from typing import Any

PATIENCE_SECONDS = 20.0


class Client:
    """Talks with a debug adapter over TCP, one request at a time."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.seen: list[dict[str, Any]] = []

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request without waiting for its answer; gives its number."""
        self._number += 1
        message = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return self._number

    def answer(self, number: int) -> dict[str, Any]:
        """Wait for the answer to a request, and keep the events that come before it."""
        while number not in self._answers:
            self._receive()
        message = self._answers.pop(number)
        assert message["success"], message
        body: dict[str, Any] = message.get("body") or {}
        return body

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and give the body of its answer."""
        return self.answer(self.send(command, **arguments))

    def wait(self, event: str) -> dict[str, Any]:
        """Wait for the next event of a kind; events before it are dropped."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            while self.events:
                found = self.events.pop(0)
                if found["event"] == event:
                    body: dict[str, Any] = found.get("body") or {}
                    return body
            self._receive()
        raise TimeoutError(event)

    def attach(self, breakpoints: dict[str, list[int]], **arguments: Any) -> dict[str, list[dict[str, Any]]]:
        """Go through the opening of a session as editors do; gives the breakpoints as they were bound."""
        self.ask("initialize", clientID="test", adapterID="debugpy", supportsRunInTerminalRequest=True)
        attaching = self.send("attach", justMyCode=True, **arguments)
        self.wait("initialized")
        bound = {
            path: self.ask(
                "setBreakpoints", source={"path": path}, breakpoints=[{"line": line} for line in lines]
            )["breakpoints"]
            for path, lines in breakpoints.items()
        }
        self.ask("setExceptionBreakpoints", filters=["uncaught"])
        self.ask("configurationDone")
        self.answer(attaching)
        return bound

    def stopped(self) -> tuple[int, list[dict[str, Any]]]:
        """Wait for the next stop; gives the thread and its frames."""
        thread = self.wait("stopped")["threadId"]
        return thread, self.ask("stackTrace", threadId=thread)["stackFrames"]

    def locals(self, frame: dict[str, Any]) -> dict[str, str]:
        """Give the local variables of a frame as the client shows them."""
        (scope, *_) = self.ask("scopes", frameId=frame["id"])["scopes"]
        found = self.ask("variables", variablesReference=scope["variablesReference"])["variables"]
        return {each["name"]: each["value"] for each in found}

    def evaluate(self, expression: str, frame: dict[str, Any], *, fails: bool = False) -> str:
        """Give what an expression is in a frame; or, where it fails, the error."""
        number = self.send("evaluate", expression=expression, frameId=frame["id"], context="repl")
        if not fails:
            return str(self.answer(number)["result"])
        while number not in self._answers:
            self._receive()
        message = self._answers.pop(number)
        assert not message["success"], message
        return str(message["message"])

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._file.readline().strip():
            name, value = line.split(b":")
            if name == b"Content-Length":
                length = int(value)
        if not length:
            raise EOFError("the adapter hung up")
        message: dict[str, Any] = json.loads(self._file.read(length))
        self.seen.append(message)
        if message["type"] == "event":
            self.events.append(message)
        elif message["type"] == "response":
            self._answers[message["request_seq"]] = message
        return message
