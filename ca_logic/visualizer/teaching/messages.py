"""Messages between the window and the process that learns: one line of JSON each, with arrays in base64.

The one idea: a message is a frozen dataclass, and the line is derived from its fields. What is read is checked
against them, so what comes out of a reader is a message that a window can rely on, or `MessageError`.
"""

import base64
import binascii
import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from ca_logic.circuit import Circuit
from ca_logic.errors import CaLogicError, CircuitError
from ca_logic.tasks import Rule
from ca_logic.tasks.neighbourhood import NUM_RINGS, input_names, output_names
from ca_logic.tasks.rule import MAX_LEARNED_STATES

MAX_LINE_BYTES = 1 << 20
"""A longer line is no message; the longest that are sent, half-trained networks, take some 10 KB."""

_MAX_BITS = (MAX_LEARNED_STATES - 1).bit_length()
_MAX_GATES = 1 << 16
_MAX_COUNT = 1 << 62
_MAX_SHOWN = 100

Unit = Literal["gates", "tables", "gates a row", "tables a row"]
"""What the size of a circuit counts: gates of two inputs or tables of three; or how many of them a kernel evaluates for
each row of a board."""


class MessageError(CaLogicError):
    """A line that is no message."""


@dataclass(frozen=True)
class Assignment:
    """What the process is told, once: the rule to learn, and how.

    Attributes:
        rule: of up to 8 states.
        seed: decides wiring, start, and the walks of synthesis.
        effort: of synthesis, 0 to 3.
        pace: by how many seconds training may be slowed down, so that people can watch it; see `Lesson`.
    """

    rule: Rule
    seed: int
    effort: int
    pace: float


@dataclass(frozen=True)
class Begun:
    """JAX is there, and compiles the training step for this device."""

    device: str


@dataclass(frozen=True)
class Progress:
    """Where training stands.

    Attributes:
        part: of a rule of more than two states, which is learned in three parts; else empty.
        attempt: from 1.
        step: of this attempt, from 1.
        loss: of the soft network.
        wrong_rows: on which the hard network is wrong.
        num_rows: all rows of the part.
    """

    part: str
    attempt: int
    step: int
    loss: float
    wrong_rows: int
    num_rows: int


@dataclass(frozen=True)
class HalfTrained:
    """The hard network as it is now, which may be run at once, and on how many rows of its part it is wrong."""

    circuit: Circuit
    wrong_rows: int
    num_rows: int


@dataclass(frozen=True)
class Exact:
    """The hard network is right on every row, after so many training steps in all."""

    step: int


@dataclass(frozen=True)
class PassUnderWay:
    """What a long synthesis pass has come to.

    Attributes:
        search: which search for a small circuit it is part of, from 1; each begins anew, but for the last, the one for
            few gates a row, which sets out from the result.
        name: the textbook's name of the pass.
        before: gates of the circuit that the pass was given.
        after: the size of the smallest circuit so far.
        unit: what `after` counts.
        seconds: wall time so far.
    """

    search: int
    name: str
    before: int
    after: int
    unit: Unit
    seconds: float


@dataclass(frozen=True)
class PassDone(PassUnderWay):
    """What a synthesis pass left; compared with what it was given."""


@dataclass(frozen=True)
class Proved:
    """The circuits are proved to be the rule, on so many rows: all that there are."""

    num_rows: int


@dataclass(frozen=True)
class Stored:
    """The end: the circuit is kept for this user, and compiled.

    Attributes:
        rule: name of the rule.
        gates: of the smallest circuit.
        gates_a_row: of the circuit that is run, for each row of a board.
        kernel: what runs it, such as `compiled C (gcc 13, AVX-512)`; empty if it cannot be compiled.
        path: the file that it was written to.
    """

    rule: str
    gates: int
    gates_a_row: int
    kernel: str
    path: str


@dataclass(frozen=True)
class Failed:
    """The end: nothing was learned; says why in one line."""

    message: str


Message = Begun | Progress | HalfTrained | Exact | PassUnderWay | PassDone | Proved | Stored | Failed
"""What the process says."""

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (Assignment, *get_args(Message))}


def write_message(message: Message | Assignment) -> bytes:
    """Returns the message as a line."""
    fields = {field.name: _to_json(getattr(message, field.name)) for field in dataclasses.fields(message)}
    return json.dumps({"kind": type(message).__name__} | fields).encode() + b"\n"


def read_message(line: bytes) -> Message:
    """Returns the message of a line from the process that learns.

    Raises:
        MessageError: if it is none.
    """
    message = _read(line)
    if isinstance(message, Assignment):
        raise MessageError("an assignment, which only the window gives.")
    return message


