"""BLIF out and in: the function survives, the text is stable, and nonsense is refused by line."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, truth_tables
from ca_logic.circuit.lookup import gates_of
from ca_logic.errors import CircuitError
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.gates import NUM_GATES, Gate
from tests.formats.lookups import lookup_circuits, outputs_of
from tests.plain_evaluation import evaluate_all, rows_of, same_function
from tests.strategies import circuits


def model(*lines: str, inputs: str = "a b", outputs: str = "y") -> str:
    """Returns a BLIF model with the given lines between its interface, on lines 1 to 3, and its end."""
    return "\n".join([".model m", f".inputs {inputs}", f".outputs {outputs}", *lines, ".end", ""])


def table_of(text: str) -> list[int]:
    """Returns the truth table of the first output."""
    table: list[int] = evaluate_all(read_blif(text))[0].tolist()
    return table


# Writing, and reading what was written.


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_round_trip_keeps_the_function_and_the_names(circuit: Circuit) -> None:
    again = read_blif(write_blif(circuit))
    assert again.name == circuit.name
    assert same_function(again, circuit)


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_text_that_was_read_once_is_written_back_unchanged(circuit: Circuit) -> None:
    text = write_blif(read_blif(write_blif(circuit)))
    assert write_blif(read_blif(text)) == text


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_round_trip_never_adds_gates(circuit: Circuit) -> None:
    assert read_blif(write_blif(circuit)).num_gates <= circuit.num_gates


@settings(deadline=None, max_examples=60)
@given(lookup_circuits())
def test_tables_of_three_keep_the_function_and_never_take_more_gates(circuit: LookupCircuit) -> None:
    again = read_blif(write_blif(circuit))
    assert outputs_of(again) == outputs_of(circuit)
    assert again.num_gates <= gates_of(circuit).num_gates


def test_a_table_of_three_is_one_names_of_the_fewest_cubes() -> None:
    majority = LookupCircuit("m", ("a", "b", "c"), ("y",), np.array([0b00010111]), np.array([[1, 2, 3]]), np.array([4]))
    text = write_blif(majority)
    assert ".names a b c y\n11- 1\n1-1 1\n-11 1\n.end\n" in text
    assert read_blif(text).num_gates == 4


@pytest.mark.parametrize("gate", range(NUM_GATES))
@pytest.mark.parametrize("fanins", [(1, 2), (2, 1), (1, 1), (0, 1), (2, 0), (0, 0)])
def test_every_gate_is_written_right(gate: int, fanins: tuple[int, int]) -> None:
    circuit = Circuit("one", ("a", "b"), ("y",), np.array([gate]), np.array([fanins]), np.array([3]))
    assert same_function(read_blif(write_blif(circuit)), circuit)


def test_an_or_of_literals_is_written_as_two_cubes() -> None:
    builder = CircuitBuilder(["a", "b"])
    text = write_blif(builder.build({"y": builder.add(Gate.NOT_A_OR_B, 1, 2)}))
    assert ".names a b y\n0- 1\n-1 1\n" in text


def test_outputs_may_be_inputs_constants_and_each_other() -> None:
    builder = CircuitBuilder(["a", "b"])
    gate = builder.add(Gate.AND, 1, 2)
    circuit = builder.build(
        {"p": 1, "zero": 0, "q": gate, "r": gate, "one": builder.negate(0), "not_a": builder.negate(1)}
    )
    again = read_blif(write_blif(circuit))
    assert same_function(again, circuit)
    assert again.num_gates == circuit.num_gates


def test_a_gate_bears_the_name_of_the_first_output_it_drives() -> None:
    builder = CircuitBuilder(["a", "b"])
    gate = builder.add(Gate.AND, 1, 2)
    text = write_blif(builder.build({"q": gate, "r": gate}))
    assert ".names a b q\n11 1\n.names q r\n1 1\n" in text


@pytest.mark.parametrize("names", [("g0", "g1"), ("gfalse", "g0"), ("g0", "g_0"), ("g_false", "g12")])
def test_inputs_named_like_inner_signals_do_no_harm(names: tuple[str, str]) -> None:
    builder = CircuitBuilder(names)
    inner = builder.add(Gate.XOR, 1, 2)
    circuit = builder.build({"y": builder.add(Gate.AND, inner, 1), "zero": 0})
    assert same_function(read_blif(write_blif(circuit)), circuit)


def test_long_lists_of_names_are_wrapped() -> None:
    names = [f"a_rather_long_name_{i}" for i in range(30)]
    circuit = CircuitBuilder(names).build({f"y{i}": 1 + i for i in range(30)})
    text = write_blif(circuit)
    assert max(map(len, text.splitlines())) <= 80
    assert "\\\n" in text
    again = read_blif(text)
    assert (again.inputs, again.outputs) == (circuit.inputs, circuit.outputs)
    assert again.drivers.tolist() == circuit.drivers.tolist()


def test_a_name_longer_than_a_line_is_kept_whole() -> None:
    names = ["x" * 100, "z" * 100]
    assert read_blif(write_blif(CircuitBuilder(names).build({"y": 2}))).inputs == tuple(names)


def test_comments_stand_on_top_and_are_ignored_by_the_reader() -> None:
    circuit = CircuitBuilder(["a"]).build({"y": 1})
    text = write_blif(circuit, comments=["learned today", "two\nlines", ".latch \\"])
    assert text.splitlines()[:4] == ["# learned today", "# two", "# lines", "# .latch \\"]
    assert read_blif(text) == read_blif(write_blif(circuit))


@pytest.mark.parametrize("name", ["", "a b", "a\tb", "a\nb", "a#b", "a=b", "a\\", ".a", "a\x7f", "a\u2028b", "\x00"])
@pytest.mark.parametrize("field", ["name", "inputs", "outputs"])
def test_names_that_blif_cannot_hold_are_refused(name: str, field: str) -> None:
    circuit = CircuitBuilder(["a", "b"]).build({"y": 1})
    bad = replace(circuit, name=name) if field == "name" else circuit
    if field == "inputs":
        bad = replace(circuit, inputs=("a", name))
    if field == "outputs":
        bad = replace(circuit, outputs=(name,))
    with pytest.raises(CircuitError, match="cannot be a name in BLIF"):
        write_blif(bad)


def test_an_input_and_an_output_of_one_name_are_refused() -> None:
    with pytest.raises(CircuitError, match="an input and an output named 'b'; rename one"):
        write_blif(CircuitBuilder(["a", "b"]).build({"b": 1}))


# Reading what others write.


@pytest.mark.parametrize(
    ("lines", "table"),
    [
        ((".names a b y", "11 1"), [0, 0, 0, 1]),
        ((".names a b y", "11 0"), [1, 1, 1, 0]),
        ((".names b a y", "10 1"), [0, 1, 0, 0]),
        ((".names a b y", "1- 1", "-1 1"), [0, 1, 1, 1]),
        ((".names a b y", "0- 0"), [0, 0, 1, 1]),
        ((".names a b y", "-- 1"), [1, 1, 1, 1]),
        ((".names a b y", "-- 0"), [0, 0, 0, 0]),
        ((".names a b y",), [0, 0, 0, 0]),
        ((".names a y", "0 1"), [1, 1, 0, 0]),
        ((".names a y", "1 0"), [1, 1, 0, 0]),
        ((".names a y", "- 1"), [1, 1, 1, 1]),
        ((".names a y", "0 1", "1 1"), [1, 1, 1, 1]),
        ((".names a a y", "10 1", "01 1"), [0, 0, 0, 0]),
        ((".names y", "1"), [1, 1, 1, 1]),
        ((".names y", "0"), [0, 0, 0, 0]),
        ((".names y",), [0, 0, 0, 0]),
        ((".names a b y", "11 1", "11 1"), [0, 0, 0, 1]),
    ],
)
def test_tables_are_read_as_the_format_says(lines: tuple[str, ...], table: list[int]) -> None:
    assert table_of(model(*lines)) == table


@dataclass(frozen=True)
class Model:
    """A random model, and the outputs that plain reasoning about cubes gives."""

    text: str
    tables: list[list[int]]


def matches(cube: str, values: list[int]) -> bool:
    """Tells whether every literal of the cube agrees with the value beneath it."""
    return all(literal in ("-", str(value)) for literal, value in zip(cube, values, strict=True))


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Any model of sums of products over 0 to 5 signals, on-sets and off-sets, its tables in any order."""
    inputs = [f"x{i}" for i in range(draw(st.integers(0, 4)))]
    functions = dict(zip(inputs, map(list, zip(*rows_of(len(inputs)), strict=True)), strict=True)) if inputs else {}
    num_rows = 1 << len(inputs)
    blocks = []
    for number in range(draw(st.integers(1, 6))):
        fanins = draw(st.lists(st.sampled_from(sorted(functions)), max_size=5)) if functions else []
        cube = st.text(alphabet="01-", min_size=len(fanins), max_size=len(fanins))
        cubes, value = draw(st.lists(cube, max_size=4)), draw(st.sampled_from("01"))
        listed = [
            any(matches(cube, [functions[name][row] for name in fanins]) for cube in cubes) for row in range(num_rows)
        ]
        # Without any cube a table is 0, whatever value the cubes would have had.
        functions[f"t{number}"] = [int(found == (value == "1")) if cubes else 0 for found in listed]
        blocks.append(
            "\n".join([f".names {' '.join([*fanins, f't{number}'])}", *(f"{cube} {value}" for cube in cubes)])
        )
    outputs = draw(st.lists(st.sampled_from(sorted(functions)), min_size=1, max_size=3, unique=True))
    lines = [".model random", f".inputs {' '.join(inputs)}", f".outputs {' '.join(outputs)}"]
    text = "\n".join([*lines, *draw(st.permutations(blocks)), ".end"])
    return Model(text, [functions[name] for name in outputs])


