"""The generated part of a kernel, judged as a text, and walked down boards in plain Python."""

import ast
import operator
import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.row_source import render_row
from ca_logic.circuit import Circuit, CircuitBuilder, Netlist
from ca_logic.circuit.lookup import lookup_of
from ca_logic.formats.blif import read_blif
from ca_logic.gates import Gate
from ca_logic.resources import resource_folder
from ca_logic.synthesis.row_sharing import fold_rows
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE, input_names
from tests.oracles import (
    circuit_of_table,
    circuit_of_transitions,
    next_by_circuit,
    random_cell_circuit,
    random_neighbourhood_circuit,
    random_states,
    random_table,
    seeds,
    sparse_transitions,
)

STATEMENT = re.compile(r"const cells (?P<name>\w+) = (?P<value>.+);")
OUTPUT = re.compile(r"next\[(?P<plane>\d)\] = (?P<value>.+);")
KEEPING = re.compile(r"kept->(?P<name>\w+) = (?P<value>.+);")
CELL_NAME = re.compile(r"(west|here|east)\d")
KEPT_NAME = re.compile(r"((west|here|east)\d|g\d+)_[12]")

OPERATORS: dict[type[ast.operator], Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}

CIRCUITS: dict[str, Netlist] = {
    "a tree of multiplexers": circuit_of_table(random_table(1)),
    "a circuit of 8 states": circuit_of_transitions(sparse_transitions(8, 8)),
    "life": read_blif((resource_folder("rules") / "life.blif").read_text(encoding="utf-8")),
    "brian's brain": read_blif((resource_folder("rules") / "brians-brain.blif").read_text(encoding="utf-8")),
}
"""Circuits whose gates read all that they name."""


def render(circuit: Netlist) -> str:
    return render_row(fold_rows(circuit))


def statements_of(text: str) -> list[str]:
    """Returns the lines of the function."""
    body = text[text.index("INLINE void next_row(") :].splitlines()[1:]
    assert body[-1] == "}"
    return [line.strip() for line in body[:-1]]


def kept_of(text: str) -> list[str]:
    """Returns the members of `kept_rows`."""
    members = text[text.index("typedef struct {") : text.index("} kept_rows;")].splitlines()[1:]
    return [line.removeprefix("    cells ").removesuffix(";") for line in members]


def gates_of(text: str) -> list[str]:
    """Returns the names of the gates that are computed, in order."""
    names = [match["name"] for statement in statements_of(text) if (match := STATEMENT.fullmatch(statement))]
    return [name for name in names if not CELL_NAME.fullmatch(name)]


def evaluate(expression: str, values: dict[str, np.ndarray], row: dict[str, np.ndarray]) -> np.ndarray:
    """Returns what an expression of the text is worth; C and Python agree about & | ^ ~ and parentheses."""

    def value_of(node: ast.expr) -> np.ndarray:
        match node:
            case ast.BinOp(left, operation, right):
                return OPERATORS[type(operation)](value_of(left), value_of(right))
            case ast.UnaryOp(ast.Invert(), operand):
                return ~value_of(operand)
            case ast.Name("ZERO"):
                return np.zeros_like(row["HERE(0)"])
            case ast.Call():
                return row[ast.unparse(node)]
            case _:
                return values[ast.unparse(node)]

    return value_of(ast.parse(expression.replace("->", "."), mode="eval").body)


