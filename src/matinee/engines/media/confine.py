"""Starts one media tool with its hands tied. Run by `child.py` as `python -I -S confine.py SPEC TOOL ARGUMENT…`.

It lowers every limit, leaves the network, gives up file access but for what SPEC names, and then becomes the tool.
With SPEC alone it prints as JSON what the kernel permitted. Standard library only: it must start in milliseconds.
"""

import contextlib
import ctypes
import json
import os
import resource
import struct
import sys
from typing import Any

_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9
_SIGPIPE, _SIGXFSZ = 13, 25
_SPARE_DESCRIPTOR = 200
_EXIT_CANNOT_START = 126

# linux/landlock.h: system calls, then the rights of a file, of a folder, and by interface version.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_FIRST_VERSION_RIGHTS = (1 << 13) - 1
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_MAKE_RIGHTS = _WRITE_FILE | _READ_FILE | _READ_DIR | (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | _REFER | _TRUNCATE
_NETWORK_VERSION, _SCOPE_VERSION = 4, 6
_RIGHTS_SINCE = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE))
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_SYSTEM_READS = (
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
    "/sys/devices/system/cpu",
    "/proc/cpuinfo",
    "/proc/self",
)

# Calls that no tool needs, by machine: sockets, io_uring (makes sockets too), tracing, mounts, namespaces, keys.
_AUDIT_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_DENIED_CALLS = {
    "x86_64": (41, 42, 43, 49, 50, 288, 425, 101, 310, 311, 165, 166, 272, 308, 321, 298, 248, 249, 250, 323),
    "aarch64": (198, 203, 202, 200, 201, 242, 425, 117, 270, 271, 40, 39, 97, 268, 280, 241, 217, 218, 219, 282),
}
_LIBC = ctypes.CDLL(None, use_errno=True)


