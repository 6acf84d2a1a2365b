"""A child is nobody: uid 1000 of a user namespace that owns nothing."""

from __future__ import annotations

import pytest
from walled import Zygote


def test_the_child_is_uid_1000_and_cannot_become_another(zygote: Zygote) -> None:
    code = """
import os
print(os.getresuid(), os.getresgid())
for change, ids in ((os.setuid, 0), (os.setgid, 0), (os.seteuid, 0), (os.setgroups, [0])):
    try:
        change(ids); print("changed")
    except OSError:
        print("refused")
"""
    assert zygote.run(code).printed == "(1000, 1000, 1000) (1000, 1000, 1000)\n" + "refused\n" * 4


ENTER_USER_NAMESPACE = """
from drawloom.sandbox.walls import calls
try:
    calls.unshare(calls.CLONE_NEWUSER); print("entered")
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize(
    ("without", "printed"),
    [
        ([], "unshare: Operation not permitted\n"),
        (["seccomp"], "unshare: No space left on device\n"),  # the count of user namespaces is used up
        (["user namespaces"], "unshare: Operation not permitted\n"),
        (["seccomp", "user namespaces"], "entered\n"),
    ],
)
def test_two_walls_stop_a_further_user_namespace(zygote: Zygote, without: list[str], printed: str) -> None:
    assert zygote.run(ENTER_USER_NAMESPACE, without=without).printed == printed


MOUNT = """
from drawloom.sandbox.walls import calls
try:
    calls.mount("tmpfs", "/w", "tmpfs", 0); print("mounted")
except OSError as error:
    print("refused")
"""


def test_with_all_capabilities_of_its_own_namespace_a_child_still_cannot_mount(zygote: Zygote) -> None:
    without = ["seccomp", "landlock", "capabilities"]
    assert zygote.run(MOUNT, without=without).printed == "refused\n"
    assert zygote.run(MOUNT, without=[*without, "identity", "user namespaces"]).printed == "mounted\n"
