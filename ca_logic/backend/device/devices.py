"""The devices that JAX finds, and the memory that they have left."""

import os
from collections import Counter
from collections.abc import Sequence

import jax

from ca_logic.errors import UsageError
from ca_logic.machine import available_cores, available_memory


def find_devices(platform: str | None = None, num_devices: int | None = None) -> list[jax.Device]:
    """Returns devices of one platform, those of all processes if there are several.

    Args:
        platform: `cpu`, `gpu` or another name that JAX knows; by default the best that is there.
        num_devices: how many; by default all.

    Raises:
        UsageError: if there are no such devices, saying which there are.
    """
    try:
        devices = jax.devices(platform)
    except (RuntimeError, AssertionError) as error:
        wanted = f"device {platform!r}" if platform else "device"
        raise UsageError(f"JAX finds no {wanted}{_devices_found() or f': {_first_line(error)}'}.") from None
    if num_devices is None:
        return devices
    if not 1 <= num_devices <= len(devices):
        raise UsageError(f"{num_devices} devices were asked for, but JAX finds {describe_devices(devices)}.")
    chosen = devices[:num_devices]
    if {device.process_index for device in chosen} != {device.process_index for device in devices}:
        raise UsageError(
            f"{num_devices} of {describe_devices(devices)} leave none to some of {jax.process_count()} processes; use "
            "all of them."
        )
    return chosen


def take_cores_as_devices() -> None:
    """Lets JAX take each core of the CPU for a device of its own, not all for one; to be called before it computes.

    JAX_NUM_CPU_DEVICES, if set, says otherwise.
    """
    if "JAX_NUM_CPU_DEVICES" not in os.environ:
        jax.config.update("jax_num_cpu_devices", available_cores())


def use_device(platform: str) -> None:
    """Lets JAX compute on the first device of a platform from now on.

    Raises:
        UsageError: if there is none, saying which there are.
    """
    jax.config.update("jax_default_device", find_devices(platform)[0])


def describe_devices(devices: Sequence[jax.Device]) -> str:
    """Returns how many there are of each kind, such as `8 cpu devices` or `1 gpu device (NVIDIA H100)`."""
    kinds = Counter((device.platform, device.device_kind) for device in devices)
    return ", ".join(
        f"{count} {platform} device{'s' if count > 1 else ''}{'' if kind == platform else f' ({kind})'}"
        for (platform, kind), count in kinds.items()
    )


def free_memory(device: jax.Device) -> int:
    """Returns how many bytes may still be taken on a device of this process, as far as it says."""
    if device.platform == "cpu":
        return available_memory() // jax.local_device_count("cpu")
    stats = device.memory_stats() or {}
    return stats["bytes_limit"] - stats["bytes_in_use"] if "bytes_limit" in stats else available_memory()


def _devices_found() -> str:
    try:
        return f", but {describe_devices(jax.devices())}"
    except (RuntimeError, AssertionError):
        return ""


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["none is there"])[0].rstrip(".")
