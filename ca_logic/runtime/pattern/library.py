"""The pattern library: RLE files that are shipped, found by name, and files that the user names."""

import difflib
import functools
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

from ca_logic.errors import PatternError
from ca_logic.resources import resource_folder
from ca_logic.runtime.pattern.pattern import Pattern
from ca_logic.runtime.pattern.registry import read_pattern
from ca_logic.runtime.pattern.rle import read_rle_header

MAX_BYTES = 1 << 29
"""Larger files are refused; a soup of 16384x16384 takes 200 MB as RLE."""

_GZIP = b"\x1f\x8b"
_EXAMPLES = ("acorn", "glider", "gosper-gun", "pulsar")


@dataclass(frozen=True)
class ShippedPattern:
    """What the library knows of one of its patterns before its cells are read.

    Attributes:
        key: the name that people type.
        path: of its RLE file.
        name: for people.
        origin: who found it, and when.
        rule: that it runs by.
        width: in cells.
        height: in cells.
        description: what it does, in a sentence.
        behaviour: that in a few words, such as `glider gun, period 30`.
    """

    key: str
    path: Path
    name: str
    origin: str
    rule: str
    width: int
    height: int
    description: str
    behaviour: str


@functools.cache
def shipped_patterns() -> tuple[ShippedPattern, ...]:
    """Returns the patterns of the library, by name.

    Raises:
        PatternError: if one of their files cannot be read.
    """
    found = [_describe(key, path) for key, path in _shipped_paths().items()]
    return tuple(sorted(found, key=lambda pattern: pattern.name.lower()))


def load_pattern(text: str) -> Pattern:
    """Returns the pattern of that name from the pattern library, or the one in that file, of whatever format.

    Raises:
        PatternError: if there is none, naming the nearest; or saying where the file is malformed.
    """
    shipped = _shipped_paths()
    path = shipped.get(text.lower(), Path(text))
    try:
        content = _read_text(path)
    except FileNotFoundError:
        nearest = difflib.get_close_matches(text.lower(), shipped, n=1)
        names = f"the library has {len(shipped)}, such as {', '.join(_EXAMPLES)}."
        hint = f"did you mean {nearest[0]!r}?" if nearest else names
        raise PatternError(f"no pattern {text!r}, neither as a name nor as a file; {hint}") from None
    except OSError as error:
        raise PatternError(f"cannot read pattern {path}: {error.strerror}.") from None
    except ValueError:
        raise PatternError(f"{text!r} cannot be the name of a file.") from None
    return read_pattern(content, name=Path(path.name.removesuffix(".gz")).stem, source=str(path))


def _shipped_paths() -> dict[str, Path]:
    return {path.stem: path for path in sorted(resource_folder("patterns").glob("*.rle"))}


def _describe(key: str, path: Path) -> ShippedPattern:
    try:
        header = read_rle_header(_read_text(path), source=str(path))
    except OSError as error:
        raise PatternError(f"cannot read pattern {path}: {error.strerror}.") from None
    description, behaviour = (*header.comments, "", "")[:2]
    return ShippedPattern(
        key, path, header.name, header.origin, header.rule, header.width, header.height, description, behaviour
    )


def _read_text(path: Path) -> str:
    """Returns the text of a file, decompressed if need be.

    Raises:
        PatternError: if it is too large, or its compression is damaged.
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if data.startswith(_GZIP):
        try:
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise PatternError(f"{path} is a damaged gzip file; take another copy.") from None
    if len(data) > MAX_BYTES:
        raise PatternError(f"{path} has more than {MAX_BYTES >> 20} MiB; patterns of up to that size are read.")
    # Comments in old files may be in any encoding; cells are ASCII.
    return data.decode("utf-8-sig", errors="replace")
