"""The drawing, as text: every signal that is used is a node, every fan-in an edge."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, remove_dead_gates
from ca_logic.errors import CircuitError, ToolchainError
from ca_logic.formats.dot import MAX_DRAWN_GATES, render_svg, write_dot
from ca_logic.formats.functions import reduced_nodes
from ca_logic.gates import Gate
from tests.strategies import circuits

NODE = re.compile(r'  ([so]\d+) \[label="([^"]*)", shape=(\w+)\];')
EDGE = re.compile(r"  (s\d+) -> ([so]\d+)(?: \[arrowhead=odot\])?;")

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")


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


def test_too_many_gates_are_not_drawn() -> None:
    num_gates = MAX_DRAWN_GATES + 1
    fanins = np.repeat(np.arange(1, num_gates + 1)[:, None], 2, axis=1)
    chain = Circuit("chain", ("a",), ("y",), np.full(num_gates, Gate.NOT_A), fanins, np.array([num_gates + 1]))
    with pytest.raises(CircuitError, match=f"^{num_gates} gates are too many to draw as SVG.*choose the format dot"):
        render_svg(chain)


def test_comments_stand_on_top() -> None:
    text = write_dot(half_adder(), comments=["one\ntwo", "}\u202e digraph {"])
    assert text.splitlines()[:4] == ["// one", "// two", "// } digraph {", 'digraph "half adder" {']


def test_a_table_of_three_bears_its_formula_and_its_wires_say_which_is_which() -> None:
    table = LookupCircuit("c", ("p", "q", "r"), ("y",), np.array([0b00000111]), np.array([[3, 1, 2]]), np.array([4]))
    text = write_dot(table)
    assert 's4 [label="a &amp; (b | c)", shape=box]' in text
    assert re.findall(r's(\d) -> s4 \[headlabel="(.)"\]', text) == [("3", "a"), ("1", "b"), ("2", "c")]


def test_a_table_that_is_a_gate_is_drawn_as_the_gate() -> None:
    table = LookupCircuit("c", ("p", "q"), ("y",), np.array([0b00111100]), np.array([[1, 2, 0]]), np.array([3]))
    gate = Circuit("c", ("p", "q"), ("y",), np.array([Gate.XOR]), np.array([[1, 2]]), np.array([3]))
    assert write_dot(table) == write_dot(gate)


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
    assert len(edges) == sum(len(node.fanins) for node in reduced_nodes(live)) + len(live.outputs)
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("gate", "label", "inverted"), [(2, "and", "s2"), (4, "and", "s1"), (11, "or", "s2"), (13, "or", "s1")]
)
def test_an_inverted_input_is_drawn_with_a_bubble(gate: int, label: str, inverted: str) -> None:
    circuit = Circuit("c", ("a", "b"), ("y",), np.array([gate]), np.array([[1, 2]]), np.array([3]))
    text = write_dot(circuit)
    assert f's3 [label="{label}", shape=box]' in text
    assert [line.split()[0] for line in text.splitlines() if "odot" in line] == [inverted]


@needs_graphviz
def test_graphviz_reads_it() -> None:
    result = subprocess.run(["dot", "-Tplain"], input=write_dot(half_adder()), capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("\nnode ") == 6


@needs_graphviz
def test_the_svg_shows_every_name_whatever_it_is() -> None:
    names = ['say "a"', "a&amp;b", "<b>&", "back\\slash", "\\N", "]]>", "生命", "x\u202ey"]
    circuit = CircuitBuilder(names, name="</title><script>").build({f"o {name}": k for k, name in enumerate(names, 1)})
    root = ET.fromstring(render_svg(circuit, comments=["-->"]).decode())
    texts = {element.text for element in root.iter() if element.tag.endswith("}text")}
    visible = [name.replace("\u202e", "") for name in names]
    assert {text.replace("\xa0", " ") for text in texts if text} == {*visible, *(f"o {name}" for name in visible)}
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_without_graphviz_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"Graphviz.*is not installed.*apt install graphviz.*format dot"):
        render_svg(half_adder())


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo no fonts >&2; echo at all >&2; exit 3", r"failed: 'no fonts\\nat all'; choose"),
        ("exec sleep 9", "took more"),
    ],
)
def test_a_failing_graphviz_is_one_line(
    script: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dot").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("ca_logic.formats.dot._TIMEOUT_SECONDS", 0.3)
    with pytest.raises(ToolchainError, match=message):
        render_svg(half_adder())
