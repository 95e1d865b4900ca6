"""What the process takes of its machine: as far as the system says so, in files below /proc."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from piped.observe.families import Family

__all__ = ["ProcessValues", "families_of_process", "process_values"]

_PROC = "/proc/self"


@dataclass(frozen=True, slots=True)
class ProcessValues:
    """What it takes now; None where the system does not say it."""

    cpu_seconds: float
    at: float = field(default_factory=time.monotonic)
    rss: int | None = None
    vms: int | None = None
    threads: int | None = None
    file_descriptors: int | None = None
    most_file_descriptors: int | None = None
    connections: int | None = None  # of the file descriptors those that are sockets …
    open_files: int | None = None  # … and those that are files


def process_values() -> ProcessValues:
    """Look now. With many file descriptors it takes a while: call it in a thread."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    vms, rss = _memory()
    targets = _targets()
    return ProcessValues(
        used.ru_utime + used.ru_stime,
        rss=rss,
        vms=vms,
        threads=_count("task"),
        file_descriptors=None if targets is None else len(targets),
        most_file_descriptors=None if limit == resource.RLIM_INFINITY else limit,
        connections=None if targets is None else sum(x.startswith("socket:") for x in targets),
        open_files=None if targets is None else sum(x.startswith("/") for x in targets),
    )


def families_of_process(values: ProcessValues) -> Iterator[Family]:
    """The same, as everybody calls it."""
    cpu = Family("process_cpu_seconds", "counter", "User and system CPU time in seconds")
    cpu.add(values.cpu_seconds)
    yield cpu
    for name, told, value in (
        ("resident_memory_bytes", "Resident memory in bytes", values.rss),
        ("virtual_memory_bytes", "Virtual memory in bytes", values.vms),
        ("open_fds", "Open file descriptors", values.file_descriptors),
        ("max_fds", "Most file descriptors that may be open", values.most_file_descriptors),
        ("threads", "Threads", values.threads),
    ):
        if value is not None:
            family = Family(f"process_{name}", "gauge", told)
            family.add(value)
            yield family


def _memory() -> tuple[int | None, int | None]:
    try:
        with open(f"{_PROC}/statm", encoding="ascii") as file:  # noqa: PTH123 - it is no file on a disk
            virtual, resident, *_ = file.read().split()
    except (OSError, ValueError):
        return None, None
    size = resource.getpagesize()
    return int(virtual) * size, int(resident) * size


def _count(folder: str) -> int | None:
    try:
        return len(os.listdir(f"{_PROC}/{folder}"))  # noqa: PTH208
    except OSError:
        return None


def _targets() -> list[str] | None:
    """What each file descriptor leads to."""
    try:
        names = os.listdir(f"{_PROC}/fd")  # noqa: PTH208
    except OSError:
        return None
    found = []
    for name in names:
        try:
            found.append(os.readlink(f"{_PROC}/fd/{name}"))  # noqa: PTH115
        except OSError:  # it was closed meanwhile, as that of the folder itself is
            continue
    return found
