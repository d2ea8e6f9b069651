"""The order of the points in each column: as few crossings as sweeps from side to side find.

Source: the barycentre sweeps of Sugiyama, Tagawa and Toda (1981), and the exchange of neighbours of Gansner,
Koutsofios, North and Vo, "A Technique for Drawing Directed Graphs" (IEEE Transactions on Software Engineering 1993).
"""

from bisect import bisect_left, bisect_right, insort

from ca_logic.visualizer.circuit_view.layering import UNUSED, LayeredGraph

_SWEEPS, _VAIN_SWEEPS = 24, 8
"""Sweeps at most, and how many in a row may bring nothing."""

_EXCHANGES = 12
"""Rounds over all columns at most; few circuits take as many."""


def first_order(graph: LayeredGraph) -> list[list[int]]:
    """Returns the points of each column in the order of their signals, before any sweep."""
    order: list[list[int]] = [[] for _ in range(graph.num_columns)]
    for point in sorted(range(len(graph.columns)), key=lambda point: (graph.signals[point], point)):
        if graph.columns[point] != UNUSED:
            order[graph.columns[point]].append(point)
    return order


def reduce_crossings(graph: LayeredGraph) -> list[list[int]]:
    """Returns the points of each column in an order with few crossings; the inputs keep theirs."""
    order = first_order(graph)
    best, fewest, found_in = order, count_crossings(graph, order), 0
    for sweep in range(_SWEEPS):
        if sweep - found_in > _VAIN_SWEEPS:
            break
        order = _swept(graph, order, forward=sweep % 2 == 0, backwards_on_tie=sweep % 4 >= 2)
        crossings = count_crossings(graph, order)
        if crossings < fewest:
            best, fewest, found_in = order, crossings, sweep
    return _exchanged(graph, best)


def count_crossings(graph: LayeredGraph, order: list[list[int]]) -> int:
    """Returns how often wires cross between columns."""
    places = _places(graph, order)
    crossings = 0
    for column in order[1:]:
        passed: list[int] = []
        for point in column:
            ends = [places[other] for other in graph.before[point]]
            for end in ends:
                crossings += len(passed) - bisect_right(passed, end)
            for end in ends:
                insort(passed, end)
    return crossings


def _swept(graph: LayeredGraph, order: list[list[int]], *, forward: bool, backwards_on_tie: bool) -> list[list[int]]:
    """Returns an order in which each column, one after the other, is sorted by the mean place of what it leads to.

    Points that lead to nothing keep their places; those of equal means their order, or the opposite one.
    """
    places = _places(graph, order)
    neighbours = graph.before if forward else graph.after
    columns = range(1, len(order)) if forward else range(len(order) - 2, 0, -1)
    swept = list(order)
    for column in columns:
        means = {}
        for place, point in enumerate(order[column]):
            ends = neighbours[point]
            if len(ends) == 1:
                means[point] = float(places[ends[0]])
            else:
                means[point] = sum([places[other] for other in ends]) / len(ends) if ends else place
        # Sorting leaves those of equal means as they are.
        swept[column] = sorted(order[column][:: -1 if backwards_on_tie else 1], key=means.__getitem__)
        for place, point in enumerate(swept[column]):
            places[point] = place
    return swept


def _exchanged(graph: LayeredGraph, order: list[list[int]]) -> list[list[int]]:
    """Returns the order after exchanging neighbours wherever that leaves fewer crossings."""
    order = [list(column) for column in order]
    places = _places(graph, order)
    waiting = set(range(1, len(order)))
    for _ in range(_EXCHANGES):
        changed = {number for number in sorted(waiting) if _exchange_within(graph, order[number], places)}
        if not changed:
            break
        waiting = {near for number in changed for near in (number - 1, number, number + 1) if 0 < near < len(order)}
    return order


def _exchange_within(graph: LayeredGraph, column: list[int], places: list[int]) -> bool:
    """Exchanges neighbours of one column, and tells whether it did."""
    sides = [
        [sorted(places[other] for other in side[point]) for side in (graph.before, graph.after)] for point in column
    ]
    has_changed = False
    for upper in range(len(column) - 1):
        above, below = sides[upper], sides[upper + 1]
        gain = sum(_num_inversions(a, b) - _num_inversions(b, a) for a, b in zip(above, below, strict=True))
        if gain > 0:
            column[upper : upper + 2] = column[upper + 1], column[upper]
            sides[upper : upper + 2] = below, above
            places[column[upper]], places[column[upper + 1]] = upper, upper + 1
            has_changed = True
    return has_changed


def _num_inversions(above: list[int], below: list[int]) -> int:
    """Returns how many pairs of ends, one of each sorted list, are in the wrong order."""
    return sum(bisect_left(below, end) for end in above)


def _places(graph: LayeredGraph, order: list[list[int]]) -> list[int]:
    """Returns the place of each point in its column."""
    places = [0] * len(graph.columns)
    for column in order:
        for place, point in enumerate(column):
            places[point] = place
    return places
