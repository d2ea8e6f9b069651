"""Two circuits are proved the same, or the error names a row on which they really differ; and nothing is overstated."""

import itertools
import re
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, Netlist
from ca_logic.circuit.lookup import gates_of, lookup_of
from ca_logic.errors import EquivalenceError
from ca_logic.formats.blif import write_blif
from ca_logic.gates import Gate
from ca_logic.synthesis import circuit_equivalence, optimize, sat_sweeping
from ca_logic.synthesis.circuit_equivalence import compare_by_simulation, prove_same_function
from ca_logic.synthesis.equivalence import Proof
from ca_logic.synthesis.sampling import sample_blocks
from ca_logic.synthesis.structural_hashing import strash
from tests.formats.abc_oracle import are_equivalent, needs_abc
from tests.plain_evaluation import evaluate_all, evaluate_row, rows_of
from tests.strategies import circuits
from tests.synthesis.arithmetic import multiplier, over_parities, parity_chain, parity_tree, prefix_adder, ripple_adder
from tests.synthesis.care_sets import circuits_with_care

PAIRS = {
    "adders": (ripple_adder(16), prefix_adder(16)),
    "parities": (parity_chain(40), parity_tree(40)),
    "products": (multiplier(4, newest_first=True), multiplier(4, newest_first=False)),
}
"""Two circuits each that compute the same; of the products, with inputs that do nothing."""


def widened(circuit: Circuit, num_idle: int) -> Circuit:
    """Returns the circuit with more inputs, after the others, that nothing reads."""
    number = np.arange(circuit.num_signals)
    number[circuit.first_gate :] += num_idle
    idle = tuple(f"idle{i}" for i in range(num_idle))
    return replace(
        circuit, inputs=circuit.inputs + idle, fanins=number[circuit.fanins], drivers=number[circuit.drivers]
    )


def mutated(circuit: Circuit, gate: int, flips: int) -> Circuit:
    """Returns the circuit with some digits of one gate's truth table flipped."""
    gates = circuit.gates.copy()
    gates[gate] ^= flips
    return replace(circuit, gates=gates)


def named_row(error: EquivalenceError, num_inputs: int) -> tuple[int, ...]:
    """Returns the row that an error names."""
    found = re.search(r" at (0[bx]\w+) \(", str(error))
    assert found
    return tuple(int(digit) for digit in f"{int(found[1], 0):0{num_inputs}b}"[:num_inputs])


def require_truth(error: EquivalenceError, one: Circuit, other: Circuit) -> None:
    """Checks that the row and the output that an error names really differ as it says."""
    row = named_row(error, len(one.inputs))
    found = re.search(r"output '(\w+)' is ([01]) and ([01])\.$", str(error))
    assert found
    output = one.outputs.index(found[1])
    assert (int(found[2]), int(found[3])) == (evaluate_row(one, row)[output], evaluate_row(other, row)[output])
    assert found[2] != found[3]


@settings(deadline=None, max_examples=60)
@given(circuits(max_gates=25), circuits(max_gates=25))
def test_the_verdict_on_any_two_circuits_is_that_of_plain_evaluation(one: Circuit, other: Circuit) -> None:
    num_inputs = max(len(one.inputs), len(other.inputs))
    num_outputs = min(len(one.outputs), len(other.outputs))
    one, other = (
        replace(wide, outputs=wide.outputs[:num_outputs], drivers=wide.drivers[:num_outputs])
        for wide in (widened(circuit, num_inputs - len(circuit.inputs)) for circuit in (one, other))
    )
    wrong = np.flatnonzero((evaluate_all(one) != evaluate_all(other)).any(axis=0))
    rows = 1 << len(one.inputs)
    if not len(wrong):
        proof = prove_same_function(one, other)
        assert proof.is_complete
        assert proof.method.startswith("exhaustive")
        assert proof.rows == proof.rows_right == rows
        return
    with pytest.raises(EquivalenceError, match=f"differ on {len(wrong)} of {rows} rows, first at ") as caught:
        prove_same_function(one, other)
    assert named_row(caught.value, len(one.inputs)) == rows_of(len(one.inputs))[wrong[0]]
    require_truth(caught.value, one, other)


