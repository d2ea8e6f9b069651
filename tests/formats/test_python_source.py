"""The Python function, executed on 0 and 1, on wide integers and on arrays; no name or comment says anything else."""

import ast
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, simulate
from ca_logic.circuit.netlist import Netlist
from ca_logic.errors import CircuitError
from ca_logic.formats.python_source import write_python
from ca_logic.gates import Gate
from tests.formats.lookups import every_table, lookup_circuits, outputs_of
from tests.strategies import circuits

ODD_COMMENTS = [
    '"""',
    '""""',
    "\\",
    'ends with "',
    "\\N{DIGIT ONE}",
    "a\n'''\nb",
    "\u202e",
    "\x00",
    "生命",
    "%s {x}",
    "",
]


def function_of(circuit: Netlist, *, comments: list[str] | None = None) -> Callable[..., Any]:
    """Returns the function that the text defines, the text having nothing else in it."""
    text = write_python(circuit, comments=comments or [])
    (definition,) = ast.parse(text).body
    assert isinstance(definition, ast.FunctionDef)
    namespace: dict[str, Any] = {}
    exec(compile(text, "generated", "exec"), namespace)
    function: Callable[..., Any] = namespace[definition.name]
    return function


def called(function: Callable[..., Any], circuit: Netlist, operands: Any, ones: Any) -> list[Any]:
    """Returns the outputs as a list, whether or not the function wants to know the lanes."""
    wants_ones = bool(function.__kwdefaults__ is None and function.__code__.co_kwonlyargcount)
    result = function(*operands, **({"ones": ones} if wants_ones else {}))
    return [result] if len(circuit.outputs) == 1 else list(result)


def assert_computes(circuit: Netlist) -> None:
    """Runs the function on bits, on one wide integer for all rows, and on arrays."""
    function = function_of(circuit)
    rows = list(itertools.product((0, 1), repeat=len(circuit.inputs)))
    expected = outputs_of(circuit)
    by_row = [called(function, circuit, row, 1) for row in rows]
    assert [list(column) for column in zip(*by_row, strict=True)] == expected
    wide = [sum(row[k] << place for place, row in enumerate(rows)) for k in range(len(circuit.inputs))]
    outputs = called(function, circuit, wide, (1 << len(rows)) - 1)
    assert outputs == [sum(bit << place for place, bit in enumerate(column)) for column in expected]


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_bits_and_wide_integers_give_the_function(circuit: Circuit) -> None:
    assert_computes(circuit)


@settings(deadline=None, max_examples=60)
@given(lookup_circuits())
def test_tables_give_the_function(circuit: LookupCircuit) -> None:
    assert_computes(circuit)


def test_every_table_gives_the_function() -> None:
    assert_computes(every_table())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int32])
@settings(deadline=None, max_examples=20)
@given(circuit=circuits(), seed=st.integers(0, 99))
def test_arrays_of_words_give_what_numpy_gives(dtype: type, circuit: Circuit, seed: int) -> None:
    if not circuit.inputs:
        return
    words = np.random.default_rng(seed).integers(0, 2**64, (len(circuit.inputs), 3), dtype=np.uint64)
    operands = list(words.view(dtype))
    ones: np.ndarray = np.array(-1).astype(dtype)
    outputs = called(function_of(circuit), circuit, operands, ones)
    assert all(output.dtype == dtype for output in outputs)
    np.testing.assert_array_equal(np.stack(outputs).view(np.uint64), simulate(circuit, words))


@settings(deadline=None, max_examples=20)
@given(circuit=circuits())
def test_arrays_of_zeros_and_ones_stay_so(circuit: Circuit) -> None:
    rows = np.array(list(itertools.product((0, 1), repeat=len(circuit.inputs))), np.uint8)
    outputs = called(function_of(circuit), circuit, list(rows.T), np.uint8(1))
    for output, column in zip(outputs, outputs_of(circuit), strict=True):
        np.testing.assert_array_equal(np.broadcast_to(output, len(rows)), column)


def test_the_lanes_are_asked_for_only_where_they_matter_and_cannot_be_forgotten() -> None:
    builder = CircuitBuilder(["a", "b"])
    first, second = builder.build({"y": builder.add(Gate.A_AND_NOT_B, 1, 2)}), builder.build({"y": builder.negate(1)})
    assert "def circuit(a, b):" in write_python(first)
    assert function_of(first)(5, 1) == 4
    assert "def circuit(a, b, *, ones):" in write_python(second)
    assert function_of(second)(5, 0, ones=7) == 2
    with pytest.raises(TypeError, match="ones"):
        function_of(second)(5, 0)


def test_inputs_named_like_inner_names_do_no_harm() -> None:
    builder = CircuitBuilder(["ones", "g0", "circuit", "ones_"])
    gate = builder.add(Gate.XOR, builder.add(Gate.AND, 1, 2), builder.add(Gate.OR, 3, 4))
    function = function_of(builder.build({"y": builder.negate(gate)}))
    assert function(1, 1, 0, 1, ones__=1) == 1
    assert function(1, 1, 0, 0, ones__=1) == 0


def test_the_docstring_says_what_a_caller_must_know() -> None:
    circuit = CircuitBuilder(["nw", "n"], name="half life").build({"next": 1, "other": 0})
    function = function_of(circuit, comments=["Half of Life (B3/S23).", "Proved: on all rows."])
    assert function.__name__ == "half_life"
    text = function.__doc__ or ""
    for fact in (
        "half life",
        "Half of Life (B3/S23).",
        "Proved: on all rows.",
        "Inputs, in order: nw, n.",
        "next, other",
    ):
        assert fact in text


@pytest.mark.parametrize("comment", ODD_COMMENTS)
def test_odd_comments_are_shown_and_do_nothing(comment: str) -> None:
    circuit = CircuitBuilder(["a"], name=comment).build({"y": 1})
    function = function_of(circuit, comments=["before", comment, "after"])
    assert function(3) == 3
    visible = ["".join(filter(str.isprintable, line)).strip() for line in comment.splitlines()]
    lines = [line.strip() for line in (function.__doc__ or "").splitlines()]
    between = lines[lines.index("before") + 1 : lines.index("after")]
    assert between == visible


@given(st.lists(st.text()), st.text())
def test_comments_and_names_of_circuits_change_only_the_docstring(comments: list[str], name: str) -> None:
    circuit = CircuitBuilder(["a"], name=name).build({"y": 1})
    assert function_of(circuit, comments=comments)(6) == 6


@pytest.mark.parametrize("name", ["a b", "def", "None", "x=1", "a, *b", "__debug__", "ﬁ", ""])
@pytest.mark.parametrize("field", ["inputs", "outputs"])
def test_names_that_are_no_identifiers_are_refused(name: str, field: str) -> None:
    inputs, outputs = ([name], {"y": 1}) if field == "inputs" else (["a"], {name: 1})
    with pytest.raises(CircuitError, match="cannot be a name in Python"):
        write_python(CircuitBuilder(inputs).build(outputs))
