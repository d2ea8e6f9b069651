"""Files of frames: consecutive generations of a board as a NumPy array, an animated GIF, or a folder of PNG or RLE.

A `.npy` file holds (frames, height, width) states, loaded without pickle. In pictures one colour is dead and the
brighter one live; cells may be drawn as squares of several pixels.
"""

import contextlib
import io
import math
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import FramesError, PatternError
from ca_logic.files import new_folder, write_atomically
from ca_logic.machine import available_memory
from ca_logic.runtime.board import Board, cells_of_runs
from ca_logic.runtime.pattern import Pattern, read_rle, write_rle
from ca_logic.tasks.observation import Frames

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("npy", "gif", "png", "rle")

_BYTES_A_CELL = 24
"""What reading takes at most for each cell or pixel: colours, their numbers, and neighbourhoods later."""

_GIF_MILLISECONDS = 100
_MAX_REASON = 120
_MAX_GIF_SIDE = 65535
_COPIES = 4
"""How many times frames are in memory at most while they are written."""

_ONE_PIXEL = b"ca_logic: one pixel a cell"
"""Noted in pictures, or a board that happens to be made of squares would be read as a smaller one."""

_EXTENSIONS = {".png": "png", ".rle": "rle"}


@dataclass(frozen=True, eq=False)
class Recording:
    """Frames as they were read.

    Attributes:
        frames: states, 0 or 1.
        description: what the file was, for people.
        torus: whether the file says that opposite edges are joined; None if it does not say.
    """

    frames: Frames
    description: str
    torus: bool | None = None


def read_frames(path: Path, *, invert: bool = False, cell_size: int | None = None) -> Recording:
    """Returns the frames in a `.npy` file, an animated GIF, or a folder of PNG or RLE files.

    Args:
        path: the file or folder; the files of a folder are taken in the order of the numbers in their names.
        invert: take the darker colour, or the smaller value, for live.
        cell_size: how many pixels wide and high a cell is drawn in pictures; by default what the picture notes if
            `write_frames` made it, else as large as possible.

    Raises:
        FramesError: saying what is wrong with which file.
    """
    try:
        if path.is_dir():
            recording = _read_folder(path, cell_size)
        elif path.suffix.lower() == ".npy":
            recording = _read_array(path)
        elif path.suffix.lower() == ".gif":
            recording = _read_gif(path, cell_size)
        elif not path.exists():
            raise FramesError(f"no frames at {path}: there is no such file or folder.")
        else:
            raise FramesError(f"{path} is no recording; it must be a .npy or .gif file, or a folder of .png or .rle.")
    except OSError as error:
        raise FramesError(f"cannot read {path}: {error.strerror or error}.") from None
    except MemoryError:
        raise FramesError(f"{path} does not fit into memory.") from None
    if invert:
        return Recording(recording.frames ^ 1, f"{recording.description}, inverted", recording.torus)
    return recording


def require_recordable(board: Board, num_frames: int, file_format: str) -> None:
    """Makes sure, before anything is recorded, that so many frames of the board can be held and written.

    Raises:
        FramesError: if not.
    """
    needed, available = num_frames * board.width * board.height * _COPIES, available_memory()
    if needed > available:
        raise FramesError(
            f"{num_frames} frames of {board.width}x{board.height} need {needed / 2**30:.3g} GiB of memory, but "
            f"{available / 2**30:.3g} GiB are available; record fewer, or of a smaller board."
        )
    if file_format == "gif" and max(board.width, board.height) > _MAX_GIF_SIDE:
        raise FramesError(
            f"a GIF is at most {_MAX_GIF_SIDE} pixels wide and high, but the board is {board.width}x{board.height}; "
            "choose another format."
        )


