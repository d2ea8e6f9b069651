"""The drawing, as text: every signal that is used is a node, every fan-in an edge."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, remove_dead_gates
from ca_logic.circuit.dot import write_dot
from ca_logic.gates import Gate
from tests.strategies import circuits

NODE = re.compile(r'  ([so]\d+) \[label="([^"]*)", shape=(\w+)\];')
EDGE = re.compile(r"  (s\d+) -> ([so]\d+)(?: \[arrowhead=odot\])?;")


def half_adder() -> Circuit:
    """Returns the sum and the carry of two bits."""
    builder = CircuitBuilder(["a", "b"], name="half adder")
    return builder.build({"sum": builder.add(Gate.XOR, 1, 2), "carry": builder.add(Gate.AND, 1, 2)})


def test_inputs_gates_and_outputs_are_nodes_of_their_own_shape() -> None:
    nodes = {name: (label, shape) for name, label, shape in NODE.findall(write_dot(half_adder()))}
    assert nodes == {
        "s1": ("a", "plaintext"),
        "s2": ("b", "plaintext"),
        "s3": ("xor", "box"),
        "s4": ("and", "box"),
        "o0": ("sum", "doublecircle"),
        "o1": ("carry", "doublecircle"),
    }


def test_every_fanin_is_an_edge() -> None:
    edges = set(EDGE.findall(write_dot(half_adder())))
    assert edges == {("s1", "s3"), ("s2", "s3"), ("s1", "s4"), ("s2", "s4"), ("s3", "o0"), ("s4", "o1")}


def test_equal_fanins_are_one_edge() -> None:
    builder = CircuitBuilder(["a"])
    assert EDGE.findall(write_dot(builder.build({"y": builder.negate(1)}))) == [("s1", "s2"), ("s2", "o0")]


def test_the_constant_is_drawn_only_where_it_is_used() -> None:
    assert "false" not in write_dot(half_adder())
    assert '  s0 [label="false"' in write_dot(CircuitBuilder(["a"]).build({"y": 0}))


def test_names_are_quoted() -> None:
    circuit = CircuitBuilder(['say "a"'], name='a "name"').build({"back\\slash": 1})
    text = write_dot(circuit)
    assert text.startswith('digraph "a \\"name\\"" {\n')
    assert 'label="say \\"a\\""' in text
    assert 'label="back\\\\slash"' in text


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_every_edge_joins_nodes_that_are_drawn(circuit: Circuit) -> None:
    live = remove_dead_gates(circuit)
    text = write_dot(live)
    nodes = {name for name, _, _ in NODE.findall(text)}
    edges = EDGE.findall(text)
    assert {end for edge in edges for end in edge} <= nodes
    assert len(edges) >= sum(len(set(pair)) for pair in live.fanins.tolist()) + len(live.outputs)
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("gate", "label", "inverted"), [(2, "and", "s2"), (4, "and", "s1"), (11, "or", "s2"), (13, "or", "s1")]
)
def test_an_inverted_input_is_drawn_with_a_bubble(gate: int, label: str, inverted: str) -> None:
    circuit = Circuit("c", ("a", "b"), ("y",), np.array([gate]), np.array([[1, 2]]), np.array([3]))
    text = write_dot(circuit)
    assert f's3 [label="{label}", shape=box]' in text
    assert [line.split()[0] for line in text.splitlines() if "odot" in line] == [inverted]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")
def test_graphviz_reads_it() -> None:
    result = subprocess.run(["dot", "-Tplain"], input=write_dot(half_adder()), capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("\nnode ") == 6
