"""The flow: every pass runs, is proved and reported, and is caught if it breaks the circuit."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, Netlist
from ca_logic.errors import CaLogicError, EquivalenceError
from ca_logic.gates import Gate
from ca_logic.synthesis import Optimized, PassResult, flow, optimize, prove_same_function
from ca_logic.synthesis.annealing import anneal
from ca_logic.synthesis.flow import Unit
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.synthesis.row_sharing import fold_rows
from ca_logic.tasks import load_rule
from ca_logic.toolchain.compiler import NoCompilerError
from tests.formats.lookups import outputs_of
from tests.oracles import circuit_of_rule, circuit_of_table, random_table
from tests.plain_evaluation import evaluate_all, same_function
from tests.strategies import circuits
from tests.synthesis.arithmetic import multiplier, parity_tree, prefix_adder, ripple_adder
from tests.synthesis.care_sets import care_set, circuits_with_care, same_where_it_matters

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)

LINEAR = [
    "dead-gate elimination",
    "constant and copy propagation",
    "structural hashing",
    "two-input simplification",
]
ANNEALED = ["functional hashing", flow.ANNEALING_TABLES, flow.ANNEALING_GATES]
UNANNEALED = ["functional hashing", "0-resubstitution", flow.MAPPING]

REAL_WORK = flow.WORK_OF_EFFORT

COSTS: tuple[Unit | None, ...] = (None, "gates", "tables")


@pytest.fixture(autouse=True, scope="module")
def little_work() -> Iterator[None]:
    """Walks that take milliseconds; what they find does not matter to most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "WORK_OF_EFFORT", (100_000, 200_000, 300_000, 400_000))
        yield


@pytest.fixture
def real_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "WORK_OF_EFFORT", REAL_WORK)


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_compiler() -> None:
        raise NoCompilerError("no C compiler found")

    monkeypatch.setattr("ca_logic.toolchain.library.find_compiler", find_compiler)


def redundant_circuit() -> Circuit:
    """Returns a circuit that every pass makes smaller."""
    gates = [Gate.AND, Gate.AND, Gate.A, Gate.OR, Gate.AND, Gate.AND, Gate.XOR, Gate.AND, Gate.XOR, Gate.OR]
    # Inputs are 1 to 3; gate k is signal 4 + k.
    fanins = [(1, 2), (1, 2), (4, 4), (1, 2), (1, 7), (1, 3), (2, 9), (1, 10), (5, 6), (8, 12)]
    drivers = [11, 12, 13]
    return Circuit("made", ("x", "y", "z"), ("p", "q", "r"), np.array(gates), np.array(fanins), np.array(drivers))


def three_or_four_live() -> Circuit:
    return circuit_of_table(np.array([row.bit_count() in (3, 4) for row in range(512)]))


def wide_conjunction(num_inputs: int) -> Circuit:
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)])
    signal = 1
    for other in range(2, num_inputs + 1):
        signal = builder.add(Gate.AND, signal, other)
    return builder.build({"all": signal})


def large_circuit(num_inputs: int, num_gates: int) -> Circuit:
    """Returns a circuit of 16 outputs that hashing leaves most of."""
    rng = np.random.default_rng(0)
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)])
    signals = list(builder.inputs)
    while len(signals) < num_gates:
        a, b = rng.integers(max(0, len(signals) - 80), len(signals), 2).tolist()
        signals.append(builder.add(int(rng.choice([Gate.XOR, Gate.XOR, Gate.AND, Gate.OR])), signals[a], signals[b]))
    return builder.build({f"y{k}": signals[-1 - k] for k in range(16)})


def assert_interface(result: Netlist, circuit: Circuit) -> None:
    assert (result.name, result.inputs, result.outputs) == (circuit.name, circuit.inputs, circuit.outputs)


def assert_optimized(optimized: Optimized, circuit: Circuit) -> None:
    """Checks all that does not need the function."""
    assert isinstance(optimized.gates, Circuit)
    assert isinstance(optimized.tables, LookupCircuit)
    for result in (optimized.gates, optimized.tables):
        assert_interface(result, circuit)
        assert result.live_signals()[result.first_gate :].all()
    assert optimized.gates.num_gates <= circuit.num_gates
    assert all(step.proof is not None for step in optimized.passes)
    assert all(step.seconds >= 0 for step in optimized.passes)
    left = {step.unit: step.size for step in optimized.passes}
    assert left == {"gates": optimized.gates.num_gates, "tables": optimized.tables.num_gates}


