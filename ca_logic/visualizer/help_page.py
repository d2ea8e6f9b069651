"""`HelpPage`: the table of keys as a picture, in as many columns as fit beside each other."""

import pygame

from ca_logic.visualizer.help_table import Group, Row, help_groups
from ca_logic.visualizer.painter import Painter, Style, font

MARGIN = 16
"""Pixels left free on either side."""


class HelpPage:
    """What goes where on a page.

    Attributes:
        height: pixels that it takes.
        columns: groups of keys beside each other.
    """

    def __init__(self, width: int, scale: float) -> None:
        """Lays the keys out in so many pixels of width, `scale` times as large as they must be to be read."""
        self.width = max(1, width)
        self._heading_height, self._row_height, self._gap = (round(length * scale) for length in (38, 20, 20))
        self._heading_size, self._description_size, self._cap_size = (round(size * scale) for size in (15, 14, 12))
        self._keys_width, self._cap_gap, self._cap_padding = (round(length * scale) for length in (126, 4, 6))
        across = self.width - 2 * MARGIN + self._gap
        self.columns = self._balanced(help_groups(), max(1, across // (round(290 * scale) + self._gap)))
        self._column_width = across // len(self.columns) - self._gap
        self.height = MARGIN + max(sum(map(self._group_height, column)) for column in self.columns)

    def drawn(self, style: Style) -> pygame.Surface:
        """Returns the whole page."""
        page = pygame.Surface((self.width, self.height))
        page.fill(style.background)
        painter = Painter(page, style)
        for number, column in enumerate(self.columns):
            x, y = MARGIN + number * (self._column_width + self._gap), 0
            for heading, rows in column:
                bottom = y + self._heading_height - round(self._heading_size * 1.7)
                painter.text(heading, x, bottom, colour=style.accent, size=self._heading_size, bold=True)
                y += self._heading_height
                for row in rows:
                    y = self._draw_row(painter, row, x, y)
        return page

    def _draw_row(self, painter: Painter, row: Row, x: int, y: int) -> int:
        """Draws keys and what they do; returns where the next row begins."""
        keys, description = row
        room = self._column_width - self._keys_width
        drop = (self._row_height - font(self._description_size).get_height()) // 2
        painter.text(description, x + self._keys_width, y + drop, size=self._description_size, width=room)
        for line in self._lines_of_caps(keys):
            left = x
            for key in line:
                cap = pygame.Rect(left, y + 1, self._cap_width(key), self._row_height - 2)
                painter.box(cap, painter.style.raised, border=painter.style.border)
                drop = (cap.height - font(self._cap_size).get_height() + 1) // 2
                painter.text(key, cap.centerx, cap.y + drop, size=self._cap_size, anchor="centre")
                left = cap.right + self._cap_gap
            y += self._row_height
        return y

    def _lines_of_caps(self, keys: tuple[str, ...]) -> list[list[str]]:
        """Returns the keys in as few lines as they fit in."""
        lines: list[list[str]] = [[]]
        for key in keys:
            width = sum(self._cap_width(one) + self._cap_gap for one in (*lines[-1], key))
            if lines[-1] and width > self._keys_width:
                lines.append([])
            lines[-1].append(key)
        return lines

    def _cap_width(self, key: str) -> int:
        return max(self._row_height - 2, font(self._cap_size).size(key)[0] + 2 * self._cap_padding)

    def _group_height(self, group: Group) -> int:
        _, rows = group
        return self._heading_height + self._row_height * sum(len(self._lines_of_caps(keys)) for keys, _ in rows)

    def _balanced(self, groups: tuple[Group, ...], num_columns: int) -> list[list[Group]]:
        """Returns the groups in at most so many columns, in order, the highest of which is as low as can be."""
        heights = [self._group_height(group) for group in groups]
        limit = max(heights)
        while True:
            columns: list[list[Group]] = []
            filled = limit
            for group, height in zip(groups, heights, strict=True):
                if filled + height > limit:
                    columns.append([])
                    filled = 0
                columns[-1].append(group)
                filled += height
            if len(columns) <= num_columns:
                return columns
            limit += self._row_height
