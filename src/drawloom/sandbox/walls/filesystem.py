"""The file system: everything read-only, but for one private tmpfs with a size and a count of files.

Stops: writing to the host or to packages that other runs read; filling the disk or the inodes;
leaving anything behind (the tmpfs goes with the mount namespace); reading the processes of others
in /proc. `/w` (the working directory), /tmp, /dev/shm and HOME all lie on that one tmpfs, so one limit
holds them all together.
"""

from __future__ import annotations

import os

from drawloom.sandbox.places import SCRATCH, WORK
from drawloom.sandbox.walls import calls

_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 0x1, 0x2
_PROC_FLAGS = calls.MS_NOSUID | calls.MS_NODEV | calls.MS_NOEXEC


def enclose(*, disk_bytes: int, disk_files: int) -> tuple[int, dict[str, str]]:
    """Make the root read-only, mount the private tmpfs and a fresh /proc, and enter `/w`.

    The folders `/scratch`, `/w` and `/proc` must exist in the root. /tmp and the like are
    links that the outer wall laid: to `/scratch/tmp`, `/scratch/shm` and `/scratch/home`. Links that it
    laid in there, to an interpreter or packages that live under /tmp, are laid again.

    Parameters
    ----------
    disk_bytes, disk_files
        The most that may lie on the tmpfs.

    Returns
    -------
    tuple of (int, dict)
        A descriptor of /proc through which the identity maps can still be written (the caller
        closes it), and what was mounted.
    """
    read_only = _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID
    calls.mount_setattr("/", calls.AT_RECURSIVE, add=read_only, propagation=calls.MS_PRIVATE)
    links = _links(SCRATCH)
    options = f"size={disk_bytes},nr_inodes={disk_files},mode=0700"
    calls.mount("tmpfs", SCRATCH, "tmpfs", calls.MS_NOSUID | calls.MS_NODEV, options)
    for name in ("work", "tmp", "shm", "home"):
        os.mkdir(f"{SCRATCH}/{name}", 0o700)
    for link, target in links.items():
        os.makedirs(os.path.dirname(link), mode=0o700, exist_ok=True)
        os.symlink(target, link)
    calls.mount(f"{SCRATCH}/work", WORK, None, calls.MS_BIND)
    proc, detail = _fresh_proc()
    os.chdir(WORK)
    return proc, {"root": "read-only", "tmpfs": f"{disk_bytes} bytes, {disk_files} files", "proc": detail}


def _links(folder: str) -> dict[str, str]:
    entries = [f"{above}/{name}" for above, folders, files in os.walk(folder) for name in (*folders, *files)]
    return {entry: os.readlink(entry) for entry in entries if os.path.islink(entry)}


def _fresh_proc() -> tuple[int, str]:
    try:
        calls.mount("proc", "/proc", "proc", _PROC_FLAGS, "hidepid=2")
    except PermissionError:
        # A container that masks parts of its /proc lets no new one be mounted: then there is none.
        calls.mount_setattr("/proc", 0, clear=_MOUNT_ATTR_RDONLY)
        proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        calls.mount("tmpfs", "/proc", "tmpfs", _PROC_FLAGS | calls.MS_RDONLY, "size=4k,mode=0555")
        return proc, "none: this kernel lets no new /proc be mounted here (a container that masks its own?)"
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    calls.mount("/proc", "/proc", None, calls.MS_BIND)
    calls.mount_setattr("/proc", 0, add=_MOUNT_ATTR_RDONLY)
    return proc, "own, read-only, hidepid=2"