@pytest.mark.parametrize("effort", [0, 1, 2])
@settings(deadline=None, max_examples=25)
@given(circuit=circuits(), seed=st.integers(0, 3))
def test_the_function_is_kept_at_any_effort(effort: int, circuit: Circuit, seed: int) -> None:
    optimized = optimize(circuit, effort=effort, seed=seed)
    assert_optimized(optimized, circuit)
    assert same_function(optimized.gates, circuit)
    assert outputs_of(optimized.tables) == evaluate_all(circuit).tolist()
    assert optimized.proof.rows == optimized.proof.rows_right == 1 << len(circuit.inputs)
    assert optimized.proof.is_complete
    assert optimized.proof.method == "exhaustive"


@settings(deadline=None, max_examples=40)
@given(circuits())
def test_no_pass_adds_gates(circuit: Circuit) -> None:
    for unit in ("gates", "tables"):
        counts = [circuit.num_gates, *(step.size for step in optimize(circuit).passes if step.unit == unit)]
        assert counts == sorted(counts, reverse=True)


@settings(deadline=None, max_examples=25)
@given(circuits())
def test_a_second_run_leaves_no_more(circuit: Circuit) -> None:
    once = optimize(circuit)
    assert optimize(once.gates).gates.num_gates <= once.gates.num_gates


@settings(deadline=None, max_examples=40)
@given(circuits_with_care())
def test_on_the_care_set_the_function_is_kept(case: tuple[Circuit, np.ndarray]) -> None:
    circuit, care = case
    optimized = optimize(circuit, care=care)
    assert_optimized(optimized, circuit)
    assert same_where_it_matters(optimized.gates, circuit, care)
    proof = prove_same_function(circuit, optimized.tables, care=care)
    assert proof.is_complete
    assert (optimized.proof.method, optimized.proof.rows) == ("all rows that matter", care.shape[1])


@settings(deadline=None, max_examples=20)
@given(circuits())
def test_without_a_care_set_all_rows_matter(circuit: Circuit) -> None:
    care = care_set(len(circuit.inputs), list(range(1 << len(circuit.inputs))))
    with_care, without = optimize(circuit, care=care), optimize(circuit)
    assert (with_care.gates, with_care.tables) == (without.gates, without.tables)


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 2**32 - 1))
def test_sharing_rows_keeps_the_function(seed: int) -> None:
    circuit = circuit_of_table(random_table(seed))
    optimized = optimize(circuit, effort=0, share_rows=True)
    assert prove_same_function(circuit, optimized.gates).is_complete
    assert prove_same_function(circuit, optimized.tables).is_complete


def test_a_sparse_care_set_leaves_fewer_gates() -> None:
    circuit = three_or_four_live()
    # Of the last three cells no two are ever live together.
    care = care_set(9, [row for row in range(512) if row & 7 in (0, 1, 2, 4)])
    small = optimize(circuit, care=care).gates
    assert same_where_it_matters(small, circuit, care)
    assert not same_function(small, circuit)
    assert small.num_gates < 0.8 * optimize(circuit).gates.num_gates


def test_with_a_care_set_there_may_be_more_inputs_than_can_be_enumerated() -> None:
    circuit = wide_conjunction(27)
    care = np.ones((27, 28), dtype=np.uint8)
    np.fill_diagonal(care, 0)
    # The last column is all ones; without the others of the first 20 inputs these need not be read.
    assert optimize(circuit, care=care).gates.num_gates == 26
    optimized = optimize(circuit, care=care[:, 20:])
    assert same_where_it_matters(optimized.gates, circuit, care[:, 20:])
    assert optimized.gates.num_gates == 6
    assert optimized.tables.num_gates == 3


def test_the_same_circuits_come_out_every_time_and_other_seeds_give_others() -> None:
    circuit = circuit_of_table(random_table(0))
    first, again, other = (optimize(circuit, seed=seed) for seed in (0, 0, 1))
    assert (first.gates, first.tables) == (again.gates, again.tables)
    assert (first.gates, first.tables) != (other.gates, other.tables)


@needs_compiler
@pytest.mark.usefixtures("real_work")
def test_more_effort_is_more_work_for_each_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[dict[str, Any]] = []

    def recorded(*arguments: Any, **options: Any) -> LookupCircuit:
        walks.append(options)
        return anneal(*arguments, **options | {"work": 1_000})

    monkeypatch.setattr(flow, "anneal", recorded)
    for effort in range(4):
        optimize(redundant_circuit(), effort=effort, seed=effort)
    assert [walk["arity"] for walk in walks] == [3, 2] * 4
    assert [walk["work"] for walk in walks] == [work for work in REAL_WORK for _ in range(2)]
    assert [walk["seed"] for walk in walks] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert sorted(REAL_WORK) == list(REAL_WORK)


