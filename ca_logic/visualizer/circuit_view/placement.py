"""The row of each point: trunks run straight, gates are close to what they read and feed.

Source: Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment" (Graph Drawing 2001), lying on its side.
Four times, from each corner of the drawing, points are aligned with the median of their neighbours to blocks that share
a row, and the blocks pushed together; the mean of the middle two rows is the point's. Pushing is by longest paths in
the graph of blocks, which is free of the flaw that Brandes, Walter and Zink report in their erratum
(https://arxiv.org/abs/2008.01252). Wires end at pins, as in Rüegg et al., "Size- and Port-Aware Horizontal Node
Coordinate Assignment" (Graph Drawing 2015).
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from ca_logic.visualizer.circuit_view.layering import LayeredGraph
from ca_logic.visualizer.circuit_view.squeezing import squeeze

GATE_ROOM, WAYPOINT_ROOM = 0.5, 0.2
"""Half the rows that a point takes up."""

PINS: tuple[tuple[float, ...], ...] = ((), (0.0,), (-0.2, 0.2), (-0.25, 0.0, 0.25))
"""Where wires enter a gate of so many fan-ins, in rows from its middle."""

_Segment = tuple[int, int]
_Blocks = tuple[list[int], list[float]]
"""For each point another one of its block, the same for all, and how many rows below that it is."""


def room(graph: LayeredGraph, point: int) -> float:
    """Returns half the rows that a point takes up."""
    return WAYPOINT_ROOM if graph.is_waypoint(point) else GATE_ROOM


def place_rows(graph: LayeredGraph, order: Sequence[Sequence[int]], pins: Mapping[_Segment, float]) -> list[float]:
    """Returns the row of the middle of each point, from 0 for the upper edge of the first ones.

    Args:
        graph: the points and wires.
        order: the points of each column, from the top.
        pins: of wires that do not end in the middle of a gate, how many rows below it they do.
    """
    bending = _bending(graph, order)
    corners = itertools.product((False, True), repeat=2)
    sides = [_Side(graph, order, pins, bending, upwards, backwards) for upwards, backwards in corners]
    layouts = [side.rows() for side in sides]
    extents = [(min(rows.values(), default=0.0), max(rows.values(), default=0.0)) for rows in layouts]
    top, bottom = min(extents, key=lambda extent: extent[1] - extent[0])
    for side, rows, extent in zip(sides, layouts, extents, strict=True):
        shift = bottom - extent[1] if side.upwards else top - extent[0]
        rows.update({point: row + shift for point, row in rows.items()})
    placed = [0.0] * len(graph.columns)
    for point in layouts[0]:
        _, low, high, _ = sorted(rows[point] for rows in layouts)
        placed[point] = (low + high) / 2
    rooms = [room(graph, point) for point in range(len(placed))]
    placed = squeeze(placed, order, rooms, [graph.is_waypoint(point) for point in range(len(placed))])
    highest = min((placed[point] - rooms[point] for point in layouts[0]), default=0.0)
    return [row - highest for row in placed]


@dataclass(frozen=True, eq=False)
class _Side:
    """The drawing as seen from one of its corners.

    Attributes:
        graph: the points and wires.
        order: the points of each column.
        pins: where wires end.
        bending: wires that no block follows.
        upwards: whether points are pushed to the bottom rather than to the top.
        backwards: whether a column is aligned with the one after it rather than with the one before it.
    """

    graph: LayeredGraph
    order: Sequence[Sequence[int]]
    pins: Mapping[_Segment, float]
    bending: set[_Segment]
    upwards: bool
    backwards: bool

    def rows(self) -> dict[int, float]:
        """Returns the row of each point."""
        columns = [list(reversed(column)) if self.upwards else list(column) for column in self.order]
        roots, offsets = self._align(columns[::-1] if self.backwards else columns)
        sign = -1 if self.upwards else 1
        distances: dict[_Segment, float] = {}
        for column in columns:
            for upper, lower in itertools.pairwise(column):
                gap = room(self.graph, upper) + room(self.graph, lower) + sign * (offsets[upper] - offsets[lower])
                pair = roots[upper], roots[lower]
                distances[pair] = max(gap, distances.get(pair, gap))
        pushed = _push({roots[point] for column in columns for point in column}, distances)
        return {point: sign * pushed[roots[point]] + offsets[point] for column in columns for point in column}

    def _align(self, columns: Sequence[Sequence[int]]) -> _Blocks:
        """Returns the blocks; no two of them cross."""
        roots = list(range(len(self.graph.columns)))
        offsets = [0.0] * len(roots)
        for previous, column in itertools.pairwise(columns):
            places = {point: place for place, point in enumerate(previous)}
            furthest = -1
            for point in column:
                for other in self._medians(point, places):
                    segment = (point, other) if self.backwards else (other, point)
                    if segment not in self.bending and places[other] > furthest:
                        pin = self.pins.get(segment, 0.0)
                        roots[point], furthest = roots[other], places[other]
                        offsets[point] = offsets[other] + (pin if self.backwards else -pin)
                        break
        return roots, offsets

    def _medians(self, point: int, places: Mapping[int, int]) -> list[int]:
        """Returns which neighbours a point is to be aligned with, the better first."""
        graph = self.graph
        others = (graph.after if self.backwards else graph.before)[point]
        if graph.is_waypoint(point):
            others = [other for other in others if graph.is_waypoint(other)] or others
        others = sorted(others, key=places.__getitem__)
        middle = len(others) // 2
        return others[middle : middle + 1] if len(others) % 2 else others[max(0, middle - 1) : middle + 1]


def _bending(graph: LayeredGraph, order: Sequence[Sequence[int]]) -> set[_Segment]:
    """Returns the wires that give way to trunks, which they cross or branch off."""
    bending: set[_Segment] = set()
    for previous, column in itertools.pairwise(order):
        places = {point: place for place, point in enumerate(previous)}
        trunks: list[tuple[int, int]] = []
        others: list[tuple[int, int, _Segment]] = []
        for place, point in enumerate(column):
            for other in graph.before[point]:
                if graph.is_waypoint(point) and graph.is_waypoint(other):
                    trunks.append((places[other], place))
                else:
                    others.append((places[other], place, (other, point)))
        for start, end, segment in others:
            if any((start - low) * (end - high) < 0 or start == low for low, high in trunks):
                bending.add(segment)
    return bending


def _push(blocks: set[int], distances: Mapping[_Segment, float]) -> dict[int, float]:
    """Returns the smallest coordinate of each block, or a larger one that brings it close to those after it."""
    before: dict[int, list[tuple[int, float]]] = {block: [] for block in blocks}
    after: dict[int, list[tuple[int, float]]] = {block: [] for block in blocks}
    for (upper, lower), distance in distances.items():
        before[lower].append((upper, distance))
        after[upper].append((lower, distance))
    sequence = list(
        TopologicalSorter({block: [u for u, _ in before[block]] for block in sorted(blocks)}).static_order()
    )
    pushed: dict[int, float] = {}
    for block in sequence:
        pushed[block] = max((pushed[upper] + distance for upper, distance in before[block]), default=0.0)
    for block in reversed(sequence):
        if after[block]:
            pushed[block] = max(pushed[block], min(pushed[lower] - distance for lower, distance in after[block]))
    return pushed
