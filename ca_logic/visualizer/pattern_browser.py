"""`PatternBrowser`: the pattern library in the window: type to find, look, open."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pygame

from ca_logic.errors import CaLogicError
from ca_logic.runtime.pattern import Pattern, ShippedPattern, load_pattern, shipped_patterns
from ca_logic.visualizer.clipping import clipped
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, KeyPress, PointerMove, WheelTurn
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, Painter
from ca_logic.visualizer.pattern_card import BUTTON_SIZE, draw_card, draw_row
from ca_logic.visualizer.pattern_search import find_patterns
from ca_logic.visualizer.rule_heading import draw_button
from ca_logic.visualizer.scrolling import SCROLLBAR_WIDTH, draw_scrollbar, within
from ca_logic.visualizer.text_field import draw_text_field
from ca_logic.visualizer.text_line import TextLine
from ca_logic.visualizer.wrapping import wrapped

ROW_HEIGHT = 24

_MARGIN, _GAP = 16, 12
_TITLE_HEIGHT, _FIELD_HEIGHT = 34, 30
_LINE_HEIGHT = 16
_LIST_SHARE = 0.54
_MARK_SIZE = 26
_DOUBLE_CLICK_SECONDS = 0.4


@dataclass(frozen=True)
class _Layout:
    """Where the parts of the browser are."""

    field: pygame.Rect
    rows: pygame.Rect
    card: pygame.Rect
    button: pygame.Rect
    mark: pygame.Rect

    @classmethod
    def of(cls, area: pygame.Rect) -> "_Layout":
        inner = area.inflate(-2 * _MARGIN, -2 * _MARGIN)
        width = int((inner.width - _GAP) * _LIST_SHARE)
        top = inner.top + _TITLE_HEIGHT
        rows_top = top + _FIELD_HEIGHT + _GAP // 2
        card = pygame.Rect(inner.left + width + _GAP, top, inner.width - width - _GAP, inner.bottom - top)
        button = pygame.Rect((0, 0), BUTTON_SIZE)
        button.bottomright = card.bottomright
        return cls(
            pygame.Rect(inner.left, top, width, _FIELD_HEIGHT),
            pygame.Rect(inner.left, rows_top, width - SCROLLBAR_WIDTH, max(0, inner.bottom - rows_top)),
            card,
            button,
            pygame.Rect(inner.right - _MARK_SIZE, inner.top - 2, _MARK_SIZE, _MARK_SIZE),
        )


class PatternBrowser:
    """The library, what of it is listed, and which pattern is chosen.

    The headers of all files are read when it is first drawn; the cells of a pattern when it is first chosen.
    """

    def __init__(
        self,
        *,
        on_open: Callable[[Pattern], None],
        on_close: Callable[[], None],
        read_library: Callable[[], Sequence[ShippedPattern]] = shipped_patterns,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins with all patterns and an empty field.

        Args:
            on_open: takes the pattern that was chosen for good.
            on_close: is called when the browser wants to be gone without that.
            read_library: returns what there is to choose from.
            now: tells the time in seconds.
        """
        self.error = ""
        self._on_open, self._on_close = on_open, on_close
        self._read_library, self._now = read_library, now
        self._library: Sequence[ShippedPattern] | None = None
        self._line = TextLine()
        self._listed: Sequence[ShippedPattern] = ()
        self._index = 0
        self._scroll = 0
        self._turned = 0.0
        self._hovered: int | None = None
        self._last_click = (-1, float("-inf"))
        self._patterns: dict[str, Pattern] = {}
        self._area = pygame.Rect(0, 0, 0, 0)
        self._layout = _Layout.of(self._area)
        self._drawn: tuple[object, pygame.Surface] | None = None

    @property
    def chosen(self) -> ShippedPattern | None:
        """What a click or the arrows chose, or nothing if nothing is listed."""
        return self._listed[self._index] if self._listed else None

    @property
    def listed(self) -> Sequence[ShippedPattern]:
        """The patterns that have all the words that were typed."""
        return self._listed

    def row_area(self, index: int) -> pygame.Rect:
        """Returns where a line of the list was drawn, or would be if it was scrolled to."""
        rows = self._layout.rows
        return pygame.Rect(rows.left, rows.top + index * ROW_HEIGHT - self._scroll, rows.width, ROW_HEIGHT)

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws the list, and the pattern that is chosen beside it."""
        if self._library is None:
            self._read()
        if area != self._area:
            self._area, self._layout = area.copy(), _Layout.of(area)
            self._show_chosen()
        state = (tuple(area), painter.style, self._line, self._index, self._scroll, self._hovered, self.error)
        if self._drawn is None or self._drawn[0] != state:
            with clipped(painter, area):
                self._draw_parts(painter)
            seen = area.clip(painter.surface.get_rect())
            self._drawn = state, painter.surface.subsurface(seen).copy()
        else:
            painter.surface.blit(self._drawn[1], area.clip(painter.surface.get_rect()))

    def handle(self, event: InputEvent) -> bool:
        """Takes all keys but those that mean the same everywhere, and what the mouse does within its area."""
        if isinstance(event, KeyPress):
            return self._press_key(event)
        if not isinstance(event, ButtonPress | ButtonRelease | PointerMove | WheelTurn):
            return False
        if not self._area.collidepoint(event.x, event.y):
            self._hovered = None
            return False
        row = self._row_at(event.x, event.y)
        if isinstance(event, WheelTurn):
            self._turned -= event.notches
            steps = int(self._turned)
            self._turned -= steps
            self._choose(self._index + steps)
        elif isinstance(event, PointerMove):
            self._hovered = row
        elif isinstance(event, ButtonPress) and event.button == "left":
            self._click(event.x, event.y, row)
        return True

    def _read(self) -> None:
        try:
            self._library = self._read_library()
        except CaLogicError as error:
            self._library, self.error = (), str(error)
        # Something may have been typed before the first frame.
        self._listed = find_patterns(self._library, self._line.text)

    def _press_key(self, press: KeyPress) -> bool:
        page = max(1, self._layout.rows.height // ROW_HEIGHT - 1)
        last = len(self._listed) - 1
        goals = {
            "up": self._index - 1,
            "down": self._index + 1,
            "page up": self._index - page,
            "page down": self._index + page,
            "home": 0,
            "end": last,
        }
        if press.key == "escape":
            self._on_close()
        elif press.key in ("return", "enter"):
            self._open()
        elif press.key in goals:
            self._choose(goals[press.key])
        else:
            line = self._line.after(press)
            if line == self._line:
                # What is held with Control or Alt, and F11, others may know.
                return not (press.modifiers.ctrl or press.modifiers.alt or press.key[1:].isdecimal())
            self._find(line)
        return True

    def _click(self, x: int, y: int, row: int | None) -> None:
        if self._layout.mark.collidepoint(x, y):
            self._on_close()
        elif self._layout.button.collidepoint(x, y):
            self._open()
        elif row is not None:
            self._choose(row)
            before, seconds = self._last_click
            self._last_click = row, self._now()
            if before == row and self._last_click[1] - seconds < _DOUBLE_CLICK_SECONDS:
                self._open()

    def _row_at(self, x: int, y: int) -> int | None:
        """Returns which line of the list is there."""
        rows = self._layout.rows
        row = (y - rows.top + self._scroll) // ROW_HEIGHT
        return row if rows.collidepoint(x, y) and row < len(self._listed) else None

    def _find(self, line: TextLine) -> None:
        """Lists what fits a text, and chooses what fits best."""
        is_same, self._line = line.text == self._line.text, line
        if not is_same:
            self._listed = find_patterns(self._library or (), line.text)
            self._choose(0)

    def _choose(self, index: int) -> None:
        self._index = max(0, min(index, len(self._listed) - 1))
        self._hovered = None
        self.error = ""
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Scrolls to what is chosen, no further than needed."""
        height = self._layout.rows.height
        top = self._index * ROW_HEIGHT
        scroll = max(top + ROW_HEIGHT - height, min(self._scroll, top))
        self._scroll = within(scroll, len(self._listed) * ROW_HEIGHT, self._layout.rows)

    def _pattern(self) -> Pattern | None:
        """Returns the cells of what is chosen; None if there are none, or they cannot be read."""
        entry = self.chosen
        if entry is None:
            return None
        if entry.key not in self._patterns:
            try:
                self._patterns[entry.key] = load_pattern(str(entry.path))
            except CaLogicError as error:
                self.error = str(error)
        return self._patterns.get(entry.key)

    def _open(self) -> None:
        pattern = self._pattern()
        if pattern is not None:
            self._on_open(pattern)

    def _draw_parts(self, painter: Painter) -> None:
        style, layout = painter.style, self._layout
        painter.box(self._area, style.background, border=style.border, radius=0)
        title = painter.text(
            "Patterns", layout.field.left, layout.field.top - _TITLE_HEIGHT, size=TITLE_SIZE, bold=True
        )
        found, total = len(self._listed), len(self._library or ())
        count = f"{total}" if found == total else f"{found} of {total}"
        painter.text(count, title.right + 10, title.top + 5, size=SMALL_SIZE, colour=style.faint)
        _draw_cross(painter, layout.mark)
        draw_text_field(painter, layout.field, self._line, has_focus=True, is_wrong=not self._listed)
        if not self._line.text:
            painter.text(
                "type to find", layout.field.left + 14, layout.field.centery - TEXT_SIZE // 2, colour=style.faint
            )
        self._draw_rows(painter)
        pattern = self._pattern()
        if pattern is not None and self.chosen is not None:
            draw_card(painter, layout.card, self.chosen, pattern)
            draw_button(painter, layout.button, "Open", is_possible=True, is_main=True, is_hovered=False)
        message = self.error or ("" if self._listed else "No pattern has all of these words.")
        colour = style.bad if self.error else style.faint
        for number, line in enumerate(wrapped(message, layout.card.width, num_lines=5)):
            y = layout.card.top + number * _LINE_HEIGHT
            painter.text(line, layout.card.left, y, size=SMALL_SIZE, colour=colour, width=layout.card.width)

    def _draw_rows(self, painter: Painter) -> None:
        rows, style = self._layout.rows, painter.style
        with clipped(painter, rows):
            for index in range(self._scroll // ROW_HEIGHT, len(self._listed)):
                row = self.row_area(index)
                if row.top >= rows.bottom:
                    break
                is_chosen = index == self._index
                if is_chosen or index == self._hovered:
                    painter.box(row, style.raised, border=style.accent if is_chosen else None)
                draw_row(painter, row, self._listed[index], is_chosen=is_chosen)
        draw_scrollbar(painter, rows, self._scroll, len(self._listed) * ROW_HEIGHT)


def _draw_cross(painter: Painter, mark: pygame.Rect) -> None:
    painter.box(mark, painter.style.raised)
    cross = mark.inflate(-15, -15)
    for start, end in ((cross.topleft, cross.bottomright), (cross.bottomleft, cross.topright)):
        painter.line(painter.style.text, [start, end], width=2)