@settings(deadline=None, max_examples=60)
@given(models())
def test_sums_of_products_are_read_in_any_order(random_model: Model) -> None:
    assert evaluate_all(read_blif(random_model.text)).tolist() == random_model.tables


@pytest.mark.parametrize("num_fanins", range(6))
@pytest.mark.parametrize("value", ["0", "1"])
def test_parity_of_up_to_five_inputs_from_minterms(num_fanins: int, value: str) -> None:
    names = [f"x{i}" for i in range(num_fanins)]
    odd = ["".join(cube) for cube in itertools.product("01", repeat=num_fanins) if cube.count("1") % 2]
    lines = [f".names {' '.join([*names, 'y'])}", *(f"{cube} {value}" for cube in odd)]
    expected = [(sum(row) % 2) ^ (value == "0" and bool(odd)) for row in rows_of(num_fanins)]
    assert table_of(model(*lines, inputs=" ".join(names))) == expected


def test_comments_blank_lines_and_continuations_mean_nothing() -> None:
    text = """\
# a comment first
.model m # and one here

.inputs a \\
  b
.outputs \\
y
.names a \\
b \\
y
1- 1 # a or
# between cubes
-1 1
.end
"""
    circuit = read_blif(text)
    assert (circuit.name, circuit.inputs, circuit.outputs) == ("m", ("a", "b"), ("y",))
    assert evaluate_all(circuit).tolist() == [[0, 1, 1, 1]]


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_either_line_ending_is_read(ending: str) -> None:
    text = model(".names a b y", "11 1").replace("\n", ending)
    assert table_of(text) == [0, 0, 0, 1]


