"""Verilog as text; that it computes the circuit is for ABC to say, in test_abc.py, and for Icarus if it is there."""

import itertools
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit
from ca_logic.circuit.netlist import Netlist
from ca_logic.errors import CircuitError
from ca_logic.formats.verilog import write_verilog
from ca_logic.gates import Gate
from tests.formats.lookups import every_table, outputs_of
from tests.strategies import circuits


def test_a_module_is_a_line_a_gate() -> None:
    builder = CircuitBuilder(["a", "b", "c"], name="game-of-life")
    inner = builder.add(Gate.XOR, 1, 2)
    circuit = builder.build({"sum": builder.add(Gate.XNOR, inner, 3), "same": 1, "zero": 0})
    assert write_verilog(circuit, comments=["one\ntwo \\"]).splitlines() == [
        *("// one", "// two", "module game_of_life(a, b, c, sum, same, zero);", "  input a, b, c;"),
        *("  output sum, same, zero;", "  wire g0;", "  assign g0 = a ^ b;", "  assign sum = ~(c ^ g0);"),
        *("  assign same = a;", "  assign zero = 1'b0;", "endmodule"),
    ]


def test_a_table_is_one_assign_of_its_smallest_formula() -> None:
    table = LookupCircuit("m", ("p", "q", "r"), ("y",), np.array([0b00110101]), np.array([[1, 2, 3]]), np.array([4]))
    (line,) = re.findall(r"assign (.*);", write_verilog(table))
    assert re.fullmatch(r"y = [pqr&|^~() ]+", line)
    assert len(re.findall(r"[&|^]", line)) == 3


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_every_name_is_declared_once_and_driven_once(circuit: Circuit) -> None:
    text = write_verilog(circuit)
    declared = [
        name
        for names in re.findall(r"^  (?:input|output|wire) ([^;]*);", text, re.MULTILINE)
        for name in re.split(r",\s+", names)
    ]
    driven = re.findall(r"assign (\w+) =", text)
    read = re.findall(
        r"\b[a-z]\w*", " ".join(re.findall(r"= (.*);", text).copy()).replace("1'b0", "").replace("1'b1", "")
    )
    assert len(set(declared)) == len(declared)
    assert sorted([*circuit.inputs, *driven]) == sorted(declared)
    assert set(read) <= set(declared)


def test_long_lists_are_wrapped() -> None:
    names = [f"a_rather_long_name_{i}" for i in range(30)]
    text = write_verilog(CircuitBuilder(names).build({f"y{i}": 1 + i for i in range(30)}))
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("name", ["a b", "1a", "wire", "a;endmodule", "a$b", ""])
def test_names_that_are_no_identifiers_are_refused(name: str) -> None:
    with pytest.raises(CircuitError, match="cannot be a name in Verilog: a letter or underscore"):
        write_verilog(CircuitBuilder([name]).build({"y": 1}))


def test_an_input_and_an_output_of_one_name_are_refused() -> None:
    with pytest.raises(CircuitError, match="an input and an output named 'a'"):
        write_verilog(CircuitBuilder(["a"]).build({"a": 0}))


def simulated(circuit: Netlist, folder: Path) -> list[list[int]]:
    """Returns each output in all rows, as Icarus Verilog computes them."""
    ports = [*circuit.inputs, *circuit.outputs]
    num_inputs = len(circuit.inputs)
    rows = ["".join(map(str, row)) for row in itertools.product((0, 1), repeat=num_inputs)]
    steps = [f"{{{', '.join(circuit.inputs)}}} = {num_inputs}'b{row}; #1 show;" for row in rows]
    bench = [
        *("module bench;", f"  reg {', '.join(circuit.inputs)};", f"  wire {', '.join(circuit.outputs)};"),
        f"  {circuit.name} dut({', '.join(ports)});",
        f'  task show; $display("%b", {{{", ".join(circuit.outputs)}}}); endtask',
        *("  initial begin", *steps, "  end", "endmodule"),
    ]
    (folder / "all.v").write_text(write_verilog(circuit) + "\n".join(bench) + "\n")
    subprocess.run(["iverilog", "-Wall", "-o", "all.vvp", "all.v"], cwd=folder, check=True, timeout=60)
    result = subprocess.run(
        ["vvp", "-n", "all.vvp"], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return [list(map(int, column)) for column in zip(*result.stdout.split(), strict=True)]


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus Verilog (iverilog) is not installed")
def test_icarus_computes_every_table(tmp_path: Path) -> None:
    assert simulated(every_table(), tmp_path) == outputs_of(every_table())
