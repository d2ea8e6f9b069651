import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from ca_logic import machine


@pytest.fixture
def cpu_info(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a system describes its processor; nothing is there yet."""
    path = tmp_path / "cpuinfo"
    monkeypatch.setattr(machine, "_CPU_INFO", path)
    machine._cpu_info.cache_clear()
    machine.processor_identity.cache_clear()
    yield path
    machine._cpu_info.cache_clear()
    machine.processor_identity.cache_clear()


def test_the_processor_is_always_the_same() -> None:
    first = machine.processor_identity()
    machine.processor_identity.cache_clear()
    machine._cpu_info.cache_clear()
    assert machine.processor_identity() == first
    assert first.startswith(platform.machine())


def test_the_processor_is_named_as_the_system_names_it(cpu_info: Path) -> None:
    text = "processor : 0\nmodel name : Abacus: 7 beads\nflags : fast\n\nprocessor : 1\nmodel name : Other\n"
    cpu_info.write_text(text, encoding="utf-8")
    assert machine.processor_name() == "Abacus: 7 beads"
    assert machine.processor_identity() == f"{platform.machine()} model name: Abacus: 7 beads flags: fast"


@pytest.mark.usefixtures("cpu_info")
def test_the_processor_has_a_name_where_the_system_keeps_it_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert machine.processor_name() == platform.machine()


def test_the_available_memory_is_more_than_this_test_takes() -> None:
    assert 1 << 24 < machine.available_memory() <= 1 << 40
