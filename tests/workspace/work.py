"""What the tests do to a workspace; also run as a host of its own: `python work.py FOLDER WHAT`."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

from drawloom.workspace import Workspace
from drawloom.workspace.runs import Output
from drawloom.workspace.store import Entry, output_address

WORK = Path(__file__)


def key_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def put(workspace: Workspace, content: bytes, address: str) -> Entry:
    fd = workspace.store.new_file()
    try:
        os.write(fd, content)
        return workspace.store.commit(fd, address, kind="table")
    finally:
        os.close(fd)


def import_content(workspace: Workspace, content: bytes) -> Entry:
    fd = workspace.store.new_file()
    try:
        os.write(fd, content)
        return workspace.store.commit_content(fd, kind="table")
    finally:
        os.close(fd)


def content_of(workspace: Workspace, address: str) -> bytes | None:
    fd = workspace.store.open(address)
    if fd is None:
        return None
    with open(fd, "rb") as file:
        return file.read()


def run_step(workspace: Workspace, run: int, name: str, key: str, content: bytes = b"table") -> Entry:
    step = workspace.records.step_started(
        run, name, module="execute-python-script", key=key, key_parts={"script": name}, reason="never ran"
    )
    entry = put(workspace, content, output_address(key, "dataset"))
    workspace.records.step_finished(
        step, [Output("dataset", "table", entry, 3, 2, [["a", "int64"]])], log=["done"]
    )
    return entry


def run_once(
    workspace: Workspace, experiment: str, *contents: bytes, target: str = "", status: str = "succeeded"
) -> list[Entry]:
    """Record a whole run with one step for each content."""
    run = workspace.records.start_run(experiment, "version: 1\n", ["..."], target=target)
    made = [
        run_step(workspace, run, f"s{number}", key_of(f"{experiment}/{run}/{number}"), content)
        for number, content in enumerate(contents)
    ]
    workspace.records.finish_run(run, status)
    return made


def main(folder: str, what: str) -> None:
    with Workspace.open(folder) as workspace:
        if what == "many":
            for number in range(20):
                run_once(workspace, f"{os.getpid()}.yaml", f"{os.getpid()} {number}".encode())
                fd = workspace.store.new_file()
                os.write(fd, b"the same for all")
                entry = workspace.store.commit_content(fd, kind="table")
                os.close(fd)
                workspace.datasets.register(
                    f"d{number}", entry, source="x.csv", rows=1, columns=1, schema=[], profile={}, preview=[]
                )
                workspace.secrets.set(f"S{os.getpid()}_{number}", "value")
        elif what == "forever":
            print("ready", flush=True)
            while True:
                run = workspace.records.start_run(f"{os.getpid()}.yaml", "", [])
                for name in ("a", "b", "c"):
                    run_step(workspace, run, name, os.urandom(8).hex(), f"content of {name}".encode())
                workspace.records.finish_run(run, "succeeded")
        elif what == "hang":
            run = workspace.records.start_run("killed.yaml", "version: 1\n", ["first", "second", "third"])
            run_step(workspace, run, "first", key_of("first"))
            workspace.records.step_started(run, "second", module="m", key=key_of("second"))
            os.write(workspace.store.new_file(), b"half")
            print("ready", flush=True)
            time.sleep(600)
        elif what == "full":
            fd = workspace.store.new_file()
            filler = os.open(Path(folder) / "filler", os.O_WRONLY | os.O_CREAT)
            os.write(fd, b"x" * 4096)
            try:
                while True:
                    os.write(filler, b"y" * 1024)
            except OSError as error:
                print(error.strerror)
            os.close(filler)
            for number in range(1000):
                try:
                    workspace.store.commit(fd, output_address(key_of(str(number)), "dataset"), kind="table")
                except Exception as error:
                    print(type(error).__name__, error)
                    failed = workspace.store.path(output_address(key_of(str(number)), "dataset"))
                    break
            os.unlink(Path(folder) / "filler")
            print("left behind" if failed.exists() else "nothing left", workspace.store.usage()[0] == number)
            put(workspace, b"again", output_address(key_of("again"), "dataset"))
            print("works again")
    print("closed")


if __name__ == "__main__":
    main(*sys.argv[1:])
