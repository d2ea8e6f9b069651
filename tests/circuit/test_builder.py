"""`CircuitBuilder`: folding, sharing and polarity, none of which may change the function."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors, output_functions, signal_functions
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.errors import CircuitError
from ca_logic.gates import NUM_GATES, Gate
from tests.plain_evaluation import evaluate_all, same_function
from tests.strategies import circuits


def rebuild(circuit: Circuit, *, share: bool) -> Circuit:
    """Adds all gates of the circuit to a new builder."""
    builder = CircuitBuilder(circuit.inputs, name=circuit.name, share=share)
    signals = builder.add_circuit(circuit)
    return builder.build(dict(zip(circuit.outputs, (signals[driver] for driver in circuit.drivers), strict=True)))


@settings(deadline=None, max_examples=60)
@given(circuits(), st.booleans())
def test_building_keeps_the_function(circuit: Circuit, share: bool) -> None:
    assert same_function(rebuild(circuit, share=share), circuit)


@settings(deadline=None, max_examples=60)
@given(circuits(), st.booleans())
def test_building_never_adds_gates(circuit: Circuit, share: bool) -> None:
    assert rebuild(circuit, share=share).num_gates <= circuit.num_gates


@settings(deadline=None, max_examples=60)
@given(circuits(), st.booleans())
def test_building_what_was_built_changes_nothing(circuit: Circuit, share: bool) -> None:
    built = rebuild(circuit, share=share)
    assert rebuild(built, share=share) == built


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_sharing_leaves_no_two_gates_alike(circuit: Circuit) -> None:
    built = rebuild(circuit, share=True)
    # Up to complement: no output is both a gate and its inverse unless by an inverter.
    keys = {
        (min(gate, gate ^ 15), a, b)
        for gate, (a, b) in zip(built.gates.tolist(), built.fanins.tolist(), strict=True)
        if gate != Gate.NOT_A
    }
    inverters = [gate for gate in built.gates.tolist() if gate == Gate.NOT_A]
    assert len(keys) + len(inverters) == built.num_gates


@settings(deadline=None, max_examples=60)
@given(circuits(), st.booleans())
def test_inverters_remain_only_before_outputs_that_cannot_do_without(circuit: Circuit, share: bool) -> None:
    built = rebuild(circuit, share=share)
    drivers = set(built.drivers.tolist())
    for signal, gate in enumerate(built.gates.tolist(), built.first_gate):
        if gate != Gate.NOT_A:
            assert gate not in (Gate.FALSE, Gate.TRUE, Gate.A, Gate.B, Gate.NOT_B)
            continue
        source = int(built.fanins[signal - built.first_gate, 0])
        assert signal in drivers
        assert signal not in built.fanins
        assert source < built.first_gate or source in drivers


@pytest.mark.parametrize("gate", range(NUM_GATES))
@pytest.mark.parametrize("share", [True, False])
def test_every_gate_over_every_kind_of_fanin_is_folded_right(gate: int, share: bool) -> None:
    for first, second in itertools.product(range(6), repeat=2):
        builder = CircuitBuilder(["p", "q"], share=share)
        p, q = builder.inputs
        kinds = [CONSTANT_FALSE, builder.negate(CONSTANT_FALSE), p, q, builder.negate(p), builder.negate(q)]
        values = [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 0, 0], [1, 0, 1, 0]]
        circuit = builder.build({"y": builder.add(gate, kinds[first], kinds[second])})
        expected = [int(f"{gate:04b}"[2 * a + b]) for a, b in zip(values[first], values[second], strict=True)]
        assert evaluate_all(circuit).tolist() == [expected]
        assert circuit.num_gates <= 1


@pytest.mark.parametrize(
    ("gate", "expected"),
    [(Gate.FALSE, 0), (Gate.A, 1), (Gate.B, 2), (Gate.AND, 3)],
)
def test_constants_and_copies_need_no_gate(gate: Gate, expected: int) -> None:
    builder = CircuitBuilder(["p", "q"])
    assert builder.add(gate, 1, 2) == expected


def test_equal_fanins_and_constants_fold_to_signals_that_exist() -> None:
    builder = CircuitBuilder(["p"])
    assert builder.add(Gate.AND, 1, 1) == 1
    assert builder.add(Gate.XOR, 1, 1) == CONSTANT_FALSE
    assert builder.add(Gate.OR, 1, CONSTANT_FALSE) == 1
    assert builder.add(Gate.AND, CONSTANT_FALSE, 1) == CONSTANT_FALSE
    assert builder.build({"y": 1}).num_gates == 0


def test_sharing_sees_through_order_and_complement() -> None:
    builder = CircuitBuilder(["p", "q"])
    conjunction = builder.add(Gate.AND, 1, 2)
    assert builder.add(Gate.AND, 2, 1) == conjunction
    assert builder.add(Gate.NOR, builder.negate(1), builder.negate(2)) == conjunction
    assert builder.negate(builder.add(Gate.NAND, 1, 2)) == conjunction
    assert builder.add(Gate.NOT_A_AND_B, builder.negate(2), 1) == conjunction


def test_without_sharing_equal_gates_stay_apart() -> None:
    builder = CircuitBuilder(["p", "q"], share=False)
    assert builder.add(Gate.AND, 1, 2) != builder.add(Gate.AND, 1, 2)


def test_simplifying_reads_what_determines_a_gate() -> None:
    builder = CircuitBuilder(["p", "q"], simplify=True)
    nand = builder.add(Gate.NAND, 1, 2)
    assert builder.build({"y": builder.add(Gate.AND, 1, nand)}).gates.tolist() == [Gate.A_AND_NOT_B]
    assert builder.add(Gate.XOR, builder.add(Gate.XOR, 1, 2), 2) == 1
    assert builder.add(Gate.AND, nand, builder.add(Gate.OR, 1, 2)) == builder.add(Gate.XOR, 1, 2)


def test_without_simplifying_gates_read_what_they_were_given() -> None:
    builder = CircuitBuilder(["p", "q"])
    conjunction = builder.add(Gate.AND, 1, 2)
    assert builder.add(Gate.AND, 1, conjunction) != conjunction


def test_absorbing_an_inverter_before_each_of_many_outputs_takes_linear_time() -> None:
    num_outputs = 20_000
    builder = CircuitBuilder([f"x{i}" for i in range(201)])
    pairs = itertools.islice(itertools.combinations(builder.inputs, 2), num_outputs)
    outputs = {f"y{i}": builder.add(Gate.NAND, a, b) for i, (a, b) in enumerate(pairs)}
    started = time.process_time()
    circuit = builder.build(outputs)
    assert time.process_time() - started < 5
    assert set(circuit.gates.tolist()) == {Gate.NAND}


def test_negating_twice_returns_the_signal() -> None:
    builder = CircuitBuilder(["p", "q"])
    gate = builder.add(Gate.XOR, 1, 2)
    assert builder.negate(builder.negate(gate)) == gate
    assert builder.negate(builder.negate(1)) == 1


def test_an_inverted_output_costs_no_gate() -> None:
    builder = CircuitBuilder(["p", "q"])
    circuit = builder.build({"y": builder.add(Gate.NAND, 1, 2)})
    assert circuit.gates.tolist() == [Gate.NAND]


def test_an_inverter_is_absorbed_although_other_gates_read_its_source() -> None:
    builder = CircuitBuilder(["p", "q", "r"])
    xor = builder.add(Gate.XOR, 1, 2)
    circuit = builder.build({"y": builder.negate(xor), "z": builder.add(Gate.AND, xor, 3)})
    assert circuit.gates.tolist() == [Gate.XNOR, Gate.A_AND_NOT_B] or circuit.num_gates == 2
    assert evaluate_all(circuit).tolist() == [[1, 1, 0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 0, 1, 0, 0]]


def test_a_gate_needed_both_ways_keeps_one_inverter() -> None:
    builder = CircuitBuilder(["p", "q"])
    gate = builder.add(Gate.AND, 1, 2)
    circuit = builder.build({"y": gate, "no": builder.negate(gate), "no_either": builder.negate(gate)})
    assert circuit.gates.tolist() == [Gate.AND, Gate.NOT_A]
    assert evaluate_all(circuit).tolist() == [[0, 0, 0, 1], [1, 1, 1, 0], [1, 1, 1, 0]]


def test_two_outputs_share_an_absorbed_inverter() -> None:
    builder = CircuitBuilder(["p", "q"])
    nand = builder.add(Gate.NAND, 1, 2)
    circuit = builder.build({"y": nand, "z": nand})
    assert circuit.gates.tolist() == [Gate.NAND]
    assert circuit.drivers.tolist() == [3, 3]


def test_an_inverted_input_and_true_need_one_gate_each() -> None:
    builder = CircuitBuilder(["p"])
    circuit = builder.build({"not_p": builder.negate(1), "p": 1, "one": builder.negate(CONSTANT_FALSE)})
    assert circuit.num_gates == 2
    assert evaluate_all(circuit).tolist() == [[1, 0], [0, 1], [1, 1]]


def test_a_builder_can_build_twice() -> None:
    builder = CircuitBuilder(["p", "q"])
    nand = builder.add(Gate.NAND, 1, 2)
    first = builder.build({"y": nand})
    assert builder.build({"y": nand}) == first
    assert evaluate_all(builder.build({"y": nand, "z": builder.negate(nand)})).tolist() == [[1, 1, 1, 0], [0, 0, 0, 1]]


def test_names_are_kept() -> None:
    circuit = CircuitBuilder(["p", "q"], name="pair").build({"second": 2, "first": 1})
    assert (circuit.name, circuit.inputs, circuit.outputs) == ("pair", ("p", "q"), ("second", "first"))


@settings(deadline=None, max_examples=60)
@given(circuits(), st.booleans())
def test_each_signal_of_a_circuit_that_is_added_once_more_is_what_it_was(circuit: Circuit, share: bool) -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(len(circuit.inputs))], share=share)
    wanted = signal_functions(circuit)
    for _ in range(2):
        signals = builder.add_circuit(circuit)
        built = builder.build({str(position): signal for position, signal in enumerate(signals)})
        assert output_functions(built, InputVectors.complete(len(built.inputs))) == wanted


def test_a_circuit_of_other_inputs_is_not_added() -> None:
    circuit = CircuitBuilder(["p"], name="one").build({"y": 1})
    with pytest.raises(CircuitError, match=r"^circuit 'one' has 1 inputs; among the gates of 'two' it needs 2\.$"):
        CircuitBuilder(["p", "q"], name="two").add_circuit(circuit)
