"""A folder with an experiment that really runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drawloom.experiment.events import Event
from drawloom.experiment.facade import Experiment, Run
from drawloom.workspace import Workspace

CLEAN = """\
def azureml_main(frame, cutoff: float = 0.0):
    kept = frame[frame["age"] > cutoff]
    print("kept", len(kept))
    return kept
"""
ENRICH = """\
def azureml_main(frame):
    frame["double"] = frame["age"] * 2
    return frame
"""
PIMA = "age,risk\n50,1\n31,0\n32,1\n21,0\n"
TEXT = """\
version: 1
name: Small
seed: 876
steps:
  pima:   {module: import-data, params: {path: data/pima.csv}}
  clean:  {module: execute-python-script, script: clean.py, inputs: {dataset1: pima}, params: {cutoff: 21}}
  split:  {module: split-data, inputs: {dataset: clean}, params: {fraction: 0.5}}
  enrich: {module: execute-python-script, script: enrich.py, inputs: {dataset1: split.dataset2}}
  manual: {module: enter-data-manually, params: {data: "x\\n1\\n2\\n"}}
"""


class Lab:
    """An experiment in a folder, its workspace, and what its last run told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "small.yaml"
        self.told: list[Event] = []
        (folder / "data").mkdir()
        self.write("data/pima.csv", PIMA)
        self.write("clean.py", CLEAN)
        self.write("enrich.py", ENRICH)
        self.write("small.yaml", TEXT)
        self.workspace = Workspace.open(folder)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def steps(self, text: str) -> None:
        """Make an experiment of these steps, one a line."""
        lines = "".join(f"  {line}\n" for line in text.strip().splitlines())
        self.write("small.yaml", f"version: 1\nseed: 876\nsteps:\n{lines}")

    def edit(self, old: str, new: str, name: str = "small.yaml") -> None:
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def load(self) -> Experiment:
        return Experiment.load(self.file, workspace=self.workspace)

    def run(self, **options: Any) -> Run:
        self.told = []
        return self.load().run(on_event=self.told.append, **options)

    def of(self, kind: type[Event]) -> Iterator[Any]:
        """Give the events of one kind."""
        return (event for event in self.told if isinstance(event, kind))


def statuses(run: Run) -> dict[str, str]:
    return {name: step.status for name, step in run.items()}


def reasons(run: Run, status: str) -> dict[str, str]:
    return {name: step.reason for name, step in run.items() if step.status == status}
