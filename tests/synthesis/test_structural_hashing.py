"""`sweep`, `strash` and `simplify`: less structure, the same function."""

import itertools
import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, simulate
from ca_logic.gates import NUM_GATES, Gate
from ca_logic.synthesis.structural_hashing import simplify, strash, sweep
from tests.plain_evaluation import same_function
from tests.strategies import circuits

Pass = Callable[[Circuit], Circuit]
ALL = pytest.mark.parametrize("run", [sweep, strash, simplify])


def circuit_of(gates: list[int], fanins: list[tuple[int, int]], drivers: list[int], *, num_inputs: int = 2) -> Circuit:
    """Returns a circuit over x1, x2, ... whose signals are numbered from 1."""
    inputs = tuple(f"x{i + 1}" for i in range(num_inputs))
    outputs = tuple(f"y{i}" for i in range(len(drivers)))
    return Circuit("made", inputs, outputs, np.array(gates), np.array(fanins), np.array(drivers))


@ALL
@settings(deadline=None, max_examples=60)
@given(circuit=circuits())
def test_the_function_is_kept(run: Pass, circuit: Circuit) -> None:
    assert same_function(run(circuit), circuit)


@ALL
@settings(deadline=None, max_examples=60)
@given(circuit=circuits())
def test_there_are_never_more_gates(run: Pass, circuit: Circuit) -> None:
    assert run(circuit).num_gates <= circuit.num_gates


@ALL
@settings(deadline=None, max_examples=60)
@given(circuit=circuits())
def test_a_second_run_changes_nothing(run: Pass, circuit: Circuit) -> None:
    once = run(circuit)
    assert run(once) == once


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_strash_leaves_nothing_to_sweep(circuit: Circuit) -> None:
    hashed = strash(circuit)
    assert sweep(hashed) == hashed


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_strash_leaves_no_more_gates_than_sweep(circuit: Circuit) -> None:
    assert strash(circuit).num_gates <= sweep(circuit).num_gates


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_simplify_leaves_no_more_gates_than_strash_and_nothing_to_hash(circuit: Circuit) -> None:
    simple = simplify(circuit)
    assert simple.num_gates <= strash(circuit).num_gates
    assert strash(simple) == simple


@settings(deadline=None, max_examples=100)
@given(circuits(max_inputs=3, max_gates=30))
def test_simplify_leaves_no_gate_with_another_cut_of_two_signals(circuit: Circuit) -> None:
    simple = simplify(circuit)
    cuts: list[set[frozenset[int]]] = [{frozenset({signal})} for signal in range(simple.first_gate)]
    for signal, gate, (a, b) in simple.nodes():
        own = {one | other for one, other in itertools.product(cuts[a], cuts[b])}
        pairs = {cut for cut in own if len(cut) <= 2}
        assert pairs == {frozenset({a, b})} or gate == Gate.NOT_A
        cuts.append(pairs | {frozenset({signal})})


@pytest.mark.parametrize("outer", range(NUM_GATES))
@pytest.mark.parametrize("shared", [1, 2])
def test_simplify_looks_one_gate_deep_in_any_polarity(outer: int, shared: int) -> None:
    for inner in range(NUM_GATES):
        for fanins in ((3, shared), (shared, 3)):
            nested = circuit_of([inner, outer], [(1, 2), fanins], [4])
            simple = simplify(nested)
            assert same_function(simple, nested)
            assert simple.num_gates <= 1
        pair = circuit_of([inner, outer, Gate.XOR], [(1, 2), (2, 1), (3, 4)], [5])
        assert same_function(simplify(pair), pair)
        assert simplify(pair).num_gates <= 1


@pytest.mark.parametrize(
    ("gates", "expected"),
    [((Gate.AND, Gate.OR), 1), ((Gate.OR, Gate.AND), 1), ((Gate.XOR, Gate.XOR), 2)],
)
def test_absorption_leaves_a_signal_that_exists(gates: tuple[Gate, Gate], expected: int) -> None:
    assert simplify(circuit_of(list(gates), [(1, 2), (1, 3)], [4])).drivers.tolist() == [expected]


def test_simplify_sees_through_any_number_of_gates() -> None:
    builder = CircuitBuilder(["p", "q"])
    signal = builder.add(Gate.AND, 1, 2)
    for step in range(50):
        signal = builder.add((Gate.NAND, Gate.XOR, Gate.OR)[step % 3], signal, 1 + step % 2)
    circuit = builder.build({"y": signal})
    assert circuit.num_gates > 1
    assert simplify(circuit).num_gates <= 1
    assert same_function(simplify(circuit), circuit)


@ALL
def test_a_hundred_thousand_gates_take_seconds(run: Pass) -> None:
    rng = np.random.default_rng(0)
    width, num_layers, num_inputs = 20_000, 5, 500
    first = [1] + [1 + num_inputs + width * layer for layer in range(num_layers)]
    fanins = [rng.integers(low, high, (width, 2)) for low, high in itertools.pairwise(first)]
    circuit = Circuit(
        name="large",
        inputs=tuple(f"x{i}" for i in range(num_inputs)),
        outputs=tuple(f"y{i}" for i in range(width)),
        gates=rng.integers(0, NUM_GATES, num_layers * width),
        fanins=np.concatenate(fanins),
        drivers=np.arange(first[-1], first[-1] + width),
    )
    started = time.process_time()
    small = run(circuit)
    # Some tenths of a second; what grows with the square of the size takes minutes.
    assert time.process_time() - started < 10
    words = rng.integers(0, 1 << 64, (num_inputs, 1), dtype=np.uint64)
    assert np.array_equal(simulate(small, words), simulate(circuit, words))


@ALL
def test_constants_copies_and_inverters_vanish(run: Pass) -> None:
    # y = (not (x1 and 1)) xor (x2 or 0), written with seven gates.
    circuit = circuit_of(
        [Gate.TRUE, Gate.FALSE, Gate.AND, Gate.NOT_A, Gate.OR, Gate.B, Gate.XOR],
        [(1, 1), (1, 2), (1, 3), (5, 5), (2, 4), (4, 7), (6, 8)],
        [9],
    )
    small = run(circuit)
    assert (small.gates.tolist(), small.fanins.tolist()) == ([Gate.XNOR], [[1, 2]])


@ALL
def test_dead_gates_are_dropped(run: Pass) -> None:
    assert run(circuit_of([Gate.AND, Gate.OR], [(1, 2), (1, 2)], [3])).gates.tolist() == [Gate.AND]


def test_sweep_keeps_equal_gates_apart_and_strash_does_not() -> None:
    twins = circuit_of([Gate.AND, Gate.AND, Gate.XOR], [(1, 2), (2, 1), (3, 4)], [3, 4])
    assert sweep(twins).num_gates == 2
    assert strash(twins).num_gates == 1
    assert strash(twins).drivers.tolist() == [3, 3]


def test_strash_shares_a_gate_with_its_complement() -> None:
    pair = circuit_of([Gate.AND, Gate.NAND, Gate.XOR, Gate.XOR], [(1, 2), (1, 2), (3, 3), (3, 1)], [4, 6])
    # NAND reads AND through an inverter that only the first output needs: absorbed.
    assert strash(pair).num_gates == 2
    assert same_function(strash(pair), pair)


@ALL
def test_an_output_may_be_an_input_or_a_constant(run: Pass) -> None:
    circuit = circuit_of([Gate.A, Gate.XOR], [(2, 1), (1, 1)], [3, 4, 0])
    assert (run(circuit).num_gates, run(circuit).drivers.tolist()) == (0, [2, 0, 0])
