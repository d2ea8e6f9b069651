"""`TeachingPanel`: a lesson as people see it: how the network becomes right, and how the circuit becomes small."""

import time
from collections.abc import Callable, Sequence

import pygame

from ca_logic.visualizer.clipping import clipped
from ca_logic.visualizer.events import ButtonPress, InputEvent, PointerMove, WheelTurn
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, Colour, Painter, Style, mixed
from ca_logic.visualizer.teaching.learning_curve import draw_curve, scale_of_counts, scale_of_losses
from ca_logic.visualizer.teaching.lesson_record import LessonRecord, Stage
from ca_logic.visualizer.teaching.messages import Message, PassDone, PassUnderWay
from ca_logic.visualizer.wrapping import wrapped

_MARGIN, _GAP = 12, 10
_LINE_HEIGHT, _PASS_HEIGHT, _BAR_HEIGHT, _ARROW_WIDTH = 15, 25, 5, 10
_STRIP_HEIGHT, _BUTTON_HEIGHT, _BUTTON_WIDTH = 18, 28, 92
_LOW_PANEL = 580
_LEAST_CURVE, _MOST_CURVE = 78, 220
_SHARE_OF_CURVES = 0.5

_STRIP = (
    ("train", Stage.STARTING, Stage.SHRINKING),
    ("shrink", Stage.SHRINKING, Stage.COMPILING),
    ("prove", Stage.COMPILING, Stage.COMPILING),
    ("compile", Stage.COMPILING, Stage.DONE),
)
"""What there is to do, from which stage on it is being done, and from which on it has been."""


