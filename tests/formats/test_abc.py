"""Berkeley's ABC as an oracle: its equivalence checker against everything that rewrites a circuit.

The tool reads our BLIF with its own parser and proves equivalence with its own SAT solver.
"""

import itertools
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit
from ca_logic.circuit.netlist import Netlist
from ca_logic.formats import FORMATS, read_circuit, render_circuit
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.gates import Gate
from ca_logic.resources import resource_folder
from ca_logic.synthesis.flow import LINEAR_PASSES, optimize
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.tasks import Rule, list_rules
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE
from tests.formats.abc_oracle import ABC, File, are_equivalent, needs_abc
from tests.formats.lookups import every_table, lookup_circuits, outputs_of
from tests.strategies import circuits

pytestmark = needs_abc

READ_BY_ABC = ("blif", "aig", "bench", "verilog")


def check_with_abc(*pairs: tuple[str, str]) -> list[bool]:
    """Returns for each pair of BLIF texts whether ABC proves them equivalent, names matched by order."""
    return are_equivalent([((".blif", one.encode()), (".blif", other.encode())) for one, other in pairs])


def as_file(circuit: Netlist, format_name: str) -> File:
    """Returns the circuit as a file of that format."""
    return FORMATS[format_name].suffixes[0], render_circuit(circuit, format_name, comments=["a comment", "another"])


def table_as_blif(table: Sequence[int]) -> str:
    """Returns a rule's table as one sum of minterms, written by nothing of ours."""
    minterms = [f"{row:09b} 1" for row, value in enumerate(table) if value]
    names = "c0 c1 c2 c3 c4 c5 c6 c7 c8"
    return "\n".join([".model rule", f".inputs {names}", ".outputs out", f".names {names} out", *minterms, ".end", ""])


def test_abc_tells_different_circuits_apart() -> None:
    builder = CircuitBuilder(["a", "b", "c"])
    conjunction = builder.add(Gate.AND, builder.add(Gate.XOR, 1, 2), 3)
    one = write_blif(builder.build({"y": conjunction}))
    other = write_blif(builder.build({"y": builder.add(Gate.AND, builder.add(Gate.OR, 1, 2), 3)}))
    assert check_with_abc((one, one), (one, other), (other, other)) == [True, False, True]


def test_abc_notices_a_single_wrong_row(life: Rule) -> None:
    wrong = life.table.copy()
    wrong[0b101010101] ^= 1
    right_blif = table_as_blif(life.table.tolist())
    assert check_with_abc((right_blif, table_as_blif(wrong.tolist()))) == [False]
    assert check_with_abc((right_blif, right_blif)) == [True]


def test_abc_tells_broken_text_from_a_verdict() -> None:
    with pytest.raises(AssertionError, match="ABC did not understand"):
        check_with_abc(("no BLIF at all", "nor this"))


@settings(deadline=None, max_examples=25)
@given(circuits(max_inputs=8, max_gates=60, max_outputs=4))
def test_every_pass_keeps_the_function(circuit: Circuit) -> None:
    before = write_blif(circuit)
    after: dict[str, Netlist] = {name: run(circuit) for name, run in LINEAR_PASSES}
    after |= {"functional hashing": functional_hashing(circuit), "mapping": map_to_lookup(circuit)}
    verdicts = check_with_abc(*((before, write_blif(result)) for result in after.values()))
    assert dict(zip(after, verdicts, strict=True)) == dict.fromkeys(after, True)


@settings(deadline=None, max_examples=15)
@given(circuits(max_inputs=8, max_gates=60, max_outputs=4))
def test_the_whole_flow_keeps_the_function(circuit: Circuit) -> None:
    small = optimize(circuit, effort=0)
    before = write_blif(circuit)
    assert check_with_abc((before, write_blif(small.gates)), (before, write_blif(small.tables))) == [True, True]


@settings(deadline=None, max_examples=25)
@given(circuits(max_inputs=8, max_gates=60, max_outputs=4))
def test_reading_back_keeps_the_function(circuit: Circuit) -> None:
    text = write_blif(circuit)
    assert check_with_abc((text, write_blif(read_blif(text)))) == [True]


def test_a_random_circuit_and_one_changed_gate_differ() -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(6)])
    rng = np.random.default_rng(5)
    signals = list(builder.inputs)
    for gate in rng.choice([Gate.AND, Gate.XOR, Gate.OR], size=20).tolist():
        signals.append(builder.add(gate, *rng.choice(signals, size=2, replace=False).tolist()))
    last = signals[-1]
    circuit = builder.build({"y": last})
    changed = builder.build({"y": builder.add(Gate.XOR, last, builder.add(Gate.AND, 1, builder.add(Gate.AND, 2, 3)))})
    assert check_with_abc((write_blif(circuit), write_blif(changed))) == [False]


