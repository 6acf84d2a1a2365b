"""A client attaches to a script behind walls: it stops, steps and looks; and the walls stand meanwhile."""

from __future__ import annotations

import ast
import io
import json
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from dap import Client

from drawloom.engine.debug_adapter import framed, messages, passes

Start = Callable[..., AbstractContextManager[Any]]

SCRIPT = """\
from helper import twice


def azureml_main(dataframe1=None, dataframe2=None):
    x = 41
    total = dataframe1["a"].sum()
    y = twice(x)
    print("total", total)
    return dataframe1.assign(y=y)
"""
HELPER = "def twice(x):\n    z = x * 2\n    return z\n"
ATTACKS = """\
import ctypes
import os
import socket
import pandas as pd

RELAY = 2
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(64)


def system_call(number, *arguments):
    ctypes.set_errno(0)
    if libc.syscall(number, *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), "")


def connect(port):
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def append(path):
    with open(path, "a") as file:
        file.write("changed")


ATTACKS = {
    "read a file of the host": lambda: open(SECRET).read(),
    "read the script's own file": lambda: open(HERE).read(),
    "connect to a port of the host": lambda: connect(PORT),
    "write beside the script": lambda: append(HERE),
    "write into the packages": lambda: append(pd.__file__),
    "write into the system": lambda: append("/etc/passwd"),
    "make a network socket of another kind": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW),
    "make a memory file": lambda: os.memfd_create("x"),
    "trace the relay": lambda: system_call(101, 16, RELAY, 0, 0),
    "read memory of the relay": lambda: system_call(310, RELAY, 0, 0, 0, 0, 0),
    "open the memory of the relay": lambda: open(f"/proc/{RELAY}/mem", "rb"),
    "list the descriptors of the relay": lambda: os.listdir(f"/proc/{RELAY}/fd"),
    "open the way out of the relay": lambda: os.open(f"/proc/{RELAY}/fd/3", os.O_RDWR),
    "fetch the way out of the relay": lambda: system_call(438, os.pidfd_open(RELAY), 3, 0),
}


def azureml_main(dataframe1):
    rows = []
    for name, attack in ATTACKS.items():
        try:
            attack()
            rows.append((name, "done"))
        except OSError as error:
            rows.append((name, type(error).__name__))
    os.kill(RELAY, 0)
    assert str(RELAY) not in os.listdir("/proc/self/task")
    return pd.DataFrame(rows, columns=["attack", "outcome"])
"""
FORGER = """\
import json
import os
import stat


def say(**message):
    body = json.dumps({"seq": 900, **message}).encode()
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 3:
            try:
                if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                    os.write(int(name), b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
            except OSError:
                pass


def azureml_main(dataframe1):
    say(type="request", command="runInTerminal", arguments={"args": ["touch", "/tmp/x"], "cwd": "/"})
    say(type="event", event="debugpyAttach", body={"request": "launch", "program": "/bin/sh"})
    say(type="event", event="output", body={"category": "console", "output": "forged"})
    return dataframe1
"""


def test_a_client_stops_at_a_breakpoint_steps_reads_a_table_and_goes_on(start: Start, folder: Path) -> None:
    (folder / "helper.py").write_text(HELPER)
    script, helper = str(folder / "script.py"), str(folder / "helper.py")
    with start(SCRIPT) as session, Client(session.port) as client:
        bound = client.attach({script: [6], helper: [3]})
        assert [each["verified"] for each in [*bound[script], *bound[helper]]] == [True, True]

        thread, frames = client.stopped()
        assert (frames[0]["name"], frames[0]["line"], frames[0]["source"]["path"]) == (
            "azureml_main",
            6,
            script,
        )
        assert not [frame for frame in frames if "drawloom" in frame["source"]["path"]]
        assert client.locals(frames[0])["x"] == "41"
        assert "total" not in client.locals(frames[0])

        client.ask("next", threadId=thread)
        thread, frames = client.stopped()
        assert frames[0]["line"] == 7
        assert client.locals(frames[0])["total"] == "np.int64(6)"
        assert client.evaluate("dataframe1", frames[0]).splitlines() == [
            "   a  b",
            "0  1  x",
            "1  2  y",
            "2  3  z",
            "",
            "[3 rows x 2 columns]",
        ]
        assert client.evaluate("int(dataframe1['a'].max()) + x", frames[0]) == "44"

        client.ask("continue", threadId=thread)
        thread, frames = client.stopped()
        assert [(frame["name"], frame["source"]["path"]) for frame in frames[:2]] == [
            ("twice", helper),
            ("azureml_main", script),
        ]
        client.ask("stepOut", threadId=thread)
        thread, frames = client.stopped()
        assert frames[0]["name"] == "azureml_main"
        client.ask("continue", threadId=thread)
        client.wait("terminated")
        status, out, err = session.ended()
    assert status == 0
    assert "82" in out
    assert "total 6" in err


def test_the_message_has_what_an_editor_needs_to_attach(start: Start, folder: Path) -> None:
    with start(SCRIPT.replace("from helper import twice", "twice = abs")) as session:
        settings = json.loads(session.told[session.told.index("{") :])
        assert settings["connect"] == {"host": "127.0.0.1", "port": session.port}
        assert settings["justMyCode"] is True
        script = str(folder / "script.py")
        with Client(session.port) as client:
            bound = client.attach({script: [6]}, pathMappings=settings["pathMappings"])
            assert bound[script][0]["verified"]
            thread, frames = client.stopped()
            assert frames[0]["source"]["path"] == script
            client.ask("continue", threadId=thread)
            client.wait("terminated")
        assert session.ended()[0] == 0


