"""AIGER out and in, ASCII and binary: the function survives, and files that lie are refused before they cost much."""

import time
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit
from ca_logic.errors import CircuitError
from ca_logic.formats.aiger import num_ands, read_aiger, write_aiger, write_binary_aiger
from ca_logic.gates import NUM_GATES, Gate
from tests.formats.lookups import lookup_circuits, outputs_of
from tests.strategies import circuits

HALF_ADDER = b"aag 7 2 0 2 3\n2\n4\n6\n12\n6 13 15\n12 2 4\n14 3 5\ni0 x\ni1 y\no0 s\no1 c\nc\nhalf adder\n"
"""The half adder of the format's own description."""

WRITERS = {"ascii": lambda circuit: write_aiger(circuit).encode(), "binary": write_binary_aiger}


def half_adder() -> Circuit:
    builder = CircuitBuilder(["x", "y"], name="half adder")
    return builder.build({"s": builder.add(Gate.XOR, 1, 2), "c": builder.add(Gate.AND, 1, 2)})


def header_of(data: bytes) -> list[int]:
    return [int(word) for word in data.split(b"\n")[0].split()[1:]]


# Writing, and reading what was written.


@pytest.mark.parametrize("kind", WRITERS)
@settings(deadline=None, max_examples=60)
@given(circuit=circuits())
def test_round_trip_keeps_the_function_and_the_names(kind: str, circuit: Circuit) -> None:
    again = read_aiger(WRITERS[kind](circuit), name=circuit.name)
    assert (again.name, again.inputs, again.outputs) == (circuit.name, circuit.inputs, circuit.outputs)
    assert outputs_of(again) == outputs_of(circuit)


@pytest.mark.parametrize("kind", WRITERS)
@settings(deadline=None, max_examples=30)
@given(circuit=lookup_circuits())
def test_round_trip_of_tables_keeps_the_function(kind: str, circuit: LookupCircuit) -> None:
    assert outputs_of(read_aiger(WRITERS[kind](circuit))) == outputs_of(circuit)


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_both_kinds_hold_the_same_graph(circuit: Circuit) -> None:
    ascii_file, binary_file = write_aiger(circuit).encode(), write_binary_aiger(circuit)
    assert header_of(ascii_file) == header_of(binary_file)
    assert read_aiger(ascii_file) == read_aiger(binary_file)


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_numbers_are_as_the_binary_kind_wants_them(circuit: Circuit) -> None:
    lines = write_aiger(circuit).split("\n")
    variables, inputs, latches, outputs, ands = header_of(lines[0].encode())
    assert (variables, latches) == (inputs + ands, 0)
    for position, line in enumerate(lines[1 + inputs + outputs :][:ands]):
        lhs, a, b = map(int, line.split())
        assert lhs == 2 * (1 + inputs + position)
        assert lhs > a > b > 1, "smaller literals only, and neither constants nor equal ones"


@pytest.mark.parametrize("gate", range(NUM_GATES))
@pytest.mark.parametrize("fanins", [(1, 2), (2, 1), (1, 1), (0, 1), (2, 0), (0, 0)])
def test_every_gate_is_written_right(gate: int, fanins: tuple[int, int]) -> None:
    circuit = Circuit("one", ("a", "b"), ("y",), [gate], [fanins], [3])  # type: ignore[arg-type]
    assert outputs_of(read_aiger(write_aiger(circuit).encode())) == outputs_of(circuit)
    assert header_of(write_aiger(circuit).encode())[-1] <= (3 if gate in (Gate.XOR, Gate.XNOR) else 1)


def test_equal_ands_are_shared_and_dead_ones_left_out() -> None:
    assert header_of(write_aiger(half_adder()).encode()) == [6, 2, 0, 2, 4]
    builder = CircuitBuilder(["a", "b"], share=False)
    signals = [builder.add(Gate.AND, 1, 2), builder.add(Gate.AND, 1, 2)]
    circuit = builder.build({"p": signals[0], "q": signals[1]})
    assert header_of(write_aiger(circuit).encode())[-1] == 1
    assert header_of(write_aiger(replace(circuit, drivers=circuit.drivers * 0)).encode())[-1] == 0


