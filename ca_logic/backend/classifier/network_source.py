"""Circuit to C in many small functions, each of some dozens of gates.

The one idea: compilers take longer and longer for a gate of a long function, and no better care of it. So the gates
are cut into parts that compile in linear time, some at once if there are several cores; what one needs of another
lies in slots in between. Gates are taken depth first from the outputs on, so most stay within a part, and few slots
are alive at a time.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt32

from ca_logic.backend.classifier.inputs import InputPlan
from ca_logic.backend.classifier.slots import NO_SLOT, allocate_slots
from ca_logic.circuit import LookupCircuit, Netlist
from ca_logic.formats.functions import function_text, reduced_nodes

SLOT_MACRO = "#define SLOT(slot) LANES(slots, slot, 0)"
"""What parts read and write slots by, once `native/lanes.h` is included; PART is to be defined as well."""

_GATES_OF_PART = 80
"""Fewer make more slots, more take longer to compile; docs have the figures."""


@dataclass(frozen=True, eq=False)
class NetworkSource:
    """C that computes a block.

    Attributes:
        parts: functions `part_0` and so on that work on one vector of each slot, to be called one after the other.
        num_slots: the number of slots.
        outputs: the slot of each output.
    """

    parts: tuple[str, ...]
    num_slots: int
    outputs: UInt32[np.ndarray, " outputs"]

    def declarations(self) -> str:
        """Returns the prototypes of the parts."""
        return "".join(f"PART void part_{k}(uint64_t *slots);\n" for k in range(len(self.parts)))

    def main(self, name: str) -> str:
        """Returns the C function of that name that computes a block; it is a `classifier_network`."""
        calls = [f"        part_{k}(slots + word);" for k in range(len(self.parts))]
        head = f"void {name}(const void *program, uint64_t *slots) {{\n    (void)program, (void)slots;\n"
        if not calls:
            return head + "}\n"
        loop = "    for (size_t word = 0; word < SLOT_WORDS; word += LANE_WORDS) {\n"
        return head + loop + "\n".join(calls) + "\n    }\n}\n"


def render_network(circuit: LookupCircuit, plan: InputPlan) -> NetworkSource:
    """Returns the C of a circuit, in which inputs are named by the numbers of the encoder's bits."""
    circuit = plan.place(circuit)
    order = _depth_first(circuit)
    stages = np.full(circuit.num_gates, -1, np.int32)
    stages[np.array(order, np.int64) - circuit.first_gate] = np.arange(len(order)) // _GATES_OF_PART
    slots = allocate_slots(circuit, stages, keep_local=True)
    functions: list[tuple[int, tuple[int, ...]]] = [(0, ())] * circuit.first_gate
    functions += [(table, fanins) for _, table, fanins in reduced_nodes(circuit)]
    names = ["ZERO", *(f"x{bit}" for bit in plan.bits.tolist()), *(f"g{gate}" for gate in range(circuit.num_gates))]
    slot_of = slots.of_signals.tolist()
    parts: list[str] = []
    for start in range(0, len(order), _GATES_OF_PART):
        lines = _statements(order[start : start + _GATES_OF_PART], functions, names, slot_of)
        head = f"PART void part_{len(parts)}(uint64_t *slots) {{"
        parts.append("\n".join([head, *(f"    {line}" for line in lines), "}", ""]))
    return NetworkSource(tuple(parts), slots.count, slots.of_signals[circuit.drivers].astype(np.uint32))


def _statements(
    signals: Iterable[int],
    functions: Sequence[tuple[int, tuple[int, ...]]],
    names: Sequence[str],
    slot_of: Sequence[int],
) -> list[str]:
    """Returns the body of a part, which reads a signal of another one just before it needs it."""
    known: set[int] = set()
    lines = []
    for signal in signals:
        table, fanins = functions[signal]
        for fanin in fanins:
            if fanin not in known:
                lines.append(f"const lanes {names[fanin]} = SLOT({slot_of[fanin]});")
                known.add(fanin)
        value = _template(table, len(fanins)).format(*(names[fanin] for fanin in fanins))
        lines.append(f"const lanes {names[signal]} = {value};")
        known.add(signal)
        if slot_of[signal] != NO_SLOT:
            lines.append(f"SLOT({slot_of[signal]}) = {names[signal]};")
    return lines


@functools.cache
def _template(table: int, num_operands: int) -> str:
    """Returns a function as an expression of {0}, {1} and {2}."""
    return function_text(table, ["{0}", "{1}", "{2}"][:num_operands], zero="ZERO", ones="~ZERO")


def _depth_first(circuit: Netlist) -> list[int]:
    """Returns the gates that outputs need, each just before the first that reads it."""
    first = circuit.first_gate
    fanins = circuit.fanins.tolist()
    seen = bytearray(circuit.num_signals)
    order = []
    # Who is to be emitted now is below 0; the first output is on top.
    waiting = circuit.drivers[::-1].tolist()
    while waiting:
        signal = waiting.pop()
        if signal < 0:
            order.append(~signal)
        elif signal >= first and not seen[signal]:
            seen[signal] = 1
            waiting.append(~signal)
            waiting += reversed(fanins[signal - first])
    return order
