import contextlib
import io
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.errors import FramesError, OutputError
from ca_logic.files import write_atomically
from ca_logic.runtime import Board, Topology, frames
from ca_logic.runtime.frames import FORMATS, read_frames, record_frames, require_recordable, write_frames
from ca_logic.runtime.pattern import place_pattern, read_rle
from ca_logic.tasks import load_rule
from tests.oracles import (
    circuit_of_rule,
    circuit_of_table,
    later_generation,
    later_states,
    random_cells,
    random_states,
    seeds,
)

LIFE = load_rule("life")
BRAIN = load_rule("/2/3")
KERNEL = NumpyKernel(circuit_of_table(LIFE.table))
BRAIN_KERNEL = NumpyKernel(circuit_of_rule(BRAIN))
SUFFIXES = {"npy": "recording.npy", "gif": "recording.gif", "png": "recording-png", "rle": "recording-rle"}

# Every example writes to its own name in one folder.
property_test = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def make_board(width: int, height: int, *, topology: Topology = "torus") -> Board:
    return Board(width, height, topology=topology, kernel=KERNEL)


def random_frames(num_frames: int, width: int, height: int, seed: int = 0) -> np.ndarray:
    cells = np.random.default_rng(seed).random((num_frames, height, width)) < 0.5
    return cells.astype(np.uint8)


def write(path: Path, recorded: np.ndarray, file_format: str, *, topology: Topology = "torus") -> Path:
    board = make_board(recorded.shape[2], recorded.shape[1], topology=topology)
    write_frames(path, recorded, file_format, board=board, rule="B3/S23")
    return path


def write_pngs(folder: Path, pictures: dict[str, Image.Image]) -> Path:
    folder.mkdir()
    for name, picture in pictures.items():
        picture.save(folder / name, format="PNG")
    return folder


def write_rles(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def picture(cells: np.ndarray, *, dead: str = "black", live: str = "white", side: int = 1) -> Image.Image:
    """Returns the cells as squares of two colours."""
    pixels = Image.fromarray(np.repeat(np.repeat(cells, side, axis=0), side, axis=1).astype(np.uint8) * 255)
    coloured = Image.new("RGB", pixels.size, dead)
    coloured.paste(live, mask=pixels)
    return coloured


def save_gif(path: Path, pictures: list[Image.Image]) -> Path:
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=50)
    return path


def square_side(recorded: np.ndarray) -> int:
    """Returns the largest side of squares of equal cells that fill all frames, 1 if each frame is of one state."""
    _, height, width = recorded.shape
    if (recorded == recorded[:, :1, :1]).all():
        return 1
    sides = [
        side
        for side in range(1, min(height, width) + 1)
        if height % side == width % side == 0
        and np.array_equal(recorded, recorded[:, ::side, ::side].repeat(side, axis=1).repeat(side, axis=2))
    ]
    return max(sides)


def assert_one_complaint(path: Path, message: str) -> None:
    with pytest.raises(FramesError, match=message) as caught:
        read_frames(path)
    assert len(str(caught.value).splitlines()) == 1


# Round trips.

shapes = st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9))


