"""The device, and keeping what JAX compiled for it."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import jax
import pytest

from ca_logic.errors import OutputError
from ca_logic.learning import device

PROGRAM = """\
import jax
from ca_logic.learning.device import compiled_programs_kept
with compiled_programs_kept():
    print(float(jax.jit(lambda x: 3 * x + 1)(2.0)))
"""


def test_the_device_is_named_with_its_platform() -> None:
    kind, name = device.describe_device().split(": ", 1)
    assert kind == jax.devices()[0].platform
    assert name.strip()


def test_a_device_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    code = "from ca_logic.cli import main; import sys; sys.exit(main(['learn', 'life', '--out', sys.argv[1]]))"
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        env={**os.environ, "JAX_PLATFORMS": "cuda"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "JAX has no device" in result.stderr.splitlines()[-1]


def kept_programs(home: Path) -> list[Path]:
    return sorted((home / "ca_logic" / "jax").glob("*/jit__lambda*-cache"))


def run_program(home: Path) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "JAX_PLATFORMS": "cpu"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.split() == ["7.0"]
    return result.stderr


def test_compiled_programs_are_kept_in_the_users_cache(tmp_path: Path) -> None:
    for _ in range(2):
        run_program(tmp_path)
        assert len(kept_programs(tmp_path)) == 1


def test_a_damaged_program_is_thrown_away_and_made_again(tmp_path: Path) -> None:
    run_program(tmp_path)
    (program,) = kept_programs(tmp_path)
    whole = program.read_bytes()
    program.write_bytes(whole[: len(whole) // 2])
    assert run_program(tmp_path) == ""
    assert kept_programs(tmp_path) == []
    run_program(tmp_path)
    assert [path.read_bytes() for path in kept_programs(tmp_path)] == [whole]


def test_without_a_cache_folder_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> Path:
        raise OutputError(f"cannot use folder {folder}.")

    before = jax.config.values.copy()
    monkeypatch.setattr(device, "make_private_folder", refuse)
    with device.compiled_programs_kept():
        assert jax.config.values == before


def test_other_warnings_are_still_shown() -> None:
    with pytest.warns(UserWarning, match="something else"):
        warn_among_compiled_programs()


def warn_among_compiled_programs() -> None:
    with device.compiled_programs_kept():
        warnings.simplefilter("always")
        warnings.warn("something else", stacklevel=1)
