import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_benchmark.fixture import BenchmarkFixture

from ca_logic.circuit import Circuit, InputVectors, Netlist, signal_functions
from ca_logic.formats.functions import reduced_nodes
from ca_logic.gates import evaluate_table
from ca_logic.visualizer.circuit_view.layering import UNUSED, layer_graph
from ca_logic.visualizer.circuit_view.layout import Layout, cone_of, lay_out
from ca_logic.visualizer.circuit_view.ordering import count_crossings, first_order, reduce_crossings
from ca_logic.visualizer.circuit_view.placement import GATE_ROOM, WAYPOINT_ROOM
from tests.strategies import circuits
from tests.visualizer.circuit_view.samples import netlists, random_circuit, shipped

SOME = settings(max_examples=40)


def columns_of(layout: Layout) -> list[list[int]]:
    """The points of each column, from the top."""
    columns: list[list[int]] = [[] for _ in range(layout.num_columns)]
    for point in np.argsort(layout.rows, kind="stable").tolist():
        if layout.columns[point] != UNUSED:
            columns[layout.columns[point]].append(point)
    return columns


@given(netlists)
@SOME
def test_everything_has_a_place(circuit: Netlist) -> None:
    layout = lay_out(circuit)
    inputs, outputs = layout.columns[1 : circuit.first_gate], layout.columns[circuit.num_signals :]
    assert (inputs == 0).all()
    assert (layout.columns[circuit.first_gate : circuit.num_signals] > 0).all()
    assert (outputs[: len(circuit.outputs)] == layout.num_columns - 1).all()
    assert (layout.columns[0] == UNUSED) == bool(circuit.drivers.all())


@given(netlists)
@SOME
def test_wires_lead_to_the_next_column(circuit: Netlist) -> None:
    layout = lay_out(circuit)
    starts, ends = layout.wires.T
    assert (layout.columns[ends] == layout.columns[starts] + 1).all()
    assert (layout.columns[starts] >= 0).all()


@given(netlists)
@SOME
def test_wires_are_those_of_the_circuit(circuit: Netlist) -> None:
    layout = lay_out(circuit)
    read: dict[int, set[int]] = {}
    for start, end in layout.wires.tolist():
        assert layout.signals[start] == layout.signals[end] or end < layout.first_waypoint
        read.setdefault(end, set()).add(int(layout.signals[start]))
    for node in reduced_nodes(circuit):
        assert read.get(node.signal, set()) == set(node.fanins)
    for output, driver in enumerate(circuit.drivers.tolist(), layout.first_output):
        assert read[output] == {driver}


@given(netlists)
@SOME
def test_nothing_overlaps(circuit: Netlist) -> None:
    layout = lay_out(circuit)
    room = np.where(np.arange(len(layout.rows)) < layout.first_waypoint, GATE_ROOM, WAYPOINT_ROOM)
    for column in columns_of(layout):
        for upper, lower in itertools.pairwise(column):
            assert layout.rows[lower] - layout.rows[upper] >= room[upper] + room[lower] - 1e-9
        for point in column:
            assert layout.rows[point] - room[point] >= -1e-9
            assert layout.rows[point] + room[point] <= layout.height + 1e-9


@given(netlists)
@SOME
def test_a_gate_in_another_order_computes_the_same(circuit: Netlist) -> None:
    vectors = InputVectors.complete(len(circuit.inputs))
    functions = signal_functions(circuit, vectors)
    for node in lay_out(circuit).nodes:
        operands = [functions[fanin] for fanin in node.fanins]
        if len(operands) == 1:
            assert functions[node.signal] == operands[0] ^ (0 if node.table & 1 else vectors.ones)
        elif operands:
            assert functions[node.signal] == evaluate_table(node.table, operands, vectors.ones)
        else:
            assert functions[node.signal] == vectors.ones * node.table


@given(netlists)
@SOME
def test_wires_enter_a_gate_in_the_order_of_its_fanins(circuit: Netlist) -> None:
    layout = lay_out(circuit)
    entering: dict[int, list[tuple[float, float, int]]] = {}
    for (start, end), pin in zip(layout.wires.tolist(), layout.pins.tolist(), strict=True):
        entering.setdefault(end, []).append((pin, float(layout.rows[start]), int(layout.signals[start])))
    for node in layout.nodes:
        wires = sorted(entering.get(node.signal, []))
        assert [signal for _, _, signal in wires] == list(node.fanins)
        assert sorted(row for _, row, _ in wires) == [row for _, row, _ in wires]


