"""Every test gets private cache and data folders, so that none sees what the user, or another run, has learned."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The search for counterexamples goes on wherever people run the tests; a gate must not open by chance.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")


@pytest.fixture(scope="session", autouse=True)
def private_folders() -> Iterator[Path]:
    """One home for the whole run: compiled circuits and JAX programs are shared between tests."""
    with tempfile.TemporaryDirectory(prefix="ca_logic-tests-") as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", home)
        patch.setenv("XDG_CACHE_HOME", f"{home}/cache")
        patch.setenv("XDG_DATA_HOME", f"{home}/data")
        yield Path(home)


@pytest.fixture
def nothing_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has learned nothing yet; returns where their circuits will go."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with nothing in it, where a command that must write nothing can be watched."""
    folder = tmp_path / "working directory"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
