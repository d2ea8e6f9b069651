"""`play` as a user types it, without a display."""

import json
from pathlib import Path

import pygame
import pytest

from tests.command_line import call, command, run_command, run_script


def test_a_picture_of_the_last_frame_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "acorn.png"
    outcome = call(
        capsys, "play", "--pattern", "acorn", "--run", "--frames", "5", "--window", "640x480", "--screenshot", path
    )
    assert outcome.code == 0
    assert outcome.out == f"written  {path}\n"
    assert pygame.image.load(path).get_size() == (640, 480)


def test_a_script_is_done(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script, picture = tmp_path / "script.txt", tmp_path / "picture.png"
    script.write_text(f"key Enter\nwait 5 frames\nkey e\nscreenshot {picture}\nquit\n")
    assert call(capsys, "play", "highlife", "--size", "64x48", "--script", script).code == 0
    assert picture.exists()


def test_a_classifier_is_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "iris.png"
    outcome = call(capsys, "play", "iris", "--frames", "5", "--window", "800x600", "--screenshot", path)
    assert outcome.code == 0
    assert path.exists()


def test_the_benchmark_tells_frames_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ca_logic.cli.play._BENCHMARK_SECONDS", 0.7)
    outcome = call(capsys, "play", "--benchmark", "--json", "--size", "256x256", "--window", "320x240")
    found = json.loads(outcome.out)
    assert found["board"] == [256, 256]
    assert found["frames"] > 12
    assert 0 < found["median"] <= found["percentile_99"] <= found["longest"]
    assert found["generations"] > 0


def test_what_scripts_may_say_and_all_keys_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "play", "--script-help")
    assert "screenshot FILE.png" in outcome.out
    assert "Ctrl+Shift+O" in outcome.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("lif",), 2, "did you mean 'life'"),
        (("--pattern", "nowhere.rle"), 1, "no pattern 'nowhere.rle'"),
        (("--theme", "pink"), 2, "unknown theme 'pink'; known are"),
        (("--speed", "99"), 2, "'99' is no speed"),
        (("--json",), 2, "--json is about --benchmark"),
        (("iris", "--soup", "0.5"), 2, "--soup is about boards, and iris is a classifier"),
        (("--script", "nowhere.txt"), 2, "cannot read script nowhere.txt"),
        (("--frames", "1", "--screenshot", "/nowhere/at/all.png"), 1, "cannot write"),
        (("--size", "9999999x9999999"), 2, "memory"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    capsys: pytest.CaptureFixture[str], in_empty_folder: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    outcome = call(capsys, "play", *words)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err
    assert not list(in_empty_folder.iterdir())


def test_without_a_display_it_says_so() -> None:
    outcome = run_command(command("play", "--frames", "1"), SDL_VIDEODRIVER="x11", DISPLAY=":987")
    outcome.assert_one_complaint()
    assert "there is no display" in outcome.err


def test_jax_is_not_imported_before_something_is_learned() -> None:
    outcome = run_script(
        "import sys; from ca_logic.cli import main; main(['play', '--run', '--frames', '5']); "
        "print([name for name in ('jax', 'flax', 'matplotlib', 'scipy') if name in sys.modules])"
    )
    assert outcome.out == "[]\n"
