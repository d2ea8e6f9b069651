"""A bar for each file of a data set that is fetched; nothing is seen where nothing is fetched."""

import contextlib
from collections.abc import Iterator

from ca_logic.tasks.datasets.fetching import OnProgress


@contextlib.contextmanager
def fetching_display() -> Iterator[OnProgress]:
    """Yields what is told of each part of a file that has come."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("fetching {task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    tasks: dict[str, TaskID] = {}

    def show(name: str, received: int, total: int) -> None:
        progress.start()
        if name not in tasks:
            tasks[name] = progress.add_task(name, total=total or None)
        progress.update(tasks[name], completed=received)

    try:
        yield show
    finally:
        # What never began would end with an empty line.
        if tasks:
            progress.stop()
