"""Adders, multipliers and parities, each built in two ways that share hardly a gate."""

from collections.abc import Sequence

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.gates import Gate


def two_words(bits: int) -> list[str]:
    """Returns the names of the bits of two words, lowest first."""
    return [f"{word}{bit}" for word in "ab" for bit in range(bits)]


def ripple_adder(bits: int, *, name: str = "ripple") -> Circuit:
    """Returns the sum of two words, carried from bit to bit."""
    builder = CircuitBuilder(two_words(bits), name=name)
    carry, outputs = 0, {}
    for bit in range(bits):
        outputs[f"s{bit}"], carry = _full_adder(builder, 1 + bit, 1 + bits + bit, carry)
    return builder.build(outputs | {"carry": carry})


def prefix_adder(bits: int) -> Circuit:
    """Returns the sum of two words by Kogge and Stone's tree of generated and propagated carries."""
    builder = CircuitBuilder(two_words(bits), name="prefix")
    halves = [builder.add(Gate.XOR, 1 + bit, 1 + bits + bit) for bit in range(bits)]
    generate = [builder.add(Gate.AND, 1 + bit, 1 + bits + bit) for bit in range(bits)]
    propagate, distance = list(halves), 1
    while distance < bits:
        for bit in reversed(range(distance, bits)):
            through = builder.add(Gate.AND, propagate[bit], generate[bit - distance])
            generate[bit] = builder.add(Gate.OR, generate[bit], through)
            propagate[bit] = builder.add(Gate.AND, propagate[bit], propagate[bit - distance])
        distance *= 2
    sums = {f"s{bit}": builder.add(Gate.XOR, halves[bit], generate[bit - 1]) for bit in range(1, bits)}
    return builder.build({"s0": halves[0]} | sums | {"carry": generate[-1]})


def multiplier(bits: int, *, newest_first: bool, by_majority: bool = False) -> Circuit:
    """Returns the product of two words; the bits of a column are added newest or oldest first."""
    builder = CircuitBuilder(two_words(bits), name="newest" if newest_first else "oldest")
    columns: list[list[int]] = [[] for _ in range(2 * bits + 1)]
    for a in range(bits):
        for b in range(bits):
            columns[a + b].append(builder.add(Gate.AND, 1 + a, 1 + bits + b))
    outputs = {}
    for place, column in enumerate(columns[:-1]):
        while len(column) > 1:
            chosen = [column.pop(-1 if newest_first else 0) for _ in range(min(3, len(column)))]
            a, b, c = [*chosen, 0][:3]
            total, carry = _majority_adder(builder, a, b, c) if by_majority else _full_adder(builder, a, b, c)
            column.append(total)
            columns[place + 1].append(carry)
        outputs[f"p{place}"] = column[0] if column else 0
    return builder.build(outputs)


def parity_chain(num_inputs: int) -> Circuit:
    """Returns the parity, one input after the other."""
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)], name="chain")
    return builder.build({"parity": _add_chain(builder, builder.inputs)})


def parity_tree(num_inputs: int) -> Circuit:
    """Returns the parity of pairs of pairs, with no gate but NAND and inverters."""
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)], name="tree")
    return builder.build({"parity": _add_tree(builder, builder.inputs)})


def over_parities(circuit: Circuit, width: int, *, by_trees: bool) -> Circuit:
    """Returns the circuit with each input replaced by the parity of so many new ones."""
    inputs = [f"{name}x{i}" for name in circuit.inputs for i in range(width)]
    builder = CircuitBuilder(inputs, name=circuit.name)
    add_parity = _add_tree if by_trees else _add_chain
    signals = [0, *(add_parity(builder, builder.inputs[k : k + width]) for k in range(0, len(inputs), width))]
    for _, gate, (a, b) in circuit.nodes():
        signals.append(builder.add(gate, signals[a], signals[b]))
    return builder.build({name: signals[k] for name, k in zip(circuit.outputs, circuit.drivers, strict=True)})


def _add_chain(builder: CircuitBuilder, signals: Sequence[int]) -> int:
    parity = 0
    for signal in signals:
        parity = builder.add(Gate.XOR, parity, signal)
    return parity


def _add_tree(builder: CircuitBuilder, signals: Sequence[int]) -> int:
    while len(signals) > 1:
        a, b, *rest = signals
        both = builder.add(Gate.NAND, a, b)
        parts = builder.add(Gate.NAND, a, both), builder.add(Gate.NAND, both, b)
        signals = [*rest, builder.add(Gate.NAND, *parts)]
    return signals[0]


def _full_adder(builder: CircuitBuilder, a: int, b: int, c: int) -> tuple[int, int]:
    """Returns the sum and the carry of three bits."""
    half = builder.add(Gate.XOR, a, b)
    carry = builder.add(Gate.OR, builder.add(Gate.AND, a, b), builder.add(Gate.AND, half, c))
    return builder.add(Gate.XOR, half, c), carry


def _majority_adder(builder: CircuitBuilder, a: int, b: int, c: int) -> tuple[int, int]:
    """Returns the same, without a gate in common."""
    either, both = builder.add(Gate.OR, a, b), builder.add(Gate.AND, a, b)
    carry = builder.add(Gate.OR, both, builder.add(Gate.AND, either, c))
    return builder.add(Gate.XOR, a, builder.add(Gate.XOR, b, c)), carry
