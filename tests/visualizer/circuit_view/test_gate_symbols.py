import pytest

from ca_logic.formats.functions import Node
from ca_logic.gates import Gate, complement, complement_a, complement_b, depends_on_a, depends_on_b
from ca_logic.visualizer.circuit_view.gate_symbols import name_of_function, symbol_of, symbol_of_input

BODIES = {"and": Gate.AND, "or": Gate.OR, "xor": Gate.XOR}


@pytest.mark.parametrize("gate", [gate for gate in Gate if depends_on_a(gate) and depends_on_b(gate)])
def test_a_symbol_says_what_its_gate_computes(gate: Gate) -> None:
    symbol = symbol_of(Node(3, gate, (1, 2)))
    table: int = BODIES[symbol.body]
    for position in symbol.inverted_inputs:
        table = (complement_a, complement_b)[position](table)
    assert (complement(table) if symbol.inverted_output else table) == gate
    assert len(symbol.inverted_inputs) + symbol.inverted_output <= 1


def test_other_functions_have_symbols_of_their_own() -> None:
    assert symbol_of(Node(2, 0b10, (1,))).body == "inverter"
    assert symbol_of(Node(2, 0b01, (1,))).body == "buffer"
    assert symbol_of(Node(2, 1, ())).label == "1"
    assert symbol_of(Node(4, 0b0001_0111, (1, 2, 3))).label == "17"


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (Node(3, Gate.A_AND_NOT_B, (1, 2)), "A AND NOT B"),
        (Node(3, Gate.XNOR, (1, 2)), "XNOR"),
        (Node(4, 0x96, (1, 2, 3)), "table 96"),
        (Node(2, 0b10, (1,)), "NOT"),
        (Node(2, 0b01, (1,)), "copy"),
        (Node(2, 0, ()), "constant 0"),
    ],
)
def test_functions_have_names(node: Node, name: str) -> None:
    assert name_of_function(node) == name


def test_inputs_of_automata_are_cells() -> None:
    assert symbol_of_input("nw") == (0, "")
    assert symbol_of_input("se2") == (8, "2")
    assert symbol_of_input("y3x7") == (None, "y3x7")