def test_the_name_and_the_comments_end_the_file() -> None:
    text = write_aiger(half_adder(), comments=["proved", "two\nlines", "c"])
    assert text.endswith("\ni0 x\ni1 y\no0 s\no1 c\nc\nhalf adder\nproved\ntwo\nlines\nc\n")
    assert write_binary_aiger(half_adder(), comments=["proved"]).endswith(b"\no1 c\nc\nhalf adder\nproved\n")


def test_names_may_hold_blanks_but_no_line_breaks() -> None:
    circuit = CircuitBuilder(["a b", "c", "é"]).build({"o = 1": 1})
    assert read_aiger(write_binary_aiger(circuit)).inputs == ("a b", "c", "é")
    with pytest.raises(CircuitError, match=r"'a\\n3' cannot be a name in AIGER"):
        write_aiger(CircuitBuilder(["a\n3"]).build({"y": 1}))


# Reading what others write.


def test_the_example_of_the_description_is_read() -> None:
    circuit = read_aiger(HALF_ADDER, name="example")
    assert (circuit.name, circuit.inputs, circuit.outputs) == ("example", ("x", "y"), ("s", "c"))
    assert outputs_of(circuit) == outputs_of(half_adder())


@pytest.mark.parametrize(
    ("data", "table"),
    [
        (b"aag 1 1 0 1 0\n2\n3\n", [1, 0]),
        (b"aag 1 1 0 1 0\n2\n0\n", [0, 0]),
        (b"aag 1 1 0 1 0\n2\n1\n", [1, 1]),
        (b"aag 0 0 0 1 0\n1\n", [1]),
        (b"aag 9 1 0 1 1\n18\n6\n6 18 18\n", [0, 1]),
        (b"aag 3 2 0 1 1 0 0 0 0\n2\n4\n6\n6 2 4\n", [0, 0, 0, 1]),
        (b"aag 3 2 0 1 1 0\r\n2\r\n4\r\n6\r\n6 2 4\r\nc\r\n", [0, 0, 0, 1]),
        (b"aag 5 2 0 1 3\n2\n4\n10\n10 9 7\n8 2 5\n6 3 4\nc", [1, 0, 0, 1]),
        (b"aag 2 1 0 1 1\n2\n4\n4 0 2\n", [0, 0]),
        (b"aag 2 1 0 1 1\n2\n4\n4 1 2\n", [0, 1]),
        (b"aig 3 2 0 1 1\n6\n\x02\x02", [0, 0, 0, 1]),
        (b"aig 3 2 0 1 1\n6\n\x82\x00\x02", [0, 0, 0, 1]),
        (b"aig 3 2 0 1 1\n7\n\x01\x02i0 a\nc\n\xff\xfe\x00", [0, 1, 1, 1]),
    ],
)
def test_files_mean_what_the_description_says(data: bytes, table: list[int]) -> None:
    assert outputs_of(read_aiger(data)) == [table]


def test_missing_symbols_become_default_names() -> None:
    assert read_aiger(HALF_ADDER.split(b"i0")[0]).inputs == ("i0", "i1")
    circuit = read_aiger(HALF_ADDER.replace(b"i0 x\n", b"").replace(b"o1 c\n", b""))
    assert (circuit.inputs, circuit.outputs) == (("i0", "y"), ("s", "o1"))


def test_default_names_avoid_given_ones() -> None:
    circuit = read_aiger(b"aag 3 3 0 2 0\n2\n4\n6\n2\n4\ni0 i1\ni2 i1_\no1 o0\n")
    assert (circuit.inputs, circuit.outputs) == (("i1", "i1__", "i1_"), ("o0_", "o0"))


def test_ands_are_counted_whatever_the_names() -> None:
    builder = CircuitBuilder(["a\u200b", "\n"])
    circuit = builder.build({"": builder.add(Gate.XOR, 1, 2)})
    assert num_ands(circuit) == 3
    for write in (write_aiger, write_binary_aiger):
        with pytest.raises(CircuitError, match="cannot be a name in AIGER"):
            write(circuit)