def test_interfaces_may_be_given_in_several_lines() -> None:
    text = ".inputs a\n.inputs b\n.outputs y\n.outputs z\n.names b y\n1 1\n.names a z\n1 1\n"
    circuit = read_blif(text)
    assert (circuit.inputs, circuit.outputs) == (("a", "b"), ("y", "z"))
    assert circuit.drivers.tolist() == [2, 1]


def test_model_and_its_name_are_optional() -> None:
    assert read_blif(".model\n.inputs a\n.outputs y\n.names a y\n1 1\n.end").name == "circuit"
    assert read_blif(".inputs a\n.outputs y\n.names a y\n1 1").name == "circuit"


def test_deep_models_need_no_recursion() -> None:
    chain = [f".names t{i + 1} x t{i}\n10 1\n01 1" for i in range(5000)]
    text = model(*chain, ".names x t5000", "1 1", inputs="x", outputs="t0")
    assert truth_tables(read_blif(text)).tolist() == [[0, 1]]


def test_diamonds_are_no_cycles() -> None:
    lines = (".names p q y", "11 1", ".names q a p", "11 1", ".names a b q", "11 1")
    assert table_of(model(*lines)) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "without .outputs: an empty or truncated file"),
        ("# nothing\n\n", "without .outputs: an empty or truncated file"),
        (".model m\n.inputs a", "without .outputs: an empty or truncated file"),
        (".model m\n.inputs a\n.outputs\n", "without .outputs"),
        (model(), "BLIF line 3: 'y' is used but never defined"),
        (".model m\n.inputs a\n.outputs y\n.names a y\n1 1\n", "ends without .end: truncated. Add .end if it is whole"),
        (model("# note\x0c.names b y", "1 1"), r"line 4: control character '\\x0c'; remove it"),
        (model("# note\x85.names b y", "1 1"), r"line 4: control character '\\x85'; remove it"),
        (model("# note\r.names b y", "1 1"), r"line 4: control character '\\r'; remove it"),
        (model("# note\u2028.names b y", "1 1"), "line 5: '1' stands before any .names"),
        (model(".names\u00a0b y", "1 1"), "line 4: .* is not understood"),
        (model(".latch a y re clk 0"), r"line 4: '\.latch' is not understood; only combinational"),
        (model(".subckt half a=a b=b y=y"), r"line 4: '\.subckt' is not understood"),
        (model(".gate and2 A=a B=b O=y"), r"line 4: '\.gate' is not understood"),
        (model(".exdc"), r"line 4: '\.exdc' is not understood"),
        (model(".names a c y", "11 1"), "line 4: 'c' is used but never defined"),
        (model(".names a y", "1 1", ".names b y", "1 1"), "line 6: 'y' is defined twice"),
        (model(".names b a", "1 1", ".names a y", "1 1"), "line 4: 'a' is defined twice"),
        (model(".names y y", "1 1"), "line 4: 'y' depends on itself"),
        (model(".names p y", "1 1", ".names q p", "1 1", ".names p q", "1 1"), "line [68]: '[pq]' depends on itself"),
        (model(".names a b y", "1 1"), "line 5: '1 1' does not fit a .names of 2 inputs"),
        (model(".names a b y", "111 1"), "line 5: '111 1' does not fit a .names of 2 inputs"),
        (model(".names a b y", "1 1 1"), "line 5: '1 1 1' does not fit"),
        (model(".names a b y", "11"), "line 5: '11' does not fit"),
        (model(".names y", "1 1"), "line 5: '1 1' does not fit a .names of 0 inputs"),
        (model(".names a b y", "1x 1"), "line 5: '1x 1' has characters other than 0, 1 and -"),
        (model(".names a b y", "11 -"), "line 5: '11 -' has characters other than 0, 1 and -"),
        (model(".names y", "-"), "line 5: '-' has characters other than"),
        (model(".names a b y", "11 1", "00 0"), r"line 4: \.names 'y' lists both ones and zeros"),
        (model("11 1"), "line 4: '11' stands before any .names"),
        (model(".names"), r"line 4: \.names without a name"),
        (model(f".names {'a ' * 17}y"), r"line 4: \.names has 17 inputs; 0 to 16 are understood"),
        (model(".names a y", "1 1", inputs="a a"), "names an input twice"),
        (model(".names a y", "1 1", outputs="y y"), "names an output twice"),
        (model(".names a y", "1 1", ".model second"), "line 6: '.model' after the end of the first model"),
        (model(".names a y", "1 1") + model(".names a y", "0 1"), "line 7: '.model' after the end of the first model"),
        ("hello, world\n", "line 1: 'hello,' stands before any .names"),
    ],
)
def test_malformed_text_is_refused_by_line(text: str, message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        read_blif(text)


def test_a_continued_line_is_reported_where_it_starts() -> None:
    text = model(".names a \\", "c \\", "y", "11 1")
    with pytest.raises(CircuitError, match="line 4: 'c' is used but never defined"):
        read_blif(text)


WORDS = [".model", ".inputs", ".outputs", ".names", ".end", ".latch", "\n", "\n", "\n", "\\\n", "#", "\\", " ", "="]
WORDS += ["a", "b", "y", "z", "0", "1", "-", "00", "11", "1-", "-1", "01-", "2", "\t", "\r", "\x0b", "\x85", "²", ""]


def assert_read_or_refused(text: str) -> None:
    """Reads the text; nothing but `CircuitError` may be raised, and what is read can be simulated."""
    try:
        circuit = read_blif(text)
    except CircuitError:
        return
    assert len(circuit.outputs) > 0
    if len(circuit.inputs) < 10:
        assert truth_tables(circuit).shape == (len(circuit.outputs), 1 << len(circuit.inputs))


@given(st.text())
def test_arbitrary_text_raises_nothing_but_circuit_errors(text: str) -> None:
    assert_read_or_refused(text)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=60), st.booleans())
