import dataclasses
import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import Circuit
from ca_logic.tasks import Rule, load_rule
from ca_logic.tasks.neighbourhood import input_names, output_names
from ca_logic.visualizer.teaching.messages import (
    MAX_LINE_BYTES,
    Assignment,
    Begun,
    Exact,
    Failed,
    HalfTrained,
    Message,
    MessageError,
    MessageReader,
    PassDone,
    PassUnderWay,
    Progress,
    Proved,
    Stored,
    Unit,
    read_assignment,
    read_message,
    write_message,
)

counts = st.integers(0, 1 << 40)
numbers = st.floats(allow_nan=False)
units: st.SearchStrategy[Unit] = st.sampled_from(["gates", "tables", "gates a row", "tables a row"])


@st.composite
def automata(draw: st.DrawFn) -> Circuit:
    """Any circuit that computes cells of one to three bits."""
    bits = draw(st.integers(1, 3))
    num_gates = draw(st.integers(0, 20))
    first = 1 + 9 * bits
    return Circuit(
        name=draw(st.text()),
        inputs=input_names(bits),
        outputs=output_names(bits),
        gates=np.array([draw(st.integers(0, 15)) for _ in range(num_gates)], dtype=np.uint8),
        fanins=np.array([[draw(st.integers(0, first + gate - 1)) for _ in "ab"] for gate in range(num_gates)]),
        drivers=np.array([draw(st.integers(0, first + num_gates - 1)) for _ in range(bits)]),
    )


messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Begun, st.text()),
    st.builds(Progress, st.text(), counts, counts, numbers, counts, counts),
    st.builds(HalfTrained, automata(), counts, counts),
    st.builds(Exact, counts),
    st.builds(PassUnderWay, counts, st.text(), counts, counts, units, numbers),
    st.builds(PassDone, counts, st.text(), counts, counts, units, numbers),
    st.builds(Proved, counts),
    st.builds(Stored, st.text(), counts, counts, st.text(), st.text()),
    st.builds(Failed, st.text()),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Any rule that can be learned, however it came about."""
    states = draw(st.integers(2, 8))
    entries = draw(st.binary(min_size=states * 256, max_size=states * 256))
    transitions = np.frombuffer(entries, dtype=np.uint8).reshape(states, 256) % states
    return Rule(draw(st.text()), draw(st.text()), transitions, title=draw(st.text()))


@given(message=messages)
def test_a_message_is_one_line_and_comes_back_as_it_was(message: Message) -> None:
    line = write_message(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_message(line) == message
    assert type(read_message(line)) is type(message)


@given(rule=rules(), seed=counts, effort=counts, pace=numbers)
def test_an_assignment_comes_back_as_it_was(rule: Rule, seed: int, effort: int, pace: float) -> None:
    read = read_assignment(write_message(Assignment(rule, seed, effort, pace)))
    assert (read.seed, read.effort, read.pace) == (seed, effort, pace)
    assert (read.rule.name, read.rule.rulestring, read.rule.title) == (rule.name, rule.rulestring, rule.title)
    assert np.array_equal(read.rule.transitions, rule.transitions)
    assert read.rule.slug == rule.slug


def test_a_loss_that_is_no_number_is_told_as_it_is() -> None:
    read = read_message(write_message(Progress("", 1, 2, math.nan, 3, 4)))
    assert isinstance(read, Progress)
    assert math.isnan(read.loss)


@given(sent=st.lists(messages, max_size=5), cuts=st.lists(st.integers(0, 3000)), rest=st.binary(max_size=50))
def test_lines_are_put_together_from_any_pieces(sent: list[Message], cuts: list[int], rest: bytes) -> None:
    octets = b"".join(map(write_message, sent)) + rest.replace(b"\n", b"")
    edges = sorted({0, len(octets), *(min(cut, len(octets)) for cut in cuts)})
    reader = MessageReader()
    pieces = [octets[start:end] for start, end in pairwise(edges)]
    assert [message for piece in pieces for message in reader.feed(piece)] == sent


@given(line=st.binary(max_size=200).filter(lambda line: b"\n" not in line))
def test_whatever_comes_is_a_message_or_refused(line: bytes) -> None:
    with pytest.raises(MessageError):
        read_message(line)
    with pytest.raises(MessageError):
        list(MessageReader().feed(line + b"\n"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(message=messages, place=st.integers(0, 100), value=json_values)
def test_a_field_of_another_kind_is_refused_or_read_as_it_is(message: Message, place: int, value: object) -> None:
    fields = json.loads(write_message(message))
    name = sorted(fields)[place % len(fields)]
    changed = json.dumps(fields | {name: value}).encode()
    try:
        read = read_message(changed)
    except MessageError:
        return
    # Numbers, texts and units may be others of their kind.
    assert type(read) is type(message)
    assert type(getattr(read, name)) is type(getattr(message, name))


CIRCUIT = Circuit("x", input_names(1), output_names(1), np.array([6]), np.array([[1, 2]]), np.array([10]))
LINE = json.loads(write_message(HalfTrained(CIRCUIT, 1, 2)))


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("gates", "EA==", "has a gate 16; gates are 0 to 15"),
        ("gates", "BgY=", "2 gates with 1 sets of fan-ins"),
        ("gates", "!", "no base64"),
        ("gates", "é", "string argument should contain only ASCII"),
        ("gates", 5, "5 is no text"),
        ("gates", "A" * 100_000, "75000 gates"),
        ("fanins", "AQAAAAoAAAA=", "is not in topological order"),
        ("fanins", "AQAAAP////8=", "is not in topological order"),
        ("fanins", "AQAAAA==", "cannot reshape"),
        ("fanins", "AQA=", "buffer size must be a multiple of element size"),
        ("drivers", "CwAAAA==", "has an output without a driver"),
        ("drivers", "", "1 outputs with 0 drivers"),
        ("bits", 2, "2 outputs with 1 drivers"),
        ("bits", 4, "4 is not 1 to 3"),
        ("bits", True, "True is not 1 to 3"),
        ("name", None, "None is no text"),
    ],
)
def test_a_circuit_that_could_not_be_run_is_refused(part: str, value: object, message: str) -> None:
    broken = LINE | {"circuit": LINE["circuit"] | {part: value}}
    with pytest.raises(MessageError, match=rf"^HalfTrained is malformed .*{message}"):
        read_message(json.dumps(broken).encode())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "no line of JSON: ''"),
        (b"{", "no line of JSON"),
        (b"[" * 100_000, "no line of JSON"),
        (b"\xff\xfe", "no line of JSON"),
        (b"7", "no message: '7'"),
        (b'{"kind": "Message"}', "no message"),
        (b'{"kind": []}', "no message"),
        (b'{"kind": "Exact"}', "Exact has other fields"),
        (b'{"kind": "Exact", "step": 1, "more": 2}', "Exact has other fields"),
        (b'{"kind": "Exact", "step": -1}', "Exact is malformed .*-1 is not 0 to"),
        (b'{"kind": "Exact", "step": 1.0}', "Exact is malformed"),
        (b'{"kind": "Failed", "message": null}', "Failed is malformed"),
    ],
)
def test_a_line_that_is_no_message_is_refused_in_one_line(line: bytes, message: str) -> None:
    with pytest.raises(MessageError, match=f"^{message}") as caught:
        read_message(line)
    assert len(str(caught.value)) < 200


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    reader = MessageReader()
    assert list(reader.feed(b"x" * MAX_LINE_BYTES)) == []
    with pytest.raises(MessageError, match=r"^a line of more than 1048576 bytes\.$"):
        list(reader.feed(b"x"))
    with pytest.raises(MessageError, match="the limit is 1048576"):
        read_message(b" " * (MAX_LINE_BYTES + 1))


def test_messages_before_a_broken_line_are_not_lost() -> None:
    reading = MessageReader().feed(write_message(Exact(5)) + b"?\n")
    assert next(reading) == Exact(5)
    with pytest.raises(MessageError):
        next(reading)


def test_a_rule_with_states_that_do_not_exist_is_refused() -> None:
    fields = json.loads(write_message(Assignment(load_rule("345/2/4"), 0, 1, 0.0)))
    fields["rule"]["states"] = 2
    with pytest.raises(MessageError, match=r"^Assignment is malformed .*cannot reshape"):
        read_assignment(json.dumps(fields).encode())
    rule = dataclasses.replace(load_rule("life"), transitions=np.full((2, 256), 2, dtype=np.uint8))
    with pytest.raises(MessageError, match="a state 2 of 2"):
        read_assignment(write_message(Assignment(rule, 0, 1, 0.0)))


def test_only_the_window_gives_assignments_and_gets_messages() -> None:
    assignment = write_message(Assignment(load_rule("life"), 0, 1, 0.0))
    with pytest.raises(MessageError, match=r"^an assignment"):
        read_message(assignment)
    with pytest.raises(MessageError, match=r"^Exact is no assignment"):
        read_assignment(write_message(Exact(1)))
