"""What this machine is: its processor, its cores and its memory."""

import functools
import os
import platform
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")


@functools.cache
def processor_identity() -> str:
    """Returns all that code compiled for this very processor depends on."""
    # The first processor's model and instruction set; its clock speed changes all the time.
    fields = [
        f"{key}: {_cpu_info()[key]}" for key in ("model name", "CPU part", "flags", "Features") if key in _cpu_info()
    ]
    return " ".join([platform.machine(), *fields]) if fields else f"{platform.machine()} {platform.processor()}"


def processor_name() -> str:
    """Returns the processor's name for people."""
    return _cpu_info().get("model name") or platform.processor() or platform.machine()


def available_cores() -> int:
    """Returns on how many cores this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int:
    """Returns how many bytes a program may still take, or 2**40 where the system does not say."""
    limits = [1 << 40]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    except (OSError, ValueError):
        pass
    return min(limits)


@functools.cache
def _cpu_info() -> dict[str, str]:
    try:
        first = _CPU_INFO.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