def test_words_of_blif_in_any_order_raise_nothing_but_circuit_errors(words: list[str], framed: bool) -> None:
    text = " ".join(words)
    assert_read_or_refused(model(text) if framed else text)


@settings(deadline=None, max_examples=60)
@given(circuits(max_gates=8), st.data())
def test_text_cut_between_lines_is_refused(circuit: Circuit, data: st.DataObject) -> None:
    lines = write_blif(circuit).splitlines(keepends=True)
    with pytest.raises(CircuitError, match="truncated"):
        read_blif("".join(lines[: data.draw(st.integers(3, len(lines) - 1))]))


@pytest.mark.parametrize(("kind", "count", "limit"), [("inputs", 65537, 65536), ("outputs", 1048577, 1048576)])
def test_more_inputs_or_outputs_than_are_understood_are_refused(kind: str, count: int, limit: int) -> None:
    names = {"inputs": "a", "outputs": "y"} | {kind: " ".join(map(str, range(count)))}
    with pytest.raises(CircuitError, match=f"BLIF: {count} {kind} are too many; up to {limit} are understood"):
        read_blif(model(**names))


@settings(deadline=None, max_examples=60)
@given(circuits(max_gates=8), st.data())
def test_truncated_text_raises_nothing_but_circuit_errors(circuit: Circuit, data: st.DataObject) -> None:
    text = write_blif(circuit)
    assert_read_or_refused(text[: data.draw(st.integers(0, len(text)))])
