"""Where tables are printed: standard output, wide enough for them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_MIN_WIDTH = 120


def table_console() -> "Console":
    """Returns rich's console; where there is no terminal, it has 120 columns at least."""
    from rich.console import Console

    console = Console(highlight=False)
    # Where there is no terminal nothing says how wide it is.
    if not console.is_terminal:
        console.width = max(console.width, _MIN_WIDTH)
    return console