@property_test
@given(file_format=st.sampled_from(FORMATS), shape=shapes, seed=seeds, repeated=st.booleans())
def test_a_recording_comes_back_frame_for_frame(
    file_format: str, shape: tuple[int, int, int], seed: int, repeated: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    num_frames, width, height = shape
    recorded = random_frames(num_frames, width, height, seed)
    if repeated:
        # Boards that stand still: a writer may not leave out what did not change.
        recorded = np.repeat(recorded, 3, axis=0)
    path = write(tmp_path_factory.mktemp("round") / SUFFIXES[file_format], recorded, file_format)
    recording = read_frames(path)
    np.testing.assert_array_equal(recording.frames, recorded)
    assert recording.frames.dtype == np.uint8
    np.testing.assert_array_equal(read_frames(path, invert=True).frames, 1 - recorded)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("cell", [0, 1])
def test_frames_of_one_state_come_back(cell: int, file_format: str, tmp_path: Path) -> None:
    recorded = np.full((3, 4, 6), cell, dtype=np.uint8)
    recording = read_frames(write(tmp_path / SUFFIXES[file_format], recorded, file_format))
    np.testing.assert_array_equal(recording.frames, recorded)


@pytest.mark.parametrize("file_format", FORMATS)
def test_frames_of_many_sizes_come_back(file_format: str, tmp_path: Path) -> None:
    for number, (width, height) in enumerate([(1, 1), (1, 70), (70, 1), (65, 64), (130, 3)]):
        recorded = random_frames(12, width, height, seed=number)
        path = write(tmp_path / f"{number}-{SUFFIXES[file_format]}", recorded, file_format)
        np.testing.assert_array_equal(read_frames(path).frames, recorded)


@pytest.mark.parametrize("file_format", ["gif", "png"])
def test_boards_made_of_blocks_come_back_in_full_size(file_format: str, tmp_path: Path) -> None:
    recorded = random_frames(3, 6, 5).repeat(2, axis=1).repeat(2, axis=2)
    assert square_side(recorded) == 2
    path = write(tmp_path / SUFFIXES[file_format], recorded, file_format)
    np.testing.assert_array_equal(read_frames(path).frames, recorded)
    np.testing.assert_array_equal(read_frames(path, cell_size=2).frames, recorded[:, ::2, ::2])


def test_a_gif_shows_every_frame_equally_long(tmp_path: Path) -> None:
    recorded = np.repeat(random_frames(2, 7, 5), 4, axis=0)
    with Image.open(write(tmp_path / "still.gif", recorded, "gif")) as gif:
        assert getattr(gif, "n_frames", 1) == 8
        durations = []
        for number in range(8):
            gif.seek(number)
            durations.append(gif.info["duration"])
    assert durations == [100] * 8


def test_pictures_show_further_states_in_colours_of_their_own(tmp_path: Path) -> None:
    states = np.arange(8, dtype=np.uint8).reshape(1, 2, 4)
    board = Board(4, 2, kernel=NumpyKernel(circuit_of_rule(load_rule("/2/8"))))
    for file_format in ("gif", "png"):
        path = tmp_path / SUFFIXES[file_format]
        write_frames(path, states, file_format, board=board, rule="/2/8")
        with Image.open(path / "0.png" if file_format == "png" else path) as shown:
            pixels = np.asarray(shown.convert("RGB")).reshape(8, 3).tolist()
        assert pixels[:2] == [[0, 0, 0], [255, 255, 255]]
        assert len({tuple(pixel) for pixel in pixels}) == 8
        assert_one_complaint(path, r"has 8 colours \(#000000, .*\); cells of a two-state rule have two")


def test_states_are_written_as_numbers_and_as_rle(tmp_path: Path) -> None:
    states = np.array([[[0, 1, 2], [2, 2, 0]]], dtype=np.uint8)
    board = Board(3, 2, kernel=BRAIN_KERNEL, num_states=3)
    write_frames(tmp_path / "states.npy", states, "npy", board=board, rule="/2/3")
    np.testing.assert_array_equal(np.load(tmp_path / "states.npy"), states)
    write_frames(tmp_path / "states", states, "rle", board=board, rule="/2/3")
    assert "x = 3, y = 2, rule = /2/3:T3,2\n.AB$2B!\n" in (tmp_path / "states" / "0.rle").read_text(encoding="utf-8")


def test_the_files_of_a_folder_are_numbered_alike_and_rle_tell_their_age(tmp_path: Path) -> None:
    recorded = random_frames(11, 3, 2)
    for file_format in ("png", "rle"):
        path = write(tmp_path / file_format, recorded, file_format)
        assert sorted(file.name for file in path.iterdir()) == [f"{number:02d}.{file_format}" for number in range(11)]
    assert "Gen=7\n" in (tmp_path / "rle" / "07.rle").read_text(encoding="utf-8")


@pytest.mark.parametrize(("topology", "torus"), [("torus", True), ("plane", False)])
def test_rle_files_tell_the_topology_and_others_do_not(topology: Topology, torus: bool, tmp_path: Path) -> None:
    recorded = random_frames(3, 7, 5)
    for file_format in FORMATS:
        path = write(tmp_path / SUFFIXES[file_format], recorded, file_format, topology=topology)
        assert read_frames(path).torus is (torus if file_format == "rle" else None)


# Recording.


def test_a_recording_is_the_board_generation_by_generation() -> None:
    for topology, torus in (("torus", True), ("plane", False)):
        board = make_board(20, 13, topology=topology)  # type: ignore[arg-type]
        start = random_cells(20, 13, seed=3)
        board.set_cells(start)
        told: list[int] = []
        recorded = record_frames(board, 6, on_progress=told.append)
        expected = [later_generation(start, LIFE.table, torus=torus, generations=n) for n in range(6)]
        np.testing.assert_array_equal(recorded, expected)
        assert board.generation == 5
        assert told == [1, 2, 3, 4, 5, 6]


def test_a_recording_of_several_states_holds_the_states() -> None:
    board = Board(20, 13, kernel=BRAIN_KERNEL, num_states=3)
    start = random_states(20, 13, 3, seed=1)
    board.set_states(start)
    expected = [later_states(start, BRAIN.transitions, torus=True, generations=n) for n in range(4)]
    np.testing.assert_array_equal(record_frames(board, 4), expected)


@pytest.mark.parametrize("noise", [0.01, 0.2])
def test_noise_flips_about_as_many_cells_as_asked_and_leaves_the_board_alone(noise: float) -> None:
    def recorded(**options: float) -> np.ndarray:
        board = make_board(64, 64)
        board.fill_randomly(0.5, seed=1)
        return record_frames(board, 10, **options)  # type: ignore[arg-type]

    clean, noisy = recorded(), recorded(noise=noise, seed=5)
    flipped = clean != noisy
    assert set(np.unique(noisy)) == {0, 1}
    deviation = (flipped.size * noise * (1 - noise)) ** 0.5
    assert abs(flipped.sum() - flipped.size * noise) < 5 * deviation
    assert flipped.any(axis=(1, 2)).all(), "the first frame is noisy like the others"
    np.testing.assert_array_equal(recorded(noise=noise, seed=5), noisy)
    assert (recorded(noise=noise, seed=6) != noisy).any()


def test_noise_makes_what_is_not_dead_dead_and_what_is_dead_live() -> None:
    board = Board(30, 30, kernel=BRAIN_KERNEL, num_states=3)
    start = random_states(30, 30, 3, seed=2)
    board.set_states(start)
    np.testing.assert_array_equal(record_frames(board, 1, noise=1.0), (start == 0)[None])


def test_frames_that_do_not_fit_into_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    board = make_board(64, 64)
    monkeypatch.setattr(frames, "available_memory", lambda: 1 << 22)
    require_recordable(board, 256, "npy")
    with pytest.raises(FramesError, match=r"^257 frames of 64x64 need .* GiB of memory, but .* GiB are available; "):
        require_recordable(board, 257, "npy")


def test_boards_too_wide_or_high_for_a_gif_are_refused() -> None:
    require_recordable(make_board(65535, 1), 1, "gif")
    for width, height in ((65536, 1), (1, 65536)):
        board = make_board(width, height)
        require_recordable(board, 1, "png")
        with pytest.raises(FramesError, match=rf"^a GIF is at most 65535 pixels .* {width}x{height}; choose another"):
            require_recordable(board, 1, "gif")


# Arrays.


@pytest.mark.parametrize(
    "low_high", [(0, 1), (0, 255), (-1, 1), (-1, 0), (3, 9), (0.0, 1.0), (0.25, 0.75), (False, True)]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_larger_of_two_values_is_live(low_high: tuple[float, float], order: str, tmp_path: Path) -> None:
    cells = random_frames(3, 5, 4)
    np.save(tmp_path / "values.npy", np.asarray(np.where(cells, low_high[1], low_high[0]), order=order))  # type: ignore[call-overload]
    np.testing.assert_array_equal(read_frames(tmp_path / "values.npy").frames, cells)
    np.testing.assert_array_equal(read_frames(tmp_path / "values.npy", invert=True).frames, 1 - cells)


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "<i2", ">i2", ">u4", "<i8", "<u8", "<f2", ">f4", "<f8"])
def test_every_type_of_numbers_is_read(dtype: str, tmp_path: Path) -> None:
    cells = random_frames(3, 5, 4)
    np.save(tmp_path / "typed.NPY", cells.astype(dtype))
    path = next(tmp_path.iterdir())
    np.testing.assert_array_equal(read_frames(path).frames, cells)


