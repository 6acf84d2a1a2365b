"""`python -m bench.soak [RUNS]`: many runs on one zygote, and what grew meanwhile."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pandas as pd

import drawloom
from drawloom.engine import pools

SCRIPT = "def azureml_main(frame):\n    print('soak')\n    return frame * 2\n"
GROWTH = {"zygote memory, KiB": 1.05, "host memory, KiB": 1.10}


def main(runs: int) -> int:
    """Run, compare the state after the first tenth with the one at the end; 0 where nothing grew."""
    frame = pd.DataFrame({"x": range(100), "y": 0.5})
    started = time.perf_counter()
    early: dict[str, int] = {}
    for number in range(1, runs + 1):
        result = drawloom.run_script(SCRIPT, frame)
        if number % 97 == 0 and result.dataset["x"].sum() != 9900:
            raise AssertionError("a wrong result")
        del result
        if number == runs // 10:
            early = _state()
        if number % (runs // 10) == 0:
            print(f"{number} runs, {number / (time.perf_counter() - started):.0f} a second", flush=True)
    late = _state()
    grown = [name for name, value in late.items() if value > early[name] * GROWTH.get(name, 1.0)]
    for name, value in late.items():
        print(f"{name:24} {early[name]:>10} -> {value:>10}{'  GREW' if name in grown else ''}")
    return 1 if grown else 0


def _state() -> dict[str, int]:
    time.sleep(1.0)
    launched = pools.warm_pool()._launched
    assert launched is not None
    zygote = launched.zygote_pid()
    assert zygote is not None, "the zygote was started anew"
    return {
        "zygote memory, KiB": _memory_kib(zygote),
        "zygote descriptors": _descriptors(zygote),
        "zygote children": len(Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split()),
        "host memory, KiB": _memory_kib(os.getpid()),
        "host descriptors": _descriptors(os.getpid()),
        "namespaces": _namespaces(),
        "cgroups": len(list(Path("/sys/fs/cgroup").glob(f"**/drawloom-*-{os.getpid()}-*/*/"))),
        "zygote": zygote,
    }


def _memory_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def _descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def _namespaces() -> int:
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for kind in ("mnt", "net", "pid", "user"):
            try:
                found.add(os.readlink(f"/proc/{pid}/ns/{kind}"))
            except OSError:
                continue
    return len(found)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