@settings(deadline=None, max_examples=60)
@given(circuits(), st.data())
def test_one_changed_gate_is_proved_or_found_alike_by_enumeration_and_by_sat(
    circuit: Circuit, data: st.DataObject
) -> None:
    assume(circuit.num_gates)
    changed = mutated(circuit, data.draw(st.integers(0, circuit.num_gates - 1)), data.draw(st.integers(1, 15)))
    for one, other in ((circuit, changed), (widened(circuit, 21), widened(changed, 21))):
        if np.array_equal(evaluate_all(circuit), evaluate_all(changed)):
            assert prove_same_function(one, other, num_vectors=1).is_complete
        else:
            with pytest.raises(EquivalenceError, match="differ") as caught:
                prove_same_function(one, other, num_vectors=1)
            require_truth(caught.value, one, other)


@settings(deadline=None, max_examples=30)
@given(circuits())
def test_what_was_optimized_is_proved_also_where_sat_must_do_it(circuit: Circuit) -> None:
    small = optimize(circuit, effort=0).gates
    assert prove_same_function(circuit, small).method == "exhaustive"
    proof = prove_same_function(widened(circuit, 21), widened(small, 21), num_vectors=64)
    assert proof.is_complete
    assert re.fullmatch(r"structural hashing|SAT miter, \d+ conflicts", proof.method)
    assert proof.rows == proof.rows_right == 1 << (len(circuit.inputs) + 21)


@settings(deadline=None, max_examples=30)
@given(circuits_with_care(), st.data())
def test_on_a_care_set_only_its_rows_count(given_: tuple[Circuit, np.ndarray], data: st.DataObject) -> None:
    circuit, care = given_
    assume(circuit.num_gates)
    changed = mutated(circuit, data.draw(st.integers(0, circuit.num_gates - 1)), data.draw(st.integers(1, 15)))
    columns = [tuple(column) for column in care.T.tolist()]
    wrong = [column for column in columns if evaluate_row(circuit, column) != evaluate_row(changed, column)]
    if not wrong:
        assert prove_same_function(circuit, changed, care=care) == Proof(
            "all rows that matter", len(columns), len(columns)
        )
        return
    message = f"differ on {len(wrong)} of {len(columns)} rows that matter, first at "
    with pytest.raises(EquivalenceError, match=message) as caught:
        prove_same_function(circuit, changed, care=care)
    assert named_row(caught.value, len(circuit.inputs)) == wrong[0]


def test_a_care_set_may_have_any_number_of_inputs() -> None:
    chain, tree = parity_chain(30), parity_tree(30)
    care = np.random.default_rng(0).integers(0, 2, (30, 100), dtype=np.uint8)
    assert prove_same_function(chain, tree, care=care) == Proof("all rows that matter", 100, 100)
    with pytest.raises(EquivalenceError, match=r"'chain' has 30 inputs, but the care set is of shape \(29, 100\)"):
        prove_same_function(chain, tree, care=care[1:])


@pytest.mark.parametrize(
    ("care", "message"),
    [
        (np.zeros((3, 0), np.uint8), "care set for circuit 'chain' is empty, so anything would be right; it must have"),
        (np.full((3, 1), 2, np.uint8), "care set for circuit 'chain' holds 2; it must hold 0 and 1"),
        (np.full((3, 1), -1, np.int8), "care set for circuit 'chain' holds -1; it must hold 0 and 1"),
        (np.full((3, 1), 0.5), r"care set for circuit 'chain' holds 0\.5; it must hold 0 and 1"),
    ],
)
def test_a_care_set_of_no_rows_or_of_other_values_is_refused(care: np.ndarray, message: str) -> None:
    with pytest.raises(EquivalenceError, match=message):
        circuit_equivalence.require_care_set(parity_chain(3), care)


def test_rows_are_enumerated_only_where_there_are_not_too_many_for_the_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = ripple_adder(8), prefix_adder(8)
    assert prove_same_function(one, other) == Proof("exhaustive", 1 << 16, 1 << 16)
    largest = max(one.num_signals, other.num_signals) << 16
    monkeypatch.setattr(circuit_equivalence, "_MAX_EXHAUSTIVE_BITS", largest - 1)
    proof = prove_same_function(one, other, num_vectors=64)
    assert proof.method.startswith("SAT miter")
    assert (proof.rows, proof.is_complete) == (1 << 16, True)


