"""The device that JAX runs on, and keeping what it compiled for the next process."""

import platform
from pathlib import Path

import jax

from ca_logic.errors import OutputError
from ca_logic.files import cache_folder


def keep_compiled_programs() -> None:
    """Turns on JAX's persistent compilation cache, in the user's private cache folder.

    Where that folder cannot be had, JAX compiles anew each time and nothing else changes.
    """
    try:
        folder = cache_folder("jax")
    except OutputError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def describe_device() -> str:
    """Returns the device that JAX computes on, such as `gpu: NVIDIA H100` or `cpu: AMD EPYC`."""
    device = jax.devices()[0]
    kind = device.device_kind if device.platform != "cpu" else _processor_name()
    return f"{device.platform}: {kind}"


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
