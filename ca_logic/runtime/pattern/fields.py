"""Numbers and texts as files of patterns hold them."""

from ca_logic.errors import PatternError

_MAX_DIGITS = 18


def parse_number(text: str, where: str) -> int:
    """Returns a whole number, which may be negative.

    Raises:
        PatternError: if it has too many digits for a board of any size.
    """
    if len(text.lstrip("+-")) > _MAX_DIGITS:
        raise PatternError(f"{where}: {text[:20]}... is too large a number.")
    return int(text)


def as_line(text: str) -> str:
    """Returns a text without the line ends that would let what follows pass for cells."""
    return " ".join(text.splitlines()).strip()


def shown(text: str) -> str:
    """Returns a text as messages quote it, cut short."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