def record_frames(
    board: Board,
    num_frames: int,
    *,
    noise: float = 0,
    seed: int = 0,
    on_progress: Callable[[int], None] = lambda _: None,
) -> UInt8[np.ndarray, "frames height width"]:
    """Returns the board as it is and `num_frames` - 1 generations after it, which the board advances by.

    Args:
        board: what to record.
        num_frames: how many frames.
        noise: with which probability each cell of each frame is flipped between dead and live.
        seed: decides which.
        on_progress: called with the number of frames done.
    """
    frames = np.empty((num_frames, board.height, board.width), dtype=np.uint8)
    rng = np.random.default_rng(seed)
    for number, frame in enumerate(frames):
        if number:
            board.advance()
        frame[:] = board.states()
        if noise:
            frame[:] = np.where(rng.random(frame.shape) < noise, frame == 0, frame)
        on_progress(number + 1)
    return frames


def write_frames(
    path: Path, frames: UInt8[np.ndarray, "frames height width"], file_format: str, *, board: Board, rule: str
) -> None:
    """Writes frames as one file, or for png and rle as a folder, which appears when it is complete.

    Args:
        path: the file or folder; a folder must be missing or empty.
        frames: states of cells.
        file_format: one of `FORMATS`.
        board: what was recorded; its cells are replaced.
        rule: what RLE files name as their rule.

    Raises:
        OutputError: if it cannot be written.
    """
    if file_format == "npy":
        buffer = io.BytesIO()
        np.save(buffer, frames, allow_pickle=False)
        write_atomically(path, buffer.getvalue())
    elif file_format == "gif":
        write_atomically(path, _gif_of(frames))
    else:
        with new_folder(path) as folder:
            digits = len(str(len(frames) - 1))
            for number, frame in enumerate(frames):
                if file_format == "rle":
                    board.set_states(frame)
                    board.generation = number
                content = _png_of(frame) if file_format == "png" else write_rle(board, rule=rule)
                write_atomically(folder / f"{number:0{digits}d}.{file_format}", content)


def _read_array(path: Path) -> Recording:
    with _damage_reported(f"{path} is no NumPy array of numbers"):
        # Neither pickles nor archives, which np.load takes as well.
        array = np.lib.format.open_memmap(path, mode="r")
    if array.ndim != 3 or array.dtype.kind not in "biuf":
        raise FramesError(
            f"{path} holds an array of shape {array.shape} and type {array.dtype}; frames are (frames, height, width), "
            "numbers or booleans."
        )
    _require_size(array.shape, path)
    values = np.unique(array)
    if (values != values).any():
        raise FramesError(f"{path} holds values that are no numbers (NaN); cells of a two-state rule have two values.")
    if len(values) > 2:
        shown = ", ".join(f"{value:g}" for value in values[:4].astype(float))
        raise FramesError(
            f"{path} holds {len(values)} different values ({shown}, ...); cells of a two-state rule have two."
        )
    # The larger value is live; where there is only one, everything but 0.
    live = values[-1] if len(values) == 2 or (len(values) and values[-1] != 0) else 1
    return Recording((np.asarray(array) == live).astype(np.uint8), f"NumPy array {path.name}")


def _read_gif(path: Path, cell_size: int | None) -> Recording:
    with _opened(path) as image:
        with _damage_reported(f"{path} is damaged"):
            count = getattr(image, "n_frames", 1)
        _require_size((count, image.height, image.width), path)
        cell_size = cell_size or _noted_cell_size(image)
        pictures = [_pixels(image, frame, path) for frame in range(count)]
    pixels = _same_size([(Path(f"{path.name} frame {number}"), picture) for number, picture in enumerate(pictures, 1)])
    return Recording(_cells_of(pixels, path, cell_size), f"GIF {path.name}")


