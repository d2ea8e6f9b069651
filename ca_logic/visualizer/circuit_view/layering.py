"""`LayeredGraph`: a netlist as points in columns, and wires between neighbouring columns.

The one idea: a signal has one trunk. It runs from where the signal is made to the last column that reads it, through a
waypoint in each column between, and each reader branches off the trunk one column before. So a signal with many readers
takes up one row of a column, as on paper, and not one for each of them.

This is the first step of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System
Structures" (IEEE Transactions on Systems, Man and Cybernetics 1981); `ordering` and `placement` are the others.
"""

from dataclasses import dataclass

from ca_logic.circuit import Netlist
from ca_logic.formats.functions import Node, reduced_nodes

UNUSED = -1
"""The column of the constant 0, unless an output is driven by it."""


@dataclass(frozen=True, eq=False)
class LayeredGraph:
    """Points, each in a column; wires lead from a column to the next one.

    The first points are the signals, by number; then come the outputs, then the waypoints.

    Attributes:
        nodes: what each gate computes of the signals that it really reads.
        columns: of each point: 0 for the inputs, the last one for the outputs.
        signals: which signal each point carries.
        before: for each point those that lead to it; for a gate in the order of the fan-ins of its node.
        after: for each point those that it leads to.
        first_output: the point of the first output.
        first_waypoint: the first point that only lets a signal pass.
    """

    nodes: tuple[Node, ...]
    columns: list[int]
    signals: list[int]
    before: list[list[int]]
    after: list[list[int]]
    first_output: int
    first_waypoint: int

    @property
    def num_columns(self) -> int:
        """The number of columns."""
        return max(1, *(column + 1 for column in self.columns))

    def is_waypoint(self, point: int) -> bool:
        """Tells whether the point only lets a signal pass."""
        return point >= self.first_waypoint


def layer_graph(circuit: Netlist) -> LayeredGraph:
    """Returns the points and wires of a circuit, all its gates included."""
    nodes = tuple(reduced_nodes(circuit))
    drivers = circuit.drivers.tolist()
    columns = _gate_columns(circuit, nodes)
    first_output = circuit.num_signals
    first_waypoint = first_output + len(drivers)
    columns += [max(columns) + 1] * len(drivers)
    if circuit.drivers.all():
        columns[0] = UNUSED
    signals = [*range(circuit.num_signals), *drivers]
    before: list[list[int]] = [[] for _ in signals]
    after: list[list[int]] = [[] for _ in signals]
    trunks: dict[tuple[int, int], int] = {(signal, columns[signal]): signal for signal in range(first_output)}

    def trunk_at(signal: int, column: int) -> int:
        """Returns the point of a signal in a column, and lays its trunk to there."""
        point = signal
        for place in range(columns[signal] + 1, column + 1):
            waypoint = trunks.setdefault((signal, place), len(columns))
            if waypoint == len(columns):
                columns.append(place)
                signals.append(signal)
                before.append([point])
                after.append([])
                after[point].append(waypoint)
            point = waypoint
        return point

    readers = [(node.signal, node.fanins) for node in nodes]
    readers += [(output, (driver,)) for output, driver in enumerate(drivers, first_output)]
    for reader, fanins in readers:
        for fanin in fanins:
            point = trunk_at(fanin, columns[reader] - 1)
            before[reader].append(point)
            after[point].append(reader)
    return LayeredGraph(nodes, columns, signals, before, after, first_output, first_waypoint)


def _gate_columns(circuit: Netlist, nodes: tuple[Node, ...]) -> list[int]:
    """Returns the column of each signal: as many as there are gates on the longest path to it, or a later one.

    Gates are moved on as long as the trunks do not become longer altogether; those that only they need follow them.
    """
    columns = [0] * circuit.num_signals
    readers: list[list[int]] = [[] for _ in columns]
    for signal, _, fanins in nodes:
        columns[signal] = 1 + max((columns[fanin] for fanin in fanins), default=0)
        for fanin in fanins:
            readers[fanin].append(signal)
    end = 1 + max(columns)
    driving = set(circuit.drivers.tolist())

    def last_reader(signal: int, besides: int) -> int:
        """Returns the last column that reads the signal, one gate left aside."""
        if signal in driving:
            return end
        return max((columns[reader] for reader in readers[signal] if reader != besides), default=UNUSED)

    has_moved = True
    while has_moved:
        has_moved = False
        for signal, _, fanins in reversed(nodes):
            latest = min((columns[reader] for reader in readers[signal]), default=end if signal in driving else 0) - 1
            # Beyond what others read anyway a trunk grows with the gate; its own trunk shrinks, so one may.
            reached = sorted(last_reader(fanin, signal) for fanin in fanins)
            column = min(latest, reached[1]) if len(reached) > 1 else latest
            if column > columns[signal]:
                columns[signal] = column
                has_moved = True
    return columns