@needs_compiler
@pytest.mark.usefixtures("real_work")
@pytest.mark.parametrize("share_rows", [False, True])
def test_less_work_is_done_for_one_cost_and_rows_are_tried_twice(
    share_rows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[dict[str, Any]] = []

    def recorded(*arguments: Any, **options: Any) -> LookupCircuit:
        walks.append(options)
        return anneal(*arguments, **options | {"work": 1_000})

    monkeypatch.setattr(flow, "anneal", recorded)
    works: dict[Unit | None, int] = {}
    for cost in COSTS:
        walks.clear()
        optimize(circuit_of_table(random_table(0)), cost=cost, share_rows=share_rows)
        assert [walk["arity"] for walk in walks] == ([3] if cost == "tables" else [3, 2])
        assert {walk["tries"] for walk in walks} == {2 if share_rows else 1}
        assert all(walk["work"] for walk in walks)
        works[cost] = sum(walk["work"] for walk in walks)
    assert max(works["gates"], works["tables"]) < works[None] == 2 * REAL_WORK[1]


@pytest.mark.parametrize("cost", ["gates", "tables"])
@settings(deadline=None, max_examples=20)
@given(circuit=circuits())
def test_for_one_cost_alone_both_circuits_are_right(cost: Unit, circuit: Circuit) -> None:
    optimized = optimize(circuit, cost=cost)
    assert_optimized(optimized, circuit)
    assert same_function(optimized.gates, circuit)
    assert outputs_of(optimized.tables) == evaluate_all(circuit).tolist()


@needs_compiler
def test_for_tables_alone_gates_are_not_annealed_and_the_tables_are_the_same() -> None:
    circuit = circuit_of_table(random_table(3))
    alone, both = optimize(circuit, cost="tables"), optimize(circuit)
    assert [step.name for step in alone.passes] == [*LINEAR, *ANNEALED[:2]]
    assert alone.tables == both.tables
    assert alone.gates.num_gates > both.gates.num_gates


@needs_compiler
@pytest.mark.usefixtures("real_work")
@pytest.mark.parametrize("num_questions", [0, 1, 20])
def test_it_stops_when_asked_with_right_circuits(num_questions: int) -> None:
    circuit = circuit_of_table(random_table(1))
    questions: list[int] = []

    def should_stop() -> bool:
        questions.append(0)
        return len(questions) > num_questions

    optimized = optimize(circuit, effort=3, should_stop=should_stop)
    assert_optimized(optimized, circuit)
    assert prove_same_function(circuit, optimized.tables).is_complete
    assert len(questions) <= num_questions + 20


@needs_compiler
def test_each_pass_is_proved_and_reported_in_order_and_as_it_ends() -> None:
    seen: list[PassResult] = []
    circuit = redundant_circuit()
    optimized = optimize(circuit, on_pass=seen.append)
    assert [step.name for step in optimized.passes] == LINEAR + ANNEALED
    assert tuple(step for step in seen if step.proof) == optimized.passes
    assert {str(step.proof) for step in optimized.passes} == {"8 of 8 rows right (exhaustive)"}
    # The walks are reported now and then while they run, too.
    under_way = [step for step in seen if step.proof is None]
    assert [step.name for step in under_way] == sorted(
        (step.name for step in under_way), key=[flow.ANNEALING_TABLES, flow.ANNEALING_GATES].index
    )
    assert {step.name: step.unit for step in under_way} == {
        flow.ANNEALING_TABLES: "tables",
        flow.ANNEALING_GATES: "gates",
    }
    for name in (flow.ANNEALING_TABLES, flow.ANNEALING_GATES):
        sizes = [step.size for step in under_way if step.name == name]
        assert len(sizes) >= 50
        assert sizes == sorted(sizes, reverse=True)


@needs_compiler
def test_the_last_progress_is_what_the_pass_left_if_no_output_is_inverted() -> None:
    seen: list[PassResult] = []
    optimized = optimize(ripple_adder(3), on_pass=seen.append)
    for step in optimized.passes[-2:]:
        assert [other.size for other in seen if other.name == step.name and other.proof is None][-1] == step.size


def test_there_are_no_more_tables_than_gates() -> None:
    optimized = optimize(circuit_of_table(random_table(2)))
    assert optimized.tables.num_gates <= optimized.gates.num_gates


@needs_compiler
@pytest.mark.usefixtures("real_work")
def test_there_are_no_more_tables_than_mapping_leaves() -> None:
    circuit = large_circuit(12, 1500)
    assert optimize(circuit, effort=0).tables.num_gates <= map_to_lookup(circuit).num_gates


def test_interchangeable_pairs_beside_larger_groups_are_no_harm() -> None:
    builder = CircuitBuilder(["a", "b", "c", "d", "e"])
    half = builder.add(Gate.XOR, 1, 2)
    majority = builder.add(Gate.XOR, 1, builder.add(Gate.AND, half, builder.add(Gate.XOR, 1, 3)))
    circuit = builder.build({"y": builder.add(Gate.XOR, majority, builder.add(Gate.AND, 4, 5))})
    assert same_function(optimize(circuit).gates, circuit)


def test_a_circuit_may_have_no_outputs() -> None:
    circuit = CircuitBuilder(["a", "b"]).build({})
    assert optimize(circuit).gates.num_gates == 0


@pytest.mark.parametrize("num_inputs", [1, 3, 8, 10])
def test_rows_of_what_is_no_neighbourhood_are_not_shared(num_inputs: int) -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)])
    circuit = builder.build({"y": builder.add(Gate.NAND, 1, num_inputs)})
    with pytest.raises(CaLogicError, match="neighbourhood"):
        optimize(circuit, share_rows=True)