@pytest.mark.parametrize(("value", "cell"), [(0, 0), (1, 1), (255, 1), (-3, 1), (0.5, 1)])
def test_one_value_alone_is_dead_if_0(value: float, cell: int, tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.full((2, 3, 4), value))
    assert (read_frames(tmp_path / "one.npy").frames == cell).all()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 3)), r"holds an array of shape \(3, 3\) and type float64; frames are \(frames, height, width\)"),
        (np.zeros((1, 2, 3, 4), dtype=np.uint8), r"shape \(1, 2, 3, 4\) and type uint8"),
        (np.array(1), r"shape \(\) and type int64"),
        (np.zeros((1, 1, 1), dtype=complex), "type complex128"),
        (np.array([[["live"]]]), "type <U4"),
        (np.array([[["2020-01-01"]]], dtype="M8[D]"), "type datetime64"),
        (np.zeros((1, 1, 1), dtype=[("a", "u1")]), "numbers or booleans"),
        (np.arange(8).reshape(2, 2, 2), r"holds 8 different values \(0, 1, 2, 3, ...\); cells of a two-state rule"),
        (np.array([[[0, 0.5, 1]]]), r"holds 3 different values \(0, 0.5, 1, ...\)"),
        (np.array([[[0, np.nan]]]), r"holds values that are no numbers \(NaN\)"),
        (np.array([[[np.nan]]]), r"holds values that are no numbers \(NaN\)"),
    ],
)
def test_arrays_that_are_no_frames_are_refused(array: np.ndarray, message: str, tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", array)
    assert_one_complaint(tmp_path / "array.npy", f"array.npy {message}" if message.startswith("holds") else message)


class Planted:
    """Leaves a trace if it is ever unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.trace,)


def test_pickles_are_refused_and_not_executed(tmp_path: Path) -> None:
    trace = tmp_path / "executed"
    objects = np.empty((1, 1, 1), dtype=object)
    objects[0, 0, 0] = Planted(trace)
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(objects[0, 0, 0]))
    np.save(tmp_path / "objects.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "archive.npz", frames=objects)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    for name in ("pickle", "objects", "archive"):
        assert_one_complaint(tmp_path / f"{name}.npy", rf"{name}\.npy is no NumPy array of numbers")
    assert not trace.exists()
    pickle.loads((tmp_path / "pickle.npy").read_bytes())
    assert trace.exists(), "it would have shown"


def claimed(shape: object, *, data: bytes = b"") -> bytes:
    """Returns an array file that claims a shape."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"a text that is longer than any magic number",
        b"PK\x03\x04 no archive",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x00\x10\x00",
        b"\x93NUMPY\x01\x00\x10\x00((((((((((((((((",
        b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{",
        claimed((2**40, 2**10, 2**10)),
        claimed((2**62, 2**62, 2**62)),
        claimed((-1, 2, 2), data=b"1234"),
        claimed((2, 2, 2), data=b"1234567"),
        claimed((2.0, 2, 2), data=b"12345678"),
        claimed("__import__('os')"),
    ],
)
def test_files_that_are_no_arrays_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "fault.npy").write_bytes(content)
    assert_one_complaint(tmp_path / "fault.npy", r"fault\.npy is no NumPy array of numbers: ")


