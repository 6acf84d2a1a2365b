"""Resource limits: how much memory, how many processes, files and seconds one process may take.

Stops: fork bombs, one process that eats all memory, files without end, descriptors without end, core
dumps, locked memory, message queues, and raising the priority. They hold for each process; the sum
over processes is held by the cgroup.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one child may take.

    Parameters
    ----------
    disk_bytes, disk_files
        Size and number of files of the private tmpfs (working directory, /tmp, /dev/shm and HOME together).
    file_bytes
        Length of one file.
    processes
        Processes and threads at one time, the child itself included.
    open_files
        Descriptors of one process.
    address_space_bytes
        Address space of one process; libraries reserve more than they use.
    cpu_seconds
        Processor time of one process.
    """

    disk_bytes: int = 1 << 30
    disk_files: int = 20_000
    file_bytes: int = 8 << 30
    processes: int = 64
    open_files: int = 256
    address_space_bytes: int = 64 << 30
    cpu_seconds: int = 24 * 3600


def apply(limits: Limits) -> str:
    """Set every limit, soft and hard alike, for this process and all it starts."""
    values = {
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_AS: limits.address_space_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_SIGPENDING: 1024,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_RTPRIO: 0,
    }
    for kind, value in values.items():
        hard = resource.getrlimit(kind)[1]
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (lowest, lowest))
    return (
        f"{limits.processes} processes, {limits.open_files} descriptors, files of {limits.file_bytes} bytes"
    )
