"""All walls together: they stand, they are reported, a missing one is noticed, and libraries still work."""

from __future__ import annotations

import json

import pytest
from walled import Zygote

from drawloom.sandbox.walls.lockdown import Limits, WallsConfig

WALLS = {
    "namespaces",
    "root",
    "tmpfs",
    "proc",
    "identity",
    "user namespaces",
    "rlimits",
    "capabilities",
    "landlock",
    "seccomp",
}


def test_all_walls_stand_and_are_reported(zygote: Zygote) -> None:
    outcome = zygote.run("print('alive')")
    assert outcome.printed == "alive\n"
    assert outcome.failures == []
    assert set(outcome.report) == WALLS
    assert outcome.status == 0


@pytest.mark.parametrize(
    "wall", ["identity", "user namespaces", "rlimits", "capabilities", "landlock", "seccomp"]
)
def test_the_self_test_notices_a_missing_wall(zygote: Zygote, wall: str) -> None:
    without = [wall, "user namespaces"] if wall == "identity" else [wall]
    assert zygote.run("", without=without).failures != []


def test_only_four_descriptors_are_left(zygote: Zygote) -> None:
    code = """
import os
print(*sorted(int(n) for n in os.listdir("/proc/self/fd"))[:-1])
"""
    assert zygote.run(code).words == ["0", "1", "2", "3"]


def test_the_configuration_survives_its_way_as_json() -> None:
    config = WallsConfig(limits=Limits(processes=7), loopback=True, lowest_landlock_abi=1)
    assert WallsConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


LIBRARIES = {
    "processes": """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(abs, [-1, 2]))
""",
    "shared memory, queues and a manager": """
from multiprocessing import Lock, Manager, Queue
from multiprocessing.shared_memory import SharedMemory
memory = SharedMemory(create=True, size=10); memory.close(); memory.unlink()
queue = Queue(); queue.put(1)
with Lock(), Manager() as manager:
    print([queue.get(), *manager.list([2])])
""",
    "temporary files": """
import tempfile, os
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
    print([1, 2] if folder.startswith("/scratch/tmp/") and file.name.startswith("/scratch/tmp/") else folder)
""",
    "sqlite": """
import sqlite3
connection = sqlite3.connect("a.db")
connection.execute("pragma journal_mode = wal")
connection.execute("create table t as select 1 as a union select 2")
connection.commit()
print([a for (a,) in connection.execute("select a from t")])
""",
    "asyncio": """
import asyncio
async def main():
    process = await asyncio.create_subprocess_exec("echo", "[1, 2]", stdout=asyncio.subprocess.PIPE)
    print((await process.communicate())[0].decode(), end="")
asyncio.run(main())
""",
    "pandas and Parquet": """
import pandas
pandas.DataFrame({"a": [1, 2]}).to_parquet("a.parquet")
print(pandas.read_parquet("a.parquet")["a"].tolist())
""",
    "DuckDB": """
import duckdb
duckdb.connect("a.duckdb").execute("create table t as select unnest([1, 2]) as a")
print([a for (a,) in duckdb.connect("a.duckdb").execute("select a from t order by a").fetchall()])
""",
    "joblib": """
import os
os.environ["LOKY_MAX_CPU_COUNT"] = "2"
from joblib import Parallel, delayed
backends = ("loky", "threading", "multiprocessing")
print(*{str(Parallel(2, backend=name)(delayed(abs)(n) for n in (-1, 2))) for name in backends})
""",
    "OpenMP": """
import numpy
from sklearn.ensemble import HistGradientBoostingClassifier
data = numpy.random.default_rng(0).random((500, 2))
HistGradientBoostingClassifier(max_iter=5).fit(data, data[:, 0] > 0.5)
print([1, 2])
""",
    "matplotlib": """
import matplotlib.pyplot as plt, os
plt.plot([1, 2]); plt.savefig("plot.png")
print([1, 2] if os.path.getsize("plot.png") else [])
""",
}


@pytest.mark.parametrize("code", LIBRARIES.values(), ids=LIBRARIES)
def test_libraries_work_behind_the_walls(zygote: Zygote, code: str) -> None:
    outcome = zygote.run(code, seconds=60)
    assert outcome.printed.strip().splitlines()[-1] == "[1, 2]", outcome.printed
    assert outcome.status == 0
