"""A script that turns on its host: whatever it leaves, writes or says, the host neither follows nor opens.

Each script here holds the worker's own descriptors: the job socket is 3, and the outputs that the host made
for it are found by looking.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from drawloom import run_script
from drawloom.engine.pools import warm_pool
from drawloom.engine.run import Ready, RunRequest, RunResult, run
from drawloom.engine.work import Walled
from drawloom.errors import DrawloomError, InputError, LimitError, SandboxError, ScriptError
from drawloom.sandbox.outputs import new_memory_file, seal
from drawloom.table import bridge

FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0]})

# What scripts below begin with: `files` is name -> descriptor of each output, `answer` speaks to the host.
TOOLS = '''
import json, os, socket, struct, sys, time

def outputs():
    """Find the outputs by the names of their memory files; large ones have none, but come in order."""
    found, unnamed = {}, iter(["dataset", "dataset2", "graphics"])
    for fd in range(4, 256):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        if target.startswith("/memfd:"):
            found.setdefault(target[len("/memfd:"):].split(" ")[0], fd)
        elif target.startswith("/#"):
            found[next(unnamed)] = fd
    return found

def write(name, data):
    fd = outputs()[name]
    os.ftruncate(fd, 0)
    os.lseek(fd, 0, os.SEEK_SET)
    while data:
        data = data[os.write(fd, data):]

def answer(data=b'{"ok":true,"counts":{}}', fds=()):
    job = socket.socket(fileno=os.dup(3))
    socket.send_fds(job, [data], list(fds)) if fds else job.send(data)

def stay():
    time.sleep(20)
    os._exit(0)
'''


@pytest.fixture(autouse=True)
def _next_run_works() -> Iterator[None]:
    yield
    assert run_script("def azureml_main(df):\n    return df * 2\n", FRAME).dataset["x"].tolist() == [2, 4, 6]


def _script(body: str, **values: object) -> str:
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    return (
        TOOLS
        + "\n".join(lines)
        + "\ndef azureml_main(df):\n"
        + textwrap.indent(textwrap.dedent(body), "    ")
    )


def _run(body: str, frame: pd.DataFrame = FRAME, **values: object) -> RunResult:
    """Run a script on a table; what came of it, be it a failure."""
    fd = new_memory_file("table")
    bridge.write_frame(frame, fd)
    seal(fd)
    try:
        request = RunRequest(_script(body, **values), {"dataset1": Ready(fd, "table")}, timeout_seconds=15)
        return run(request, executor=Walled(warm_pool()))
    finally:
        os.close(fd)


def _refusal(body: str, **values: object) -> DrawloomError:
    result = _run(body, **values)
    result.close()
    assert result.error is not None
    assert result.status == "failed"
    assert not result.outputs
    return result.error


# --- what lies in the working directory ---------------------------------------------------------------------


def test_links_and_pipes_left_as_pictures_give_no_file_of_the_host(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg>secret of the host</svg>")
    body = """
        os.symlink(secret, "symbolic.svg")
        os.symlink("/etc/passwd", "passwd.png")
        os.symlink("/proc/self/environ", "environ.svg")
        os.mkfifo("pipe.png")
        os.symlink("/proc/self/fd/3", "socket.png")
        os.mkdir("folder")
        os.symlink("/", "folder/root")
        try:
            os.link("/etc/passwd", "hard.svg")
        except OSError as error:
            print(error)
        with open("real.svg", "w") as file:
            file.write("<svg/>")
        return df
    """
    result = _run(body, secret=str(secret))
    assert result.error is None
    assert [(name, data) for name, _, data in result.graphics] == [("real.svg", b"<svg/>")]
    result.close()


def test_a_picture_that_is_none_is_not_shown() -> None:
    body = """
        open("page.png", "wb").write(b"<script>alert(1)</script>")
        open("page.svg", "wb").write(b"GIF89a")
        return df
    """
    result = _run(body)
    assert result.graphics == []
    result.close()


# --- what a result holds ------------------------------------------------------------------------------------


class Trap:
    """Leaves a mark where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.path, "unpickled")


def test_an_object_is_unpickled_only_behind_the_walls_of_the_next_script(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    maker = """
        import pickle
        class Trap:
            def __reduce__(self):
                return exec, ("import os; print('opened by process', os.getpid()); "
                              f"open({mark!r}, 'w').close()",)
        return Trap()
    """
    script = _script(maker, mark=str(mark)).replace("azureml_main(df)", "azureml_main(df) -> object")
    made = run_script(script, FRAME).objects
    assert len(made) == 1
    (thing,) = made.values()
    assert b"opened by process" in thing.data
    assert not mark.exists()
    taker = "def azureml_main(thing: object):\n    print(thing)\n"
    with pytest.raises(InputError, match="No such file"):
        run_script(taker, inputs={"thing": thing})
    assert not mark.exists()
    assert "mark" in repr(pickle.dumps(Trap(mark)))  # the trap is one: opening it would have left the mark


def _ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) >= 1
    return data.replace(old, new)


TEXT = _ipc(pa.table({"text": pa.array(["some", "letters", "here"])}))
WORDS = _ipc(pa.table({"word": pa.array(["a", "b", "a", "b"]).dictionary_encode()}))
LONG = _ipc(pa.table({"number": pa.array(np.arange(1001, dtype="i8"))}))
HOSTILE_TABLES = {
    "offsets beyond the letters": _replaced(
        TEXT, struct.pack("<4i", 0, 4, 11, 15), struct.pack("<4i", 0, 4, 1 << 30, 15)
    ),
    "offsets that run backwards": _replaced(
        TEXT, struct.pack("<4i", 0, 4, 11, 15), struct.pack("<4i", 0, 15, 11, 4)
    ),
    "offsets below zero": _replaced(
        TEXT, struct.pack("<4i", 0, 4, 11, 15), struct.pack("<4i", -4096, 4, 11, 15)
    ),
    "codes beyond the words": _replaced(
        WORDS, struct.pack("<4i", 0, 1, 0, 1), struct.pack("<4i", 0, 1 << 20, 0, -7)
    ),
    "more rows than it has bytes": LONG.replace(struct.pack("<q", 1001), struct.pack("<q", 1 << 40)),
    "rows below zero": LONG.replace(struct.pack("<q", 1001), struct.pack("<q", -1)),
    "a buffer longer than the file": LONG.replace(struct.pack("<q", 8008), struct.pack("<q", 1 << 60)),
    "a footer larger than the file": LONG[:-10] + struct.pack("<i", 1 << 30) + b"ARROW1",
    "a footer size below zero": LONG[:-10] + struct.pack("<i", -5) + b"ARROW1",
    "letters that are no UTF-8": _replaced(TEXT, b"letters", b"\xff\xfe\xc0ters"),
    "cut in the middle": LONG[: len(LONG) // 2],
    "nothing but the mark": b"ARROW1\0\0",
    "a pickle": pickle.dumps({"a": 1}),
    "zeros": bytes(100_000),
}


@pytest.mark.parametrize("name", HOSTILE_TABLES)
def test_a_table_that_lies_is_refused(name: str) -> None:
    data = HOSTILE_TABLES[name]
    error = _refusal('write("dataset", data)\nanswer()\nstay()\n', data=data)
    assert error.code == "0018", error


def test_a_table_that_lies_is_decoded_in_the_host_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the host decoded what a script wrote")

    monkeypatch.setattr(bridge, "read_frame", never)
    monkeypatch.setattr(bridge, "read_table", never)
    assert isinstance(_refusal('write("dataset", data)\nanswer()\nstay()\n', data=LONG[:-1]), DrawloomError)


def test_a_crafted_but_valid_table_is_only_a_table() -> None:
    result = _run('write("dataset", data)\nanswer()\nstay()\n', data=LONG)
    assert result.error is None
    assert result.outputs["dataset"].rows == 1001
    result.close()


def test_a_file_of_many_gigabytes_of_nothing_is_refused_without_reading_it() -> None:
    before = _resident_bytes()
    error = _refusal('os.ftruncate(outputs()["dataset"], 7 << 30)\nanswer()\nstay()\n')
    assert error.code in ("0018", "1000", "0138")
    assert _resident_bytes() - before < 200 << 20


def test_an_object_with_holes_does_not_fill_the_memory_of_the_host() -> None:
    script = _script('os.ftruncate(outputs()["object"], 7 << 30)\nanswer()\nstay()\n')
    script = script.replace("azureml_main(df)", "azureml_main(df) -> object")
    before = _resident_bytes()
    with pytest.raises(SandboxError, match="has holes"):
        run_script(script, FRAME)
    assert _resident_bytes() - before < 200 << 20


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- what goes on behind the host's back --------------------------------------------------------------------


def test_daemons_die_with_their_step() -> None:
    body = """
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.setsid()
                    import signal
                    for number in set(range(1, 32)) - {9, 19}:
                        signal.signal(number, signal.SIG_IGN)
                    for fd in range(3):
                        os.close(fd)
                    sleep = f"import time; time.sleep(300)  # {mark}"
                    os.execv(sys.executable, [sys.executable, "-c", sleep])
                os._exit(0)
            os.wait()
        return df
    """
    mark = f"daemon-{os.getpid()}-{time.monotonic_ns()}"
    result = _run(body, mark=mark)
    assert result.error is None
    result.close()
    deadline = time.monotonic() + 5
    while (found := _processes_with(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found == []


def _processes_with(mark: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if mark.encode() in words:
            found.append(process.name)
    return found


def test_nothing_reachable_leads_to_the_bytes_of_the_input() -> None:
    body = """
        import ctypes
        tried = 0
        def attack(path):
            nonlocal tried
            for flags in (os.O_RDWR, os.O_WRONLY, os.O_WRONLY | os.O_TRUNC):
                try:
                    fd = os.open(path, flags)
                except OSError:
                    continue
                try:
                    os.pwrite(fd, b"altered" * 64, 0)
                    tried += 1
                except OSError:
                    pass
                os.close(fd)
        mapped = []
        for line in open("/proc/self/maps"):
            where, rights, *rest = line.split()
            if "memfd:table" in line:
                mapped.append(where)
                attack("/proc/self/map_files/" + where)
                first, last = (int(edge, 16) for edge in where.split("-"))
                try:
                    mem = os.open("/proc/self/mem", os.O_RDWR)
                    os.pwrite(mem, b"altered " * ((last - first) // 8), first)
                except OSError:
                    pass
                tried += 1
                libc = ctypes.CDLL(None)
                libc.mprotect(ctypes.c_void_p(first), ctypes.c_size_t(last - first), 3)
                ctypes.memset(first, 0x41, last - first)
                libc.msync(ctypes.c_void_p(first), ctypes.c_size_t(last - first), 4)
        kept = outputs().values()
        for fd in set(range(256)) - set(kept):
            attack(f"/proc/self/fd/{fd}")
        print(len(mapped), tried)
        write("dataset", data)
        answer()
        stay()
    """
    fd = new_memory_file("table")
    bridge.write_frame(pd.DataFrame({"x": np.arange(10_000.0)}), fd)
    seal(fd)
    before = os.pread(fd, os.fstat(fd).st_size, 0)
    request = RunRequest(_script(body, data=LONG), {"dataset1": Ready(fd, "table")}, timeout_seconds=15)
    result = run(request, executor=Walled(warm_pool()))
    assert result.error is None
    mapped, tried = map(int, result.stdout.split()[-2:])
    assert mapped >= 1
    assert tried >= 1
    assert os.pread(fd, os.fstat(fd).st_size, 0) == before
    result.close()
    os.close(fd)


@pytest.mark.parametrize("rows", [3, 2_000_000], ids=["in a memory file", "on huge pages"])
@pytest.mark.parametrize("forbid_seals", [False, True])
def test_a_result_cannot_be_altered_once_the_answer_is_given(rows: int, forbid_seals: bool) -> None:
    body = """
        import fcntl, mmap
        fd = outputs()["dataset"]
        os.write(fd, data)
        if forbid_seals:
            try:
                fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL)
            except OSError:
                pass
        shared = mmap.mmap(fd, len(data))
        if os.fork() == 0:
            while True:
                shared[:] = bytes(len(data))
                try:
                    os.pwrite(fd, b"altered", 0)
                except OSError:
                    pass
        answer()
        stay()
    """
    result = _run(body, pd.DataFrame({"x": np.ones(rows)}), data=LONG, forbid_seals=forbid_seals)
    if result.error is None:
        before = os.pread(result.outputs["dataset"].fd, len(LONG), 0)
        time.sleep(0.1)
        assert os.pread(result.outputs["dataset"].fd, len(LONG), 0) == before == LONG
    else:  # the zeros of the other process came first, and were found to be no table
        assert result.error.code == "0018"
    result.close()


# --- what it says -------------------------------------------------------------------------------------------

FORGED = {
    "not JSON": b"\x80\x04.",
    "an empty object": b"{}",
    "an array": b"[]",
    "a number": b"1",
    "a yes that is a number": b'{"ok":1,"counts":{}}',
    "counts that are text": b'{"ok":true,"counts":{"rows":"many"}}',
    "counts that are no object": b'{"ok":true,"counts":[1]}',
    "counts without end": b'{"ok":true,"counts":{"rows":Infinity}}',
    "counts that are no number": b'{"ok":true,"counts":{"rows":NaN}}',
    "a count of 300 digits": b'{"ok":true,"counts":{"rows":' + b"9" * 300 + b"}}",
    "a long name": b'{"ok":true,"counts":{"' + b"n" * 100 + b'":1}}',
    "more than was asked": b'{"ok":true,"counts":{},"path":"/etc/passwd"}',
    "too long": b'{"ok":true,"counts":{}}' + b" " * 60_000,
    "nested": b'{"ok":' + b"[" * 1500 + b"]" * 1500 + b"}",
    "a greeting of a child": b'{"ready":{}}',
    "an order of a host": b'{"work":"os:system","inputs":[],"outputs":[],"spec":{}}',
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_message_ends_the_run(name: str) -> None:
    error = _refusal("answer(data)\nstay()\n", data=FORGED[name])
    assert isinstance(error, SandboxError)
    assert "broke the protocol" in error.message


def test_a_second_answer_reaches_nobody() -> None:
    body = """
        write("dataset", data)
        for _ in range(20):
            answer()
        answer(b"garbage")
        stay()
    """
    result = _run(body, data=LONG)
    assert result.error is None
    result.close()


def test_a_closed_line_to_the_host_ends_the_run() -> None:
    started = time.monotonic()
    assert isinstance(_refusal("os.close(3)\nstay()\n"), DrawloomError)
    assert time.monotonic() - started < 12


def test_descriptors_sent_to_the_host_are_dropped() -> None:
    body = """
        write("dataset", data)
        fds = [os.open("/dev/zero", os.O_RDONLY) for _ in range(100)]
        job = socket.socket(fileno=os.dup(3))
        job.setblocking(False)
        try:
            socket.send_fds(job, [b'{"ok":true,"counts":{}}'], fds)
            for _ in range(2000):
                socket.send_fds(job, [b"x"], fds)
        except OSError:
            pass
        stay()
    """
    run_script("def azureml_main(df):\n    return df\n", FRAME)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        result = _run(body, data=LONG)
        result.close()
    assert len(os.listdir("/proc/self/fd")) < before + 60  # children that are being prepared have some


DEEP = '{"conversions": ' + "[" * 100_000 + "]" * 100_000 + "}"
BAD_REPORTS = {
    "not JSON": b"\xff\xfe{}",
    "an array": b"[1, 2]",
    "text": b'"text"',
    "cut": b'{"notes": ["a"',
    "nested 100,000 deep": DEEP.encode(),
    "nested 900 deep": b'{"conversions": ' + b"[" * 900 + b"]" * 900 + b"}",
    "log: a number": b'{"log": 7}',
    "log: another stream": b'{"log": [["host", "text"]]}',
    "log: no text": b'{"log": [["stdout", {"a": 1}]]}',
    "notes: an object": b'{"notes": {"a": 1}}',
    "notes: numbers": b'{"notes": [1]}',
    "conversions: a list": b'{"conversions": [1]}',
    "conversions: a port that is text": b'{"conversions": {"in": {"dataset1": "text"}}}',
    "conversions: an entry that is none": b'{"conversions": {"out": {"dataset": [{"column": "a"}]}}}',
    "objects: a list": b'{"objects": [1]}',
    "objects: a port that is text": b'{"objects": {"model": "1.0"}}',
    "objects: a version that is a list": b'{"objects": {"model": {"numpy": [1]}}}',
    "graphics: text": b'{"graphics": "all"}',
    "graphics: a size that is none": b'{"graphics": [{"name": "a", "kind": "png", "size": true}]}',
    "graphics: a size below zero": b'{"graphics": [{"name": "a", "kind": "png", "size": -1}]}',
    "graphics: more than there is": b'{"graphics": [{"name": "a", "kind": "png", "size": 1000000}]}',
    "graphics: another kind": b'{"graphics": [{"name": "a", "kind": "html", "size": 0}]}',
    "graphics: a kind that is a list": b'{"graphics": [{"name": "a", "kind": [], "size": 0}]}',
    "graphics: a name that is an object": b'{"graphics": [{"name": {}, "kind": "png", "size": 0}]}',
    "graphics: twenty thousand": json.dumps(
        {"graphics": [{"name": "", "kind": "png", "size": 0}] * 20_000}
    ).encode(),
}


@pytest.mark.parametrize("name", BAD_REPORTS)
def test_a_report_of_another_form_is_refused(name: str) -> None:
    body = 'write("dataset", table)\nwrite("report", report)\nanswer()\nstay()\n'
    error = _refusal(body, table=LONG, report=BAD_REPORTS[name])
    assert isinstance(error, SandboxError)
    assert "report" in error.message or "index of pictures" in error.message


def test_a_report_of_20_mib_is_a_limit() -> None:
    error = _refusal(
        'write("dataset", table)\nwrite("report", b" " * (20 << 20))\nanswer()\nstay()\n', table=LONG
    )
    assert isinstance(error, LimitError)
    assert "report" in error.message


def test_a_picture_of_gigabytes_of_nothing_is_refused_without_reading_it() -> None:
    index = {"graphics": [{"name": "a.svg", "kind": "svg", "size": 6 << 30}]}
    body = """
        write("dataset", table)
        os.ftruncate(outputs()["graphics"], 6 << 30)
        write("report", report)
        answer()
        stay()
    """
    before = _resident_bytes()
    assert isinstance(_refusal(body, table=LONG, report=json.dumps(index).encode()), SandboxError)
    assert _resident_bytes() - before < 200 << 20


ERRORS: dict[str, Any] = {
    "text": "failed",
    "nothing": {},
    "every field a list": {key: [] for key in ("kind", "code", "message", "remedy", "line", "locals")},
    "every field an object": {key: {"a": 1} for key in ("kind", "code", "message", "remedy", "traceback")},
    "a script's, with other types": {
        "kind": "ScriptError",
        "line": 10**30,
        "traceback": 1,
        "locals": {"a": {"b": 1}},
        "code": 85,
    },
    "a kind that is no error": {"kind": "SystemExit", "message": "leave"},
    "a class of another module": {"kind": "builtins.KeyboardInterrupt", "message": "stop"},
    "a message of a megabyte": {"kind": "ScriptError", "message": "m" * 1_000_000, "line": True},
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_of_another_form_is_an_error_all_the_same(name: str) -> None:
    report = json.dumps({"error": ERRORS[name]}).encode()
    error = _refusal('write("report", report)\nanswer(b\'{"ok":false}\')\nstay()\n', report=report)
    described = error.to_dict()
    assert all(isinstance(described[field], str) for field in ("code", "message", "remedy"))
    assert len(str(error)) < 200_000
    if isinstance(error, ScriptError):
        assert error.line is None
        assert all(isinstance(text, str) for text in error.locals.values())


def test_a_failure_that_claims_success_keeps_nothing() -> None:
    assert "no result" in _refusal("answer()\nstay()\n").message


def test_the_host_imported_nothing_of_a_script() -> None:
    script = "import sys\nMARK = 1\ndef azureml_main(df):\n    return df\n"
    run_script(script, FRAME)
    assert not any(getattr(module, "MARK", None) == 1 for module in list(sys.modules.values()))
