"""`Layout`: where everything of a circuit is drawn, in columns and rows, inputs on the left and outputs on the right.

The same circuit is drawn the same way each time. Libraries that lay out layered graphs are there, but they know
neither trunks nor pins nor a first column that must stay in order.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int32

from ca_logic.circuit import Netlist
from ca_logic.formats.functions import Node
from ca_logic.gates import rearrange_table, swap_inputs
from ca_logic.visualizer.circuit_view.layering import LayeredGraph, layer_graph
from ca_logic.visualizer.circuit_view.ordering import count_crossings, reduce_crossings
from ca_logic.visualizer.circuit_view.placement import PINS, place_rows, room


@dataclass(frozen=True, eq=False)
class Layout:
    """Points and wires of a drawing.

    The first points are the signals, by number, then come the outputs, then the waypoints of wires.

    Attributes:
        circuit: what is drawn.
        nodes: for each gate what it computes, its fan-ins in the order in which they enter it from the top.
        columns: of each point, from 0; `UNUSED` for the constant 0 if it is not drawn.
        rows: of the middle of each point, from 0 to `height`.
        signals: which signal each point carries.
        wires: for each wire where it begins and ends, two points in neighbouring columns; by column.
        pins: for each wire, how many rows below the middle of its last point it ends.
        first_waypoint: the first point that is a waypoint.
        num_columns: the number of columns.
        height: the number of rows.
        num_crossings: how often wires cross between columns.
    """

    circuit: Netlist
    nodes: tuple[Node, ...]
    columns: Int32[np.ndarray, " points"]
    rows: Float64[np.ndarray, " points"]
    signals: Int32[np.ndarray, " points"]
    wires: Int32[np.ndarray, "wires 2"]
    pins: Float64[np.ndarray, " wires"]
    first_waypoint: int
    num_columns: int
    height: float
    num_crossings: int

    @property
    def first_output(self) -> int:
        """The point of the first output."""
        return self.circuit.num_signals

    def node_of(self, signal: int) -> Node | None:
        """Returns what a signal computes; None if it is an input or the constant."""
        return self.nodes[signal - self.circuit.first_gate] if signal >= self.circuit.first_gate else None


def cone_of(layout: Layout, point: int) -> tuple[Bool[np.ndarray, " points"], Bool[np.ndarray, " wires"]]:
    """Returns the points and wires that lead to a point, itself included."""
    points = np.zeros(len(layout.columns), bool)
    wires = np.zeros(len(layout.wires), bool)
    points[point] = True
    # Those of the last columns are the last ones.
    for wire in range(len(wires) - 1, -1, -1):
        start, end = layout.wires[wire]
        if points[end]:
            points[start] = wires[wire] = True
    return points, wires


def lay_out(circuit: Netlist) -> Layout:
    """Returns where to draw a circuit; 150 gates take well below a tenth of a second.

    All gates are drawn, needed or not; see `ca_logic.formats.functions.live_part`.
    """
    graph = layer_graph(circuit)
    order = reduce_crossings(graph)
    nodes, pins = _pinned(graph, order)
    rows = np.array(place_rows(graph, order, pins))
    drawn = [point for column in order for point in column]
    wires = [(before, point) for point in drawn for before in graph.before[point]]
    return Layout(
        circuit=circuit,
        nodes=nodes,
        columns=np.array(graph.columns, np.int32),
        rows=rows,
        signals=np.array(graph.signals, np.int32),
        wires=np.array(wires, np.int32).reshape(-1, 2),
        pins=np.array([pins.get(wire, 0.0) for wire in wires]),
        first_waypoint=graph.first_waypoint,
        num_columns=graph.num_columns,
        height=max((float(rows[point]) + room(graph, point) for point in drawn), default=0.0),
        num_crossings=count_crossings(graph, order),
    )


def _pinned(graph: LayeredGraph, order: list[list[int]]) -> tuple[tuple[Node, ...], dict[tuple[int, int], float]]:
    """Returns the gates with their fan-ins from the top, and where the wires enter them."""
    places = {point: place for column in order for place, point in enumerate(column)}
    nodes, pins = [], {}
    for node in graph.nodes:
        points = graph.before[node.signal]
        turn = sorted(range(len(points)), key=lambda position: places[points[position]])
        nodes.append(_turned(node, turn))
        for position, pin in zip(turn, PINS[len(points)], strict=True):
            pins[points[position], node.signal] = pin
    return tuple(nodes), pins


def _turned(node: Node, turn: list[int]) -> Node:
    """Returns the node with its fan-ins in another order: first the one that was at `turn[0]`."""
    table = node.table
    if len(turn) == 3:
        table = rearrange_table(table, turn, (False,) * 3)
    elif turn == [1, 0]:
        table = swap_inputs(table)
    return Node(node.signal, table, tuple(node.fanins[position] for position in turn))