def test_deep_graphs_in_reverse_need_no_recursion() -> None:
    depth = 5000
    lines = [f"{2 * k} {2 * k - 1} 3" for k in range(depth, 2, -1)]
    data = "\n".join([f"aag {depth} 2 0 1 {depth - 2}", "2", "4", str(2 * depth), *lines, ""]).encode()
    assert read_aiger(data).depth > 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "line 1: '' is not a header"),
        (b"aag", "line 1: 'aag' is not a header"),
        (b"aig 1 1 0 1\n", "line 1: .* is not a header"),
        (b"aag 1 1 0 1 -0\n2\n2\n", "is not a header"),
        (b"aag 1 1 0 1 0 0 0 0 0 0\n2\n2\n", "is not a header"),
        (b"aag 99999999999 0 0 0 0\n", "is not a header"),
        (b"\x00\xff" * 5000, "is not a header"),
        (b"aag 1 0 1 0 0\n2 3\n", "latches or properties; only combinational"),
        (b"aag 1 1 0 0 0 1\n2\n2\n", "latches or properties"),
        (b"aag 1 1 0 0 0 0 0 0 7\n2\n2\n", "latches or properties"),
        (b"aag 1 2 0 0 0\n2\n4\n", "1 variables do not fit 2 inputs and 0 ANDs"),
        (b"aig 4 2 0 0 1\n\x02\x02", "4 variables do not fit 2 inputs and 1 ANDs"),
        (b"aag 1 1 0 1 0\n3\n2\n", "line 2: 3 cannot be an input; that takes an even literal"),
        (b"aag 1 1 0 1 0\n0\n2\n", "line 2: 0 cannot be an input"),
        (b"aag 2 2 0 1 0\n2\n2\n2\n", "line 3: 2 is defined twice"),
        (b"aag 1 1 0 1 0\n4\n2\n", "line 2: literal 4 is out of range; the header allows 3"),
        (b"aag 1 1 0 1 0\n2\n5\n", "line 3: literal 5 is out of range"),
        (b"aag 1 1 0 1 0\n2\n2 3\n", "line 3: '2 3' is not a literal"),
        (b"aag 1 1 0 1 0\n2\n-1\n", "line 3: '-1' is not a literal"),
        (b"aag 1 1 0 1 0\n2\n\xc2\xb2\n", "line 3: 'Â²' is not a literal"),
        (b"aag 2 1 0 1 0\n2\n4\n", "line 3: '4' is used but never defined"),
        (b"aag 3 1 0 1 1\n2\n4\n4 2 6\n", "line 4: '6' is used but never defined"),
        (b"aag 4 1 0 1 2\n2\n2\n4 2 7\n6 2 8\n", "line 5: '8' is used but never defined"),
        (b"aag 2 1 0 1 1\n2\n4\n4 2\n      ", "line 4: '4 2' is not 3 literals"),
        (b"aag 2 1 0 1 1\n2\n4\n5 2 2\n", "line 4: an AND cannot define 5"),
        (b"aag 2 1 0 1 1\n2\n4\n0 2 2\n", "line 4: an AND cannot define 0"),
        (b"aag 2 1 0 1 1\n2\n2\n2 2 2\n", "line 4: '2' is defined twice"),
        (b"aag 3 1 0 1 2\n2\n4\n4 2 2\n4 2 3\n", "line 5: '4' is defined twice"),
        (b"aag 2 1 0 1 1\n2\n4\n4 5 2\n", "line 4: '4' depends on itself; only combinational"),
        (b"aag 3 1 0 1 2\n2\n2\n4 6 2\n6 5 2\n", "line [45]: '[46]' depends on itself"),
        (b"aig 3 2 0 1 1\n6\n\x00\x02", "AND 0: the deltas 0 and 2 of literal 6 do not lead to smaller ones"),
        (b"aig 3 2 0 1 1\n6\n\x07\x00", "AND 0: the deltas 7 and 0"),
        (b"aig 3 2 0 1 1\n6\n\x02\x05", "AND 0: the deltas 2 and 5"),
        (b"aig 3 2 0 1 1\n6\n\x80\x80\x80\x80\x80\x00\x00", "AND 0: a delta has more than 5 bytes"),
        (b"aig 3 2 0 1 1\n6\n\x82\x80", "AND 0: the file ends here; it is truncated"),
        (b"aig 3 2 0 1 1\n8\n\x02\x02", "line 2: literal 8 is out of range"),
        (b"aag 1 1 0 1 0\n2\n2\ni0 a", "line 4 is missing or has no end; the file is truncated"),
        (b"aag 1 1 0 1 0\n2\n2\ni1 a\n", "line 4: there is no i1 to name"),
        (b"aag 1 1 0 1 0\n2\n2\nl0 a\n", "line 4: there is no l0 to name"),
        (b"aag 1 1 0 1 0\n2\n2\ni0\n", "line 4: 'i0' is no symbol"),
        (b"aag 1 1 0 1 0\n2\n2\ncomment\n", "line 4: 'comment' is no symbol"),
        (b"aag 1 1 0 1 0\n2\n2\ni0 a\ni0 b\n", "line 5: i0 is named twice"),
        (b"aag 2 2 0 1 0\n2\n4\n2\ni0 a\ni1 a\n", "2 inputs are named 'a'"),
        (b"aag 1 1 0 2 0\n2\n2\n2\no0 a\no1 a\n", "2 outputs are named 'a'"),
        (b"aag 1 1 0 1 0\n2\n2\ni0 \xff\n", "line 4: 'ÿ' cannot be a name"),
        (b"aag 1 1 0 1 0\n2\n2\ni0 a\x00\n", "line 4: .* cannot be a name"),
        (b"aig 3 2 0 1 1\n6\n\x02\x02i0 a\ni0 b\n", "AIGER symbol 2: i0 is named twice"),
    ],
)
def test_malformed_files_are_refused_by_line(data: bytes, message: str) -> None:
    with pytest.raises(CircuitError, match=message) as caught:
        read_aiger(data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"aag 1000000000 1000000000 0 0 0\n", "1000000000 inputs are too many; up to 65536"),
        (b"aig 1000000000 1000000000 0 0 0\n", "1000000000 inputs are too many"),
        (b"aag 60000 60000 0 0 0\n", "promises at least 120000 bytes, but 0 follow"),
        (b"aag 1000000000 1 0 0 999999999\n2\n", "promises at least 5999999996 bytes, but 2 follow"),
        (b"aig 1000000000 1 0 0 999999999\n", "promises at least 1999999998 bytes"),
        (b"aig 1 1 0 999999999 0\n", "999999999 outputs are too many; up to 1048576"),
        (b"aig 1 1 0 1048576 0\n", "promises at least 2097152 bytes"),
        (b"aag 9999999999 1 0 1 0\n2\n9999999998\n", "'9999999998' is used but never defined"),
    ],
)
def test_a_header_that_lies_costs_nothing(header: bytes, message: str) -> None:
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.raises(CircuitError, match=message):
            read_aiger(header)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert time.perf_counter() - start < 1


