"""The line on standard error that tells what is being done; it also lets Ctrl-C in at safe points."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ca_logic.interrupts import deferred_interrupts


@contextmanager
def status_display(doing: str) -> Iterator[Callable[[str], None]]:
    """Yields what is told of everything that begins; it is seen only where standard error is a terminal.

    Args:
        doing: what is done at first.
    """
    from rich.console import Console
    from rich.markup import escape

    with deferred_interrupts() as check_interrupt, Console(stderr=True).status(escape(doing)) as status:

        def show(doing: str) -> None:
            check_interrupt()
            status.update(escape(doing))

        yield show