class TeachingPanel:
    """Shows what the process that learns says; a `Panel`."""

    def __init__(
        self,
        title: str,
        *,
        on_cancel: Callable[[], None],
        on_close: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begins to count seconds.

        Args:
            title: of the rule.
            on_cancel: called if the lesson is to end now.
            on_close: called if it has ended, and the panel is not needed any more.
            clock: seconds from some moment on.
        """
        self.record = LessonRecord()
        self._title = title
        self._on_cancel, self._on_close, self._clock = on_cancel, on_close, clock
        self._began, self._seconds = clock(), 0.0
        self._area = self._button = pygame.Rect(0, 0, 0, 0)
        self._is_hovered = False

    @property
    def button(self) -> pygame.Rect:
        """Where the button was drawn last that cancels, and closes in the end."""
        return self._button

    def show(self, message: Message) -> None:
        """Takes what was said."""
        self._count_seconds()
        self.record.add(message)

    def handle(self, event: InputEvent) -> bool:
        """Takes the button, and all else of the mouse that happens here."""
        if isinstance(event, PointerMove):
            self._is_hovered = self._button.collidepoint(event.x, event.y)
        if not isinstance(event, ButtonPress | WheelTurn | PointerMove) or not self._area.collidepoint(
            event.x, event.y
        ):
            return False
        if isinstance(event, ButtonPress) and event.button == "left" and self._button.collidepoint(event.x, event.y):
            self._press()
        return not isinstance(event, PointerMove)

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws state, curves, passes and button, in an area of any size."""
        self._count_seconds()
        self._area = area
        with clipped(painter, area):
            painter.box(area, painter.style.background, radius=0)
            painter.line(painter.style.border, [area.topleft, (area.left, area.bottom)])
            inner = area.inflate(-2 * _MARGIN, -2 * _MARGIN)
            self._button = pygame.Rect(0, 0, _BUTTON_WIDTH, _BUTTON_HEIGHT)
            self._button.bottomright = inner.bottomright
            top = self._draw_state(painter, inner)
            top = self._draw_curves(painter, inner, top)
            free = pygame.Rect(inner.left, top, inner.width, self._button.top - _GAP - top)
            _draw_passes(painter, free, self.record.passes)
            self._draw_button(painter)

    def _count_seconds(self) -> None:
        if not self.record.is_over:
            self._seconds = self._clock() - self._began

    def _press(self) -> None:
        if self.record.is_over:
            self._on_close()
        else:
            self.record.cancel()
            self._on_cancel()

    def _draw_state(self, painter: Painter, inner: pygame.Rect) -> int:
        """Draws what is being done; returns where that ends."""
        style, record = painter.style, self.record
        painter.text(self._title, inner.left, inner.top, size=TITLE_SIZE, bold=True, width=inner.width)
        top = inner.top + TITLE_SIZE + 14
        _draw_strip(painter, pygame.Rect(inner.left, top, inner.width, _STRIP_HEIGHT), record.stage)
        top += _STRIP_HEIGHT + _GAP
        shown = painter.text(f"{self._seconds:.1f} s", inner.right, top, colour=style.faint, anchor="right")
        width, colour = shown.left - inner.left - 8, _colour_of(style, record.stage)
        painter.text(record.heading, inner.left, top, colour=colour, bold=True, width=width)
        top += TEXT_SIZE + 6
        num_lines = 5 if record.stage is Stage.FAILED else 2
        lines = wrapped(record.detail, inner.width, num_lines=num_lines)
        for number, line in enumerate(lines):
            painter.text(line, inner.left, top + number * _LINE_HEIGHT, size=SMALL_SIZE, width=inner.width)
        return top + max(2, len(lines)) * _LINE_HEIGHT + 4

    def _draw_curves(self, painter: Painter, inner: pygame.Rect, top: int) -> int:
        """Draws wrong rows and loss, one above the other if there is room; returns where that ends."""
        style, record = painter.style, self.record
        places = _places_of_curves(inner, top, self._button.top)
        last = record.points[-1] if record.points else None
        draw_curve(
            painter,
            places[0],
            name="wrong rows",
            value=f"{last.wrong_rows:,} of {record.num_rows:,}" if last else "",
            colour=style.good if last and not last.wrong_rows else style.bad,
            points=[(point.step, point.wrong_rows) for point in record.points],
            scale=scale_of_counts(record.most_rows),
            starts=record.starts,
        )
        draw_curve(
            painter,
            places[1],
            name="loss of the soft network",
            value=f"{last.loss:.3g}" if last else "",
            colour=style.accent,
            points=[(point.step, point.loss) for point in record.points],
            scale=scale_of_losses([point.loss for point in record.points]),
            starts=record.starts,
        )
        return places[-1].bottom + _GAP

    def _draw_button(self, painter: Painter) -> None:
        style = painter.style
        label = "Close" if self.record.is_over else "Cancel"
        painter.box(self._button, style.raised, border=style.accent if self._is_hovered else style.border)
        top = self._button.centery - TEXT_SIZE // 2
        painter.text(label, self._button.centerx, top, anchor="centre")


def _places_of_curves(inner: pygame.Rect, top: int, bottom: int) -> list[pygame.Rect]:
    if inner.height < _LOW_PANEL:
        width = (inner.width - _GAP) // 2
        return [pygame.Rect(inner.left + place * (width + _GAP), top, width, _LEAST_CURVE) for place in range(2)]
    height = int(min(_MOST_CURVE, max(_LEAST_CURVE, _SHARE_OF_CURVES * (bottom - top) / 2)))
    return [pygame.Rect(inner.left, top + place * (height + _GAP), inner.width, height) for place in range(2)]


def _draw_strip(painter: Painter, area: pygame.Rect, stage: Stage) -> None:
    """Draws what there is to do, with what is done and what is being done marked."""
    style = painter.style
    has_stopped = stage in (Stage.FAILED, Stage.CANCELLED)
    width = (area.width - 3 * (len(_STRIP) - 1)) // len(_STRIP)
    for place, (label, begins, ends) in enumerate(_STRIP):
        pill = pygame.Rect(area.left + place * (width + 3), area.top, width, area.height)
        is_done = stage >= ends and not has_stopped
        is_under_way = stage >= begins and not is_done and not has_stopped
        fill = style.good if is_done else style.accent if is_under_way else style.raised
        colour = style.background if is_done or is_under_way else style.faint
        painter.box(pill, fill, radius=3)
        painter.text(label, pill.centerx, pill.top + 4, size=SMALL_SIZE, colour=colour, anchor="centre", width=width)


def _draw_passes(painter: Painter, area: pygame.Rect, passes: Sequence[PassUnderWay]) -> None:
    """Draws the passes and what they left; if there is no room for all, those that changed something, the last ones."""
    capacity = (area.height - _LINE_HEIGHT) // _PASS_HEIGHT
    if not passes or capacity < 1:
        return
    shown = [done for done in passes if done.before != done.after or not done.unit.endswith("a row")]
    if len(shown) > capacity:
        shown = [done for done in shown if done.before != done.after or done is shown[-1]]
    hidden = max(0, len(shown) - capacity)
    style = painter.style
    more = f"  ({hidden} more before)" if hidden else ""
    painter.text(f"Synthesis passes{more}", area.left, area.top, size=SMALL_SIZE, colour=style.faint, width=area.width)
    painter.text("gates", area.right, area.top, size=SMALL_SIZE, colour=style.faint, anchor="right")
    top = area.top + _LINE_HEIGHT + 4
    for done in shown[hidden:]:
        like = [other.before for other in passes if other.search == done.search]
        _draw_pass(painter, pygame.Rect(area.left, top, area.width, _PASS_HEIGHT), done, max(like))
        top += _PASS_HEIGHT


def _draw_pass(painter: Painter, area: pygame.Rect, done: PassUnderWay, most: int) -> None:
    """Draws a pass with a bar as long as the circuit was large before, and in it one as long as it is large now."""
    style = painter.style
    what = done.unit.removeprefix("gates").strip()
    after = f"{done.after:,} {what}".strip()
    shown = painter.text(after, area.right, area.top, size=SMALL_SIZE, bold=True, anchor="right")
    tip, middle = shown.left - 6, area.top + SMALL_SIZE // 2 + 1
    painter.line(style.faint, [(tip - _ARROW_WIDTH, middle), (tip, middle)])
    painter.line(style.faint, [(tip - 3, middle - 3), (tip, middle), (tip - 3, middle + 3)])
    right = tip - _ARROW_WIDTH - 6
    shown = painter.text(f"{done.before:,}", right, area.top, size=SMALL_SIZE, colour=style.faint, anchor="right")
    colour = style.text if isinstance(done, PassDone) else style.accent
    painter.text(done.name, area.left, area.top, size=SMALL_SIZE, colour=colour, width=shown.left - area.left - 6)
    bar = pygame.Rect(area.left, area.top + _LINE_HEIGHT, area.width, _BAR_HEIGHT)
    painter.box(bar, style.raised, radius=2)
    for size, fill in ((done.before, mixed(style.accent, style.raised, 0.35)), (done.after, style.accent)):
        length = max(2, round(bar.width * min(1.0, size / max(1, most))))
        painter.box(pygame.Rect(bar.left, bar.top, length, bar.height), fill, radius=2)


def _colour_of(style: Style, stage: Stage) -> Colour:
    if stage is Stage.FAILED:
        return style.bad
    if stage in (Stage.COMPILING, Stage.DONE):
        return style.good
    return style.text if stage is Stage.CANCELLED else style.accent
