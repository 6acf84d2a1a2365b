"""What an experiment costs beyond the work of its steps: chains and fans, cached plans, a large table."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

import drawloom
from bench.measure import Figure, in_turn, median
from bench.tables import floats
from drawloom.engine import pools
from drawloom.table import bridge

STEPS = 100
TRIVIAL = "def azureml_main(frame):\n    frame['x'] = frame['x'] + 1\n    return frame\n"
SQL = "select *, c0 + c1 as total from t1"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        pools.warm_pool()
        yield from _overhead(Path(folder))
        yield from _cached(Path(folder))
        yield _large(Path(folder))


def _write(folder: Path, name: str, steps: int, *, chain: bool) -> Path:
    (folder / "data.csv").write_text("x\n" + "\n".join(map(str, range(100))) + "\n")
    (folder / "one.py").write_text(TRIVIAL)
    lines = ["version: 1", f"name: {name}", "steps:", "  s0: {module: import-data, params: {path: data.csv}}"]
    for number in range(1, steps + 1):
        source = f"s{number - 1 if chain else 0}"
        lines.append(
            f"  s{number}: {{module: execute-python-script, script: one.py, inputs: {{dataset1: {source}}}}}"
        )
    path = folder / f"{name}.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _overhead(folder: Path) -> Iterator[Figure]:
    floor = _in_process()
    rivals = {"Kedro, SequentialRunner": _kedro, "Dagster, in process": _dagster}
    theirs = {name: median(call, runs=2) / STEPS for name, call in rivals.items()}
    for shape in ("chain", "fan"):
        path = _write(folder, shape, STEPS, chain=shape == "chain")
        with drawloom.Experiment.load(path, workspace=folder / f"ws-{shape}") as experiment:

            def ours(experiment: Any = experiment) -> None:
                run = experiment.run(fresh="everything")
                assert run.status == "ok", run.error

            mine = median(ours, runs=2) / STEPS
        yield Figure(f"a trivial step in a {shape} of {STEPS}", mine, floor, "", "call in this process")
        for name, value in theirs.items():
            goal = "<= 0.5" if name.startswith("Dagster") else ""
            yield Figure(f"a trivial step in a {shape} of {STEPS}", mine, value, goal, name)


def _step(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy()
    frame["x"] = frame["x"] + 1
    return frame


def _in_process() -> float:
    frame = pd.DataFrame({"x": range(100)})

    def chain() -> None:
        table = frame
        for _ in range(STEPS):
            table = _step(table)

    return median(chain, runs=5) / STEPS


def _kedro() -> None:
    logging.disable(logging.INFO)
    with contextlib.redirect_stdout(sys.stderr):
        from kedro.io import DataCatalog, MemoryDataset
        from kedro.pipeline import node, pipeline
        from kedro.runner import SequentialRunner

        nodes = [node(_step, f"t{number}", f"t{number + 1}", name=f"n{number}") for number in range(STEPS)]
        catalog = DataCatalog({"t0": MemoryDataset(pd.DataFrame({"x": range(100)}))})
        SequentialRunner().run(pipeline(nodes), catalog)


def _dagster() -> None:
    from dagster import DagsterInstance, GraphDefinition, In, OpDefinition, Out, Output
    from dagster import DependencyDefinition as Source

    def make(number: int) -> OpDefinition:
        def compute(context, inputs):
            frame = _step(inputs["frame"]) if number else pd.DataFrame({"x": range(100)})
            yield Output(frame, "result")

        ins = {"frame": In()} if number else {}
        return OpDefinition(compute_fn=compute, name=f"n{number}", ins=ins, outs={"result": Out()})

    ops = [make(number) for number in range(STEPS + 1)]
    wires = {f"n{number}": {"frame": Source(f"n{number - 1}")} for number in range(1, STEPS + 1)}
    job = GraphDefinition(name="chain", node_defs=ops, dependencies=wires).to_job()
    with DagsterInstance.ephemeral() as instance, contextlib.redirect_stderr(None):
        assert job.execute_in_process(instance=instance).success


def _cached(folder: Path) -> Iterator[Figure]:
    tool = Path(sys.executable).with_name("drawloom")
    for steps, goal in ((9, "<= 1.2"), (1000, "<= 3")):
        path = _write(folder, f"cached{steps}", steps, chain=True)
        command = [str(tool), "run", str(path), "--workspace", str(folder / f"ws-cached{steps}")]
        subprocess.run(command, check=True, capture_output=True)
        ours, floor = in_turn(
            lambda command=command: subprocess.run(command, check=True, capture_output=True),
            lambda: subprocess.run([sys.executable, "-c", "import pandas"], check=True),
            runs=7,
        )
        yield Figure(f"a cached plan of {steps} steps", ours, floor, goal, "python -c 'import pandas'")


def _large(folder: Path) -> Figure:
    """Python, then SQL in DuckDB, then Python, on 1e7 x 10, against the same three calls in this process."""
    with (folder / "large.arrow").open("wb") as file:
        bridge.write_frame(floats(10_000_000), file.fileno())
    (folder / "half.py").write_text("def azureml_main(f):\n    f['c0'] = f['c0'] * 0.5\n    return f\n")
    (folder / "sum.py").write_text("def azureml_main(f):\n    return f[['total']].sum().to_frame('sum')\n")
    (folder / "large.yaml").write_text(
        "version: 1\nname: large\nsteps:\n"
        "  data: {module: import-data, params: {path: large.arrow}}\n"
        "  half: {module: execute-python-script, script: half.py, inputs: {dataset1: data}}\n"
        f"  sql: {{module: apply-sql-transformation, params: {{engine: duckdb, script: '{SQL}'}}, "
        "inputs: {t1: half}}\n"
        "  total: {module: execute-python-script, script: sum.py, inputs: {dataset1: sql}}\n"
    )
    with drawloom.Experiment.load(folder / "large.yaml", workspace=folder / "ws-large") as experiment:
        assert experiment.run().status == "ok"
        taken = []
        for _ in range(3):
            run = experiment.run(fresh=["half", "sql", "total"])
            assert run.status == "ok", run.error
            timings = [run[name].timings["total_seconds"] for name in ("half", "sql", "total")]
            taken.append(sum(timings) * 1000)
    return Figure(
        "Python, DuckDB, Python on 1e7 x 10",
        sorted(taken)[1],
        _three_calls(folder),
        "<= 1.5",
        "in one process",
    )


def _three_calls(folder: Path) -> float:
    taken = []
    for _ in range(3):
        fd = os.open(folder / "large.arrow", os.O_RDONLY)
        frame, _ = bridge.read_frame(fd)
        os.close(fd)
        started = time.perf_counter()
        frame["c0"] = frame["c0"] * 0.5
        t1 = frame
        with duckdb.connect() as connection:
            connection.register("t1", t1)
            table = connection.sql(SQL).df()
        table[["total"]].sum().to_frame("sum")
        taken.append((time.perf_counter() - started) * 1000)
        del frame, t1, table
    return sorted(taken)[1]