@given(netlists)
@SOME
def test_sweeps_never_add_crossings(circuit: Netlist) -> None:
    graph = layer_graph(circuit)
    order = reduce_crossings(graph)
    before, after = first_order(graph), count_crossings(graph, order)
    assert after <= count_crossings(graph, before)
    assert after == lay_out(circuit).num_crossings
    assert [sorted(column) for column in order] == [sorted(column) for column in before]


def test_sweeps_halve_the_crossings_of_life() -> None:
    graph = layer_graph(shipped("life"))
    assert count_crossings(graph, reduce_crossings(graph)) <= count_crossings(graph, first_order(graph)) / 2


@given(circuits(max_gates=12))
def test_crossings_are_counted_pair_by_pair(circuit: Circuit) -> None:
    layout = lay_out(circuit)
    places = {point: place for column in columns_of(layout) for place, point in enumerate(column)}
    ends = [(layout.columns[start], places[start], places[end]) for start, end in layout.wires.tolist()]
    crossings = sum(
        one[0] == other[0] and (one[1] - other[1]) * (one[2] - other[2]) < 0
        for one, other in itertools.combinations(ends, 2)
    )
    assert crossings == layout.num_crossings


@given(netlists)
@SOME
def test_a_circuit_is_drawn_the_same_way_each_time(circuit: Netlist) -> None:
    one, other = lay_out(circuit), lay_out(circuit)
    assert (one.rows == other.rows).all()
    assert (one.wires == other.wires).all()


def test_the_cells_of_the_neighbourhood_stay_in_order() -> None:
    layout = lay_out(shipped("wireworld"))
    assert (np.diff(layout.rows[1 : layout.circuit.first_gate]) > 0).all()


def test_no_trunk_is_longer_than_from_the_earliest_columns() -> None:
    circuit = shipped("life")
    depths = [*circuit.levels().tolist(), *[circuit.depth + 1] * len(circuit.outputs)]
    last = list(depths)
    for signal, _, fanins in circuit.nodes():
        for fanin in fanins:
            last[fanin] = max(last[fanin], depths[signal])
    for driver in circuit.drivers:
        last[driver] = circuit.depth + 1
    earliest = sum(max(0, end - start - 1) for start, end in zip(depths, last, strict=True))
    layout = lay_out(circuit)
    assert len(layout.columns) - layout.first_waypoint <= earliest


@given(circuits(), st.data())
@SOME
def test_a_cone_is_all_that_a_gate_depends_on(circuit: Circuit, data: st.DataObject) -> None:
    layout = lay_out(circuit)
    signal = data.draw(st.integers(1, circuit.num_signals - 1)) if circuit.num_signals > 1 else 0
    points, wires = cone_of(layout, signal)
    wanted, waiting = {signal}, [signal]
    while waiting:
        node = layout.node_of(waiting.pop())
        fresh = set(node.fanins) - wanted if node else set()
        wanted |= fresh
        waiting += fresh
    assert set(np.flatnonzero(points[: circuit.num_signals]).tolist()) == wanted
    assert set(layout.wires[wires].ravel().tolist()) <= set(np.flatnonzero(points).tolist())


def test_a_drawing_of_many_columns_is_not_much_higher_than_its_fullest_one() -> None:
    layout = lay_out(shipped("snowflakes"))
    room = np.where(np.arange(len(layout.rows)) < layout.first_waypoint, GATE_ROOM, WAYPOINT_ROOM)
    fullest = max(2 * room[column].sum() for column in columns_of(layout))
    assert layout.height <= max(1.3 * fullest, 0.7 * layout.num_columns) * 1.1


def test_a_circuit_without_inputs_and_gates_has_a_layout() -> None:
    empty = np.zeros(0, np.int32)
    layout = lay_out(Circuit("constant", (), ("y",), empty, empty, np.zeros(1, np.int32)))
    assert layout.wires.tolist() == [[0, 1]]
    assert lay_out(Circuit("nothing", (), (), empty, empty, empty)).num_columns == 1


def test_hundreds_of_gates_are_laid_out(benchmark: BenchmarkFixture) -> None:
    circuit = random_circuit(220)
    assert circuit.num_gates >= 150
    layout = benchmark(lay_out, circuit)
    assert layout.num_crossings < count_crossings(layer_graph(circuit), first_order(layer_graph(circuit)))