def test_as_many_inputs_as_are_understood_are_read_at_once() -> None:
    circuit = read_aiger(b"aig 65536 65536 0 1 0\n131073\n")
    assert len(circuit.inputs) == 65536


@pytest.mark.parametrize("kind", WRITERS)
@settings(deadline=None, max_examples=10)
@given(circuit=circuits(max_inputs=3, max_gates=6))
def test_a_file_cut_anywhere_is_refused_or_has_only_lost_names(kind: str, circuit: Circuit) -> None:
    data = WRITERS[kind](circuit)
    for end in range(len(data)):
        try:
            again = read_aiger(data[:end])
        except CircuitError:
            continue
        assert outputs_of(again) == outputs_of(circuit)


def assert_read_or_refused(data: bytes) -> None:
    """Reads the data; nothing but a `CircuitError` of one line may be raised."""
    complaint = ""
    try:
        read_aiger(data)
    except CircuitError as error:
        complaint = str(error)
    assert "\n" not in complaint


@given(st.binary())
def test_arbitrary_bytes_raise_nothing_but_circuit_errors(data: bytes) -> None:
    assert_read_or_refused(data)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([b"aag", b"aig"]),
    st.lists(st.integers(0, 5), min_size=5, max_size=9),
    st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=3), max_size=9),
    st.binary(max_size=6),
)
def test_numbers_in_any_order_raise_nothing_but_circuit_errors(
    kind: bytes, header: list[int], lines: list[list[int]], tail: bytes
) -> None:
    text = "\n".join(" ".join(map(str, words)) for words in [header, *lines])
    assert_read_or_refused(kind + b" " + text.encode() + b"\n" + tail)


@pytest.mark.parametrize("kind", WRITERS)
@settings(deadline=None, max_examples=100)
@given(circuit=circuits(max_gates=8), data=st.data())
def test_changed_bytes_raise_nothing_but_circuit_errors(kind: str, circuit: Circuit, data: st.DataObject) -> None:
    content = bytearray(WRITERS[kind](circuit))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert_read_or_refused(bytes(content))
