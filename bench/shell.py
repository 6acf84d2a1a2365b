"""What a command line costs from a cold shell."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Figure, in_turn
from bench.runs import frame

SCRIPT = """
def azureml_main(frame):
    frame["s"] = frame["x"] + frame["y"]
    return frame.groupby("k", as_index=False)[["x", "s"]].mean()
"""


def figures() -> Iterator[Figure]:
    tool = Path(sys.executable).with_name("drawloom")
    with tempfile.TemporaryDirectory() as folder:
        script, data = Path(folder, "means.py"), Path(folder, "data.csv")
        script.write_text(SCRIPT)
        frame().to_csv(data, index=False)
        program = (
            "import sys\nimport pandas as pd\nimport means\n"
            "print(means.azureml_main(pd.read_csv(sys.argv[1])))"
        )
        ours, floor = in_turn(
            lambda: _call(str(tool), "run", str(script), "--dataset1", str(data), folder=folder),
            lambda: _call(sys.executable, "-c", program, str(data), folder=folder),
            runs=9,
        )
        yield Figure("drawloom run, cold", ours, floor, "<= 1.3", "python, same function and file")
        ours, floor = in_turn(
            lambda: _call(str(tool), "--help", folder=folder),
            lambda: _call(sys.executable, "-c", "import pandas", folder=folder),
            runs=9,
        )
        yield Figure("drawloom --help", ours, floor, "<= 0.3", "python -c 'import pandas'")


def _call(*command: str, folder: str) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
