"""A child holds no capability, and none can be had."""

from __future__ import annotations

from walled import Zygote


def test_all_five_sets_are_empty_and_stay_so_over_exec(zygote: Zygote) -> None:
    code = """
import subprocess
print(subprocess.run(["grep", "^Cap", "/proc/self/status"], capture_output=True, text=True).stdout)
"""
    lines = zygote.run(code).printed.split()
    assert lines[0::2] == ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"]
    assert set(lines[1::2]) == {"0" * 16}


CHROOT = """
import os
os.mkdir("jail")
try:
    os.chroot("jail"); print("changed root")
except PermissionError:
    print("refused")
"""


def test_without_this_wall_a_child_could_change_its_root(zygote: Zygote) -> None:
    assert zygote.run(CHROOT).printed == "refused\n"
    assert zygote.run(CHROOT, without=["seccomp"]).printed == "refused\n"
    assert zygote.run(CHROOT, without=["seccomp", "capabilities"]).printed == "changed root\n"


def test_no_new_privileges_is_set_for_good(zygote: Zygote) -> None:
    code = """
from drawloom.sandbox.walls import calls
print(calls.prctl(39), calls.attempt("prctl", 38, 0, 0, 0, 0))
"""
    assert zygote.run(code).words == ["1", "-22"]