def stops_after(num_questions: int) -> Callable[[], bool]:
    """Returns what says no so many times, and then yes."""
    questions = itertools.count()
    return lambda: next(questions) >= num_questions


def test_a_comparison_of_all_rows_that_is_stopped_says_how_far_it_got() -> None:
    one, other = ripple_adder(9), prefix_adder(9)
    proof = prove_same_function(one, other, should_stop=stops_after(3))
    assert proof.method == f"simulation on {3 << 16} vectors, not a proof; stopped, 0 of 10 outputs proved"
    assert (proof.rows, proof.rows_right, proof.is_complete) == (3 << 16, 3 << 16, False)
    assert prove_same_function(one, other, should_stop=stops_after(4)).is_complete
    care = np.eye(18, dtype=np.uint8)
    assert not prove_same_function(one, other, care=care, should_stop=stops_after(0)).is_complete
    assert prove_same_function(one, other, care=care, should_stop=stops_after(1)).is_complete


@pytest.mark.parametrize(("num_questions", "num_vectors"), [(0, 0), (1, 4096), (2, 65536), (3, 65536), (10, 65536)])
def test_a_sat_proof_that_is_stopped_says_how_far_it_got(num_questions: int, num_vectors: int) -> None:
    one, other = multiplier(11, newest_first=True), multiplier(11, newest_first=False)
    proof = prove_same_function(one, other, should_stop=stops_after(num_questions))
    found = re.fullmatch(
        rf"simulation on {num_vectors} vectors, not a proof; (stopped, 0 of 22 outputs proved|"
        r"(\d+) of 22 outputs proved, stopped after \d+ conflicts)",
        proof.method,
    )
    assert found
    assert (proof.rows, proof.rows_right, proof.is_complete) == (num_vectors, num_vectors, False)
    assert found[2] is None or int(found[2]) < 22


def test_a_long_call_of_the_solver_is_stopped_as_well() -> None:
    one, other = multiplier(16, newest_first=True), multiplier(16, newest_first=False)
    until = time.monotonic() + 1
    proof = prove_same_function(one, other, max_conflicts=10**9, should_stop=lambda: time.monotonic() > until)
    assert time.monotonic() < until + 5
    assert "outputs proved, stopped after " in proof.method


def test_the_message_names_row_inputs_and_output() -> None:
    builder = CircuitBuilder(["a", "b", "c"], name="one")
    one = builder.build({"same": 1, "y": builder.add(Gate.AND, 2, 3)})
    builder = CircuitBuilder(["a", "b", "c"], name="two")
    two = builder.build({"same": 1, "y": builder.add(Gate.OR, 2, 3)})
    message = r"^circuits 'one' and 'two' differ on 4 of 8 rows, first at 0b001 \(a b c\): output 'y' is 0 and 1\.$"
    with pytest.raises(EquivalenceError, match=message):
        prove_same_function(one, two)


@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_two_ways_to_the_same_are_proved_by_sat(one: Circuit, other: Circuit) -> None:
    one, other = widened(one, 21), widened(other, 21)
    proof = prove_same_function(one, other)
    assert proof.is_complete
    assert re.fullmatch(r"SAT miter, \d+ conflicts", proof.method)
    assert str(proof).startswith(f"2^{len(one.inputs)} of " if len(one.inputs) >= 64 else f"{1 << len(one.inputs)} of ")
    assert prove_same_function(one, other) == proof


@needs_abc
@pytest.mark.parametrize(("one", "other"), PAIRS.values(), ids=PAIRS)
def test_abc_agrees_on_what_is_the_same_and_what_is_not(one: Circuit, other: Circuit) -> None:
    rng = np.random.default_rng(1)
    one, other = widened(one, 21), widened(other, 21)
    changes = [mutated(other, int(rng.integers(other.num_gates)), int(rng.integers(1, 16))) for _ in range(12)]
    first, *others = [(".blif", write_blif(circuit).encode()) for circuit in (one, other, *changes)]
    verdicts = are_equivalent([(first, second) for second in others])
    assert verdicts[0]
    assert not all(verdicts)
    for changed, same in zip((other, *changes), verdicts, strict=True):
        # A single vector, so that the solver has to find what simulation would.
        if same:
            assert prove_same_function(one, changed, num_vectors=1).is_complete
        else:
            with pytest.raises(EquivalenceError, match="differ") as caught:
                prove_same_function(one, changed, num_vectors=1)
            require_truth(caught.value, one, changed)