@pytest.mark.parametrize("shape", [(2, 4), (4,)])
def test_a_care_set_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CaLogicError, match="care set"):
        optimize(redundant_circuit(), care=np.ones(shape, dtype=np.uint8))


@pytest.mark.parametrize("bits", [9, 20])
def test_above_16_inputs_only_linear_passes_run_and_sat_proves_them(bits: int) -> None:
    # No structure in common, so that the passes have something to do.
    circuit = prefix_adder(bits)
    optimized = optimize(circuit, effort=3)
    assert len(circuit.inputs) == 2 * bits
    assert [step.name for step in optimized.passes] == [*LINEAR, flow.MAPPING]
    assert_optimized(optimized, circuit)
    assert optimized.proof.is_complete
    assert optimized.proof.rows == optimized.proof.rows_right == 1 << 2 * bits
    assert optimized.tables.num_gates < optimized.gates.num_gates
    assert all(step.proof and "simulation" in step.proof.method for step in optimized.passes)


def test_17_inputs_are_proved_in_every_row() -> None:
    circuit = parity_tree(17)
    optimized = optimize(circuit)
    assert_optimized(optimized, circuit)
    assert optimized.proof.method == "exhaustive"
    assert optimized.gates.num_gates == 16


def test_40_inputs_are_proved_or_the_proof_says_that_it_is_none() -> None:
    circuit = multiplier(20, newest_first=True)
    optimized = optimize(circuit)
    assert_optimized(optimized, circuit)
    assert optimized.proof.is_complete or "not a proof" in optimized.proof.method


def test_up_to_16_inputs_every_row_is_compared() -> None:
    optimized = optimize(multiplier(8, newest_first=False), effort=0)
    assert [step.name for step in optimized.passes] == LINEAR + ANNEALED
    assert optimized.proof.rows == 1 << 16


@pytest.mark.usefixtures("no_compiler")
@settings(deadline=None, max_examples=15)
@given(circuit=circuits())
def test_without_a_compiler_the_function_is_kept(circuit: Circuit) -> None:
    optimized = optimize(circuit)
    assert [step.name for step in optimized.passes] == LINEAR + UNANNEALED
    assert_optimized(optimized, circuit)
    assert same_function(optimized.gates, circuit)
    assert outputs_of(optimized.tables) == evaluate_all(circuit).tolist()


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_every_pass_is_proved_and_care_sets_are_used() -> None:
    circuit, care = redundant_circuit(), care_set(3, [0b000, 0b111])
    seen: list[PassResult] = []
    optimized = optimize(circuit, care=care, on_pass=seen.append)
    assert tuple(done for done in seen if done.proof is not None) == optimized.passes
    assert same_where_it_matters(optimized.gates, circuit, care)
    assert optimized.gates.num_gates < optimize(circuit).gates.num_gates


