"""Macrocell files: a quadtree in which equal squares are written once (Golly Help, "File Formats").

A line is a node, and nodes are numbered from 1. `level nw ne sw se` is a square of 2^level cells a side, 0 standing for
an empty child; at level 1 the children are states. In files of two states leaves are squares of 8x8, as rows of `.` and
`*` that end with `$`. The last node is the root, and the upper left cell of its south-eastern child is (0, 1).
"""

import re

import numpy as np
from jaxtyping import Int64

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern.fields import parse_number, shown
from ca_logic.runtime.pattern.pattern import MAX_STATE, Pattern, pattern_of_cells

_NODE = re.compile(r"([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+)$")
_LEAF = re.compile(r"[.*$]+$")
_LEAF_LEVEL = 3
_MAX_LEVEL = 60
_MAX_POPULATION = 1 << 23

_Node = tuple[int, int, int, int, int]
"""Level and children: nodes, or states at level 1."""


def read_macrocell(text: str, *, name: str = "", source: str = "macrocell") -> Pattern:
    """Returns the pattern that the text of a macrocell file describes.

    Args:
        text: the file's content.
        name: of the pattern; the format has none.
        source: what to call the text in errors.

    Raises:
        PatternError: saying the line of the first fault, or that there are too many cells.
    """
    tree = _Tree()
    rule, generation, comments = "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        node, where = line.strip(), f"{source} line {number}"
        key, value = node[:2], node[2:].strip()
        if key == "#R":
            rule = value
        elif key == "#G":
            generation = parse_number(value, where) if value.isdecimal() else 0
        elif key == "#C":
            comments.append(value)
        elif match := _NODE.match(node):
            tree.add_line(*(parse_number(part, where) for part in match.groups()), where=where)
        elif _LEAF.match(node):
            tree.add_leaf(node, where)
        elif node and node[0] not in "#[":
            raise PatternError(f"{where}: {shown(node)} is no node like '4 0 1 0 2' and no leaf like '.*$*$'.")
    return pattern_of_cells(
        tree.cells(source), name=name, source=source, rule=rule, generation=generation, comments=tuple(comments)
    )


class _Tree:
    """The nodes that were read, equal ones once; 0 is an empty square of any size."""

    def __init__(self) -> None:
        self._nodes: list[_Node] = [(0, 0, 0, 0, 0)]
        self._populations = [0]
        self._indices: dict[_Node, int] = {}
        self._of_line = [0]

    def add_line(self, level: int, *children: int, where: str) -> None:
        """Adds a node as a file has it, whose children are numbers of nodes or states."""
        if not 1 <= level <= _MAX_LEVEL:
            raise PatternError(f"{where}: there is no level {level}; levels are 1 to {_MAX_LEVEL}.")
        if level == 1:
            if max(children) > MAX_STATE:
                raise PatternError(f"{where}: there is no state {max(children)}; states are 0 to {MAX_STATE}.")
        elif max(children) >= len(self._of_line):
            raise PatternError(f"{where} names node {max(children)}, which does not come before it.")
        else:
            children = tuple(self._of_line[child] for child in children)
            if any(child and self._nodes[child][0] != level - 1 for child in children):
                raise PatternError(f"{where}: the children of a node of level {level} must be of level {level - 1}.")
        self._of_line.append(self._add(level, *children))

    def add_leaf(self, text: str, where: str) -> None:
        """Adds a square of 8x8 cells."""
        side = 1 << _LEAF_LEVEL
        rows = text.removesuffix("$").split("$")
        if len(rows) > side or max(map(len, rows)) > side:
            raise PatternError(f"{where}: a leaf has at most {side} rows of {side} cells.")
        live = {(y, x) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell == "*"}
        self._of_line.append(self._add_square(live, _LEAF_LEVEL, 0, 0))

    def cells(self, source: str) -> Int64[np.ndarray, "cells 3"]:
        """Returns (y, x, state) of the cells of the root."""
        root = self._of_line[-1]
        if len(self._of_line) == 1:
            raise PatternError(f"{source} holds no pattern; a macrocell file has lines like '4 0 1 0 2' or '.*$*$'.")
        if self._populations[root] > _MAX_POPULATION:
            raise PatternError(f"{source}: {self._populations[root]} cells are too many to be held one by one.")
        table = np.array(self._nodes)
        nodes = np.array([root] if root else [], dtype=np.int64)
        half = 1 << self._nodes[root][0] >> 1
        x = np.full(len(nodes), -half)
        y = x + 1
        while half:
            children = table[nodes, 1:]
            is_full = children > 0
            x = (x[:, None] + [0, half, 0, half])[is_full]
            y = (y[:, None] + [0, 0, half, half])[is_full]
            nodes, half = children[is_full], half >> 1
        return np.column_stack([y, x, nodes])

    def _add_square(self, live: set[tuple[int, int]], level: int, y: int, x: int) -> int:
        """Adds the square of that level whose upper left cell is (y, x), or is the state of a cell at level 0."""
        if not level:
            return int((y, x) in live)
        half = 1 << level >> 1
        quarters = ((y, x), (y, x + half), (y + half, x), (y + half, x + half))
        return self._add(level, *(self._add_square(live, level - 1, *corner) for corner in quarters))

    def _add(self, level: int, *children: int) -> int:
        if not any(children):
            return 0
        north_west, north_east, south_west, south_east = children
        node = (level, north_west, north_east, south_west, south_east)
        if node not in self._indices:
            self._indices[node] = len(self._nodes)
            self._nodes.append(node)
            full = sum(map(bool, children))
            self._populations.append(full if level == 1 else sum(self._populations[child] for child in children))
        return self._indices[node]
