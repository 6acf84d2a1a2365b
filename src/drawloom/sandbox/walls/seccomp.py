"""System-call filter: an allow-list; every other door into the kernel is shut.

Stops: the kernel's rarely used and often broken parts (io_uring, bpf, perf, keyrings, userfaultfd,
netlink and vsock sockets, new namespaces, mounts, tracing), memory outside the limits (memfd, System V
shared memory), typing into a terminal, and the 32-bit and x32 side doors.

A forbidden call fails with EPERM, one newer than the table with ENOSYS, as does clone3 (its flags lie in
memory a filter cannot read; the C library then uses clone). The filter is a binary search over ranges of
call numbers, in classic BPF.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from functools import cache

from drawloom.sandbox.walls import calls

_ALLOWED_CALLS = """
    read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask
    rt_sigreturn pread64 pwrite64 readv writev access pipe select sched_yield mremap msync mincore madvise
    dup dup2 dup3 pause nanosleep getitimer alarm setitimer getpid sendfile
    connect accept accept4 sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown bind listen
    getsockname getpeername setsockopt getsockopt
    fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill uname
    fcntl flock fsync fdatasync sync_file_range syncfs sync truncate ftruncate fallocate fadvise64 readahead
    getdents getdents64 getcwd chdir fchdir rename renameat renameat2 mkdir mkdirat rmdir creat
    link linkat unlink unlinkat symlink symlinkat readlink readlinkat mknod mknodat
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat umask
    openat openat2 newfstatat statx faccessat faccessat2 pipe2 statfs fstatfs
    utime utimes futimesat utimensat getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    getxattrat listxattrat copy_file_range splice tee preadv pwritev preadv2 pwritev2 close_range cachestat
    time gettimeofday clock_gettime clock_getres clock_nanosleep times getrusage sysinfo
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    timerfd_create timerfd_settime timerfd_gettime
    getrlimit setrlimit prlimit64 getpriority setpriority ioprio_get
    getuid getgid geteuid getegid getresuid getresgid getgroups setuid setgid setreuid setregid
    setresuid setresgid setfsuid setfsgid setpgid getpgid getpgrp getppid getsid setsid gettid capget
    rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo rt_sigsuspend sigaltstack
    restart_syscall signalfd signalfd4 eventfd eventfd2 pidfd_open pidfd_send_signal
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2
    ppoll pselect6 inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
    futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list get_robust_list set_tid_address
    rseq membarrier getcpu get_mempolicy arch_prctl getrandom
    mlock mlock2 munlock mlockall munlockall pkey_mprotect pkey_alloc pkey_free mseal map_shadow_stack
    sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_get_priority_max
    sched_get_priority_min sched_rr_get_interval sched_setaffinity sched_getaffinity sched_setattr
    sched_getattr
