"""Proof that a circuit computes a table or a rule, in every row that there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8, UInt64

from ca_logic.circuit import Netlist, simulate, truth_tables
from ca_logic.errors import EquivalenceError
from ca_logic.tasks import Rule
from ca_logic.tasks.neighbourhood import CELLS, CENTRE, bit_planes, input_names, output_names

_WORD_BITS = 64
_ALL_LANES = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_MAX_NAMES = 64
_NAMES_SHOWN = 4
_CELLS_OF_BLOCK = 5
"""The states of so many cells are enumerated at once; those of the others stay the same within a block."""


@dataclass(frozen=True)
class Proof:
    """What was compared, and how; it exists only if everything agreed.

    Attributes:
        method: how it was proved.
        rows: input combinations compared; of a proof without enumeration all that there are.
        rows_right: those on which every output agreed.
        is_complete: whether these are all that matter; if not, it is no proof.
    """

    method: str
    rows: int
    rows_right: int
    is_complete: bool = True

    def __str__(self) -> str:
        return f"{_shown_count(self.rows_right)} of {_shown_count(self.rows)} rows right ({self.method})"


def _shown_count(rows: int) -> str:
    """Returns a number of rows in digits, or as a power of two if it has too many."""
    return str(rows) if rows < 1 << _WORD_BITS else f"2^{rows.bit_length() - 1}"


def spell_names(names: Sequence[str]) -> str:
    """Returns the first few names for a message, and how many more there are."""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return " ".join(names[:_NAMES_SHOWN]) + more


def spell_row(names: Sequence[str], row: int) -> str:
    """Returns the number of a row, whose digits are the values of the inputs, and what these are called.

    Of more than 64 inputs it is hexadecimal, and only the first and the last name are given.
    """
    if len(names) <= _MAX_NAMES:
        return f"0b{row:0{len(names)}b} ({' '.join(names)})"
    return f"0x{row:0{-(-len(names) // 4)}x} ({len(names)} binary digits, {names[0]} to {names[-1]})"


def prove_equivalent(circuit: Netlist, tables: np.ndarray) -> Proof:
    """Proves that the circuit computes `tables`, the wanted outputs in row order: uint8[outputs, 2**inputs].

    Raises:
        EquivalenceError: naming the number of differing rows and the first of them.
        CircuitError: if the circuit has too many inputs to enumerate.
    """
    actual = truth_tables(circuit)
    if actual.shape != tables.shape:
        raise EquivalenceError(
            f"circuit {circuit.name!r} has outputs of shape {actual.shape}, but the table is of shape {tables.shape}."
        )
    wrong = np.flatnonzero((actual != tables).any(axis=0))
    rows = tables.shape[1]
    if len(wrong):
        raise EquivalenceError(
            f"circuit {circuit.name!r} and its table differ on {len(wrong)} of {rows} rows, "
            f"first at {spell_row(circuit.inputs, int(wrong[0]))}."
        )
    return Proof(method="exhaustive", rows=rows, rows_right=rows)


def prove_rule(circuit: Netlist, rule: Rule) -> Proof:
    """Proves that the circuit computes the rule for every neighbourhood of states that exist.

    Of 8 states these are 2^27, which takes some seconds; a neighbourhood with a state that does not exist (3 of
    two bits, of three states) may do anything.

    Raises:
        EquivalenceError: if the circuit is not for such a rule, or differs, with the first difference.
    """
    if rule.num_states == 2:
        _require_interface(circuit, rule)
        return prove_equivalent(circuit, rule.table[None, :])
    wrong = find_differences(circuit, rule, limit=1)
    if wrong.shape[1]:
        cells = ", ".join(f"{cell} {state}" for cell, state in zip(CELLS, wrong[:, 0].tolist(), strict=True))
        raise EquivalenceError(
            f"circuit {circuit.name!r} is not {rule.name}: they differ where the states are {cells}."
        )
    return exhaustive_proof(rule)


def exhaustive_proof(rule: Rule) -> Proof:
    """Returns what it means that `find_differences` found none."""
    rows = rule.num_states ** len(CELLS)
    method = "exhaustive" if rule.num_states == 2 else f"exhaustive over {rule.num_states} states"
    return Proof(method, rows=rows, rows_right=rows)


def find_differences(circuit: Netlist, rule: Rule, *, limit: int) -> UInt8[np.ndarray, "9 differences"]:
    """Returns up to `limit` neighbourhoods of existing states on which the circuit is not the rule.

    Raises:
        EquivalenceError: if the circuit has other inputs or outputs than such a rule.
    """
    _require_interface(circuit, rule)
    found = [np.empty((len(CELLS), 0), dtype=np.uint8)]
    num_found = 0
    for first, planes, wanted, rest in _blocks(rule):
        wrong_words = np.bitwise_or.reduce(simulate(circuit, planes) ^ wanted, axis=0)
        if not wrong_words.any():
            continue
        wrong = np.flatnonzero(_unpack(wrong_words[None, :], rule.num_states**_CELLS_OF_BLOCK)[0])[: limit - num_found]
        constant = np.repeat(np.array(first, dtype=np.uint8)[:, None], len(wrong), axis=1)
        found.append(np.concatenate([constant, rest[:, wrong]]))
        num_found += len(wrong)
        if num_found >= limit:
            break
    return np.concatenate(found, axis=1)


def _require_interface(circuit: Netlist, rule: Rule) -> None:
    inputs, outputs = input_names(rule.bits_per_cell), output_names(rule.bits_per_cell)
    if circuit.inputs != inputs or circuit.outputs != outputs:
        raise EquivalenceError(
            f"circuit {circuit.name!r} is not for a rule of {rule.num_states} states: "
            f"it must read {' '.join(inputs)} and compute {' '.join(outputs)}."
        )


def _blocks(rule: Rule) -> Iterator[tuple[tuple[int, ...], np.ndarray, np.ndarray, np.ndarray]]:
    """Yields all neighbourhoods of existing states in blocks: the first cells are the same, the rest vary.

    A block is the states of the first cells; the packed planes that the circuit reads; the packed bits of the next
    state; and the states of the other cells, one neighbourhood a column, some repeated at the end.
    """
    bits = rule.bits_per_cell
    rest = np.indices((rule.num_states,) * _CELLS_OF_BLOCK).reshape(_CELLS_OF_BLOCK, -1).astype(np.uint8)
    # Whole words, so that what lies past the last row is a neighbourhood like any other.
    rest = np.pad(rest, ((0, 0), (0, -rest.shape[1] % _WORD_BITS)))
    fixed = len(CELLS) - _CELLS_OF_BLOCK
    assert fixed <= CENTRE, "the centre varies within a block"
    packed_rest = _pack(bit_planes(rest, bits)).reshape(bits, _CELLS_OF_BLOCK, -1)
    planes = np.empty((bits, len(CELLS), packed_rest.shape[2]), dtype=np.uint64)
    planes[:, fixed:] = packed_rest
    wanted: dict[tuple[bool, ...], np.ndarray] = {}
    for first in np.ndindex(*(rule.num_states,) * fixed):
        for bit, cell in np.ndindex(bits, fixed):
            planes[bit, cell] = _ALL_LANES if first[cell] >> bit & 1 else 0
        # Of a neighbour only whether it is live makes a difference.
        live = tuple(state == 1 for state in first)
        if live not in wanted:
            constant = np.repeat(np.array(first, dtype=np.uint8)[:, None], rest.shape[1], axis=1)
            next_states = rule.next_states(np.concatenate([constant, rest]))
            wanted[live] = _pack(bit_planes(next_states[None, :], bits))
        yield first, planes.reshape(bits * len(CELLS), -1), wanted[live], rest


def _pack(bits: UInt8[np.ndarray, "signals rows"]) -> UInt64[np.ndarray, "signals words"]:
    """Packs rows of 0 and 1, as many as fill words."""
    words: np.ndarray = np.packbits(bits, axis=1, bitorder="little").view("<u8")
    return words.astype(np.uint64, copy=False)


def _unpack(words: UInt64[np.ndarray, "signals words"], num_rows: int) -> UInt8[np.ndarray, "signals rows"]:
    octets = words.astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=num_rows, bitorder="little")
