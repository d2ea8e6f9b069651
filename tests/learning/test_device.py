"""The device, and keeping what JAX compiled for it."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from ca_logic.errors import OutputError
from ca_logic.learning import device

PROGRAM = """\
import jax
from ca_logic.learning.device import keep_compiled_programs
keep_compiled_programs()
print(jax.config.jax_compilation_cache_dir)
print(float(jax.jit(lambda x: 3 * x + 1)(2.0)))
"""


def test_the_device_is_named_with_its_platform() -> None:
    kind, name = device.describe_device().split(": ", 1)
    assert kind == jax.devices()[0].platform
    assert name.strip()


def test_the_processor_has_a_name_where_the_system_keeps_it_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "Path", lambda _: tmp_path / "nothing")
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert device._processor_name() == platform.machine()


def test_the_processor_is_named_as_the_system_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpuinfo").write_text(
        "processor : 0\nmodel name : Abacus: 7 beads\nprocessor : 1\nmodel name : Other\n"
    )
    monkeypatch.setattr(device, "Path", lambda _: tmp_path / "cpuinfo")
    assert device._processor_name() == "Abacus: 7 beads"


def test_compiled_programs_are_kept_in_the_users_cache(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "JAX_PLATFORMS": "cpu"}
    for _ in range(2):
        result = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        assert result.stdout.split() == [str(tmp_path / "ca_logic" / "jax"), "7.0"]
        kept = sorted(path.name for path in (tmp_path / "ca_logic" / "jax").glob("jit__lambda*-cache"))
        assert len(kept) == 1


def test_without_a_cache_folder_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Path:
        raise OutputError(f"cannot use folder {name}.")

    before = jax.config.values.copy()
    monkeypatch.setattr(device, "cache_folder", refuse)
    device.keep_compiled_programs()
    assert jax.config.values == before