def test_a_single_wrong_row_of_two_to_the_forty_is_found_by_sat() -> None:
    right = parity_chain(40)
    builder = CircuitBuilder(right.inputs, name="wrong")
    parity, there = 0, builder.negate(0)
    for place, each in enumerate(builder.inputs):
        parity = builder.add(Gate.XOR, parity, each)
        there = builder.add(Gate.AND if place % 3 else Gate.A_AND_NOT_B, there, each)
    wrong = builder.build({"parity": builder.add(Gate.XOR, parity, there)})
    with pytest.raises(EquivalenceError, match=r"'chain' and 'wrong' differ at 0b(011){13}0 \(x0 ") as caught:
        prove_same_function(right, wrong)
    require_truth(caught.value, right, wrong)


def test_parts_that_nothing_is_known_about_are_not_taken_for_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sat_sweeping, "_CONFLICTS_OF_PAIR", 0)
    builder = CircuitBuilder([f"x{i}" for i in range(40)], name="conjunction")
    there = builder.negate(0)
    for place, each in enumerate(builder.inputs):
        there = builder.add(Gate.AND if place % 3 else Gate.A_AND_NOT_B, there, each)
    with pytest.raises(EquivalenceError, match=r"differ at 0b(011){13}0 "):
        prove_same_function(builder.build({"y": there}), builder.build({"y": 0}))


def test_inputs_that_the_solver_never_saw_are_named_as_well() -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(30)], name="first")
    with pytest.raises(EquivalenceError, match=r"differ at 0b10{29} \(x0 .*output 'y' is 1 and 0"):
        prove_same_function(builder.build({"y": 1}), builder.build({"y": 0}), num_vectors=1)


def test_a_row_of_many_inputs_is_named_in_hexadecimal() -> None:
    one, other = parity_chain(100), widened(parity_chain(99), 0)
    other = replace(widened(other, 1), name="other")
    with pytest.raises(EquivalenceError, match=r"first at 0x0{24}1 \(100 binary digits, x0 to x99\)") as caught:
        prove_same_function(one, other, care=np.eye(100, dtype=np.uint8)[:, 99:])
    assert "\n" not in str(caught.value)


def test_where_the_solver_gives_up_the_proof_says_so() -> None:
    one, other = multiplier(11, newest_first=True), multiplier(11, newest_first=False)
    proof = prove_same_function(one, other, num_vectors=5000, max_conflicts=300)
    assert not proof.is_complete
    assert proof.rows == proof.rows_right == 5000
    found = re.fullmatch(
        r"simulation on 5000 vectors, not a proof; (\d+) of 22 outputs proved, SAT gave up on the others after "
        r"(\d+) conflicts",
        proof.method,
    )
    assert found
    assert 0 < int(found[1]) < 22
    assert 0 < int(found[2]) < 1000


def test_what_a_few_gates_show_needs_no_conflicts() -> None:
    one, other = (multiplier(16, newest_first=True, by_majority=by_majority) for by_majority in (False, True))
    assert str(prove_same_function(one, other, max_conflicts=0)).endswith("(SAT miter, 0 conflicts)")


@pytest.mark.parametrize("num_vectors", [1, 4096])
def test_parts_that_are_the_same_make_the_whole_easy(num_vectors: int) -> None:
    product = multiplier(10, newest_first=True)
    one, other = (over_parities(product, 9, by_trees=by_trees) for by_trees in (False, True))
    assert prove_same_function(one, other, num_vectors=num_vectors, max_conflicts=5000).is_complete


