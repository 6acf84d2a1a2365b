"""What one run costs: warm, not warmed, with an empty pool, and many of them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

import drawloom
from bench.measure import Figure, in_turn, median
from bench.ordinary import Ordinary, encode
from drawloom.engine import pools
from drawloom.engine.run import RunRequest, run
from drawloom.engine.work import Walled
from drawloom.sandbox import launch
from drawloom.sandbox.pool import Pool, PoolConfig

TRIVIAL = "def azureml_main():\n    return None\n"
IN_SET = """
def azureml_main(frame):
    frame["s"] = frame["x"] + frame["y"] * 2
    return frame[frame["x"] > 0.5].sort_values("y").groupby("k", as_index=False)[["x", "s"]].mean()
"""
NOT_IN_SET = """
import pandas as pd
def azureml_main(frame):
    wide = frame.melt(id_vars="k", value_vars=["x", "y"])
    wide["bin"] = pd.cut(wide["value"], 5).cat.codes
    counts = pd.crosstab(wide["k"], wide["bin"]).stack().rename("n").reset_index()
    counts["share"] = counts["n"] / counts.groupby("k")["n"].transform("sum")
    return counts.assign(rank=counts["n"].rank())
"""


def frame() -> pd.DataFrame:
    rows = 1000
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "k": rng.choice(list("abcd"), rows),
            "x": rng.random(rows),
            "y": rng.random(rows),
            "n": np.arange(rows),
        }
    )


def figures() -> Iterator[Figure]:
    pools.warm_pool()
    time.sleep(3)
    yield _against_ordinary("trivial run, warm", TRIVIAL, None, "<= 2", "compile, call, echo in a process")
    yield _against_ordinary(
        "pandas job of the warm-up's kind", IN_SET, frame(), "<= 1.2", "same, ordinary process"
    )
    yield _against_ordinary(
        "pandas job of another kind", NOT_IN_SET, frame(), "<= 2.5", "same, ordinary process"
    )
    yield _empty_pool()
    yield _cold()
    yield _throughput()


def _against_ordinary(what: str, text: str, table: pd.DataFrame | None, goal: str, floor_is: str) -> Figure:
    ordinary = Ordinary(table)
    ours, floor = in_turn(lambda: drawloom.run_script(text, table), lambda: ordinary.call(text), runs=60)
    ordinary.close()
    return Figure(what, ours, floor, goal, floor_is)


def _forked_job(text: str, table: pd.DataFrame) -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        namespace: dict[str, object] = {}
        exec(compile(text, "script.py", "exec"), namespace)
        data = encode(namespace["azureml_main"](table))  # type: ignore[operator]
        os.write(writer, data[:4096])
        os._exit(0)
    os.close(writer)
    os.read(reader, 4096)
    os.close(reader)
    os.waitpid(pid, 0)


def _empty_pool() -> Figure:
    pool = Pool(PoolConfig(size=0, imports=tuple(sorted(pools.BASE))))
    executor, table = Walled(pool), frame()
    asked = request(IN_SET, table)
    run(asked, executor=executor).close()
    ours, floor = in_turn(
        lambda: run(asked, executor=executor).close(), lambda: _forked_job(IN_SET, table), runs=30
    )
    pool.close()
    return Figure("the same, pool empty", ours, floor, "<= 2", "fork + job")


def request(text: str, table: pd.DataFrame) -> RunRequest:
    from drawloom.engine.run import Ready
    from drawloom.sandbox.outputs import new_memory_file, seal
    from drawloom.table import bridge

    fd = new_memory_file("dataset1")
    bridge.write_frame(table, fd)
    seal(fd)
    return RunRequest(script=text, inputs={"dataset1": Ready(fd, "table")})


def _cold() -> Figure:
    table = frame()
    program = f"import sys\n{IN_SET}\nimport pandas as pd\nazureml_main(pd.read_parquet(sys.argv[1]))"
    path = "/dev/shm/drawloom-bench.parquet"
    table.to_parquet(path)
    bwrap = [str(launch.bubblewrap()), "--ro-bind", "/", "/", "--unshare-all", "--dev-bind", "/dev", "/dev"]
    command = [*bwrap, sys.executable, "-c", program, path]
    ours = median(lambda: drawloom.run_script(IN_SET, table), runs=20, gap_seconds=0.05)
    floor = median(lambda: subprocess.run(command, check=True), runs=5)
    os.unlink(path)
    return Figure("the same, warm", ours, floor, "<= 0.02", "bwrap python, cold")


def _throughput() -> Figure:
    table, seconds = frame(), 4.0
    asked = request(IN_SET, table)
    executor = Walled(pools.warm_pool())

    def ours() -> None:
        run(asked, executor=executor).close()

    return Figure(
        "runs per second, two at a time",
        _rate(ours, seconds),
        _rate(lambda: _forked_job(IN_SET, table), seconds),
        ">= 0.6",
        "fork + job",
        unit="/s",
    )


def _rate(call: object, seconds: float) -> float:
    deadline = time.monotonic() + seconds
    counts = [0, 0]

    def loop(index: int) -> None:
        while time.monotonic() < deadline:
            call()  # type: ignore[operator]
            counts[index] += 1

    threads = [threading.Thread(target=loop, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds
