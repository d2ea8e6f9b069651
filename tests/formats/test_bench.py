"""BENCH out and in: the function survives, gates of any width are read, and nonsense is refused by line."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit
from ca_logic.errors import CircuitError
from ca_logic.formats.bench import read_bench, write_bench
from ca_logic.gates import NUM_GATES, Gate
from tests.formats.lookups import lookup_circuits, outputs_of
from tests.plain_evaluation import same_function
from tests.strategies import circuits


def bench(*lines: str, inputs: str = "ab") -> str:
    """Returns a text of the given lines, from line 4 on for two inputs, and the output y."""
    return "\n".join([*(f"INPUT({name})" for name in inputs), "OUTPUT(y)", *lines, ""])


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_round_trip_keeps_the_function_and_the_names(circuit: Circuit) -> None:
    again = read_bench(write_bench(circuit), name=circuit.name)
    assert again.name == circuit.name
    assert same_function(again, circuit)


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_round_trip_never_adds_gates(circuit: Circuit) -> None:
    assert read_bench(write_bench(circuit)).num_gates <= circuit.num_gates


@settings(deadline=None, max_examples=30)
@given(lookup_circuits())
def test_round_trip_of_tables_keeps_the_function(circuit: LookupCircuit) -> None:
    assert outputs_of(read_bench(write_bench(circuit))) == outputs_of(circuit)


@pytest.mark.parametrize("gate", range(NUM_GATES))
@pytest.mark.parametrize("fanins", [(1, 2), (2, 1), (1, 1), (0, 1), (2, 0), (0, 0)])
def test_every_gate_is_written_right(gate: int, fanins: tuple[int, int]) -> None:
    circuit = Circuit("one", ("a", "b"), ("y",), np.array([gate]), np.array([fanins]), np.array([3]))
    assert same_function(read_bench(write_bench(circuit)), circuit)


def test_only_plain_gates_are_written_and_an_inverter_once() -> None:
    builder = CircuitBuilder(["a", "b", "c"], name="m")
    signals = [builder.add(Gate.A_AND_NOT_B, 1, 3), builder.add(Gate.A_OR_NOT_B, 2, 3)]
    text = write_bench(builder.build({"p": signals[0], "q": signals[1]}), comments=["proved"])
    assert text.splitlines() == [
        *("# m", "# proved", "INPUT(a)", "INPUT(b)", "INPUT(c)", "OUTPUT(p)", "OUTPUT(q)"),
        *("c_not = NOT(c)", "p = AND(a, c_not)", "q = OR(b, c_not)"),
    ]


def test_inputs_named_like_inverters_do_no_harm() -> None:
    builder = CircuitBuilder(["a", "a_not", "a_not_", "g0"])
    first = builder.add(Gate.NOT_A_AND_B, 1, 2)
    circuit = builder.build({"y": builder.add(Gate.XOR, first, builder.add(Gate.AND, 3, 4))})
    assert same_function(read_bench(write_bench(circuit)), circuit)


@settings(deadline=None, max_examples=60)
@given(circuits(), st.data())
def test_outputs_named_like_inverters_do_no_harm(circuit: Circuit, data: st.DataObject) -> None:
    likely = [f"{name}_not{'_' * places}" for name in (*circuit.inputs, "g0") for places in range(4)]
    count = len(circuit.outputs)
    outputs = data.draw(st.lists(st.sampled_from(likely), min_size=count, max_size=count, unique=True))
    renamed = replace(circuit, outputs=tuple(outputs))
    assert same_function(read_bench(write_bench(renamed)), renamed)


def test_a_second_output_named_like_an_inverter_does_no_harm() -> None:
    builder = CircuitBuilder(["a", "b"])
    gate = builder.add(Gate.NOT_A_AND_B, 1, 2)
    circuit = builder.build({"y": gate, "a_not": gate})
    assert same_function(read_bench(write_bench(circuit)), circuit)


def test_names_that_would_break_a_line_are_refused() -> None:
    with pytest.raises(CircuitError, match=r"'a\) y = AND\(b' cannot be a name in BENCH"):
        write_bench(CircuitBuilder(["a) y = AND(b"]).build({"y": 1}))
    with pytest.raises(CircuitError, match="an input and an output named 'a'"):
        write_bench(CircuitBuilder(["a"]).build({"a": 0}))


PLAIN: dict[str, Callable[[tuple[int, ...]], int]] = {
    "AND": all,
    "NAND": lambda row: not all(row),
    "OR": any,
    "NOR": lambda row: not any(row),
    "XOR": lambda row: sum(row) % 2,
    "XNOR": lambda row: 1 - sum(row) % 2,
}


@pytest.mark.parametrize("operator", PLAIN)
@pytest.mark.parametrize("num_fanins", range(1, 7))
def test_gates_of_any_width_are_read(operator: str, num_fanins: int) -> None:
    names = "abcdef"[:num_fanins]
    text = bench(f"y={operator.lower()} ( {' , '.join(names)})  # a comment", inputs=names)
    rows = itertools.product((0, 1), repeat=num_fanins)
    assert outputs_of(read_bench(text)) == [[int(PLAIN[operator](row)) for row in rows]]


@pytest.mark.parametrize(
    ("line", "table"),
    [
        ("y = NOT(a)", [1, 1, 0, 0]),
        ("y = BUF(a)", [0, 0, 1, 1]),
        ("y = BUFF(b)", [0, 1, 0, 1]),
        ("y = vdd", [1, 1, 1, 1]),
        ("y = gnd", [0, 0, 0, 0]),
        ("y = LUT 0x2 ( a, b )", [0, 0, 1, 0]),
        ("y = LUT 0x4 ( a, b )", [0, 1, 0, 0]),
        ("y = LUT 0x1 ( a )", [1, 1, 0, 0]),
        ("y = LUT 0xE4 ( a, b, a )", [0, 1, 1, 1]),
        ("y = LUT 0x0008 ( a, b )", [0, 0, 0, 1]),
    ],
)
def test_single_gates_constants_and_tables_are_read(line: str, table: list[int]) -> None:
    assert outputs_of(read_bench(bench(line))) == [table]


@settings(deadline=None)
@given(st.integers(0, 7).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, (1 << (1 << n)) - 1))))
def test_tables_of_any_width_are_read(case: tuple[int, int]) -> None:
    num_fanins, table = case
    names = "abcdefg"[:num_fanins]
    text = bench(f"y = LUT 0x{table:x} ( {', '.join(names)} )", inputs=names)
    expected = [
        table >> sum(bit << place for place, bit in enumerate(row)) & 1
        for row in itertools.product((0, 1), repeat=num_fanins)
    ]
    assert outputs_of(read_bench(text)) == [expected]


def test_lines_may_come_in_any_order() -> None:
    text = "y = AND(p, q)\nq = OR(a, b)\np = NOT(a)\nOUTPUT(y)\n\n# done\nINPUT(a)\ninput( b )\n"
    assert outputs_of(read_bench(text)) == [[0, 1, 0, 0]]


def test_deep_circuits_need_no_recursion() -> None:
    chain = [f"t{i} = XOR(t{i + 1}, a)" for i in range(5000)]
    assert outputs_of(read_bench(bench("y = BUFF(t0)", *chain, "t5000 = BUFF(b)"))) == [[0, 1, 0, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "without OUTPUT: an empty or truncated file"),
        ("INPUT(a)\n", "without OUTPUT"),
        (bench(), "line 3: 'y' is used but never defined"),
        (bench("y = DFF(a)"), "line 4: DFF is a flip-flop; only combinational"),
        (bench("y = DFFSR(a, b)"), "line 4: DFFSR is a flip-flop"),
        (bench("y = MUX(a, b)"), "line 4: 'MUX' is no gate; known are AND,"),
        (bench("y = AND(a, c)"), "line 4: 'c' is used but never defined"),
        (bench("y = AND(a, y)"), "line 4: 'y' depends on itself"),
        (bench("y = NOT(p)", "p = NOT(q)", "q = NOT(p)"), "line [56]: '[pq]' depends on itself"),
        (bench("y = NOT(a)", "y = NOT(b)"), "line 5: 'y' is defined twice"),
        (bench("a = NOT(b)", "y = NOT(a)"), "line 4: 'a' is defined twice"),
        (bench("INPUT(a)", "y = NOT(a)"), r"line 4: INPUT\('a'\) stands there twice"),
        (bench("OUTPUT(y)", "y = NOT(a)"), r"line 4: OUTPUT\('y'\) stands there twice"),
        (bench("y = AND()"), "line 4: AND of 0 fan-ins; it takes at least one"),
        (bench("y = NOT(a, b)"), "line 4: NOT of 2 fan-ins; it takes one"),
        (bench("y = AND"), "line 4: AND of 0 fan-ins"),
        (bench("y = AND(a,,b)"), "line 4: '' is no name"),
        (bench("y = AND(a b)"), "line 4: 'a b' is no name"),
        (bench("y = AND(a, b"), r"line 4: 'y = AND\(a, b' is no INPUT"),
        (bench("y = AND(a)) "), r"line 4: 'a\)' is no name"),
        (bench("y AND(a, b)"), "line 4: .* is no INPUT"),
        (bench("INPUT(a b)"), "line 4: .* is no INPUT"),
        (bench("y = LUT (a, b)"), "line 4: .* is not written like y = LUT 0x8"),
        (bench("y = AND 0x8 (a, b)"), "line 4: .* is not written like y = LUT 0x8"),
        (bench("y = LUT 0x10 (a, b)"), "line 4: LUT '0x10' of 2 fan-ins"),
        (bench("y = LUT 0x4 (a)"), "line 4: LUT '0x4' has more than the 2 rows"),
        (bench(f"y = LUT 0x{'f' * 10**6} (a, b)"), "line 4: LUT '0xf+...f+' of 2 fan-ins"),
        (bench(f"y = LUT 0x1 ({', '.join('a' * 60)})"), "line 4: LUT '0x1' of 60 fan-ins; it takes up to 16"),
        ("hello, world\n", "line 1: 'hello, world' is no INPUT"),
        ("\x00\x01\x02", r"line 1: control character '\\x00'; remove it"),
        (bench("# note\x0cy = NOT(a)"), r"line 4: control character '\\x0c'; remove it"),
        (bench("# note\u2028y = NOT(a)"), "line 3: 'y' is used but never defined"),
        (bench("y = NOT(\u00a0a)"), "line 4: .* is used but never defined"),
    ],
)
def test_malformed_text_is_refused_by_line(text: str, message: str) -> None:
    with pytest.raises(CircuitError, match=message) as caught:
        read_bench(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


WIDE = ", ".join("abcdefghijklmnop")


def test_wide_tables_that_no_output_needs_cost_nothing() -> None:
    lines = [f"t{number} = LUT 0x1 ({WIDE})" for number in range(5000)]
    start = time.perf_counter()
    circuit = read_bench(bench(*lines, "y = NOT(a)", inputs="abcdefghijklmnop"))
    assert time.perf_counter() - start < 2
    assert circuit.num_gates == 1


def test_more_rows_of_tables_than_are_understood_are_refused() -> None:
    lines = [f"t{number} = LUT 0x1 ({WIDE})" for number in range(65)]
    lines.append(f"y = XOR({', '.join(f't{number}' for number in range(65))})")
    with pytest.raises(
        CircuitError, match="line 82: the tables so far have 4259840 rows; up to 4194304 are understood"
    ):
        read_bench(bench(*lines, inputs="abcdefghijklmnop"))


def test_more_inputs_or_outputs_than_are_understood_are_refused() -> None:
    inputs = "".join(f"INPUT(i{number})\n" for number in range(65537))
    with pytest.raises(CircuitError, match="BENCH: 65537 inputs are too many; up to 65536 are understood"):
        read_bench(f"{inputs}OUTPUT(i0)\n")


def assert_read_or_refused(text: str) -> None:
    """Reads the text; nothing but a `CircuitError` of one line may be raised."""
    complaint = ""
    try:
        read_bench(text)
    except CircuitError as error:
        complaint = str(error)
    assert "\n" not in complaint


@given(st.text())
def test_arbitrary_text_raises_nothing_but_circuit_errors(text: str) -> None:
    assert_read_or_refused(text)


WORDS = ["INPUT(a)", "OUTPUT(y)", "\n", "\n", "y", "a", "b", "=", "(", ")", ",", "AND", "NOT", "LUT", "0x6", "vdd", "#"]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_words_of_bench_in_any_order_raise_nothing_but_circuit_errors(words: list[str]) -> None:
    assert_read_or_refused(" ".join(words))


@settings(deadline=None, max_examples=20)
@given(circuits(max_inputs=3, max_gates=4))
def test_text_cut_anywhere_raises_nothing_but_circuit_errors(circuit: Circuit) -> None:
    text = write_bench(circuit)
    for end in range(len(text)):
        assert_read_or_refused(text[:end])
