"""`BoardMouse`: what the mouse does on the board, by its mode: draw, pick, select, move, zoom.

In every mode the wheel zooms about the mouse, the middle and the right button move the board, and while something is
being pasted a click puts it down.
"""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

import pygame

from ca_logic.visualizer.board_view.camera import Camera
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, PointerMove, WheelTurn


class Mode(Enum):
    """What the left button does; the values are what the status bar says."""

    DRAW = "draw"
    PICK = "pick a state"
    SELECT = "select"
    MOVE = "move"
    ZOOM_IN = "zoom in"
    ZOOM_OUT = "zoom out"


class Editable(Protocol):
    """What the mouse changes; positions are cells, and may be beyond the board."""

    @property
    def is_pasting(self) -> bool:
        """Whether a click puts down what is being pasted."""

    def begin_stroke(self, x: int, y: int) -> None:
        """Begins to draw at a cell."""

    def extend_stroke(self, x: int, y: int) -> None:
        """Draws on to a cell in a straight line."""

    def end_stroke(self) -> None:
        """Ends the stroke; it is undone as a whole."""

    def pick_state(self, x: int, y: int) -> None:
        """Draws with the state of a cell from now on."""

    def select(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Selects the rectangle between two cells."""

    def extend_selection(self, x: int, y: int) -> None:
        """Lets the selection reach to a cell."""

    def end_selecting(self) -> None:
        """Lets go of the selection."""

    def select_none(self) -> None:
        """Selects nothing."""

    def put_down(self, x: int, y: int) -> None:
        """Pastes at a cell."""


class BoardMouse:
    """The mouse over the board; positions of events are pixels of the window."""

    def __init__(
        self, session: Editable, *, get_camera: Callable[[], Camera], set_camera: Callable[[Camera], None]
    ) -> None:
        """Begins in the mode that draws."""
        self.mode = Mode.DRAW
        self.area = pygame.Rect(0, 0, 1, 1)
        self.position: tuple[int, int] | None = None
        self._session = session
        self._get_camera, self._set_camera = get_camera, set_camera
        self._drag = ""
        self._turned = 0.0
        self._from = (0, 0)
        self._last = (0, 0)

    @property
    def cell(self) -> tuple[int, int] | None:
        """The cell under the mouse, which may be beyond the board; None where the mouse is elsewhere."""
        return self._cell_at(*self.position) if self.position else None

    def handle(self, event: InputEvent) -> bool:
        """Takes what happens on the board, and the rest of a drag that began there."""
        match event:
            case WheelTurn() if self.area.collidepoint(event.x, event.y):
                self._turned += event.notches
                steps = int(self._turned)
                self._turned -= steps
                self._set_camera(self._get_camera().zoomed(steps, *self._within(event.x, event.y)))
            case ButtonPress() if self.area.collidepoint(event.x, event.y):
                self._press(event)
            case PointerMove():
                self.position = (event.x, event.y) if self.area.collidepoint(event.x, event.y) else None
                if not event.held:
                    # The button came up where nobody told of it.
                    self.leave()
                elif self._drag:
                    self._move(event.x, event.y)
                    return True
                return self.position is not None
            case ButtonRelease() if self._drag:
                self._release()
            case _:
                return False
        return True

    @property
    def is_dragging(self) -> bool:
        """Whether a button that went down on the board is still held."""
        return bool(self._drag)

    def leave(self) -> None:
        """Ends what is being dragged."""
        if self._drag:
            self._release()

    def _press(self, event: ButtonPress) -> None:
        self.leave()
        self.position = self._last = (event.x, event.y)
        cell = self._from = self._cell_at(event.x, event.y)
        if event.button != "left":
            self._drag = "move"
            return
        if self._session.is_pasting:
            self._session.put_down(*cell)
            return
        match self.mode:
            case Mode.DRAW:
                self._drag = "draw"
                self._session.begin_stroke(*cell)
            case Mode.PICK:
                self._session.pick_state(*cell)
            case Mode.SELECT if event.modifiers.shift:
                self._drag = "extend"
                self._session.extend_selection(*cell)
            case Mode.SELECT:
                self._drag = "select"
                self._session.select_none()
            case Mode.MOVE:
                self._drag = "move"
            case Mode.ZOOM_IN | Mode.ZOOM_OUT:
                steps = 1 if self.mode is Mode.ZOOM_IN else -1
                self._set_camera(self._get_camera().zoomed(steps, *self._within(event.x, event.y)))

    def _move(self, x: int, y: int) -> None:
        cell = self._cell_at(x, y)
        match self._drag:
            case "draw":
                self._session.extend_stroke(*cell)
            case "select":
                self._session.select(self._from, cell)
            case "extend":
                self._session.extend_selection(*cell)
            case "move":
                self._set_camera(self._get_camera().panned(self._last[0] - x, self._last[1] - y))
        self._last = (x, y)

    def _release(self) -> None:
        if self._drag == "draw":
            self._session.end_stroke()
        elif self._drag == "extend":
            self._session.end_selecting()
        self._drag = ""

    def _within(self, x: int, y: int) -> tuple[int, int]:
        return x - self.area.x, y - self.area.y

    def _cell_at(self, x: int, y: int) -> tuple[int, int]:
        return self._get_camera().cell_at(*self._within(x, y))