def walk_down(text: str, planes: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Yields after each row of a board the planes of what follows the row above it, less the cells at the edges."""
    statements = statements_of(text)
    kept = {f"kept.{name}": np.zeros(planes.shape[2] - 2, dtype=bool) for name in kept_of(text)}
    for cells in planes.transpose(1, 0, 2):
        row: dict[str, np.ndarray] = {}
        for plane, line in enumerate(cells):
            row |= {f"WEST({plane})": line[:-2], f"HERE({plane})": line[1:-1], f"EAST({plane})": line[2:]}
        values, outputs = dict(kept), {}
        for statement in statements:
            if match := STATEMENT.fullmatch(statement):
                values[match["name"]] = evaluate(match["value"], values, row)
            elif match := OUTPUT.fullmatch(statement):
                outputs[int(match["plane"])] = evaluate(match["value"], values, row)
            elif match := KEEPING.fullmatch(statement):
                # Written one after the other: who is needed a row later must not have been written over.
                values[f"kept.{match['name']}"] = kept[f"kept.{match['name']}"] = evaluate(match["value"], values, row)
            else:
                assert statement in ("(void)kept;", "(void)row;"), statement
        yield [outputs[plane] for plane in range(len(planes))]


def assert_walks_like_the_circuit(circuit: Netlist, seed: int) -> None:
    num_planes = len(circuit.outputs)
    states = random_states(12, 7, 1 << num_planes, seed)
    planes = np.stack([states >> plane & 1 for plane in range(num_planes)]).astype(bool)
    rows = [
        sum(bits.astype(int) << plane for plane, bits in enumerate(row)) for row in walk_down(render(circuit), planes)
    ]
    expected = next_by_circuit(states, circuit, torus=False)[1:-1, 1:-1]
    np.testing.assert_array_equal(np.array(rows[2:]), expected)


@settings(deadline=None, max_examples=150)
@given(seed=seeds, bits=st.integers(1, 3), num_gates=st.integers(10, 60))
def test_the_text_computes_what_the_circuit_does(seed: int, bits: int, num_gates: int) -> None:
    assert_walks_like_the_circuit(random_neighbourhood_circuit(seed, bits, num_gates=num_gates), seed)


@settings(deadline=None, max_examples=50)
@given(seed=seeds)
def test_the_text_computes_what_gates_of_two_inputs_do(seed: int) -> None:
    assert_walks_like_the_circuit(random_cell_circuit(seed), seed)


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
def test_the_text_computes_what_circuits_of_rules_do(circuit: Netlist) -> None:
    assert_walks_like_the_circuit(circuit, seed=1)


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
def test_what_several_rows_read_is_computed_once(circuit: Netlist) -> None:
    text, folded = render(circuit), fold_rows(circuit)
    gates = gates_of(text)
    assert len(gates) == len(set(gates)) == folded.num_gates
    assert text.startswith(
        f"/* {folded.num_gates} gates for each row, {folded.num_row_gates} of which read this row only"
    )


@settings(deadline=None)
@given(seed=seeds, bits=st.integers(1, 3))
def test_every_gate_is_a_line_and_reads_what_is_above(seed: int, bits: int) -> None:
    text = render(random_neighbourhood_circuit(seed, bits))
    known = {f"kept->{name}" for name in kept_of(text)} | {"ZERO"}
    for statement in statements_of(text):
        assert statement.count(";") == 1
        assert len(statement) < 120
        match = STATEMENT.fullmatch(statement) or OUTPUT.fullmatch(statement) or KEEPING.fullmatch(statement)
        if match:
            read = set(re.findall(r"(?:kept->)?[A-Za-z_]\w*", re.sub(r"(WEST|HERE|EAST)\(\d\)", "", match["value"])))
            assert read <= known
            known |= {match["name"]} if match.re is STATEMENT else set()


@settings(deadline=None)
@given(seed=seeds, bits=st.integers(1, 3))
def test_nothing_is_computed_read_or_kept_in_vain(seed: int, bits: int) -> None:
    text = render(random_neighbourhood_circuit(seed, bits))
    used = "\n".join(statement.split(" = ", 1)[1] for statement in statements_of(text) if " = " in statement)
    for statement in statements_of(text):
        if match := STATEMENT.fullmatch(statement):
            assert re.search(rf"(?<![\w>]){match['name']}\b", used), f"{match['name']} is for nothing"
    for name in kept_of(text):
        assert name == "nothing" or f"kept->{name}" in used, f"{name} is kept for nothing"


@settings(deadline=None)
@given(seed=seeds, bits=st.integers(1, 3))
def test_values_are_kept_for_two_rows_at_most(seed: int, bits: int) -> None:
    text = render(random_neighbourhood_circuit(seed, bits))
    kept = kept_of(text)
    if kept == ["nothing"]:
        assert "(void)kept;" in statements_of(text)
        return
    assert all(KEPT_NAME.fullmatch(name) for name in kept)
    assert len(kept) == len(set(kept))
    # What was two rows above was one row above before, and is handed on from there.
    assert all(f"kept->{name} = kept->{name[:-1]}1;" in statements_of(text) for name in kept if name.endswith("_2"))
    assert f"what {len(kept)} gates and cells were" in text


@pytest.mark.parametrize("bits", [1, 2, 3])
def test_cells_bear_the_names_of_their_columns_and_planes(bits: int) -> None:
    builder = CircuitBuilder(input_names(bits))
    parity = builder.inputs[0]
    for cell in builder.inputs[1:]:
        parity = builder.add(Gate.XOR, parity, cell)
    folded = fold_rows(builder.build({f"next{bit}": parity for bit in range(bits)}))
    statements = statements_of(render_row(folded))
    for plane in range(bits):
        for column in ("west", "here", "east"):
            assert f"const cells {column}{plane} = {column.upper()}({plane});" in statements


def test_a_text_depends_on_the_circuit_only() -> None:
    for circuit in CIRCUITS.values():
        assert render(circuit) == render(circuit)
        assert render(circuit) == render(lookup_of(circuit) if isinstance(circuit, Circuit) else circuit)


def circuit_of(build: Callable[[CircuitBuilder], int]) -> Circuit:
    builder = CircuitBuilder(CELLS)
    return builder.build({NEXT_STATE: build(builder)})


@pytest.mark.parametrize(
    ("signal", "kept", "output"),
    [(1, 2, "kept->west0_2"), (2, 2, "kept->here0_2"), (5, 1, "kept->here0_1"), (8, 0, "here0"), (9, 0, "east0")],
)
def test_a_rule_that_copies_a_cell_keeps_nothing_but_that(signal: int, kept: int, output: str) -> None:
    text = render(circuit_of(lambda _: signal))
    assert gates_of(text) == []
    assert len([name for name in kept_of(text) if name != "nothing"]) == kept
    assert f"next[0] = {output};" in statements_of(text)
    assert len([statement for statement in statements_of(text) if re.search(r"(WEST|HERE|EAST)\(", statement)]) == 1


def test_a_constant_reads_no_cell() -> None:
    zero = render(circuit_of(lambda _: 0))
    assert statements_of(zero) == ["(void)kept;", "(void)row;", "next[0] = ZERO;"]
    one = render(circuit_of(lambda builder: builder.negate(0)))
    assert statements_of(one)[:2] == ["(void)kept;", "(void)row;"]
    assert statements_of(one)[-1].startswith("next[0] = ")
    assert kept_of(zero) == kept_of(one) == ["nothing"]


@pytest.mark.parametrize("signals", [(1, 2, 3), (4, 5, 6), (7, 8, 9), (1, 6, 8), (3, 3, 7)])
def test_rules_that_ignore_rows_compute_what_they_should(signals: tuple[int, int, int]) -> None:
    a, b, c = signals
    circuit = circuit_of(lambda builder: builder.add(Gate.A_AND_NOT_B, builder.add(Gate.XOR, a, b), c))
    assert_walks_like_the_circuit(circuit, seed=2)


@pytest.mark.parametrize("cell", range(1, 10))
def test_copies_of_cells_compute_what_they_should(cell: int) -> None:
    assert_walks_like_the_circuit(circuit_of(lambda _: cell), seed=3)
    assert_walks_like_the_circuit(circuit_of(lambda builder: builder.negate(cell)), seed=3)


def test_constants_compute_what_they_should() -> None:
    assert_walks_like_the_circuit(circuit_of(lambda _: 0), seed=1)
    assert_walks_like_the_circuit(circuit_of(lambda builder: builder.negate(0)), seed=1)