@pytest.fixture(scope="module")
def life() -> Rule:
    """Returns Conway's rule."""
    return next(rule for rule in list_rules() if rule.name == "life")


@pytest.mark.parametrize("rule", [rule for rule in list_rules() if rule.num_states == 2], ids=lambda rule: rule.name)
def test_every_shipped_circuit_is_its_rule(rule: Rule) -> None:
    shipped = (resource_folder("rules") / f"{rule.name}.blif").read_text()
    circuit = read_blif(shipped)
    assert (circuit.inputs, circuit.outputs) == (CELLS, (NEXT_STATE,))
    assert check_with_abc((shipped, table_as_blif(rule.table.tolist()))) == [True]


@pytest.mark.parametrize("file_format", READ_BY_ABC)
def test_every_shipped_circuit_is_the_same_in_every_format(file_format: str) -> None:
    paths = sorted(resource_folder("rules").glob("*.blif"))
    assert len(paths) >= 77
    pairs = [(as_file(read_circuit(path), file_format), (".blif", path.read_bytes())) for path in paths]
    assert are_equivalent(pairs) == [True] * len(paths)


@pytest.mark.parametrize("file_format", READ_BY_ABC)
def test_one_flipped_gate_is_noticed_in_every_format(file_format: str) -> None:
    builder = CircuitBuilder(["a", "b"])
    one, other = builder.build({"y": builder.add(Gate.AND, 1, 2)}), builder.build({"y": builder.add(Gate.OR, 1, 2)})
    pairs = [(as_file(circuit, file_format), as_file(one, "blif")) for circuit in (one, other)]
    assert are_equivalent(pairs) == [True, False]


@settings(deadline=None, max_examples=20)
@given(circuits(max_gates=20))
def test_all_formats_of_a_circuit_agree(circuit: Circuit) -> None:
    files = [as_file(circuit, name) for name in READ_BY_ABC]
    assert are_equivalent(list(itertools.pairwise(files))) == [True] * (len(READ_BY_ABC) - 1)


@settings(deadline=None, max_examples=20)
@given(lookup_circuits())
def test_all_formats_of_a_circuit_of_tables_agree(circuit: LookupCircuit) -> None:
    files = [as_file(circuit, name) for name in READ_BY_ABC]
    assert are_equivalent(list(itertools.pairwise(files))) == [True] * (len(READ_BY_ABC) - 1)


def test_every_table_of_three_inputs_is_the_same_in_every_format() -> None:
    minterms = [f"{row:03b}" for row in range(8)]
    tables = [
        "\n".join([f".names a b c t{table}", *(f"{row} 1" for row in minterms if table >> (7 - int(row, 2)) & 1)])
        if table
        else ".names t0"
        for table in range(256)
    ]
    names = " ".join(f"t{table}" for table in range(256))
    plain = "\n".join([".model m", ".inputs a b c", f".outputs {names}", *tables, ".end", ""])
    pairs = [(as_file(every_table(), name), (".blif", plain.encode())) for name in READ_BY_ABC]
    assert are_equivalent(pairs) == [True] * len(READ_BY_ABC)


@pytest.mark.parametrize("command", ["write_aiger -s", "write_bench", "write_bench -l", "write_blif"])
def test_what_abc_writes_is_read(command: str, tmp_path: Path) -> None:
    source = resource_folder("rules") / "life.blif"
    suffix = {"write_aiger": "aig", "write_blif": "blif"}.get(command.split()[0], "bench")
    target = tmp_path / f"written.{suffix}"
    script = f"read {source}; strash; {command} {target}"
    subprocess.run([str(ABC), "-q", script], check=True, capture_output=True, timeout=60)
    circuit = read_circuit(target)
    assert (circuit.inputs, circuit.outputs) == (CELLS, (NEXT_STATE,))
    assert are_equivalent([(as_file(circuit, "blif"), (".blif", source.read_bytes()))]) == [True]


@pytest.mark.parametrize("file_format", ["bench", "aig", "blif"])
def test_constants_and_wires_written_by_abc_are_read(file_format: str, tmp_path: Path) -> None:
    plain = ".model m\n.inputs a b\n.outputs zero one same not\n.names zero\n.names one\n1\n.names a same\n1 1\n"
    plain += ".names b not\n0 1\n.end\n"
    (tmp_path / "plain.blif").write_text(plain)
    target = tmp_path / f"written.{file_format}"
    script = f"read {tmp_path / 'plain.blif'}; strash; write {target}"
    subprocess.run([str(ABC), "-q", script], check=True, capture_output=True, timeout=60)
    assert outputs_of(read_circuit(target)) == [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1], [1, 0, 1, 0]]
