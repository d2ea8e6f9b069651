"""Settings: what was chosen comes back; a broken file is kept aside and never in the way."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.settings import Settings, load_settings, save_settings

some = st.builds(
    Settings, theme=st.text(max_size=20), is_light=st.booleans(), width=st.integers(320, 9000), height=st.just(700)
)


def refuse(warning: str) -> None:
    raise AssertionError(warning)


@given(settings=some)
def test_what_was_chosen_comes_back(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> None:
    path = tmp_path_factory.mktemp("config") / "new" / "settings.json"
    save_settings(path, settings, on_warning=refuse)
    assert load_settings(path, on_warning=refuse) == settings


def test_without_a_file_there_are_the_usual_ones(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json", on_warning=refuse) == Settings()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"width": "wide"}', '{"is_light": 1}', "[" * 100_000, "\udcff"])
def test_a_broken_file_is_kept_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    warnings: list[str] = []
    assert load_settings(path, on_warning=warnings.append) == Settings()
    assert [found.name for found in tmp_path.iterdir()] == ["settings.json.broken"]
    assert len(warnings) == 1
    assert "settings.json.broken" in warnings[0]


def test_windows_of_no_use_become_such_that_are(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"width": 1, "height": 99999}')
    settings = load_settings(path, on_warning=refuse)
    assert (settings.width, settings.height) == (320, 16_384)


def test_what_a_newer_program_added_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "paper", "sound": true}')
    assert load_settings(path, on_warning=refuse).theme == "paper"


def test_a_place_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    warnings: list[str] = []
    save_settings(tmp_path / "file" / "settings.json", Settings(), on_warning=warnings.append)
    assert len(warnings) == 1
    assert warnings[0].startswith("settings are not kept: cannot write ")
