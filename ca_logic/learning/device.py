"""The device that JAX runs on, and keeping what JAX compiled for the next process."""

import contextlib
import hashlib
import os
import shutil
import warnings
from collections.abc import Iterator
from typing import Any

import jax

from ca_logic.errors import LearningError, OutputError
from ca_logic.files import cache_path, make_private_folder
from ca_logic.machine import available_cores, processor_identity, processor_name

_UNREADABLE_ENTRY = "persistent compilation cache entry"


@contextlib.contextmanager
def compiled_programs_kept() -> Iterator[None]:
    """Lets JAX keep what it compiles within the block, in the user's private cache folder.

    Entries are kept apart by processor, since a home may be shared by machines. JAX never replaces an entry
    that it cannot read (one cut short by a full disk, say): if it complains of one, all are thrown away, to
    be made again. Where there can be no folder, JAX compiles anew each time and nothing else changes.
    """
    processor = hashlib.sha256(processor_identity().encode()).hexdigest()[:16]
    try:
        folder = make_private_folder(cache_path("jax")) / processor
    except OutputError:
        yield
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message=f".*{_UNREADABLE_ENTRY}")
        yield
    if any(_UNREADABLE_ENTRY in str(warning.message) for warning in caught):
        shutil.rmtree(folder, ignore_errors=True)
    for warning in caught:
        if _UNREADABLE_ENTRY not in str(warning.message):
            warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)


def default_device() -> jax.Device:
    """Returns the device that JAX computes on.

    Raises:
        LearningError: if JAX finds none, as when JAX_PLATFORMS names one that is not there.
    """
    try:
        config: Any = jax.config  # Its options have no types.
        chosen: jax.Device | None = config.jax_default_device
        return chosen or jax.devices()[0]
    except (RuntimeError, AssertionError) as error:
        reason = "; ".join(str(error).splitlines()[:1]) or f"JAX_PLATFORMS={os.environ.get('JAX_PLATFORMS', '')}"
        raise LearningError(f"JAX has no device to train on: {reason}") from None


def describe_device() -> str:
    """Returns the device that JAX computes on, such as `gpu: NVIDIA H100` or `cpu: AMD EPYC, 2 cores`.

    Raises:
        LearningError: if JAX finds none.
    """
    device = default_device()
    if device.platform != "cpu":
        return f"{device.platform}: {device.device_kind}"
    cores = available_cores()
    return f"cpu: {processor_name()}, {cores} core{'s' if cores > 1 else ''}"
