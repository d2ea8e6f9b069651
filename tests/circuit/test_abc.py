"""Berkeley's ABC as an oracle: its equivalence checker against everything that rewrites a circuit.

The tool reads our BLIF with its own parser and proves equivalence with its own SAT solver.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors
from ca_logic.circuit.blif import read_blif, write_blif
from ca_logic.gates import Gate
from ca_logic.resources import resource_folder
from ca_logic.synthesis.flow import PASSES, optimize
from ca_logic.tasks import Rule, list_rules
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE
from tests.strategies import circuits

ABC = next(filter(None, map(shutil.which, ("berkeley-abc", "abc", "yosys-abc"))), None)

pytestmark = pytest.mark.skipif(
    ABC is None, reason="ABC is not installed (tried berkeley-abc, abc, yosys-abc; Debian's package is berkeley-abc)"
)


def check_with_abc(*pairs: tuple[str, str]) -> list[bool]:
    """Returns for each pair of BLIF texts whether ABC proves them equivalent, names matched by order."""
    with tempfile.TemporaryDirectory(prefix="abc-") as folder:
        commands = []
        for number, (one, other) in enumerate(pairs):
            (Path(folder) / f"{number}a.blif").write_text(one)
            (Path(folder) / f"{number}b.blif").write_text(other)
            commands.append(f"cec -n {number}a.blif {number}b.blif")
        command = [str(ABC), "-q", "; ".join(commands)]
        result = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
    verdicts = [line for line in result.stdout.splitlines() if line.startswith("Networks are ")]
    assert len(verdicts) == len(pairs), f"ABC did not understand: {result.stdout} {result.stderr}"
    return [line.startswith("Networks are equivalent") for line in verdicts]


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
    vectors = InputVectors.complete(len(circuit.inputs))
    passes = {name: write_blif(run(circuit, vectors)) for name, run in PASSES}
    verdicts = check_with_abc(*((before, after) for after in passes.values()))
    assert dict(zip(passes, verdicts, strict=True)) == dict.fromkeys(passes, True)


@settings(deadline=None, max_examples=15)
@given(circuits(max_inputs=8, max_gates=60, max_outputs=4))
def test_the_whole_flow_keeps_the_function(circuit: Circuit) -> None:
    assert check_with_abc((write_blif(circuit), write_blif(optimize(circuit)[0]))) == [True]


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
