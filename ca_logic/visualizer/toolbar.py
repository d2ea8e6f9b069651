"""The toolbar: what is done most, for people who have not read which keys do it."""

from collections.abc import Callable, Collection

import pygame

from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.events import ButtonPress, InputEvent, PointerMove
from ca_logic.visualizer.painter import SMALL_SIZE, Painter

HEIGHT = 34
_SIDE, _GAP = 26, 4

_BUTTONS: tuple[tuple[tuple[Action, str], ...], ...] = (
    ((Action.TOGGLE_RUNNING, "run"), (Action.PREVIOUS_GENERATION, "back"), (Action.NEXT_GENERATION, "next")),
    ((Action.RESET, "reset"), (Action.SLOWER, "slower"), (Action.FASTER, "faster")),
    ((Action.DRAW_MODE, "draw"), (Action.SELECT_MODE, "select"), (Action.MOVE_MODE, "move")),
    ((Action.UNDO, "undo"), (Action.REDO, "redo")),
    ((Action.FIT, "fit"), (Action.TOGGLE_GRID, "grid"), (Action.NEXT_THEME, "theme"), (Action.TOGGLE_GRAPH, "graph")),
    ((Action.OPEN, "patterns"), (Action.RANDOM_FILL, "soup"), (Action.SAVE, "save")),
    ((Action.CHANGE_RULE, "rule"), (Action.LEARN, "learn"), (Action.TOGGLE_CIRCUIT, "circuit")),
    ((Action.HELP, "help"),),
)


class Toolbar:
    """Buttons in groups; a `Panel`. Those that there is no room for are left out."""

    def __init__(self, on_action: Callable[[Action], None], describe: Callable[[Action], str]) -> None:
        """Makes it.

        Args:
            on_action: called with what a button asks for.
            describe: what a button does, and by which key, for people.
        """
        self._on_action, self._describe = on_action, describe
        self._places: list[tuple[pygame.Rect, Action]] = []
        self._hovered: Action | None = None
        self._area = pygame.Rect(0, 0, 0, 0)
        self.active: Collection[Action] = ()

    def place_of(self, action: Action) -> pygame.Rect | None:
        """Returns where a button was drawn last."""
        return next((place for place, found in self._places if found is action), None)

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws all buttons; those in `active` are on."""
        style = painter.style
        self._area, self._places = area, []
        painter.box(area, style.background, radius=0)
        painter.line(style.border, [(area.left, area.bottom - 1), (area.right, area.bottom - 1)])
        x = area.x + 8
        for group in _BUTTONS:
            for action, label in group:
                width = painter.width_of(label, size=SMALL_SIZE) + 14
                if x + width > area.right - 6:
                    return
                place = pygame.Rect(x, area.y + (area.height - _SIDE) // 2, width, _SIDE)
                is_on = action in self.active
                fill = style.accent if is_on else style.raised if action is self._hovered else style.background
                painter.box(place, fill, border=style.border)
                colour = style.background if is_on else style.text
                painter.text(
                    label,
                    place.centerx,
                    place.centery - SMALL_SIZE // 2,
                    colour=colour,
                    size=SMALL_SIZE,
                    anchor="centre",
                )
                self._places.append((place, action))
                x += width + _GAP
            x += 8

    def hint(self) -> tuple[str, pygame.Rect] | None:
        """Returns what the button under the mouse does, and where the button is."""
        place = self.place_of(self._hovered) if self._hovered else None
        return (self._describe(self._hovered), place) if self._hovered and place else None

    def handle(self, event: InputEvent) -> bool:
        """Takes what happens on the bar."""
        if isinstance(event, PointerMove):
            self._hovered = self._at(event.x, event.y)
            return self._hovered is not None and not event.held
        if isinstance(event, ButtonPress) and self._area.collidepoint(event.x, event.y):
            action = self._at(event.x, event.y)
            if action and event.button == "left":
                self._on_action(action)
            return True
        return False

    def _at(self, x: int, y: int) -> Action | None:
        return next((action for place, action in self._places if place.collidepoint(x, y)), None)