def test_breakpoint_stops_and_an_uncaught_error_stops_at_its_line(start: Start) -> None:
    text = "def azureml_main(d):\n    x = 1\n    breakpoint()\n    x = 2\n    return d['nope']\n"
    with start(text) as session, Client(session.port) as client:
        client.attach({})
        thread, frames = client.stopped()
        assert frames[0]["line"] in (3, 4)
        assert client.locals(frames[0])["x"] == "1"
        client.ask("continue", threadId=thread)
        thread, frames = client.stopped()
        (mine,) = [frame for frame in frames if frame["name"] == "azureml_main"]
        assert mine["line"] == 5
        assert client.locals(mine)["x"] == "2"
        client.ask("continue", threadId=thread)
        client.wait("terminated")
        status, _, err = session.ended()
    assert status == 1
    assert "Error 0085: script.py, line 5, in azureml_main: KeyError: 'nope'" in err


def test_the_walls_stand_in_a_debug_session(start: Start, folder: Path) -> None:
    secret = folder / "secret.txt"
    secret.write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        names = f"SECRET, HERE, PORT = {str(secret)!r}, {str(folder / 'script.py')!r}, {port}\n"
        with start(names + ATTACKS) as session, Client(session.port) as client:
            last = (names + ATTACKS).count("\n")
            client.attach({str(folder / "script.py"): [last]})
            thread, frames = client.stopped()
            rows = dict(ast.literal_eval(client.evaluate("rows", frames[0])))
            for attack in (f"open({str(secret)!r})", f"connect({port})", "os.memfd_create('x')"):
                tried = client.evaluate(f"(lambda: {attack})()", frames[0], fails=True)
                assert "Error" in tried
            client.ask("continue", threadId=thread)
            client.wait("terminated")
            assert session.ended()[0] == 0
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert len(rows) == 14
    assert [name for name, outcome in rows.items() if outcome == "done"] == []


def test_a_script_cannot_make_the_client_do_anything(start: Start) -> None:
    with start(FORGER) as session, Client(session.port) as client:
        client.attach({})
        client.wait("terminated")
        assert session.ended()[0] == 0
    assert {message["type"] for message in client.seen} == {"response", "event"}
    told = [message.get("event") for message in client.seen]
    assert "debugpyAttach" not in told
    outputs = [each["body"]["output"] for each in client.seen if each.get("event") == "output"]
    assert "forged" in outputs, "the forged messages did not reach the host at all"


def test_a_script_goes_on_when_its_client_leaves(start: Start, folder: Path) -> None:
    script = str(folder / "script.py")
    with start(SCRIPT.replace("from helper import twice", "twice = abs")) as session:
        with Client(session.port) as client:
            client.attach({script: [6, 8]})
            client.stopped()
            client.ask("disconnect", terminateDebuggee=False)
        status, out, _ = session.ended()
    assert status == 0
    assert "3 rows x 3 columns" in out


def test_after_a_client_that_hung_up_another_one_takes_over(start: Start, folder: Path) -> None:
    script = str(folder / "script.py")
    with start(SCRIPT.replace("from helper import twice", "twice = abs")) as session:
        with Client(session.port) as client:
            client.attach({script: [6]})
            client.stopped()
        with Client(session.port) as client:
            client.attach({script: [8]})
            (thread,) = client.ask("threads")["threads"]
            (frame, *_) = client.ask("stackTrace", threadId=thread["id"])["stackFrames"]
            assert frame["line"] == 6
            client.ask("continue", threadId=thread["id"])
            _, frames = client.stopped()
            assert frames[0]["line"] == 8


def test_ctrl_c_ends_the_session(start: Start) -> None:
    with start("def azureml_main(d):\n    return d\n") as session:
        session.process.send_signal(signal.SIGINT)
        status, _, err = session.ended()
    assert status == 130
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("address", "said"), [("0.0.0.0:0", "is not the loopback address"), ("127.0.0.1:{port}", "cannot listen")]
)
def test_only_a_free_port_of_the_loopback_is_listened_at(
    drawloom: Path, folder: Path, address: str, said: str
) -> None:
    (folder / "script.py").write_text("def azureml_main(d):\n    return d\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = address.format(port=taken.getsockname()[1])
        done = subprocess.run(
            [drawloom, "debug", "script.py", "--listen", place], cwd=folder, capture_output=True, text=True
        )
    assert done.returncode == 2
    assert said in done.stderr


def test_messages_are_read_whole_or_refused() -> None:
    answer = {"type": "response", "request_seq": 1, "body": {"text": "é"}}
    event = {"type": "event", "event": "stopped"}
    assert list(messages(io.BytesIO(framed(answer) + framed(event)))) == [answer, event]
    for bad in (b"Content-Length: -5\r\n\r\n", b"Content-Length: 99999999999\r\n\r\n", b"X: 1\r\n\r\n{}"):
        with pytest.raises(ValueError, match="length"):
            list(messages(io.BytesIO(bad)))
    with pytest.raises(ValueError, match="not an object"):
        list(messages(io.BytesIO(b"Content-Length: 2\r\n\r\n[]")))
    with pytest.raises(ValueError, match="nested"):
        list(messages(io.BytesIO(b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000)))


def test_requests_and_events_that_start_things_do_not_pass() -> None:
    assert passes({"type": "response", "command": "evaluate"})
    assert passes({"type": "event", "event": "stopped"})
    for command in ("runInTerminal", "startDebugging"):
        assert not passes({"type": "request", "command": command})
    assert not passes({"type": "event", "event": "debugpyAttach"})
    assert not passes({"type": "event"})