def read_assignment(line: bytes) -> Assignment:
    """Returns the assignment of a line from the window.

    Raises:
        MessageError: if it is none.
    """
    message = _read(line)
    if not isinstance(message, Assignment):
        raise MessageError(f"{type(message).__name__} is no assignment.")
    return message


class MessageReader:
    """Puts messages together from the pieces in which a pipe delivers them."""

    def __init__(self) -> None:
        """Has read nothing."""
        self._begun = bytearray()

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Yields the messages that are complete with this piece; what is left waits for the next one.

        Raises:
            MessageError: at a line that is no message, or too long for one.
        """
        *lines, rest = (bytes(self._begun) + piece).split(b"\n")
        self._begun = bytearray(rest)
        for line in lines:
            yield read_message(line)
        if len(self._begun) > MAX_LINE_BYTES:
            raise MessageError(f"a line of more than {MAX_LINE_BYTES} bytes.")


def _read(line: bytes) -> Message | Assignment:
    if len(line) > MAX_LINE_BYTES:
        raise MessageError(f"a line of {len(line)} bytes; the limit is {MAX_LINE_BYTES}.")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise MessageError(f"no line of JSON: {_shown(line)}") from None
    kind = _KINDS.get(str(fields.pop("kind", ""))) if isinstance(fields, dict) else None
    if kind is None:
        raise MessageError(f"no message: {_shown(line)}")
    expected = {field.name: field.type for field in dataclasses.fields(kind)}
    if fields.keys() != expected.keys():
        raise MessageError(f"{kind.__name__} has other fields: {_shown(line)}")
    try:
        message: Message | Assignment = kind(**{name: _from_json(fields[name], expected[name]) for name in expected})
    except (TypeError, ValueError, KeyError, CircuitError) as error:
        raise MessageError(f"{kind.__name__} is malformed ({_shown(str(error).encode())}): {_shown(line)}") from None
    return message


def _to_json(value: object) -> object:
    if isinstance(value, Circuit):
        arrays = {"gates": value.gates, "fanins": value.fanins, "drivers": value.drivers}
        encoded = {name: _encoded(array, _DTYPES[name]) for name, array in arrays.items()}
        return {"name": value.name, "bits": len(value.outputs)} | encoded
    if isinstance(value, Rule):
        words = {name: getattr(value, name) for name in ("name", "rulestring", "title")}
        return words | {"states": value.num_states, "transitions": _encoded(value.transitions, "u1")}
    return value


def _from_json(value: Any, kind: object) -> object:
    if kind is Circuit:
        return _circuit_of(value)
    if kind is Rule:
        return _rule_of(value)
    if kind is int:
        return _count(value)
    if kind is float and type(value) is int:
        return float(value)
    choices = get_args(kind)
    if (value not in choices) if choices else type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind}")
    return value


def _circuit_of(value: dict[str, Any]) -> Circuit:
    bits = _count(value["bits"], 1, _MAX_BITS)
    gates, fanins, drivers = (_decoded(value[name], dtype) for name, dtype in _DTYPES.items())
    if len(gates) > _MAX_GATES:
        raise ValueError(f"{len(gates)} gates")
    return Circuit(
        name=_text(value["name"]),
        inputs=input_names(bits),
        outputs=output_names(bits),
        gates=gates,
        fanins=fanins.reshape(-1, Circuit.ARITY),
        drivers=drivers,
    )


def _rule_of(value: dict[str, Any]) -> Rule:
    states = _count(value["states"], 2, MAX_LEARNED_STATES)
    transitions = _decoded(value["transitions"], "u1").reshape(states, NUM_RINGS)
    if transitions.max() >= states:
        raise ValueError(f"a state {transitions.max()} of {states}")
    name, rulestring, title = (_text(value[field]) for field in ("name", "rulestring", "title"))
    return Rule(name, rulestring, transitions, title=title)


_DTYPES = {"gates": "u1", "fanins": "<i4", "drivers": "<i4"}


def _encoded(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(array.astype(dtype).tobytes()).decode("ascii")


def _decoded(text: object, dtype: str) -> np.ndarray:
    try:
        return np.frombuffer(base64.b64decode(_text(text), validate=True), dtype=dtype)
    except binascii.Error:
        raise ValueError("no base64") from None


def _count(value: object, least: int = 0, most: int = _MAX_COUNT) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{value!r} is not {least} to {most}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _shown(line: bytes) -> str:
    text = line[: _MAX_SHOWN + 1].decode(errors="replace")
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")