def test_arrays_of_too_many_cells_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "available_memory", lambda: 1 << 30)
    path = tmp_path / "sparse.npy"
    path.write_bytes(claimed((1 << 12, 1 << 10, 1 << 10)))
    with path.open("r+b") as file:
        file.truncate((1 << 32) + 128)
    assert_one_complaint(path, r"holds 4,294,967,296 cells, which takes .* GiB of memory to read, but 1 GiB are av")


# Pictures.


@property_test
@given(side=st.integers(1, 6), shape=shapes, gif=st.booleans(), seed=seeds)
def test_cells_may_be_drawn_as_squares(
    side: int, shape: tuple[int, int, int], gif: bool, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cells = random_frames(*shape, seed)
    assume((cells != cells[:, :1, :1]).any())
    folder = tmp_path_factory.mktemp("squares")
    pictures = [picture(frame, side=side) for frame in cells]
    if gif:
        # Pillow leaves out frames that equal the one before.
        assume((cells[1:] != cells[:-1]).any(axis=(1, 2)).all())
        path = save_gif(folder / "squares.gif", pictures)
    else:
        path = write_pngs(folder / "squares", {f"{n}.png": shown for n, shown in enumerate(pictures)})
    # What looks like larger squares in all frames is read as such: pictures do not tell.
    smallest = square_side(cells)
    np.testing.assert_array_equal(read_frames(path).frames, cells[:, ::smallest, ::smallest])


def test_how_many_pixels_a_cell_is_wide_may_be_said(tmp_path: Path) -> None:
    blocks = random_frames(2, 3, 4).repeat(2, axis=1).repeat(2, axis=2)
    path = save_gif(tmp_path / "blocks.gif", [picture(frame, side=3) for frame in blocks])
    np.testing.assert_array_equal(read_frames(path).frames, blocks[:, ::2, ::2])
    np.testing.assert_array_equal(read_frames(path, cell_size=3).frames, blocks)
    with pytest.raises(FramesError, match=r"blocks\.gif is not made of squares of 4x4 pixels, but of 6x6 at most\.$"):
        read_frames(path, cell_size=4)


def test_the_brighter_colour_is_live_and_inverting_takes_the_darker(tmp_path: Path) -> None:
    cells = random_frames(2, 6, 5)
    colours = [("black", "white"), ("navy", "yellow"), ("blue", "red"), ("red", "lime"), ("#7f7f7f", "#808080")]
    for number, (dead, live) in enumerate(colours):
        path = save_gif(tmp_path / f"{number}.gif", [picture(frame, dead=dead, live=live) for frame in cells])
        np.testing.assert_array_equal(read_frames(path).frames, cells)
        path = save_gif(tmp_path / f"{number}-dark.gif", [picture(frame, dead=live, live=dead) for frame in cells])
        np.testing.assert_array_equal(read_frames(path).frames, 1 - cells)
        inverted = read_frames(path, invert=True)
        np.testing.assert_array_equal(inverted.frames, cells)
        assert inverted.description == f"GIF {number}-dark.gif, inverted"


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_pictures_of_every_kind_are_read(mode: str, tmp_path: Path) -> None:
    cells = random_frames(1, 6, 5)
    sixteen_bits = Image.fromarray(cells[0].astype(np.uint16) * 65535)
    shown = sixteen_bits if mode == "I;16" else picture(cells[0]).convert(mode)
    folder = write_pngs(tmp_path / "kinds", {"0.PNG": shown})
    np.testing.assert_array_equal(read_frames(folder).frames, cells)


def test_a_still_gif_is_one_frame(tmp_path: Path) -> None:
    cells = random_frames(1, 6, 5)
    picture(cells[0]).save(tmp_path / "still.gif")
    np.testing.assert_array_equal(read_frames(tmp_path / "still.gif").frames, cells)


def test_pictures_of_more_than_two_colours_are_refused(tmp_path: Path) -> None:
    shown = picture(random_frames(1, 6, 5)[0])
    shown.putpixel((3, 3), (255, 0, 0))
    message = (
        r"three\S* has 3 colours \(#000000, #ff0000, #ffffff, ...\); cells of a two-state rule have two. "
        "Save it without smoothing and without compression that loses colours."
    )
    assert_one_complaint(save_gif(tmp_path / "three.gif", [shown]), message)
    assert_one_complaint(write_pngs(tmp_path / "three", {"0.png": shown}), message)


def test_two_colours_are_counted_over_all_frames(tmp_path: Path) -> None:
    cells = random_frames(2, 6, 5)
    path = write_pngs(tmp_path / "x", {"0.png": picture(cells[0]), "1.png": picture(cells[1], live="red")})
    assert_one_complaint(path, r"x has 3 colours")


@pytest.mark.parametrize("name", ["text.gif", "folder/text.png"])
def test_texts_named_like_pictures_are_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("GIF or PNG, who knows", encoding="utf-8")
    path = file if file.suffix == ".gif" else file.parent
    assert_one_complaint(path, rf"{name} is no GIF or PNG that can be read: cannot identify image file")


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF", "EPS"])
def test_other_formats_in_disguise_are_refused(file_format: str, tmp_path: Path) -> None:
    # Not all decoders are harmless: that of EPS calls another program.
    shown = picture(random_frames(1, 8, 8)[0])
    shown.save(tmp_path / "disguised.gif", format=file_format)
    assert_one_complaint(tmp_path / "disguised.gif", "is no GIF or PNG that can be read")


def test_a_truncated_gif_is_a_fault_or_the_whole_frames_before(tmp_path: Path) -> None:
    recorded = random_frames(4, 31, 29)
    content = write(tmp_path / "whole.gif", recorded, "gif").read_bytes()
    path = tmp_path / "cut.gif"
    complaints = []
    for end in range(0, len(content), 7):
        path.write_bytes(content[:end])
        try:
            cut = read_frames(path).frames
        except FramesError as error:
            complaints.append(str(error))
        else:
            np.testing.assert_array_equal(cut, recorded[: len(cut)])
    assert len(complaints) > len(content) // 7 // 2
    assert all("cut.gif" in complaint and len(complaint.splitlines()) == 1 for complaint in complaints)


def test_pictures_of_too_many_pixels_are_refused(tmp_path: Path) -> None:
    folder = write_pngs(tmp_path / "vast", {"0.png": Image.new("1", (20_000, 19_000))})
    assert_one_complaint(folder, r"0\.png is no GIF or PNG that can be read: Image size .* exceeds limit")


def test_gifs_whose_frames_grow_are_refused_or_read_in_one_size(tmp_path: Path) -> None:
    content = bytearray(save_gif(tmp_path / "grow.gif", [picture(f) for f in random_frames(2, 8, 8)]).read_bytes())
    # The logical screen says 4x4, the images 8x8.
    content[6:10] = b"\x04\x00\x04\x00"
    (tmp_path / "grow.gif").write_bytes(bytes(content))
    shape = None
    with contextlib.suppress(FramesError):
        shape = read_frames(tmp_path / "grow.gif").frames.shape
    assert shape in (None, (2, 4, 4), (2, 8, 8))


@pytest.mark.parametrize("file_format", FORMATS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_any_damage_is_an_error_for_people(
    file_format: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(tmp_path_factory.mktemp("damage") / SUFFIXES[file_format], random_frames(1, 9, 7), file_format)
    file = next(path.iterdir()) if path.is_dir() else path
    content = bytearray(file.read_bytes())
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    file.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    message = "one line"
    try:
        damaged = read_frames(path).frames
    except FramesError as error:
        message = str(error)
    else:
        assert damaged.ndim == 3
        assert np.isin(damaged, (0, 1)).all()
    assert len(message.splitlines()) == 1


# Folders.


@pytest.mark.parametrize(
    "names",
    [
        ["2", "10", "100"],
        ["frame2", "frame10", "frame100"],
        ["frame-9-of-20", "frame-10-of-20", "frame-11-of-20"],
        ["a1b2", "a1b10", "a2b1"],
        ["00000000000000000000000000000001", "00000000000000000000000000000002", "00000000000000000000000000000010"],
        ["1", "01", "2"],
        ["a", "b", "c"],
    ],
)
def test_files_are_taken_in_the_order_of_their_numbers(names: list[str], tmp_path: Path) -> None:
    recorded = random_frames(len(names), 7, 5)
    order = sorted(names[:2]) + names[2:] if names[0] == "1" else names
    pictures = {f"{name}.png": picture(frame) for name, frame in zip(order, recorded, strict=True)}
    for number, reverse in enumerate((False, True)):
        folder = write_pngs(tmp_path / str(number), dict(sorted(pictures.items(), reverse=reverse)))
        np.testing.assert_array_equal(read_frames(folder).frames, recorded)


def test_other_and_hidden_files_in_a_folder_are_passed_over(tmp_path: Path) -> None:
    recorded = random_frames(2, 7, 5)
    folder = write(tmp_path / "folder", recorded, "png")
    for name in ("notes.txt", ".DS_Store", ".hidden.png", "._0.png", "0.rle.part"):
        (folder / name).write_text("no frame", encoding="utf-8")
    recording = read_frames(folder)
    np.testing.assert_array_equal(recording.frames, recorded)
    assert recording.description == "2 PNG files in folder"


def test_folders_that_are_no_recording_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_one_complaint(tmp_path / "empty", r"folder .*empty holds neither .png nor .rle files; frames are files of")
    folder = write(tmp_path / "mixed", random_frames(2, 7, 5), "png")
    (folder / "2.rle").write_text("o!", encoding="utf-8")
    assert_one_complaint(folder, r"folder .*mixed holds both .png and .rle files; frames are files of one kind")
    (tmp_path / "odd" / "0.png").mkdir(parents=True)
    assert_one_complaint(tmp_path / "odd", r"cannot read .*: Is a directory")


def test_what_is_not_there_or_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    assert_one_complaint(tmp_path / "missing", "no frames at .*missing: there is no such file or folder")
    for suffix in ("npy", "gif"):
        assert_one_complaint(tmp_path / f"missing.{suffix}", rf"cannot read .*missing\.{suffix}: No such file")
    (tmp_path / "video.mp4").write_bytes(b"mp4")
    assert_one_complaint(
        tmp_path / "video.mp4", r"video\.mp4 is no recording; it must be a .npy or .gif file, or a folder of .png or"
    )
    assert_one_complaint(tmp_path / ("x" * 300), "cannot read .*: File name too long")


def test_folders_named_like_files_are_folders(tmp_path: Path) -> None:
    recorded = random_frames(2, 7, 5)
    for suffix in ("gif", "npy"):
        np.testing.assert_array_equal(
            read_frames(write(tmp_path / f"folder.{suffix}", recorded, "png")).frames, recorded
        )


def test_frames_that_change_their_size_are_refused(tmp_path: Path) -> None:
    message = r"frames change their size: 0\.{0} is 6x5, but 1\.{0} is 6x4"
    pictures = {f"{n}.png": picture(random_frames(1, 6, 5 - n)[0]) for n in range(2)}
    assert_one_complaint(write_pngs(tmp_path / "png", pictures), message.format("png"))
    texts = {f"{n}.rle": f"x = 6, y = {5 - n}, rule = B3/S23\no!" for n in range(2)}
    assert_one_complaint(write_rles(tmp_path / "rle", texts), message.format("rle"))


# RLE.


def test_the_whole_grid_is_read_where_a_file_names_one(tmp_path: Path) -> None:
    text = "#CXRLE Pos=-2,0 Gen=3\nx = 1, y = 2, rule = B3/S23:P6,4\no$o!"
    (frame,) = read_frames(write_rles(tmp_path / "grid", {"0.rle": text})).frames
    expected = np.zeros((4, 6), dtype=np.uint8)
    expected[2:, 1] = 1
    np.testing.assert_array_equal(frame, expected)


def test_a_frame_without_a_place_is_in_the_middle_of_its_grid_as_on_a_board(tmp_path: Path) -> None:
    text = "x = 3, y = 2, rule = B3/S23:T8,7\nobo$3o!"
    (frame,) = read_frames(write_rles(tmp_path / "grid", {"0.rle": text})).frames
    board = make_board(8, 7)
    place_pattern(board, read_rle(text))
    np.testing.assert_array_equal(frame, board.states())


def test_the_rectangle_is_read_where_a_file_names_no_grid(tmp_path: Path) -> None:
    for number, header in enumerate(("x = 4, y = 3", "x = 4, y = 3, rule = B3/S23", "x = 4, y = 3, rule = W30:T0,3")):
        recording = read_frames(write_rles(tmp_path / str(number), {"0.rle": f"#CXRLE Pos=9,9\n{header}\nbo$2bo!"}))
        assert recording.frames.tolist() == [[[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]]


@pytest.mark.parametrize(
    ("rules", "torus"),
    [
        (["B3/S23:T3,3", "B3/S23:T3,3"], True),
        (["B3/S23:P3", "23/3:p3,3"], False),
        (["B3/S23:T3,3", "B3/S23:P3,3"], None),
        (["B3/S23:T3,3", "B3/S23"], None),
        (["B3/S23", "B3/S23"], None),
        (["B3/S23:K3*,3", "B3/S23:K3*,3"], None),
    ],
)
def test_the_topology_is_known_if_all_files_agree(rules: list[str], torus: bool | None, tmp_path: Path) -> None:
    texts = {f"{n}.rle": f"x = 3, y = 3, rule = {rule}\no!" for n, rule in enumerate(rules)}
    assert read_frames(write_rles(tmp_path / "rle", texts)).torus is torus


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 3, y = 1, rule = B3/S23:T2,2\n3o!", r"0\.rle has cells outside its grid of 2x2"),
        ("#CXRLE Pos=1,0\nx = 1, y = 1, rule = B3/S23:T2,2\no!", r"has cells outside its grid of 2x2"),
        ("#CXRLE Pos=-9,0\nx = 1, y = 1, rule = B3/S23:T2,2\no!", r"has cells outside its grid of 2x2"),
        ("#CXRLE Pos=0,999999999999999999\nx = 1, y = 1, rule = B3/S23:T2,2\no!", "has cells outside its grid"),
        ("x = 3, y = 1, rule = B3/S23:T2,2\n4000000000o!", r"has cells outside its grid of 2x2"),
        ("x = 3, y = 1\n4000000000o!", r"holds 4,000,000,000 cells, which takes"),
        ("x = 1, y = 1, rule = B3/S23:T2000000000,2000000000\no!", r"holds 4,000,000,000,000,000,000 cells"),
        (
            "x = 999999999999, y = 999999999\no!",
            r"cells, which takes .* GiB of memory to read, but 1 GiB are available; cut it into",
        ),
        ("x = 2, y = 1, rule = /2/3\nAB!", r"0\.rle has cells in state 2; cells of a two-state rule are 0 or 1"),
        ("x = 2, y = 1\no?!", r"0\.rle line 2, column 2: '\?' has no meaning in RLE"),
        ("", r"0\.rle holds no pattern"),
    ],
)
def test_rle_files_that_are_no_frames_are_refused(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "available_memory", lambda: 1 << 30)
    assert_one_complaint(write_rles(tmp_path / "rle", {"0.rle": text}), message)


# Writing that fails.


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_writing_that_breaks_off_leaves_nothing(
    failure: BaseException, file_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    replace = Path.replace

    def break_off(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == (3 if file_format in ("png", "rle") else 1):
            raise failure
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", break_off)
    with pytest.raises((KeyboardInterrupt, OutputError)) as caught:
        write(tmp_path / SUFFIXES[file_format], random_frames(5, 7, 5), file_format)
    if isinstance(failure, OSError):
        assert "No space left on device; choose another" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_appears_when_it_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder"

    def check_and_write(target: Path, content: str | bytes) -> None:
        assert not path.exists()
        write_atomically(target, content)

    monkeypatch.setattr(frames, "write_atomically", check_and_write)
    write(path, random_frames(3, 7, 5), "png")
    assert len(list(path.iterdir())) == 3


def test_reading_leaves_no_file_open_and_no_warning(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for file_format in FORMATS:
            read_frames(write(tmp_path / SUFFIXES[file_format], random_frames(2, 7, 5), file_format))
        for name in ("bad.gif", "bad.npy"):
            (tmp_path / name).write_bytes(io.BytesIO(b"PK\x03\x04GIF89a").getvalue())
            assert_one_complaint(tmp_path / name, name)
    assert caught == []