def _read_folder(path: Path, cell_size: int | None) -> Recording:
    files = [file for file in path.iterdir() if file.suffix.lower() in _EXTENSIONS and not file.name.startswith(".")]
    kinds = {_EXTENSIONS[file.suffix.lower()] for file in files}
    if len(kinds) != 1:
        found = "both .png and .rle files" if kinds else "neither .png nor .rle files"
        raise FramesError(f"folder {path} holds {found}; frames are files of one kind.")
    files.sort()
    files.sort(key=lambda file: [(int(part), "") if part.isdecimal() else (-1, part) for part in _parts(file.stem)])
    if kinds == {"png"}:
        with _opened(files[0]) as image:
            _require_size((len(files), image.height, image.width), path)
        pixels = _same_size([(file, _png_pixels(file)) for file in files])
        with _opened(files[0]) as image:
            cell_size = cell_size or _noted_cell_size(image)
        return Recording(_cells_of(pixels, path, cell_size), f"{len(files)} PNG files in {path.name}")
    patterns = [(file, _read_pattern(file)) for file in files]
    frames = _same_size([(file, _frame_of(pattern, file)) for file, pattern in patterns])
    grids = {pattern.grid.topology if pattern.grid else "" for _, pattern in patterns}
    torus = {"torus": True, "plane": False}.get(grids.pop()) if len(grids) == 1 else None
    return Recording(frames, f"{len(files)} RLE files in {path.name}", torus)


def _parts(name: str) -> list[str]:
    return re.split(r"(\d{1,18})", name)


def _same_size(frames: list[tuple[Path, np.ndarray]]) -> np.ndarray:
    first, shape = frames[0][0], frames[0][1].shape
    _require_size((len(frames), *shape[:2]), first.parent)
    for file, frame in frames:
        if frame.shape != shape:
            raise FramesError(
                f"frames change their size: {first.name} is {shape[1]}x{shape[0]}, "
                f"but {file.name} is {frame.shape[1]}x{frame.shape[0]}."
            )
    return np.stack([frame for _, frame in frames])


def _require_size(shape: tuple[int, ...], path: Path) -> None:
    """Makes sure that frames fit into memory, several times over, before they are read."""
    needed = math.prod(shape) * _BYTES_A_CELL
    available = available_memory()
    if needed > available:
        raise FramesError(
            f"{path} holds {math.prod(shape):,} cells, which takes {needed / 2**30:.3g} GiB of memory to read, but "
            f"{available / 2**30:.3g} GiB are available; cut it into parts."
        )


def _opened(path: Path) -> "Image.Image":
    from PIL import Image

    with _damage_reported(f"{path} is no GIF or PNG that can be read"):
        # What only warns Pillow of its size is refused later, by the number of cells.
        return Image.open(path, formats=("GIF", "PNG"))


def _pixels(image: "Image.Image", frame: int, path: Path) -> UInt8[np.ndarray, "height width 3"]:
    with _damage_reported(f"{path}: frame {frame + 1} is damaged"):
        image.seek(frame)
        return np.asarray(image.convert("RGB"))