def test_without_conflicts_only_what_needs_none_is_proved() -> None:
    assert not prove_same_function(ripple_adder(16), prefix_adder(16), max_conflicts=0).is_complete
    assert prove_same_function(ripple_adder(16), ripple_adder(16), max_conflicts=0).is_complete


@pytest.mark.parametrize("max_conflicts", [0, 3])
def test_however_few_the_conflicts_outputs_are_proved_that_need_none(max_conflicts: int) -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(40)])
    outputs = {}
    for first in range(1, 11):
        chain, *terms = range(first, first + 30)
        for each in terms:
            chain = builder.add(Gate.AND, chain, each)
        tree = deque(range(first, first + 30))
        while len(tree) > 1:
            tree.append(builder.add(Gate.AND, tree.popleft(), tree.popleft()))
        outputs[f"y{first}"] = builder.add(Gate.A_AND_NOT_B, chain, tree[0])
    miter = builder.build(outputs)
    proof = sat_sweeping.prove_zero(miter, sample_blocks(40, 1, 64), max_conflicts=max_conflicts)
    assert proof.proved == (True,) * 10


def test_ctrl_c_ends_a_proof_that_would_take_hours() -> None:
    one, other = multiplier(16, newest_first=True), multiplier(16, newest_first=False)
    # Whatever starts the tests in the background has Ctrl-C ignored.
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            prove_same_function(one, other, max_conflicts=10**9)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, usual)


def test_equal_structure_needs_no_solver() -> None:
    rng = np.random.default_rng(0)
    gates = 5000
    circuit = Circuit(
        name="large",
        inputs=tuple(f"x{i}" for i in range(784)),
        outputs=tuple(f"y{i}" for i in range(100)),
        gates=rng.integers(0, 16, gates),
        fanins=rng.integers(0, 785 + np.arange(gates)[:, None], (gates, 2)),
        drivers=785 + gates - 100 + np.arange(100),
    )
    for other in (circuit, strash(circuit), lookup_of(circuit)):
        proof = prove_same_function(circuit, other)
        assert str(proof) == "2^784 of 2^784 rows right (structural hashing)"
        assert proof.is_complete


@settings(deadline=None, max_examples=30)
@given(circuits(max_inputs=4, max_gates=10), st.data())
def test_circuits_of_both_kinds_are_compared(circuit: Circuit, data: st.DataObject) -> None:
    lookup = lookup_of(circuit)
    number = data.draw(st.integers(0, 255))
    wide = LookupCircuit(
        lookup.name,
        lookup.inputs,
        lookup.outputs,
        np.append(lookup.gates, number),
        np.append(lookup.fanins, [[0, len(lookup.inputs), lookup.num_signals - 1]], axis=0),
        np.append(lookup.drivers[1:], lookup.num_signals),
    )
    assert prove_same_function(circuit, lookup).is_complete
    assert prove_same_function(wide, gates_of(wide)).is_complete
    assert prove_same_function(gates_of(wide), wide).method == "exhaustive"


def test_an_adder_of_tables_is_proved_by_sat_against_one_of_gates() -> None:
    proof = prove_same_function(prefix_adder(16), lookup_of(ripple_adder(16)))
    assert proof.is_complete
    assert proof.method.startswith("SAT miter")


@pytest.mark.parametrize("num_inputs", [0, 3, 30])
def test_without_outputs_there_is_nothing_to_differ(num_inputs: int) -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(num_inputs)]).build({})
    proof = prove_same_function(circuit, circuit)
    assert proof.is_complete
    assert proof.rows == proof.rows_right == 1 << num_inputs


@pytest.mark.parametrize("num_inputs", [0, 3, 30])
def test_constants_are_told_apart(num_inputs: int) -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)])
    false, true = builder.build({"y": 0}), builder.build({"y": builder.negate(0)})
    assert prove_same_function(true, true).is_complete
    with pytest.raises(EquivalenceError, match=rf"first at 0b0{{{max(1, num_inputs)}}} \(.*output 'y' is 0 and 1\.$"):
        prove_same_function(false, true)


