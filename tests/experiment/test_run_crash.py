"""What is left when the host dies, when two run at once, and when the disk is full."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Lab, reasons, statuses

from drawloom.workspace import Workspace

RUN = """\
import sys
from drawloom import Experiment


def say(event):
    print(event.to_dict()["event"], getattr(event, "step", ""), flush=True)


with Experiment.load(sys.argv[1]) as experiment:
    run = experiment.run(on_event=say)
    print({name: step.status for name, step in run.items()}, run.error)
"""
STEPS = """\
pima: {module: import-data, params: {path: data/pima.csv}}
clean: {module: execute-python-script, script: enrich.py, inputs: {dataset1: pima}}
wait: {module: execute-python-script, script: wait.py, inputs: {dataset1: clean}}
"""
WAIT = "import time\n\n\ndef azureml_main(frame):\n    time.sleep({seconds})\n    return frame\n"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    made.steps(STEPS)
    yield made
    made.workspace.close()


def host(lab: Lab) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(lab.file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=lab.folder,
    )


def wait_for(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    for said in process.stdout:
        if said.strip() == line:
            return
    raise AssertionError(f"it never said {line!r}: {process.communicate()[1]}")


def below(pid: int) -> set[int]:
    """Give every process below one."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                new = {int(child) for child in task.read_text().split()} - found
                found |= new
                waiting += new
    return found


def test_a_host_killed_in_the_middle_leaves_an_interrupted_run_and_nothing_else(lab: Lab) -> None:
    lab.write("wait.py", WAIT.format(seconds=60))
    with host(lab) as process:
        wait_for(process, "started wait")
        children = below(process.pid)
        assert len(children) >= 2
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline, "something survived its host"
        time.sleep(0.05)
    lab.write("wait.py", WAIT.format(seconds=0))
    with Workspace.open(lab.folder) as workspace:
        assert workspace.records.run(1).status == "interrupted"
        assert [notice for notice in workspace.notices if "Run 1 was interrupted" in notice]
        steps = {step.name: step.status for step in workspace.records.steps(1)}
        assert steps == {"pima": "succeeded", "clean": "succeeded", "wait": "interrupted"}
        assert list(workspace.check()) == []
        lab.workspace.close()
        lab.workspace = workspace
        run = lab.run()
        assert statuses(run) == {"pima": "reused", "clean": "reused", "wait": "ok"}
        assert reasons(run, "ok") == {"wait": "line 5 of wait.py changed"}


def test_an_interrupted_step_runs_again_and_says_why(lab: Lab) -> None:
    lab.write("wait.py", WAIT.format(seconds=2))
    with host(lab) as process:
        wait_for(process, "started wait")
        process.send_signal(signal.SIGKILL)
    lab.workspace.close()
    lab.workspace = Workspace.open(lab.folder)
    assert lab.load().plan()["wait"].reason == "it was interrupted in run 1"


def test_ctrl_c_ends_the_children_and_records_a_cancelled_run(lab: Lab) -> None:
    lab.write("wait.py", WAIT.format(seconds=60))
    with host(lab) as process:
        wait_for(process, "started wait")
        children = below(process.pid)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in said[1]
    assert lab.workspace.records.run(1).status == "cancelled"
    assert {step.name: step.status for step in lab.workspace.records.steps(1)}["wait"] == "cancelled"
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def test_two_runs_at_once_in_one_workspace(lab: Lab) -> None:
    lab.write("wait.py", WAIT.format(seconds=0.3))
    hosts = [host(lab), host(lab)]
    for process in hosts:
        said, wrong = process.communicate(timeout=60)
        assert process.returncode == 0, wrong
        assert "'wait': 'ok'} None" in said or "'wait': 'reused'} None" in said
    assert {run.status for run in lab.workspace.records.runs()} == {"succeeded"}
    assert list(lab.workspace.check()) == []
    assert set(statuses(lab.run()).values()) == {"reused"}


def test_a_full_disk_is_a_clear_error_and_the_next_run_works(tmp_path: Path) -> None:
    """On a file system of four megabytes of its own, in a namespace of its own."""
    code = f"""if True:
        import sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from running import Lab, statuses
        lab = Lab(Path({str(tmp_path)!r}))
        lab.write("big.py", "import numpy, pandas\\n\\ndef azureml_main():\\n    "
            "return pandas.DataFrame({{'x': numpy.random.default_rng(0).random(1_000_000)}})\\n")
        lab.steps("big: {{module: execute-python-script, script: big.py}}\\n"
            "pima: {{module: import-data, params: {{path: data/pima.csv}}}}")
        run = lab.run()
        print(statuses(run), run["big"].error)
        lab.edit("1_000_000", "1000", "big.py")
        print(statuses(lab.run()))
        lab.workspace.close()
    """
    script = f'mount -t tmpfs -o size=4m,mode=755 tmpfs {tmp_path} && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, sys.executable, code],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "DRAWLOOM_DATABASE_URL"},
    )
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    assert lines[0].startswith(
        """{'big': 'failed', 'pima': 'ok'} Error 0039: Step "big": There is no space left"""
    )
    assert lines[1] == "{'big': 'ok', 'pima': 'reused'}"