@pytest.mark.parametrize(
    ("compiler", "reason"),
    [("false", "the C compiler failed with exit status 1"), ("/nowhere/cc", "no C compiler found")],
)
def test_why_nothing_is_annealed_is_said_once(compiler: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", compiler)
    warnings: list[str] = []
    optimized = optimize(redundant_circuit(), on_warning=warnings.append)
    assert [step.name for step in optimized.passes] == LINEAR + UNANNEALED
    assert same_function(optimized.gates, redundant_circuit())
    (warning,) = warnings
    assert reason in warning
    assert "circuits stay larger" in warning


@needs_compiler
def test_where_circuits_are_annealed_there_is_nothing_to_warn_of() -> None:
    warnings: list[str] = []
    optimize(redundant_circuit(), on_warning=warnings.append)
    assert not warnings


def replace_pass(monkeypatch: pytest.MonkeyPatch, name: str, run: Any) -> None:
    """Lets another function run in place of a linear pass."""
    passes = tuple((known, run if known == name else old) for known, old in flow.LINEAR_PASSES)
    assert passes != flow.LINEAR_PASSES
    monkeypatch.setattr(flow, "LINEAR_PASSES", passes)


def complemented(circuit: Circuit) -> Circuit:
    return replace(circuit, gates=circuit.gates ^ 0b1111)


@pytest.mark.parametrize("name", LINEAR)
def test_a_linear_pass_that_breaks_the_circuit_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_pass(monkeypatch, name, complemented)
    seen: list[str] = []
    with pytest.raises(EquivalenceError, match=rf"^{name} changed what circuit 'made' computes, which is a bug\.$"):
        optimize(redundant_circuit(), on_pass=lambda step: seen.append(step.name))
    assert seen == LINEAR[: LINEAR.index(name)]


@needs_compiler
@pytest.mark.parametrize(("name", "arity"), [(flow.ANNEALING_TABLES, 3), (flow.ANNEALING_GATES, 2)])
def test_a_walk_that_breaks_the_circuit_is_caught(name: str, arity: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def astray(*arguments: Any, **options: Any) -> LookupCircuit:
        found = anneal(*arguments, **options)
        return replace(found, gates=found.gates ^ 0b11111111) if options["arity"] == arity else found

    monkeypatch.setattr(flow, "anneal", astray)
    with pytest.raises(EquivalenceError, match=rf"^{name} changed what circuit 'made' computes"):
        optimize(redundant_circuit())


def test_a_pass_that_breaks_a_circuit_of_many_inputs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    replace_pass(monkeypatch, "structural hashing", complemented)
    with pytest.raises(EquivalenceError, match="differ on"):
        optimize(prefix_adder(12))


def test_a_pass_that_loses_an_output_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(circuit: Circuit) -> Circuit:
        return replace(circuit, outputs=circuit.outputs[:1], drivers=circuit.drivers[:1])

    replace_pass(monkeypatch, "constant and copy propagation", forgetful)
    with pytest.raises(EquivalenceError, match=r"^constant and copy propagation changed what"):
        optimize(redundant_circuit())
    with pytest.raises(EquivalenceError, match="output"):
        optimize(prefix_adder(12))


def test_a_pass_may_change_rows_that_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = CircuitBuilder(["a", "b"])
    circuit = builder.build({"y": builder.add(Gate.OR, 1, 2)})
    replace_pass(monkeypatch, "structural hashing", lambda circuit: replace(circuit, gates=circuit.gates ^ 0b0001))
    care = care_set(2, [0, 1, 2])
    assert same_where_it_matters(optimize(circuit, care=care).gates, circuit, care)
    with pytest.raises(EquivalenceError, match="structural hashing changed"):
        optimize(circuit, care=care_set(2, [1, 2, 3]))


@needs_compiler
@pytest.mark.usefixtures("real_work")
@pytest.mark.parametrize(
    ("rule", "effort", "most_gates", "most_tables"),
    [("life", 1, 27, 11), ("replicator", 0, 7, 4), ("seeds", 0, 24, 10)],
)
def test_from_a_truth_table_circuits_become_small(rule: str, effort: int, most_gates: int, most_tables: int) -> None:
    circuit = circuit_of_rule(load_rule(rule))
    optimized = optimize(circuit, effort=effort)
    assert prove_same_function(circuit, optimized.gates).is_complete
    assert optimized.gates.num_gates <= most_gates
    assert optimized.tables.num_gates <= most_tables


@needs_compiler
@pytest.mark.usefixtures("real_work")
def test_with_rows_shared_life_takes_few_gates_for_a_row() -> None:
    optimized = optimize(circuit_of_rule(load_rule("life")), share_rows=True)
    assert fold_rows(optimized.gates).num_gates <= 19
    assert fold_rows(optimized.tables).num_gates <= 9


@needs_compiler
@pytest.mark.usefixtures("real_work")
def test_from_a_small_circuit_gates_for_a_row_alone_are_as_few() -> None:
    small = optimize(circuit_of_rule(load_rule("life")), effort=0).gates
    assert fold_rows(optimize(small, cost="gates", share_rows=True).gates).num_gates <= 19
