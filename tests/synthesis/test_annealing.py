"""Annealing: whatever the walk does, the outputs stay where they matter, and the circuit does not grow."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors, LookupCircuit, output_functions
from ca_logic.circuit.lookup import lookup_of
from ca_logic.errors import CaLogicError
from ca_logic.gates import Gate
from ca_logic.resources import resource_folder
from ca_logic.synthesis.annealing import Annealing, anneal
from ca_logic.synthesis.decision_diagram import PartialTable, decision_diagram
from ca_logic.synthesis.row_sharing import ROWS, FoldedCircuit, fold_rows
from ca_logic.tasks.neighbourhood import CELLS
from ca_logic.toolchain import compiler as compiler_module
from tests.oracles import STRICT_C, circuit_of_table, random_table
from tests.plain_evaluation import rows_of
from tests.strategies import circuits
from tests.synthesis.arithmetic import ripple_adder

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed")

SOURCE = resource_folder("native") / "annealing.c"

WORK = 100_000
"""Some hundred moves: enough to change every gate of a small circuit."""

ARITIES = pytest.mark.parametrize("arity", [2, 3])
SHARED = pytest.mark.parametrize("share_rows", [False, True])
COMPILERS = pytest.mark.parametrize("compiler", ["gcc", "clang"])


def random_circuit(seed: int, *, num_inputs: int, num_gates: int, num_outputs: int) -> Circuit:
    """Returns a circuit most of whose gates are live; the outputs are late ones."""
    rng = np.random.default_rng(seed)
    first = 1 + num_inputs
    fanins = [rng.integers(max(0, first + gate - 15), first + gate, 2) for gate in range(num_gates)]
    return Circuit(
        name=f"random {seed}",
        inputs=tuple(f"x{i}" for i in range(num_inputs)),
        outputs=tuple(f"y{i}" for i in range(num_outputs)),
        gates=rng.integers(0, 16, num_gates),
        fanins=np.array(fanins).reshape(-1, 2),
        drivers=rng.integers(max(0, first + num_gates - 8), first + num_gates, num_outputs),
    )


def vectors_by_chance(seed: int, num_inputs: int, num_rows: int) -> InputVectors:
    return InputVectors.of_rows(np.random.default_rng(seed).integers(0, 2, (num_inputs, num_rows)).astype(np.uint8))


def row_by_row(circuit: Circuit | LookupCircuit, vectors: InputVectors) -> list[list[int]]:
    """Returns the outputs in each vector, looked up digit by digit."""
    results = []
    for lane in range(vectors.ones.bit_length()):
        values = [0, *(function >> lane & 1 for function in vectors.functions)]
        for _, gate, fanins in circuit.nodes():
            row = int("".join(str(values[fanin]) for fanin in fanins), 2)
            values.append(int(f"{gate:0{1 << circuit.ARITY}b}"[row]))
        results.append([values[driver] for driver in circuit.drivers.tolist()])
    return results


def num_inverters(circuit: LookupCircuit) -> int:
    """Returns how many tables only invert what they read."""
    return int((circuit.gates == 0b11110000).sum())


def without_output_inverters(folded: FoldedCircuit, result: LookupCircuit) -> int:
    """Returns the folded size of a result, of what an output inverts only the gate itself."""
    assert not (folded.drivers[:, 2] > 1).any()
    return fold_rows(result, span=folded.span).num_gates - num_inverters(result)


def assert_annealed(
    circuit: Circuit | LookupCircuit,
    vectors: InputVectors,
    *,
    arity: int,
    share_rows: bool = False,
    seed: int = 0,
    work: int = WORK,
) -> LookupCircuit:
    """Anneals, and checks what is true of every walk."""
    result = anneal([circuit], vectors, arity=arity, work=work, share_rows=share_rows, seed=seed)
    assert (result.name, result.inputs, result.outputs) == (circuit.name, circuit.inputs, circuit.outputs)
    assert row_by_row(result, vectors) == row_by_row(circuit, vectors)
    folded = fold_rows(circuit, span=ROWS if share_rows else 1)
    assert without_output_inverters(folded, result) <= folded.num_gates
    if arity == 2:
        assert not result.fanins[:, 2].any()
    assert result.live_signals()[result.first_gate :].all()
    return result


def everywhere(circuit: Circuit) -> InputVectors:
    return InputVectors.complete(len(circuit.inputs))


@ARITIES
@settings(deadline=None, max_examples=60)
@given(circuit=circuits(), seed=st.integers(0, 2**64 - 1))
def test_the_function_is_kept_by_no_more_gates(arity: int, circuit: Circuit, seed: int) -> None:
    assert_annealed(circuit, everywhere(circuit), arity=arity, seed=seed)


@ARITIES
@settings(deadline=None, max_examples=60)
@given(circuit=circuits(), data=st.data())
def test_the_outputs_are_kept_where_they_matter(arity: int, circuit: Circuit, data: st.DataObject) -> None:
    # In any order, some twice, and sometimes none at all.
    num_inputs = len(circuit.inputs)
    rows = data.draw(st.lists(st.integers(0, (1 << num_inputs) - 1), max_size=40))
    columns = np.array([rows_of(num_inputs)[row] for row in rows], dtype=np.uint8).reshape(len(rows), num_inputs).T
    assert_annealed(circuit, InputVectors.of_rows(columns), arity=arity)


@SHARED
@ARITIES
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), num_gates=st.integers(0, 60), num_outputs=st.integers(1, 3))
def test_a_neighbourhood_stays_what_it_was(
    arity: int, share_rows: bool, seed: int, num_gates: int, num_outputs: int
) -> None:
    circuit = random_circuit(seed, num_inputs=9, num_gates=num_gates, num_outputs=num_outputs)
    assert_annealed(circuit, everywhere(circuit), arity=arity, share_rows=share_rows, seed=seed)


@SHARED
@ARITIES
@settings(deadline=None, max_examples=6)
@given(seed=st.integers(0, 2**32 - 1), num_gates=st.integers(1, 80), num_rows=st.integers(0, 1100))
def test_a_neighbourhood_of_two_bits_stays_what_it_was_where_it_matters(
    arity: int, share_rows: bool, seed: int, num_gates: int, num_rows: int
) -> None:
    circuit = random_circuit(seed, num_inputs=18, num_gates=num_gates, num_outputs=2)
    vectors = vectors_by_chance(seed, 18, num_rows)
    assert_annealed(circuit, vectors, arity=arity, share_rows=share_rows, seed=seed)


@ARITIES
@pytest.mark.parametrize("num_rows", [0, 1, 63, 64, 65, 511, 512, 513, 1024, 1025])
def test_every_block_of_vectors_counts(arity: int, num_rows: int) -> None:
    circuit = random_circuit(num_rows, num_inputs=11, num_gates=50, num_outputs=3)
    result = assert_annealed(circuit, vectors_by_chance(1, 11, num_rows), arity=arity)
    if num_rows == 0:
        assert result.num_gates == 0


def test_the_very_last_vector_counts() -> None:
    # A conjunction of ten is 0 in all vectors but the last, which is the only one of its block.
    builder = CircuitBuilder([f"x{i}" for i in range(10)])
    signal = 1
    for other in range(2, 11):
        signal = builder.add(Gate.AND, signal, other)
    circuit = builder.build({"y": signal})
    ones = np.ones((10, 513), dtype=np.uint8)
    ones[0, :512] = 0
    result = assert_annealed(circuit, InputVectors.of_rows(ones), arity=3)
    assert (result.num_gates, result.drivers.tolist()) == (0, [1])


@ARITIES
def test_outputs_may_be_anything(arity: int) -> None:
    builder = CircuitBuilder(["a", "b", "c"])
    both = builder.add(Gate.AND, 1, 2)
    not_both = builder.negate(both)
    driven = {"p": both, "q": both, "r": not_both, "s": 0, "t": builder.negate(0), "u": 3, "v": builder.negate(3)}
    circuit = builder.build(driven)
    result = assert_annealed(circuit, everywhere(circuit), arity=arity)
    # The conjunction, and an inverter for each of not both, true, and not c.
    assert result.num_gates == 4
    assert result.drivers[[0, 3, 5]].tolist() == [result.drivers[1], 0, 3]


@ARITIES
@pytest.mark.parametrize("inputs", [(), ("a",), ("a", "b", "c")])
def test_circuits_without_gates_stay_as_they_are(arity: int, inputs: tuple[str, ...]) -> None:
    circuit = Circuit("wires", inputs, ("y", "z"), np.empty(0, int), np.empty((0, 2), int), np.array([0, len(inputs)]))
    assert anneal([circuit], everywhere(circuit), arity=arity, work=WORK) == lookup_of(circuit)


def test_a_circuit_may_have_no_outputs() -> None:
    circuit = CircuitBuilder(["a"]).build({})
    assert anneal([circuit], everywhere(circuit), arity=2, work=WORK).num_gates == 0


@ARITIES
@pytest.mark.parametrize("gate", list(Gate))
def test_a_single_gate_stays_or_vanishes(arity: int, gate: Gate) -> None:
    circuit = Circuit("one", ("a", "b"), ("y",), np.array([gate]), np.array([[1, 2]]), np.array([3]))
    result = assert_annealed(circuit, everywhere(circuit), arity=arity, work=5_000)
    assert result.num_gates == (0 if gate in (Gate.FALSE, Gate.A, Gate.B) else 1)


def test_outputs_that_share_an_inverter_still_share_it() -> None:
    circuit = Circuit("twice", ("a",), ("y", "z"), np.array([Gate.NOT_A]), np.array([[1, 1]]), np.array([2, 2]))
    result = anneal([circuit], everywhere(circuit), arity=2, work=WORK)
    assert result.num_gates == 1


@ARITIES
def test_more_signals_than_it_looks_at_once_are_no_harm(arity: int) -> None:
    # 17 inputs and 200 gates; it looks at 100 signals for a gate, chosen by chance.
    circuit = random_circuit(2, num_inputs=17, num_gates=500, num_outputs=24)
    folded = fold_rows(circuit, span=1)
    assert folded.num_gates + 17 > 150
    assert_annealed(circuit, vectors_by_chance(0, 17, 300), arity=arity, work=1_000_000)


def parity_and_majority() -> Circuit:
    """Returns sum and carry of three bits from a decision diagram, which has more gates than it takes."""
    counts = np.indices((2, 2, 2)).sum(axis=0)
    care = np.ones((2, 2, 2), dtype=bool)
    tables = {"sum": PartialTable(counts % 2 == 1, care), "carry": PartialTable(counts > 1, care)}
    return decision_diagram("adder", ("a", "b", "c"), tables)


@pytest.mark.parametrize(("arity", "fewest"), [(2, 5), (3, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_a_full_adder_becomes_as_small_as_it_can(arity: int, fewest: int, seed: int) -> None:
    circuit = parity_and_majority()
    result = assert_annealed(circuit, everywhere(circuit), arity=arity, seed=seed, work=1_000_000)
    assert result.num_gates == fewest


def test_what_nobody_asks_for_is_used() -> None:
    # A majority is a conjunction where the third input is 0.
    counts = np.indices((2, 2, 2)).sum(axis=0)
    table = PartialTable(counts > 1, np.ones((2, 2, 2), dtype=bool))
    circuit = decision_diagram("majority", ("x", "y", "z"), {"most": table})
    vectors = InputVectors.of_rows(np.array([[0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0]], dtype=np.uint8))
    assert assert_annealed(circuit, vectors, arity=2).num_gates == 1


def rows_apart() -> Circuit:
    """Returns whether all nine cells are live, by a conjunction of each row."""
    builder = CircuitBuilder(CELLS)
    rows = [builder.add(Gate.AND, builder.add(Gate.AND, 1 + k, 2 + k), 3 + k) for k in (0, 3, 6)]
    return builder.build({"all": builder.add(Gate.AND, builder.add(Gate.AND, rows[0], rows[1]), rows[2])})


def test_rows_are_shared_if_asked_to() -> None:
    circuit = circuit_of_table(np.arange(512) == 511)
    vectors = everywhere(circuit)
    apart = assert_annealed(circuit, vectors, arity=2, work=2_000_000)
    shared = assert_annealed(circuit, vectors, arity=2, work=2_000_000, share_rows=True)
    assert apart.num_gates == 8
    # Two gates for a row, and two that look at three rows.
    assert fold_rows(shared).num_gates == 4
    assert fold_rows(rows_apart()).num_gates == 4


@SHARED
@ARITIES
def test_a_seed_decides_the_result(arity: int, share_rows: bool) -> None:
    circuit = circuit_of_table(random_table(1))
    vectors = everywhere(circuit)
    walks = [
        anneal([circuit], vectors, arity=arity, work=300_000, share_rows=share_rows, seed=seed)
        for seed in (0, 0, 1, 2**64 - 1)
    ]
    assert walks[0] == walks[1]
    assert walks[0] != walks[2]
    assert len({walk.gates.tobytes() for walk in walks}) == 3


def test_several_starts_are_no_worse_than_the_smallest() -> None:
    large = circuit_of_table(random_table(2))
    counts = np.indices((2,) * 9).sum(axis=0)
    table = PartialTable(counts % 2 == 1, np.ones((2,) * 9, dtype=bool))
    small = decision_diagram("parity", CELLS, {"y": table})
    parity = Circuit("parity", CELLS, ("y",), small.gates, small.fanins, small.drivers)
    spoiled = circuit_of_table(np.array([row.bit_count() % 2 for row in range(512)]))
    renamed = Circuit("parity", CELLS, ("y",), spoiled.gates, spoiled.fanins, spoiled.drivers)
    assert large.num_gates > renamed.num_gates >= parity.num_gates == 8
    result = anneal([renamed, parity], everywhere(parity), arity=2, work=WORK)
    assert result.num_gates == 8
    assert output_functions(result, everywhere(parity)) == output_functions(parity, everywhere(parity))


def test_each_start_is_tried_as_often_as_asked_and_the_work_stays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, int]] = []
    works: list[int] = []

    class Recorded(Annealing):
        def __init__(self, start: Circuit, *arguments: Any, seed: int, **options: Any) -> None:
            tried.append((start.name, seed))
            super().__init__(start, *arguments, seed=seed, **options)

        def cool(self, work: int) -> Iterator[int]:
            works.append(work)
            return super().cool(work)

    monkeypatch.setattr("ca_logic.synthesis.annealing.Annealing", Recorded)
    starts = [replace(ripple_adder(2), name=name) for name in "ab"]
    for tries in (1, 3):
        tried.clear()
        works.clear()
        anneal(starts, everywhere(starts[0]), arity=2, work=100_000, tries=tries, seed=4)
        assert [name for name, _ in tried] == ["a", "b"] * tries
        assert tried[0][1] == 4
        assert len({seed for _, seed in tried}) == tries
        assert len(works) == 2 * tries + 1
        assert sum(works) == pytest.approx(100_000, abs=len(works))


def test_starts_may_be_of_either_kind() -> None:
    circuit = parity_and_majority()
    result = anneal([circuit, lookup_of(circuit)], everywhere(circuit), arity=3, work=1_000_000)
    assert result.num_gates == 2


@pytest.mark.parametrize("num_starts", [1, 3])
def test_progress_never_goes_back_and_ends_with_the_result(num_starts: int) -> None:
    circuit = ripple_adder(4)
    seen: list[int] = []
    result = anneal([circuit] * num_starts, everywhere(circuit), arity=3, work=2_000_000, on_progress=seen.append)
    assert len(seen) >= 50
    assert seen == sorted(seen, reverse=True)
    assert seen[0] <= circuit.num_gates
    assert seen[-1] == result.num_gates - num_inverters(result)


@pytest.mark.parametrize("num_starts", [1, 3])
@pytest.mark.parametrize("num_questions", [0, 1, 5])
def test_it_stops_at_once_with_a_right_circuit(num_starts: int, num_questions: int) -> None:
    circuit = circuit_of_table(random_table(3))
    questions: list[int] = []

    def should_stop() -> bool:
        questions.append(0)
        return len(questions) > num_questions

    # This much work would take hours.
    result = anneal([circuit] * num_starts, everywhere(circuit), arity=3, work=10**13, should_stop=should_stop)
    assert output_functions(result, everywhere(circuit)) == output_functions(circuit, everywhere(circuit))
    assert result.num_gates <= circuit.num_gates


def test_no_work_leaves_the_folded_circuit() -> None:
    circuit = circuit_of_table(random_table(4))
    result = assert_annealed(circuit, everywhere(circuit), arity=3, work=0)
    assert result.num_gates == fold_rows(circuit, span=1).num_gates


def test_a_walk_remembers_its_best() -> None:
    circuit = circuit_of_table(random_table(5))
    walk = Annealing(circuit, everywhere(circuit), arity=3)
    sizes = list(walk.cool(500_000))
    assert sizes == sorted(sizes, reverse=True)
    assert walk.size == sizes[-1] < fold_rows(circuit, span=1).num_gates
    # An inverter before the output is not a gate of the walk.
    assert walk.best().num_gates - num_inverters(walk.best()) <= walk.size
    assert walk.best() == walk.best()


@pytest.mark.parametrize("num_inputs", [1, 3, 8, 10, 17])
def test_rows_of_what_is_no_neighbourhood_are_not_shared(num_inputs: int) -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)])
    circuit = builder.build({"y": builder.add(Gate.XOR, 1, num_inputs)})
    with pytest.raises(CaLogicError, match="neighbourhood"):
        anneal([circuit], InputVectors.of_rows(np.ones((num_inputs, 3), np.uint8)), arity=3, work=0, share_rows=True)


@pytest.mark.parametrize("optimization", ["-O0", "-O3"])
@pytest.mark.parametrize("machine", [(), ("-march=native",)], ids=["any machine", "this machine"])
@COMPILERS
def test_it_compiles_without_a_warning(
    compiler: str, optimization: str, machine: tuple[str, ...], tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    command = [compiler, *STRICT_C, "-Wpedantic", optimization, *machine, "-c", str(SOURCE)]
    result = subprocess.run([*command, "-o", str(tmp_path / "o")], capture_output=True, text=True, check=False)
    # GCC without AVX-512 notes that it once passed wide vectors otherwise; that is no warning.
    assert result.returncode == 0, result.stderr[:1500]


def walks_of_all_kinds(work: int = 200_000) -> list[LookupCircuit]:
    """Returns where walks over one and several blocks end, of both arities, and with rows shared."""
    circuit = circuit_of_table(random_table(6))
    wide = random_circuit(3, num_inputs=18, num_gates=120, num_outputs=4)
    vectors = vectors_by_chance(2, 18, 1200)
    return [
        anneal([start], where, arity=arity, work=work, share_rows=share_rows, seed=9)
        for start, where in ((circuit, everywhere(circuit)), (wide, vectors))
        for arity in (2, 3)
        for share_rows in (False, True)
    ]


@pytest.mark.parametrize("machine", [(), ("-march=native",)], ids=["any machine", "this machine"])
@COMPILERS
def test_every_compiler_and_machine_takes_the_same_walk(
    compiler: str, machine: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    expected = walks_of_all_kinds()
    monkeypatch.setenv("CC", compiler)
    monkeypatch.setattr(compiler_module, "_native_flags", lambda: machine)
    assert walks_of_all_kinds() == expected


SANITIZED = """
from ca_logic.toolchain import compiler
compiler._FLAGS = (*compiler._FLAGS, "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
from tests.synthesis.test_annealing import walks_of_all_kinds, walks_of_small_circuits
walks_of_all_kinds(work=50_000)
walks_of_small_circuits()
print("clean")
"""


def walks_of_small_circuits() -> None:
    """Anneals circuits of no, one and few inputs, gates, outputs and vectors."""
    for num_inputs, num_gates in ((0, 4), (1, 0), (1, 3), (3, 10), (6, 150)):
        for num_outputs in (0, 1, 3):
            circuit = random_circuit(7, num_inputs=num_inputs, num_gates=num_gates, num_outputs=num_outputs)
            for vectors in (everywhere(circuit), *(vectors_by_chance(0, num_inputs, rows) for rows in (0, 513))):
                for arity in (2, 3):
                    anneal([circuit], vectors, arity=arity, work=20_000)


@COMPILERS
def test_it_stays_within_its_memory_and_within_c(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    name = {"gcc": "libasan.so", "clang": "libclang_rt.asan-x86_64.so"}[compiler]
    located = [compiler, f"-print-file-name={name}"]
    runtime = subprocess.run(located, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(runtime).is_absolute():
        pytest.skip(f"{compiler} has no address sanitizer ({name}) here")
    # Python itself leaks at exit, which is not looked for here.
    surroundings = {"CC": compiler, "LD_PRELOAD": runtime, "ASAN_OPTIONS": "detect_leaks=0", "HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", SANITIZED],
        env={**os.environ, **surroundings, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "clean\n"), result.stderr[-3000:]
