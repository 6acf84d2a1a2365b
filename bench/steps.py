"""A whole step on a large table, beside what else could run it, and the memory it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from bench.measure import Figure, in_turn, median
from bench.runs import request
from bench.tables import floats
from drawloom.engine import pools
from drawloom.engine.run import Ready, RunRequest, run
from drawloom.engine.work import Walled, Work
from drawloom.table import bridge

STEP = "def azureml_main(frame):\n    frame['c0'] = frame['c0'] * 2.0\n    return frame\n"
IDENTITY = "def azureml_main(frame):\n    return frame\n"
MIB = 1024 * 1024


def figures() -> Iterator[Figure]:
    frame = floats(1_000_000)
    asked, executor = request(STEP, frame), Walled(pools.warm_pool())

    def ours() -> None:
        run(asked, executor=executor).close()

    yield _against_subprocess(ours, frame)
    yield from _against_ray(ours, frame)
    yield _peak_memory()


def _against_subprocess(ours: object, frame: pd.DataFrame) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/in.parquet", f"{folder}/out.parquet"
        program = (
            f"import sys\nimport pandas as pd\n{STEP}\n"
            "azureml_main(pd.read_parquet(sys.argv[1])).to_parquet(sys.argv[2])"
        )

        def theirs() -> None:
            frame.to_parquet(source)
            subprocess.run([sys.executable, "-c", program, source, target], check=True)
            pd.read_parquet(target)

        mine = median(ours, runs=15, gap_seconds=0.05)  # type: ignore[arg-type]
        floor = median(theirs, runs=3)
    return Figure("a step in and out, 1e6 x 10", mine, floor, "<= 0.1", "subprocess + Parquet")


def _against_ray(ours: object, frame: pd.DataFrame) -> Iterator[Figure]:
    try:
        import ray
    except ImportError:
        print("(Ray is not installed: `make bench` brings it)", file=sys.stderr)
        return
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)

    @ray.remote
    def step(table: pd.DataFrame) -> pd.DataFrame:
        table = table.copy(deep=False)
        table["c0"] = table["c0"] * 2.0
        return table

    def theirs() -> None:
        ray.get(step.remote(ray.put(frame)))

    mine, floor = in_turn(ours, theirs, runs=15, gap_seconds=0.1)  # type: ignore[arg-type]
    ray.shutdown()
    yield Figure("a step in and out, 1e6 x 10", mine, floor, "<= 0.7", "Ray task, put and get")


def _peak_memory() -> Figure:
    """Measure what the machine has less free while an identity step goes from file to file."""
    rows = 10_000_000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = Path(folder, "in.arrow")
        with path.open("wb") as file:
            bridge.write_frame(floats(rows), file.fileno())
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        table_mib = path.stat().st_size / MIB
        executor = Walled(pools.warm_pool())
        time.sleep(1)
        with _Peak() as peak:
            fd = os.open(path, os.O_RDONLY)
            asked = RunRequest(script=IDENTITY, inputs={"dataset1": Ready(fd, "table")})
            work = Work(
                "drawloom.script.work:run",
                {
                    "text": asked.script,
                    "name": "identity.py",
                    "tables": ["dataset1"],
                    "objects": {},
                    "params": {},
                },
                {"dataset1": fd},
                ("dataset", "dataset2", "graphics"),
                pools.BASE,
            )
            done = executor.execute(work, new_file=lambda _name: os.open(folder, os.O_TMPFILE | os.O_RDWR))
            os.close(fd)
        if done.error is not None:
            raise done.error
        done.close()
    return Figure(
        "peak memory of an identity step, 1e7 x 10", peak.mib, table_mib, "<= 2.1", "the table", "MiB"
    )


class _Peak:
    """The most memory taken from the machine's free memory, page cache included, while it watches."""

    def __enter__(self) -> _Peak:
        self._stop = threading.Event()
        self._least = self._start = _free_mib()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.002):
            self._least = min(self._least, _free_mib())

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.mib = self._start - self._least


def _free_mib() -> float:
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemFree")) / 1024