def test_a_wide_conjunction_is_not_taken_for_a_constant() -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(30)], name="conjunction")
    everything, half = builder.negate(0), builder.negate(0)
    for place, each in enumerate(builder.inputs):
        everything = builder.add(Gate.AND, everything, each)
        half = builder.add(Gate.AND if place % 2 else Gate.A_AND_NOT_B, half, each)
    false = builder.build({"y": 0})
    for wide in (everything, half):
        with pytest.raises(EquivalenceError, match="output 'y' is 1 and 0"):
            prove_same_function(builder.build({"y": wide}), false)


def shuffled(circuit: Circuit) -> Netlist:
    """Returns the same circuit with its inputs and outputs in another order."""
    rng = np.random.default_rng(0)
    inputs, outputs = rng.permutation(len(circuit.inputs)), rng.permutation(len(circuit.outputs))
    number = np.arange(circuit.num_signals)
    number[1 + inputs] = 1 + np.arange(len(inputs))
    return replace(
        circuit,
        inputs=tuple(circuit.inputs[place] for place in inputs),
        outputs=tuple(circuit.outputs[place] for place in outputs),
        fanins=number[circuit.fanins],
        drivers=number[circuit.drivers[outputs]],
    )


@pytest.mark.parametrize("bits", [3, 16])
def test_equal_names_are_matched_whatever_their_order(bits: int) -> None:
    for compare in (prove_same_function, compare_by_simulation):
        assert "position" not in compare(ripple_adder(bits), shuffled(prefix_adder(bits))).method


@pytest.mark.parametrize("bits", [3, 16])
def test_other_names_are_matched_by_position_and_the_proof_says_so(bits: int) -> None:
    one, other = ripple_adder(bits), prefix_adder(bits)
    other = replace(other, inputs=("first", *other.inputs[1:]))
    assert prove_same_function(one, other).method.endswith("; inputs matched by position")
    other = replace(other, outputs=tuple(f"z{i}" for i in range(bits + 1)))
    for compare in (prove_same_function, compare_by_simulation):
        assert compare(one, other).method.endswith("; inputs and outputs matched by position")


@pytest.mark.parametrize("compare", [prove_same_function, compare_by_simulation])
def test_interfaces_that_do_not_fit_are_refused_with_what_is_missing(compare: type) -> None:
    three, two = parity_chain(3), replace(parity_tree(2), inputs=("x0", "y"))
    message = r"^circuit 'chain' has 3 inputs and circuit 'tree' 2: only 'chain' has x1 x2; only 'tree' has y\.$"
    with pytest.raises(EquivalenceError, match=message):
        compare(three, two)
    message = r"'ripple' has 3 outputs and circuit 'ripple' 9: only 'ripple' has s2 s3 s4 s5 and 2 more\.$"
    with pytest.raises(EquivalenceError, match=message):
        compare(widened(ripple_adder(2), 12), replace(ripple_adder(8), inputs=widened(ripple_adder(2), 12).inputs))


def test_simulation_alone_does_not_call_itself_a_proof() -> None:
    proof = compare_by_simulation(ripple_adder(16), prefix_adder(16), num_vectors=1000)
    assert proof == Proof("simulation on 1000 vectors, not a proof", 1000, 1000, is_complete=False)
    assert str(proof) == "1000 of 1000 rows right (simulation on 1000 vectors, not a proof)"


def test_simulation_of_all_rows_is_a_proof() -> None:
    assert compare_by_simulation(ripple_adder(4), prefix_adder(4)) == Proof("exhaustive", 256, 256)


def test_simulation_finds_a_wrong_gate() -> None:
    one = ripple_adder(16)
    with pytest.raises(EquivalenceError, match=r"differ on \d+ of 4096 simulated vectors, first at 0b") as caught:
        compare_by_simulation(one, mutated(one, 40, 0b0110))
    require_truth(caught.value, one, mutated(one, 40, 0b0110))


def test_the_smallest_of_a_million_rows_is_named_over_blocks() -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(20)], name="late")
    late = builder.add(Gate.AND, 1, builder.add(Gate.AND, 2, builder.add(Gate.XOR, 19, 20)))
    one, zero = builder.build({"y": late}), builder.build({"y": 0})
    with pytest.raises(EquivalenceError, match=r"differ on 131072 of 1048576 rows, first at 0b11000000000000000001 "):
        prove_same_function(one, zero)
