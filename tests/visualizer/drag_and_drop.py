"""Another program that drags a file onto a window, by the XDND protocol, version 5 (freedesktop.org).

python -m tests.visualizer.drag_and_drop WINDOW FILE

Prints `accepted` if the window has taken the file.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from Xlib import X, display
from Xlib.protocol import event

_SECONDS = 10.0
_VERSION = 5


class Dragger:
    """A window that nobody sees, from which a file is dragged."""

    def __init__(self, target: int, path: Path) -> None:
        self._display = display.Display()
        self._target = self._display.create_resource_object("window", target)
        self._uri = path.resolve().as_uri()
        self._type = self._display.intern_atom("text/uri-list")
        self._source = self._display.screen().root.create_window(0, 0, 10, 10, 0, X.CopyFromParent)
        self._source.set_selection_owner(self._display.intern_atom("XdndSelection"), X.CurrentTime)

    def drag(self) -> bool:
        """Enters the window, moves over it, drops the file; returns whether it was taken."""
        place = self._target.get_geometry()
        point = place.x + place.width // 4 << 16 | place.y + place.height // 2
        copying = self._display.intern_atom("XdndActionCopy")
        self._send("XdndEnter", _VERSION << 24, self._type, 0, 0)
        self._send("XdndPosition", 0, point, X.CurrentTime, copying)
        if not self._wait_for("XdndStatus"):
            return False
        self._send("XdndDrop", 0, X.CurrentTime, 0, 0)
        return self._wait_for("XdndFinished")

    def _send(self, name: str, *data: int) -> None:
        kind = self._display.intern_atom(name)
        message = event.ClientMessage(window=self._target, client_type=kind, data=(32, [self._source.id, *data]))
        self._target.send_event(message, event_mask=0)
        self._display.flush()

    def _wait_for(self, name: str) -> bool:
        return _within(_SECONDS, lambda: any(self._answer() == name for _ in range(self._display.pending_events())))

    def _answer(self) -> str:
        """Takes what the window says, and gives it the file if it asks for it; returns the name of a message."""
        said = self._display.next_event()
        if said.type == X.SelectionRequest:
            said.requestor.change_property(said.property, self._type, 8, f"{self._uri}\r\n".encode())
            names = ("time", "requestor", "selection", "target", "property")
            said.requestor.send_event(event.SelectionNotify(**{name: getattr(said, name) for name in names}))
            self._display.flush()
        name: str = self._display.get_atom_name(said.client_type) if said.type == X.ClientMessage else ""
        return name


def _within(seconds: float, is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.01)
    return False


if __name__ == "__main__":
    print("accepted" if Dragger(int(sys.argv[1]), Path(sys.argv[2])).drag() else "refused")
