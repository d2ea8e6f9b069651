import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ca_logic.runtime.board import cells_of_runs
from ca_logic.runtime.circuit_library import store_circuit
from ca_logic.runtime.frames import read_frames
from ca_logic.runtime.pattern import read_rle
from ca_logic.tasks import load_rule
from tests.command_line import TIMEOUT_SECONDS, call, environment
from tests.oracles import circuit_of_rule, next_generation, next_states

pytestmark = pytest.mark.usefixtures("nothing_learned")

LIFE = load_rule("life")
KEYS = {"rule", "rulestring", "frames", "width", "height", "topology", "noise", "format", "out"}
FORMATS = {"film.npy": "npy", "film.gif": "gif", "film": "png"}


def record(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    """Records, expects success and no complaint, and returns the printed object."""
    outcome = call(capsys, "record", *arguments, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert len(outcome.out.splitlines()) == 1
    result: dict[str, Any] = json.loads(outcome.out)
    assert result.keys() == KEYS
    return result


@pytest.fixture
def film(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> np.ndarray:
    """Nine frames of a soup, as the NumPy array holds them."""
    path = tmp_path / "reference.npy"
    record(capsys, "life", *SOUP, "--out", path)
    frames: np.ndarray = np.load(path)
    return frames


SOUP = ["--size", "37x23", "--frames", "9", "--soup", "0.4", "--seed", "5"]


@pytest.mark.parametrize("topology", ["torus", "plane"])
def test_each_frame_is_the_generation_after_the_one_before(
    topology: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = record(capsys, "conway", *SOUP, "--topology", topology, "--out", tmp_path / "film.npy")
    frames = np.load(tmp_path / "film.npy")
    assert (frames.shape, frames.dtype) == ((9, 23, 37), np.uint8)
    assert 0.3 < frames[0].mean() < 0.5
    for before, after in pairwise(frames):
        np.testing.assert_array_equal(next_generation(before, LIFE.table, torus=topology == "torus"), after)
    expected = {"rule": "life", "rulestring": "B3/S23", "frames": 9, "width": 37, "height": 23, "noise": 0.0}
    assert {key: result[key] for key in expected} == expected
    assert (result["topology"], result["format"], result["out"]) == (topology, "npy", str(tmp_path / "film.npy"))


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_follows_from_the_name(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(capsys, "life", *SOUP, "--out", tmp_path / name)["format"] == FORMATS[name]
    assert [path.name for path in tmp_path.glob("film*")] == [name]


@pytest.mark.parametrize(
    "words", [["film.NPY"], ["film.gif"], ["film"], ["film.x", "--format", "png"], ["film", "--format", "rle"]]
)
def test_every_format_holds_the_same_frames(
    words: list[str], film: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(capsys, "life", *SOUP, "--out", tmp_path / words[0], *words[1:])
    np.testing.assert_array_equal(read_frames(tmp_path / words[0]).frames, film)


def test_the_pictures_are_one_bright_pixel_for_each_live_cell(
    film: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(capsys, "life", *SOUP, "--out", tmp_path / "film.gif")
    record(capsys, "life", *SOUP, "--out", tmp_path / "film")
    files = sorted((tmp_path / "film").iterdir())
    assert [file.name for file in files] == [f"{number}.png" for number in range(9)]
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 9  # type: ignore[attr-defined]
        for number, file in enumerate(files):
            gif.seek(number)
            with Image.open(file) as png:
                np.testing.assert_array_equal(np.asarray(gif.convert("L")), film[number] * 255)
                np.testing.assert_array_equal(np.asarray(png.convert("L")), film[number] * 255)


def test_a_film_of_what_does_not_change_has_all_its_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "block.rle").write_text("x = 2, y = 2\n2o$2o!", encoding="utf-8")
    for name in FORMATS:
        words = ["--pattern", str(tmp_path / "block.rle"), "--size", "9x7", "--frames", "12"]
        record(capsys, "life", *words, "--out", tmp_path / name)
        frames = read_frames(tmp_path / name).frames
        assert frames.shape == (12, 7, 9)
        assert (frames.sum(axis=(1, 2)) == 4).all()


def test_many_files_are_read_back_in_the_order_of_their_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glider = ["--pattern", "glider", "--size", "16x16", "--frames", "101"]
    record(capsys, "life", *glider, "--out", tmp_path / "film", "--format", "rle")
    record(capsys, "life", *glider, "--out", tmp_path / "film.npy")
    assert min(path.name for path in (tmp_path / "film").iterdir()) == "000.rle"
    np.testing.assert_array_equal(read_frames(tmp_path / "film").frames, np.load(tmp_path / "film.npy"))


def test_the_frames_begin_after_the_generations_to_skip(
    film: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record(capsys, "life", *SOUP, "--skip", "4", "--frames", "5", "--out", tmp_path / "late.npy")["frames"] == 5
    np.testing.assert_array_equal(np.load(tmp_path / "late.npy"), film[4:])


def test_noise_flips_cells_of_the_frames_and_not_of_the_board(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["life", "--size", "100x100", "--frames", "20"]
    record(capsys, *words, "--out", tmp_path / "clean.npy")
    assert record(capsys, *words, "--noise", "0.03", "--out", tmp_path / "noisy.npy")["noise"] == 0.03
    flipped = np.load(tmp_path / "clean.npy") != np.load(tmp_path / "noisy.npy")
    # 20 frames of 10000 cells: the standard deviation of the rate is 0.0004.
    assert flipped.mean() == pytest.approx(0.03, abs=0.002)
    assert flipped[0].mean() == pytest.approx(flipped[-1].mean(), abs=0.012)


def test_equal_seeds_give_equal_films_noise_included(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def content(name: str, seed: str) -> bytes:
        out = tmp_path / name
        record(capsys, "life", "--size", "30x30", "--frames", "4", "--noise", "0.1", "--seed", seed, "--out", out)
        return out.read_bytes()

    assert content("a.npy", "1") == content("b.npy", "1") != content("c.npy", "2")


def test_a_grid_in_the_rulestring_is_the_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = record(capsys, "B3/S23:P20,10", "--frames", "3", "--out", tmp_path / "film.npy")
    assert (result["width"], result["height"], result["topology"]) == (20, 10, "plane")
    assert np.load(tmp_path / "film.npy").shape == (3, 10, 20)


def test_an_rle_folder_says_which_topology_it_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for topology in ("torus", "plane"):
        out = tmp_path / topology
        record(capsys, "life", *SOUP, "--topology", topology, "--out", out, "--format", "rle")
        assert read_frames(out).torus == (topology == "torus")
        assert f"rule = B3/S23:{topology[0].upper()}37,23\n" in (out / "0.rle").read_text(encoding="utf-8")


def test_files_are_replaced_and_folders_are_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "film.npy").write_text("old", encoding="utf-8")
    record(capsys, "life", *SOUP, "--out", tmp_path / "film.npy")
    assert np.load(tmp_path / "film.npy").shape == (9, 23, 37)
    (tmp_path / "empty").mkdir()
    record(capsys, "life", *SOUP, "--out", tmp_path / "empty")
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    for out in ("empty", "film.npy/film"):
        outcome = call(capsys, "record", "life", *SOUP, "--out", tmp_path / out)
        outcome.assert_one_complaint()
        assert outcome.code == 1
    assert "choose another --out" in call(capsys, "record", "life", "--out", tmp_path / "empty").err
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_the_summary_says_how_to_learn_from_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "record", "life", *SOUP, "--topology", "plane", "--out", tmp_path / "film.npy")
    assert (outcome.code, outcome.err) == (0, "")
    assert "9 frames of 37x23, plane" in outcome.out
    assert f"python -m ca_logic learn --frames {tmp_path / 'film.npy'} --topology plane\n" in outcome.out


@pytest.mark.parametrize("name", ["film.npy", "film.gif", "film", "film of rle"])
def test_more_than_two_states_are_recorded_as_they_are(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = load_rule("345/2/4")
    store_circuit(rule, circuit_of_rule(rule))
    out = tmp_path / name
    result = record(capsys, "345/2/4", *SOUP, *(["--format", "rle"] if "rle" in name else []), "--out", out)
    assert result["rulestring"] == "345/2/4"
    frames = states_in(out)
    assert frames.shape == (9, 23, 37)
    assert set(np.unique(frames)) == {0, 1, 2, 3}
    for before, after in pairwise(frames):
        np.testing.assert_array_equal(next_states(before, rule.transitions, torus=True), after)
    # Nothing is promised that cannot be kept: only two states can be learned from frames.
    assert "learn" not in call(capsys, "record", "345/2/4", *SOUP, "--out", tmp_path / "again.npy").out


def states_in(path: Path) -> np.ndarray:
    """Returns the states of all frames: in pictures the number of the colour of a cell in the palette."""
    if path.suffix == ".npy":
        states: np.ndarray = np.load(path)
        return states
    if path.suffix == ".gif":
        with Image.open(path) as gif:
            return np.stack([_states_of_colours(frame) for frame in ImageSequence.Iterator(gif)])
    frames = []
    for file in sorted(path.iterdir()):
        if file.suffix == ".png":
            with Image.open(file) as png:
                frames.append(_states_of_colours(png))
        else:
            pattern = read_rle(file.read_text(encoding="utf-8"))
            y, x, states = cells_of_runs(pattern.runs).T
            frames.append(np.zeros((23, 37), dtype=np.uint8))
            assert pattern.position is not None
            frames[-1][y + 23 // 2 + pattern.position[1], x + 37 // 2 + pattern.position[0]] = states
    return np.stack(frames)


def _states_of_colours(picture: Image.Image) -> np.ndarray:
    """Returns 0 for black, 1 for white, and the others by how yellow the red is."""
    red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB")), -1, 0)
    states: np.ndarray = np.where(blue == 255, 1, np.where(red == 0, 0, green // 40 + 2))
    return states


def test_the_wrong_suffix_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "record", "life", "--out", tmp_path / "film.gif", "--format", "rle").assert_one_complaint()
    assert list(tmp_path.iterdir()) == []


INTERRUPTED = """
import os, signal, sys
import ca_logic.runtime.frames as frames
signal.signal(signal.SIGINT, signal.default_int_handler)
record_frames = frames.record_frames
moment = sys.argv.pop(1)

def interrupt(*_):
    os.kill(os.getpid(), signal.SIGINT)

def interrupted_record_frames(*args, on_progress, **options):
    return record_frames(*args, on_progress=interrupt, **options)

import ca_logic.cli.record as record
if moment == "recording":
    record.record_frames = interrupted_record_frames
else:
    png_of = frames._png_of
    frames._png_of = lambda frame: (interrupt(), png_of(frame))[1]
from ca_logic.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("moment", ["recording", "writing"])
def test_ctrl_c_is_one_line_and_leaves_nothing(moment: str, tmp_path: Path) -> None:
    words = ["record", "life", "--out", str(tmp_path / "film")]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, moment, *words],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        env=environment(),
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "ca-logic: interrupted; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
