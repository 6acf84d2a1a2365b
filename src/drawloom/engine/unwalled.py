"""Work in the caller's own process, without any wall: for a debugger, and for platforms without walls."""

from __future__ import annotations

import importlib
import os
import tempfile
import time

from drawloom.engine.work import Done, Log, NewFile, Work
from drawloom.errors import DrawloomError
from drawloom.sandbox import outputs
from drawloom.sandbox.worker import OnOutput
from drawloom.script.device import Tee


class Unwalled:
    """Does each piece of work right here; its limits are not enforced."""

    def execute(
        self, work: Work, *, on_output: OnOutput | None = None, new_file: NewFile | None = None
    ) -> Done:
        """As `Executor.execute`; what the work prints appears on this process's standard error as well."""
        started = time.perf_counter()
        files = {name: (new_file or outputs.new_memory_file)(name) for name in work.outputs}
        report_fd = outputs.new_memory_file("report")
        module, function = work.function.split(":")
        inputs = {name: os.dup(fd) for name, fd in work.inputs.items()}
        error: DrawloomError | None = None
        counts: dict[str, int | float] = {}
        log = Log()
        try:
            call = getattr(importlib.import_module(module), function)
            with tempfile.TemporaryDirectory(prefix="drawloom-") as folder, Tee(log.add):
                counts = call({**work.spec, "workdir": folder}, inputs, {**files, "report": report_fd})
            report = outputs.read_report(report_fd)
        except DrawloomError as failure:
            error, report = failure, getattr(failure, "report", {})
        finally:
            os.close(report_fd)
        timings = {"wait_seconds": 0.0, "work_seconds": time.perf_counter() - started}
        return Done(files, report, counts, error, log, {"level": 0, "note": "no walls"}, timings)