@contextlib.contextmanager
def _damage_reported(fault: str) -> Iterator[None]:
    """Turns whatever a library raises for a damaged file, which none of them documents, into an error for users."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0][:_MAX_REASON]
        raise FramesError(f"{fault}: {reason}.") from None


def _png_pixels(path: Path) -> UInt8[np.ndarray, "height width 3"]:
    with _opened(path) as image:
        return _pixels(image, 0, path)


def _noted_cell_size(image: "Image.Image") -> int | None:
    """Returns 1 if the picture notes that a cell is a pixel, None if it does not say."""
    note = image.info.get("comment", b"")
    return 1 if note in (_ONE_PIXEL, _ONE_PIXEL.decode()) else None


def _cells_of(pixels: UInt8[np.ndarray, "frames height width 3"], path: Path, cell_size: int | None) -> Frames:
    """Returns 1 where a picture has the brighter of its two colours, one cell for each square of pixels."""
    colours = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    known = np.unique(colours)
    if len(known) > 2:
        shown = ", ".join(f"#{colour:06x}" for colour in known[:4])
        raise FramesError(
            f"{path} has {len(known)} colours ({shown}, ...); cells of a two-state rule have two. "
            "Save it without smoothing and without compression that loses colours."
        )
    brightness = [int(colour >> 16) * 299 + int(colour >> 8 & 255) * 587 + int(colour & 255) * 114 for colour in known]
    live = known[int(np.argmax(brightness))] if len(known) == 2 else 0xFFFFFF
    cells = (colours == live).astype(np.uint8)
    largest = _square_side(cells)
    side = cell_size or largest
    if largest % side:
        raise FramesError(f"{path} is not made of squares of {side}x{side} pixels, but of {largest}x{largest} at most.")
    return np.ascontiguousarray(cells[:, ::side, ::side])


def _square_side(cells: Frames) -> int:
    """Returns the largest side of squares that all are of one colour and fill the picture."""
    height, width = cells.shape[1:]
    # A square can begin only where some row or column differs from the one before it.
    rows = np.flatnonzero((cells[:, 1:] != cells[:, :-1]).any(axis=(0, 2))) + 1
    columns = np.flatnonzero((cells[:, :, 1:] != cells[:, :, :-1]).any(axis=(0, 1))) + 1
    if not len(rows) and not len(columns):
        return 1
    return math.gcd(height, width, *rows.tolist(), *columns.tolist())


def _read_pattern(path: Path) -> Pattern:
    try:
        pattern = read_rle(path.read_text(encoding="utf-8-sig", errors="replace"), name=path.stem, source=str(path))
    except PatternError as error:
        raise FramesError(str(error)) from None
    if pattern.max_state > 1:
        raise FramesError(f"{path} has cells in state {pattern.max_state}; cells of a two-state rule are 0 or 1.")
    return pattern


def _frame_of(pattern: Pattern, path: Path) -> UInt8[np.ndarray, "height width"]:
    """Returns the whole grid that the file names, or without one the rectangle of its header."""
    grid = pattern.grid if pattern.grid and pattern.grid.width and pattern.grid.height else None
    width, height = (grid.width, grid.height) if grid else (pattern.width, pattern.height)
    _require_size((width, height), path)
    # Without a place a pattern is in the middle, which is where it fills its own rectangle.
    x, y = (grid and pattern.position) or (-(pattern.width // 2), -(pattern.height // 2))
    left, top = width // 2 + x, height // 2 + y
    frame = np.zeros((height, width), dtype=np.uint8)
    runs = pattern.runs + np.array([top, left, 0, 0])
    if len(runs) and (runs[:, :2].min() < 0 or runs[:, 0].max() >= height or runs[:, 1:3].sum(axis=1).max() > width):
        raise FramesError(f"{path} has cells outside its grid of {width}x{height}.")
    rows, columns, _ = cells_of_runs(runs).T
    frame[rows, columns] = 1
    return frame


def _gif_of(frames: Frames) -> bytes:
    # Image.save leaves out frames that equal the one before; these functions write every one.
    from PIL.GifImagePlugin import getdata, getheader

    images = [_image_of(frame) for frame in frames]
    header, _ = getheader(images[0], info={"loop": 0, "comment": _ONE_PIXEL})
    blocks = [block for image in images for block in getdata(image, duration=_GIF_MILLISECONDS)]
    return b"".join([*header, *blocks, b";"])


def _png_of(states: UInt8[np.ndarray, "height width"]) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("comment", _ONE_PIXEL.decode())
    buffer = io.BytesIO()
    _image_of(states).save(buffer, format="PNG", pnginfo=info)
    return buffer.getvalue()


def _image_of(states: UInt8[np.ndarray, "height width"]) -> "Image.Image":
    """Returns a picture of one pixel a cell: dead black, live white, up to six more from red to yellow."""
    from PIL import Image

    image = Image.fromarray(states, mode="P")
    ages = [(255, min(255, 40 * age), 0) for age in range(254)]
    image.putpalette([channel for colour in [(0, 0, 0), (255, 255, 255), *ages] for channel in colour])
    return image