"""
ALLOWED = frozenset(_ALLOWED_CALLS.split())

_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_NAMESPACES = (
    calls.CLONE_NEWNS
    | calls.CLONE_NEWCGROUP
    | calls.CLONE_NEWUTS
    | calls.CLONE_NEWIPC
    | calls.CLONE_NEWUSER
    | calls.CLONE_NEWPID
    | calls.CLONE_NEWNET
)
# What is asked of pipes, sockets, files and (not) terminals: TCGETS, TCGETS2, TIOCGPGRP, TIOCOUTQ,
# TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, FIOASYNC, FICLONE, FICLONERANGE, FS_IOC_GETFLAGS.
_IOCTLS = (
    *(0x5401, 0x802C542A, 0x540F, 0x5411, 0x5413),
    *(0x541B, 0x5421, 0x5450, 0x5451, 0x5452, 0x40049409, 0x4020940D, 0x80086601),
)
# What is asked of a loopback interface: SIOCGIFCONF, FLAGS, ADDR, NETMASK, MTU, INDEX, NAME.
_LOOPBACK_IOCTLS = (0x8912, 0x8913, 0x8915, 0x891B, 0x8921, 0x8933, 0x8910)
# PDEATHSIG (set, get), DUMPABLE (get, set), NAME (set, get), SECCOMP (get), CAPBSET (read), TIMERSLACK
# (set, get), CHILD_SUBREAPER (set, get), NO_NEW_PRIVS (set, get), TID_ADDRESS (get), THP_DISABLE
# (set, get), SVE_VL (get), TAGGED_ADDR (get), MDWE (set, get), VMA (name a mapping).
_PRCTLS = (
    *(1, 2, 3, 4, 15, 16, 21, 23, 29, 30, 36, 37, 38, 39),
    *(40, 41, 42, 51, 56, 65, 66, 0x53564D41),
)
_PERSONALITIES = (0, 0xFFFFFFFF)

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_AT_NUMBER, _AT_ARCHITECTURE, _AT_ARGUMENTS = 0, 4, 16
_LOAD, _JUMP, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x05, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_SET_MODE_FILTER = 1

Instruction = tuple[int, int, int, int]
Code = tuple[Instruction, ...]


def _end(action: int) -> Code:
    return ((_RETURN, 0, 0, action),)


_ALLOWED: Code = _end(_ALLOW)
_DENIED: Code = _end(_ERRNO | errno.EPERM)
_UNKNOWN: Code = _end(_ERRNO | errno.ENOSYS)


def _load_argument(index: int) -> Instruction:
    """Load the low word of an argument; all arguments judged here are 32 bits wide to the kernel."""
    return (_LOAD, 0, 0, _AT_ARGUMENTS + 8 * index)


def _if_one_of(index: int, values: tuple[int, ...]) -> Code:
    tests = tuple((_EQUAL, len(values) - n, 0, value) for n, value in enumerate(values))
    return (_load_argument(index), *tests, *_DENIED, *_ALLOWED)


def _unless_any_bit(index: int, bits: int) -> Code:
    return (_load_argument(index), (_ANY_BIT, 1, 0, bits), *_ALLOWED, *_DENIED)


def _rules(machine: str, *, loopback: bool) -> dict[int, Code]:
    known = calls.numbers(machine)
    families = (_AF_UNIX, _AF_INET, _AF_INET6) if loopback else (_AF_UNIX,)
    rules = {
        "clone": _unless_any_bit(0, _NAMESPACES),
        "clone3": _UNKNOWN,
        "socket": _if_one_of(0, families),
        "socketpair": _if_one_of(0, (_AF_UNIX,)),
        "ioctl": _if_one_of(1, _IOCTLS + (_LOOPBACK_IOCTLS if loopback else ())),
        "prctl": _if_one_of(0, _PRCTLS),
        "personality": _if_one_of(0, _PERSONALITIES),
    }
    rules |= {name: _ALLOWED for name in ALLOWED if name in known}
    return {known[name]: code for name, code in rules.items()}


def _search(ranges: list[tuple[int, Code]]) -> Code:
    """Find the range the loaded number lies in and do what it says; `ranges` are (first number, code)."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _search(ranges[:middle]), _search(ranges[middle:])
    first = ranges[middle][0]
    if len(below) <= 255:  # the farthest a conditional jump reaches
        return ((_AT_LEAST, len(below), 0, first), *below, *above)
    return ((_AT_LEAST, 0, 1, first), (_JUMP, 0, 0, len(below)), *below, *above)


@cache
def build(machine: str, *, loopback: bool) -> bytes:
    """Give the filter as the bytes of classic BPF instructions.

    The x32 calls of x86_64 have numbers from 0x40000000 on, beyond the table, and so are unknown.

    Parameters
    ----------
    machine
        As `os.uname` spells it: ``x86_64`` or ``aarch64``.
    loopback
        Allow IPv4 and IPv6 sockets as well, for a network namespace with a loopback alone.
    """
    rules = _rules(machine, loopback=loopback)
    newest = max(calls.numbers(machine).values())
    ranges: list[tuple[int, Code]] = []
    for number in range(newest + 2):
        code = _UNKNOWN if number > newest else rules.get(number, _DENIED)
        if not ranges or ranges[-1][1] != code:
            ranges.append((number, code))
    program = (
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        *_UNKNOWN,
        (_LOAD, 0, 0, _AT_NUMBER),
        *_search(ranges),
    )
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def apply(program: bytes) -> str:
    """Put the filter on this process and all it starts; needs no_new_privs."""
    instructions = ctypes.create_string_buffer(program, len(program))
    count = len(program) // 8
    pointer = calls.struct_of_words(count, ctypes.addressof(instructions))
    calls.call("seccomp", _SET_MODE_FILTER, 0, pointer)
    return f"allow-list of {len(ALLOWED)} calls, {count} instructions"
