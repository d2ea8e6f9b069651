import json
import pickle
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ca_logic import learning, pipeline
from ca_logic.circuit import truth_tables
from ca_logic.cli import main
from ca_logic.errors import CircuitNotFoundError
from ca_logic.formats.blif import read_blif
from ca_logic.learning import Training
from ca_logic.runtime.circuit_library import find_circuit
from ca_logic.tasks import TrainingSet, load_rule
from tests.command_line import Outcome, call

LIFE = load_rule("life")
FILES = {"circuit.blif", "circuit.c", "tables.blif", "rows.blif", "training.csv", "training.png", "report.json"}
FRAMES_KEYS = {
    *("source", "num_frames", "width", "height", "topology", "observations", "seen", "unseen"),
    *("observations_of_neighbourhood", "contradictions", "contradicted_neighbourhoods", "cells_taken_for_flipped"),
    *("contradictions_left", "hypothesis", "rows_proved", "rows_assumed", "rows_free", "agreeing_rules"),
}
_OFFSETS = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]

pytestmark = pytest.mark.usefixtures("nothing_learned", "each_task_trained_once")


@pytest.fixture(scope="module")
def each_task_trained_once() -> Iterator[None]:
    """Equal tasks and seeds give equal trainings; most films here say the same table."""
    known: dict[tuple[Any, ...], Training] = {}
    original = learning.train_until_exact

    def train_until_exact(task: TrainingSet, *, seed: int, **options: Any) -> Training:
        key = (task.inputs.tobytes(), task.targets.tobytes(), seed, options["max_attempts"])
        if key not in known:
            known[key] = original(task, seed=seed, **options)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "train_until_exact", train_until_exact)
        yield


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of Life: in every format, on a plane, with noise, and one that is short."""
    folder = tmp_path_factory.mktemp("films")
    soup = ["--size", "24x20", "--frames", "12", "--soup", "0.7"]
    for name, words in {
        "film.npy": soup,
        "film.gif": soup,
        "film of png": soup,
        "film of rle": [*soup, "--format", "rle"],
        "plane.npy": [*soup, "--topology", "plane"],
        "plane of rle": [*soup, "--topology", "plane", "--format", "rle"],
        "clean.npy": ["--size", "64x64", "--frames", "100", "--seed", "2"],
        "noisy.npy": ["--size", "64x64", "--frames", "100", "--seed", "2", "--noise", "0.01"],
        "short.npy": ["--size", "12x10", "--frames", "8", "--soup", "0.7", "--seed", "3"],
    }.items():
        assert main(["record", "life", *words, "--out", str(folder / name), "--json"]) == 0
    return folder


def learn(capsys: pytest.CaptureFixture[str], film: Path, *words: str | Path) -> dict[str, Any]:
    """Learns from a film, expects success and no complaint, and returns the report."""
    outcome = call(capsys, "learn", "--frames", film, *words, "--json")
    assert (outcome.code, outcome.err.strip()) == (0, "")
    assert len(outcome.out.splitlines()) == 1
    report: dict[str, Any] = json.loads(outcome.out)
    assert report["frames"].keys() == FRAMES_KEYS
    return report


def tally(frames: np.ndarray, *, torus: bool = True) -> np.ndarray:
    """Returns how often each neighbourhood was followed by 0 and by 1."""
    counts = np.zeros((512, 2), dtype=int)
    for before, after in pairwise(frames):
        padded = before.astype(int) if torus else np.pad(before.astype(int), 1)
        rows = np.zeros(padded.shape, dtype=int)
        for dy, dx in _OFFSETS:
            rows = 2 * rows + np.roll(padded, (-dy, -dx), axis=(0, 1))
        np.add.at(counts, (rows if torus else rows[1:-1, 1:-1], after.astype(int)), 1)
    return counts


def table_in(folder: Path, name: str = "circuit.blif") -> np.ndarray:
    """Returns the truth table of a circuit that was written."""
    table: np.ndarray = truth_tables(read_blif((folder / name).read_text(encoding="utf-8")))[0]
    return table


@pytest.mark.parametrize("name", ["film.npy", "film.gif", "film of png", "film of rle"])
def test_every_format_teaches_life(
    name: str, films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = learn(capsys, films / name, "--out", "out")
    assert (report["rule"], report["rulestring"], report["exact"]) == ("life", "B3/S23", True)
    assert {path.name for path in (in_empty_folder / "out").iterdir()} == FILES
    assert json.loads((in_empty_folder / "out" / "report.json").read_text(encoding="utf-8")) == report
    for file in ("circuit.blif", "rows.blif"):
        np.testing.assert_array_equal(table_in(in_empty_folder / "out", file), LIFE.table)
    frames = report["frames"]
    assert (frames["num_frames"], frames["width"], frames["height"], frames["topology"]) == (12, 24, 20, "torus")
    assert (frames["hypothesis"], frames["rows_free"], frames["contradictions"]) == ("outer-totalistic", [], 0)
    assert 0 < frames["rows_assumed"] == len(frames["unseen"])
    assert name in frames["source"]
    assert find_circuit(LIFE, on_warning=pytest.fail).origin == "learned"


def test_seen_assumed_and_free_add_up_and_the_unseen_are_named(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = tally(np.load(films / "short.npy"))
    unseen = np.flatnonzero(counts.sum(axis=1) == 0).tolist()
    assert 0 < len(unseen) < 512
    assumed = []
    for words, hypothesis in (
        (["--unseen", "dont-care"], None),
        ([], "outer-totalistic"),
    ):
        report = learn(capsys, films / "short.npy", *words, "--out", "out")
        frames = report["frames"]
        assert frames["unseen"] == unseen
        assert frames["seen"] + frames["rows_assumed"] + len(frames["rows_free"]) == 512
        assert frames["seen"] == frames["rows_proved"] == report["rows"] == report["rows_right"] == 512 - len(unseen)
        assert set(frames["rows_free"]) <= set(unseen)
        assert frames["hypothesis"] == hypothesis
        assumed.append(frames["rows_assumed"])
        assert frames["observations_of_neighbourhood"] == counts.sum(axis=1).tolist()
        assert frames["observations"] == counts.sum() == 7 * 12 * 10
        seen = counts.sum(axis=1) > 0
        np.testing.assert_array_equal(table_in(in_empty_folder / "out")[seen], counts.argmax(axis=1)[seen])
        assert "life" in frames["agreeing_rules"]
    assert 0 == assumed[0] < assumed[1] <= len(unseen)


def test_where_nothing_is_assumed_the_circuit_decides_which_rule_it_is(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "learn", "--frames", films / "short.npy", "--unseen", "dont-care", "--out", "free")
    assert (outcome.code, outcome.err.strip()) == (0, "")
    report = json.loads((in_empty_folder / "free" / "report.json").read_text(encoding="utf-8"))
    assert (report["exact"], report["rule"] != "life") == (True, True)
    rule = load_rule(report["rule"])
    np.testing.assert_array_equal(table_in(in_empty_folder / "free"), rule.table)
    # Nobody said that this is the rule, so it is not offered as one.
    assert not re.search("^next", outcome.out, re.MULTILINE)
    with pytest.raises(CircuitNotFoundError):
        find_circuit(rule)


def test_the_summary_keeps_apart_what_is_proved_and_what_is_assumed(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "learn", "--frames", films / "short.npy")
    assert (outcome.code, outcome.err.strip()) == (0, "")
    folder = in_empty_folder / "learned" / "short-frames"
    assert {path.name for path in folder.iterdir()} == FILES
    frames = json.loads((folder / "report.json").read_text(encoding="utf-8"))["frames"]
    seen, assumed = frames["seen"], frames["rows_assumed"]
    for part in (
        "8 of 12x10, torus",
        f"{seen} of 512 neighbourhoods in 840 observations",
        f"{seen} rows proved to be as seen; {assumed} rows assumed: outer-totalistic",
        "Conway's Game of Life (B3/S23), if what was not seen is as assumed",
        "python -m ca_logic run life",
    ):
        assert part in outcome.out
    assert "512 of 512 rows right" not in outcome.out
    assert "noise" not in outcome.out


@pytest.mark.parametrize("words", [[], ["--topology", "plane"]], ids=["chosen", "given"])
@pytest.mark.parametrize("name", ["plane.npy", "plane of rle"])
def test_the_topology_is_found_or_taken_as_given(
    name: str, words: list[str], films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = learn(capsys, films / name, *words, "--out", in_empty_folder / "out")
    assert (report["rule"], report["frames"]["topology"], report["frames"]["contradictions"]) == ("life", "plane", 0)


def test_the_wrong_topology_contradicts_itself_and_is_told(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = tally(np.load(films / "plane.npy"), torus=True)
    report = learn(capsys, films / "plane.npy", "--topology", "torus", "--out", in_empty_folder / "out")
    assert report["frames"]["topology"] == "torus"
    assert report["frames"]["contradictions"] == counts.min(axis=1).sum() > 0
    assert report["frames"]["contradicted_neighbourhoods"] == (counts.min(axis=1) > 0).sum()


def test_one_percent_of_noise_does_not_hide_life(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean, noisy = np.load(films / "clean.npy"), np.load(films / "noisy.npy")
    report = learn(capsys, films / "noisy.npy", "--out", in_empty_folder / "out")
    frames = report["frames"]
    assert (report["rule"], frames["topology"]) == ("life", "torus")
    np.testing.assert_array_equal(table_in(in_empty_folder / "out"), LIFE.table)
    assert frames["contradictions"] == tally(noisy).min(axis=1).sum()
    assert 0 <= frames["contradictions_left"] < frames["contradictions"] / 4
    assert frames["cells_taken_for_flipped"] == pytest.approx((clean != noisy).sum(), rel=0.2)
    assert "contradict the majority" in call(capsys, "learn", "--frames", films / "noisy.npy").out


def test_a_hypothesis_that_is_contradicted_is_refused(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "learn", "--frames", films / "film.npy", "--unseen", "von-neumann-totalistic")
    outcome.assert_one_complaint()
    assert outcome.code == 1
    assert "the rule is not von-neumann-totalistic: equal neighbourhoods" in outcome.err
    assert list(in_empty_folder.iterdir()) == []


def test_dark_cells_may_be_the_live_ones(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("inverted.npy", 1 - np.load(films / "film.npy"))
    report = learn(capsys, Path("inverted.npy"), "--invert", "--out", in_empty_folder / "out")
    assert report["rule"] == "life"
    assert "inverted" in report["frames"]["source"]


def test_the_size_of_cells_in_pictures_is_the_users_to_say(
    films: Path, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = np.load(films / "film.npy")
    write_pngs("drawn", *(cells * 255).repeat(6, axis=1).repeat(6, axis=2))
    report = learn(capsys, Path("drawn"), "--cell-size", "6", "--out", in_empty_folder / "out")
    assert (report["rule"], report["frames"]["width"], report["frames"]["height"]) == ("life", 24, 20)
    outcome = call(capsys, "learn", "--frames", "drawn", "--cell-size", "4")
    outcome.assert_one_complaint()
    assert "drawn is not made of squares of 4x4 pixels, but of 6x6 at most" in outcome.err


def write_pngs(folder: str, *pictures: np.ndarray) -> None:
    Path(folder).mkdir()
    for number, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(Path(folder) / f"{number}.png")


def write_gif(path: str, *pictures: np.ndarray) -> None:
    images = [Image.fromarray(pixels) for pixels in pictures]
    images[0].save(path, save_all=True, append_images=images[1:])


def write_rles(folder: str, *texts: str, suffix: str = "rle") -> None:
    Path(folder).mkdir()
    for number, text in enumerate(texts):
        Path(folder, f"{number}.{suffix}").write_text(text, encoding="utf-8")


def write_mixed(folder: str) -> None:
    write_rles(folder, "x = 2, y = 1\no!")
    Image.fromarray(grey(0, 255)).save(Path(folder, "1.png"))


def write_npy_cut_short(path: str) -> None:
    np.save(path, SOUP)
    Path(path).write_bytes(Path(path).read_bytes()[:-9])


def write_archive(path: str) -> None:
    np.savez("archive.npz", SOUP)
    Path("archive.npz").rename(path)


def grey(*values: int, height: int = 4) -> np.ndarray:
    return np.tile(np.array(values, dtype=np.uint8), (height, 1))


SOUP = np.random.default_rng(0).integers(0, 2, (3, 5, 6), dtype=np.uint8)

BAD_FRAMES: dict[str, tuple[Callable[[str], Any], str]] = {
    "missing.npy": (lambda _: None, "missing.npy"),
    "missing": (lambda _: None, "there is no such file or folder"),
    "film.mp4": (lambda path: Path(path).write_bytes(b"ftyp"), "must be a .npy or .gif file, or a folder"),
    "empty.npy": (lambda path: Path(path).touch(), "is no NumPy array"),
    "empty.gif": (lambda path: Path(path).touch(), "empty.gif is no"),
    "text.gif": (lambda path: Path(path).write_text("frames"), "text.gif is no"),
    "empty": (lambda path: Path(path).mkdir(), "holds neither .png nor .rle files"),
    "constant.npy": (lambda path: np.save(path, np.ones((5, 4, 4))), "the same"),
    "constant": (lambda path: write_pngs(path, *[grey(7, 7, 7)] * 3), "the same"),
    "one frame.npy": (lambda path: np.save(path, SOUP[:1]), "at least two frames"),
    "one frame.gif": (lambda path: write_gif(path, SOUP[0] * 255), "at least two frames"),
    "no frame.npy": (lambda path: np.save(path, SOUP[:0]), "at least two frames"),
    "no cells.npy": (lambda path: np.save(path, np.zeros((5, 0, 7))), "at least two frames"),
    "two frames that contradict.npy": (lambda path: np.save(path, np.array([[[0, 0]], [[0, 1]]])), "contradict"),
    "random.npy": (
        lambda path: np.save(path, np.random.default_rng(1).integers(0, 2, (20, 40, 40))),
        "contradict themselves too much",
    ),
    "archive.npy": (write_archive, "archive.npy"),
    "flat.npy": (lambda path: np.save(path, SOUP[0]), "frames are (frames, height, width)"),
    "texts.npy": (lambda path: np.save(path, np.array([[["a", "b"]]] * 3)), "numbers or booleans"),
    "three values.npy": (lambda path: np.save(path, SOUP + SOUP[::-1]), "holds 3 different values (0, 1, 2"),
    "objects.npy": (lambda path: np.save(path, SOUP.astype(object), allow_pickle=True), "is no NumPy array"),
    "pickle.npy": (lambda path: Path(path).write_bytes(pickle.dumps([[[0, 1]]])), "is no NumPy array"),
    "cut short.npy": (
        write_npy_cut_short,
        "is no NumPy array",
    ),
    "three colours.gif": (
        lambda path: write_gif(path, grey(0, 128, 255), grey(255, 128, 0)),
        "has 3 colours (#000000, #808080, #ffffff",
    ),
    "three colours": (lambda path: write_pngs(path, grey(0, 255), grey(9, 0)), "has 3 colours"),
    "sizes": (lambda path: write_pngs(path, grey(0, 255), grey(0, 255, 0)), "frames change their size: 0.png is 2x4"),
    "sizes of rle": (
        lambda path: write_rles(path, "x = 2, y = 1\no!", "x = 3, y = 1\no!"),
        "frames change their size: 0.rle is 2x1, but 1.rle is 3x1",
    ),
    "states of rle": (lambda path: write_rles(path, *["x = 2, y = 1\nC!"] * 2), "has cells in state 3"),
    "damaged rle": (lambda path: write_rles(path, *["x = 2, y = 1\nozz!"] * 2), "damaged rle/0.rle line 2"),
    "damaged png": (lambda path: write_rles(path, "PNG", suffix="png"), "0.png"),
    "mixed": (write_mixed, "both .png and .rle files"),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_frames_that_tell_no_rule_are_one_line_and_leave_nothing(
    name: str, in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, message = BAD_FRAMES[name]
    prepare(name)
    before = sorted(in_empty_folder.rglob("*"))
    monkeypatch.setattr("ca_logic.pipeline.learn_frames", lambda *_, **__: pytest.fail("the training began"))
    for words in ([], ["--out", "new/folder"], ["--json"]):
        outcome = call(capsys, "learn", "--frames", name, *words)
        assert_refused(outcome, message)
    assert sorted(in_empty_folder.rglob("*")) == before


def assert_refused(outcome: Outcome, message: str) -> None:
    outcome.assert_one_complaint()
    assert outcome.code == 1
    assert message in outcome.err
    assert len(outcome.err) < 400


def test_a_film_of_more_states_is_refused(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ca_logic.pipeline.learn_frames", lambda *_, **__: pytest.fail("the training began"))
    np.save("brain.npy", SOUP * 2 + SOUP[::-1])
    assert_refused(call(capsys, "learn", "--frames", "brain.npy"), "cells of a two-state rule have two")
    assert [path.name for path in in_empty_folder.iterdir()] == ["brain.npy"]