def _apply_limits(spec: dict[str, Any]) -> None:
    """Lower resource limits; a limit that cannot be lowered is a reason not to start."""
    # The soft limit on CPU time sends SIGXCPU, so that the parent can tell it from other deaths; the hard one kills.
    resource.setrlimit(resource.RLIMIT_CPU, (spec["cpu_seconds"], spec["cpu_seconds"] + 2))
    for limit, value in (
        (resource.RLIMIT_AS, spec["memory_bytes"]),
        (resource.RLIMIT_FSIZE, spec["file_bytes"]),
        (resource.RLIMIT_NOFILE, spec["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bound, bound))
    os.nice(spec["nice"])
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123  # pathlib is slow to load
        score.write("500")


def _leave_network() -> bool:
    """Move into an empty network namespace, through a user namespace where that is needed."""
    flags = (_CLONE_NEWNET, _CLONE_NEWNET | _CLONE_NEWUSER)
    return any(_LIBC.unshare(flag) == 0 for flag in flags)


def _deny_calls() -> bool:
    """Install a seccomp filter that answers the listed calls with EPERM and kills foreign call tables."""
    machine = os.uname().machine
    denied = _DENIED_CALLS.get(machine)
    if denied is None:
        return False
    load, jump_equal, jump_at_least, answer = 0x20, 0x15, 0x35, 0x06
    allow, refuse, kill = 0x7FFF0000, 0x00050001, 0x80000000
    program = [(load, 0, 0, 4), (jump_equal, 1, 0, _AUDIT_ARCHITECTURE[machine]), (answer, 0, 0, kill), (load, 0, 0, 0)]
    # Numbers from 2**30 on are the x32 table of the same machine.
    program.append((jump_at_least, len(denied) + 1, 0, 0x40000000))
    program += [(jump_equal, len(denied) - at, 0, number) for at, number in enumerate(denied)]
    program += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    header = struct.pack("@HP", len(program), ctypes.addressof(code))
    return bool(_LIBC.prctl(_PR_SET_SECCOMP, 2, ctypes.create_string_buffer(header), 0, 0) == 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Add one rule; a path that is not there needs none."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):  # noqa: PTH112  # pathlib is slow to load
        rights &= _FILE_RIGHTS
    rule = struct.pack("=Qi", rights, descriptor)
    _LIBC.syscall(_LANDLOCK_ADD, ruleset, 1, ctypes.create_string_buffer(rule), 0)
    os.close(descriptor)


def _confine_files(spec: dict[str, Any], tool: str) -> int:
    """Give up all file access but reading the tool, libraries and named files, and writing the work folder.

    Returns:
        The Landlock version in force, 0 where the kernel has none.
    """
    version = int(_LIBC.syscall(_LANDLOCK_CREATE, None, 0, 1))
    if version < 1:
        return 0
    handled = _FIRST_VERSION_RIGHTS
    for since, right in _RIGHTS_SINCE:
        handled |= right if version >= since else 0
    network = 3 if version >= _NETWORK_VERSION else 0
    scope = 3 if version >= _SCOPE_VERSION else 0
    attributes = struct.pack("=QQQ", handled, network, scope)
    size = 8 * (1 + (version >= _NETWORK_VERSION) + (version >= _SCOPE_VERSION))
    ruleset = int(_LIBC.syscall(_LANDLOCK_CREATE, ctypes.create_string_buffer(attributes), size, 0))
    if ruleset < 0:
        return 0
    read = _READ_FILE | _READ_DIR
    rules = [(path, _EXECUTE | read) for path in (tool, *_LIBRARIES)]
    rules += [(path, read) for path in (*_SYSTEM_READS, *spec["readable"])]
    rules += [("/dev/null", read | _WRITE_FILE), (spec["work_dir"], _MAKE_RIGHTS)]
    for path, rights in rules:
        _allow(ruleset, path, rights & handled)
    restricted = _LIBC.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return version if restricted else 0


def _place_descriptors(wanted: dict[int, int]) -> None:
    """Give each inherited descriptor the number that the tool's arguments name, through spare high numbers."""
    spare = {target: _SPARE_DESCRIPTOR + at for at, target in enumerate(wanted)}
    for target, current in wanted.items():
        os.dup2(current, spare[target], inheritable=False)
    for current in wanted.values():
        os.close(current)
    for target, source in spare.items():
        os.dup2(source, target, inheritable=True)


def _tie_to_parent(parent: int) -> bool:
    """Die with the parent; not even start when it is gone already. After the namespaces: entering one clears this."""
    tied = bool(_LIBC.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0) == 0)
    if os.getppid() != parent:
        sys.exit(_EXIT_CANNOT_START)
    return tied


def _confine(spec: dict[str, Any], tool: str) -> dict[str, object]:
    """Take away what only Linux can take away; return what it did."""
    network = _leave_network()
    tied = _tie_to_parent(spec["parent"])
    no_new_privileges = _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    return {
        "network_namespace": network,
        "dies_with_service": tied,
        "no_new_privileges": no_new_privileges,
        "landlock_version": _confine_files(spec, tool),
        "denied_calls": _deny_calls(),
    }


def _become(spec: dict[str, Any], tool: str, argv: list[str]) -> None:
    """Confine this process and become the tool; without arguments say what was done."""
    # The interpreter ignores these two; a tool must die of them.
    for number in (_SIGPIPE, _SIGXFSZ):
        _LIBC.signal(number, None)
    _place_descriptors({int(target): current for target, current in spec["descriptors"].items()})
    _apply_limits(spec)
    report = _confine(spec, tool) if os.uname().sysname == "Linux" else {}
    if not argv:
        sys.stdout.write(json.dumps(report))
        return
    os.execv(tool, argv)  # noqa: S606  # no shell is the point


def main() -> None:
    """Start the tool; whatever prevents it has an exit status of its own, so that it is not taken for the tool's."""
    argv = sys.argv[2:]
    tool = argv[0] if argv else sys.executable
    try:
        _become(json.loads(sys.argv[1]), tool, argv)
    except (OSError, ValueError, MemoryError) as error:
        sys.stderr.write(f"cannot start {tool}: {error}\n")
        sys.exit(_EXIT_CANNOT_START)


if __name__ == "__main__":
    main()
