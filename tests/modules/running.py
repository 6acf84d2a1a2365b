"""Run one module's work through its real seam: validated parameters, descriptors in, descriptors out."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from drawloom.errors import DrawloomError
from drawloom.modules.registry import module
from drawloom.table import bridge


@dataclass(frozen=True)
class Result:
    """What one run left behind."""

    counts: dict[str, int | float]
    report: dict[str, Any]
    files: dict[str, bytes]

    def frame(self, port: str = "dataset") -> pd.DataFrame:
        with opened(self.files[port]) as fd:
            return bridge.read_frame(fd)[0]

    def arrow(self, port: str = "dataset") -> pa.Table:
        with opened(self.files[port]) as fd:
            return bridge.read_table(fd)

    def roles(self, port: str = "dataset") -> dict[str, str]:
        with opened(self.files[port]) as fd:
            return bridge.read_metadata(fd).get("roles", {})


def memory(content: bytes = b"") -> int:
    fd = os.memfd_create("test")
    os.write(fd, content)
    return fd


@contextlib.contextmanager
def opened(content: bytes) -> Iterator[int]:
    """Give a descriptor of a file with this content for as long as the block lasts."""
    fd = memory(content)
    try:
        yield fd
    finally:
        os.close(fd)


def table(frame: pd.DataFrame | pa.Table, roles: Mapping[str, str] | None = None) -> bytes:
    """Give the bytes of a table as they lie between two steps."""
    fd = memory()
    metadata = {"roles": dict(roles)} if roles else None
    write: Callable[..., Any] = bridge.write_frame if isinstance(frame, pd.DataFrame) else bridge.write_table
    write(frame, fd, metadata)
    return whole(fd)


def whole(fd: int) -> bytes:
    content = os.pread(fd, os.fstat(fd).st_size, 0)
    os.close(fd)
    return content


def parameters(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    checked, problems = module(name).check(values)
    assert checked is not None, problems
    return checked.model_dump(mode="json")


def work_of(name: str) -> Callable[..., dict[str, int | float]]:
    where, _, function = str(module(name).work).partition(":")
    work: Callable[..., dict[str, int | float]] = getattr(importlib.import_module(where), function)
    return work


def run(
    name: str,
    params: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    threads: int = 1,
    **inputs: pd.DataFrame | pa.Table | bytes,
) -> Result:
    """Run a module; an input is a frame, an Arrow table, or the bytes of an earlier output or file."""
    spec = {"module": name, "params": parameters(name, params or {}), "seed": seed, "threads": threads}
    given = {
        port: memory(value if isinstance(value, bytes) else table(value)) for port, value in inputs.items()
    }
    ports = module(name).ports(spec).outputs
    names = ["report", *(port.name for port in ports), *(["file"] if module(name).writes else [])]
    outputs = {port: memory() for port in names}
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            counts = work_of(name)(spec, given, outputs)
    finally:
        still_open = [port for port, fd in given.items() if _is_open(fd)]
        files = {port: whole(fd) for port, fd in outputs.items()}
    assert not still_open, f"the work of {name} left its inputs open: {still_open}"
    return Result(counts, json.loads(files.pop("report")), files)


def failure(name: str, params: Mapping[str, Any] | None = None, **inputs: Any) -> DrawloomError:
    """Give the error that a module's work ends with."""
    try:
        run(name, params, **inputs)
    except DrawloomError as error:
        return error
    raise AssertionError(f"{name} did not fail")


def problems(name: str, values: Mapping[str, Any]) -> list[str]:
    """Give what is wrong with parameters, as sentences."""
    return [f"{each.message} {each.remedy}".strip() for each in module(name).check(values)[1]]


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
