import dataclasses
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cffi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, LookupCircuit, simulate
from ca_logic.circuit.netlist import AnyCircuit, Netlist
from ca_logic.formats.c_source import function_name, render_c
from ca_logic.gates import NUM_GATES
from tests.formats.lookups import every_table, lookup_circuits
from tests.oracles import STRICT_C, single_gate_circuit
from tests.strategies import circuits

COMPILERS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"))
    for name in ("gcc", "clang")
]

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

ODD_NAMES = [
    *(
        "int",
        "while",
        "_Bool",
        "restrict",
        "in",
        "out",
        "uint64_t",
        "size_t",
        "main",
        "asm",
        "x_int",
        "CIRCUIT",
        "PLANES",
    ),
    *("9lives", "g0", "g1", "x_g1", "_x", "__LINE__", "NULL", "INT8_MAX", "SIZE_MAX", "UINT64_C", "WCHAR_MIN"),
    *("", " ", "a b", "a_b", "a-b", "a_b_2", "naïve", "生命", "Ⅷ", "٣", "*/ int main(){", "//", "x\ny", 'say "hi"'),
    *("\\", "x\\\n", "'", "%s", "??/", "#define x y", "\u202e", "\x00", "x" * 300),
]

ODD_COMMENTS = [
    "*/ int main(void) { return 0; }",
    "/* nested",
    "**/",
    "* /",
    "ends with a star *",
    "ends with a backslash \\",
    "* \\\n/ int main(void) { return 0; }",
    "trigraph ??/",
    "*??/\n/ int main(void) { return 0; }",
    "first\nsecond\r\nthird\x0b*/ int main(void) { return 0; }\u2028*/ int x;",
    "\u202e right to left",
    "quotes \" ' and %s",
    "生命游戏",
    "",
    "\n",
]


def load_functions(rendered: Sequence[Netlist], *, compiler: str = "cc", comments: Sequence[str] = ()) -> Any:
    """Compiles the C of each circuit alone and strictly; returns a library with all their functions."""
    with tempfile.TemporaryDirectory() as folder:
        sources = [Path(folder) / f"{k}.c" for k in range(len(rendered))]
        for source, circuit in zip(sources, rendered, strict=True):
            source.write_text(render_c(circuit, comments=comments), encoding="utf-8")
        library = Path(folder) / "functions.so"
        command = [compiler, *STRICT_C, "-O1", "-fPIC", "-shared", *map(str, sources), "-o", str(library)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr[:1500]
        ffi = cffi.FFI()
        for circuit in rendered:
            ffi.cdef(f"void {function_name(circuit)}(const uint64_t *in, uint64_t *out);")
        return ffi.dlopen(str(library))


def call_function(library: Any, circuit: Netlist, words: np.ndarray) -> np.ndarray:
    """Returns the outputs on each column of words."""
    ffi = cffi.FFI()
    results = np.zeros((words.shape[1], len(circuit.outputs) + 1), dtype=np.uint64)
    results[:, -1] = GUARD
    for column, result in zip(np.ascontiguousarray(words.T), results, strict=True):
        padded = np.append(column, np.uint64(0))
        function = getattr(library, function_name(circuit))
        function(ffi.cast("uint64_t *", padded.ctypes.data), ffi.cast("uint64_t *", result.ctypes.data))
    assert (results[:, -1] == GUARD).all(), "the function wrote past its outputs"
    return results[:, :-1].T


GUARD = 0x0123_4567_89AB_CDEF


def random_words(circuit: Netlist, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2**64, (len(circuit.inputs), 4), dtype=np.uint64)


def numbered(drawn: Sequence[AnyCircuit]) -> list[AnyCircuit]:
    return [dataclasses.replace(circuit, name=f"c{k}") for k, circuit in enumerate(drawn)]


def assert_compiled_equals_numpy(batch: Sequence[Circuit] | Sequence[LookupCircuit], seed: int) -> None:
    library = load_functions(batch)
    for circuit in batch:
        words = random_words(circuit, seed)
        np.testing.assert_array_equal(call_function(library, circuit, words), simulate(circuit, words))


@settings(deadline=None, max_examples=8)
@given(drawn=st.lists(circuits(), min_size=6, max_size=12), seed=st.integers(0, 2**32 - 1))
def test_compiled_c_equals_numpy(drawn: list[Circuit], seed: int) -> None:
    assert_compiled_equals_numpy(numbered(drawn), seed)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_table_of_three_inputs_compiles_to_itself(compiler: str) -> None:
    circuit = every_table()
    words = random_words(circuit)
    outputs = call_function(load_functions([circuit], compiler=compiler), circuit, words)
    np.testing.assert_array_equal(outputs, simulate(circuit, words))


@settings(deadline=None, max_examples=3)
@given(drawn=st.lists(lookup_circuits(), min_size=6, max_size=12), seed=st.integers(0, 2**32 - 1))
def test_compiled_c_of_tables_equals_numpy(drawn: list[LookupCircuit], seed: int) -> None:
    assert_compiled_equals_numpy(numbered(drawn), seed)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_gate_compiles_to_itself(compiler: str) -> None:
    fanins = ((1, 2), (2, 1), (1, 1), (0, 2), (2, 0), (0, 0))
    batch = [
        Circuit(
            name=f"gate {gate} of {a} {b}",
            inputs=("a", "b"),
            outputs=("y",),
            gates=np.array([gate], dtype=np.uint8),
            fanins=np.array([[a, b]], dtype=np.int32),
            drivers=np.array([3], dtype=np.int32),
        )
        for gate in range(NUM_GATES)
        for a, b in fanins
    ]
    library = load_functions(batch, compiler=compiler)
    for circuit in batch:
        words = random_words(circuit)
        np.testing.assert_array_equal(call_function(library, circuit, words), simulate(circuit, words))


@pytest.mark.parametrize("compiler", COMPILERS)
def test_circuits_without_inputs_gates_or_outputs_compile(compiler: str) -> None:
    batch = numbered(
        [
            wired(inputs=0, drivers=[0]),
            wired(inputs=2, drivers=[0]),
            wired(inputs=2, drivers=[2, 2, 0]),
            wired(inputs=3, drivers=[]),
            wired(inputs=0, drivers=[]),
        ]
    )
    library = load_functions(batch, compiler=compiler)
    for circuit in batch:
        words = random_words(circuit)
        if circuit.inputs:
            np.testing.assert_array_equal(call_function(library, circuit, words), simulate(circuit, words))


def wired(*, inputs: int, drivers: list[int]) -> Circuit:
    return Circuit(
        name="wires",
        inputs=tuple(f"x{i}" for i in range(inputs)),
        outputs=tuple(f"y{i}" for i in range(len(drivers))),
        gates=np.array([], dtype=np.uint8),
        fanins=np.empty((0, 2), dtype=np.int32),
        drivers=np.array(drivers, dtype=np.int32),
    )


@pytest.mark.parametrize("compiler", COMPILERS)
def test_odd_names_of_inputs_neither_break_nor_collide(compiler: str) -> None:
    names = tuple(dict.fromkeys(ODD_NAMES))
    xor = 0b0110
    parity = Circuit(
        name="parity",
        inputs=names,
        outputs=names,
        gates=np.full(len(names) - 1, xor, dtype=np.uint8),
        fanins=np.array([[1, 2], *([len(names) + k, 2 + k] for k in range(1, len(names) - 1))], dtype=np.int32),
        drivers=np.full(len(names), 2 * len(names) - 1, dtype=np.int32),
    )
    words = random_words(parity)
    np.testing.assert_array_equal(
        call_function(load_functions([parity], compiler=compiler), parity, words), simulate(parity, words)
    )


@pytest.mark.parametrize("compiler", COMPILERS)
def test_odd_names_of_circuits_compile(compiler: str) -> None:
    batch = [single_gate_circuit(name=f"{k} {name}") for k, name in enumerate(ODD_NAMES)]
    library = load_functions(batch, compiler=compiler)
    assert all(getattr(library, function_name(circuit)) for circuit in batch)


@settings(deadline=None)
@given(name=st.text())
def test_the_function_name_is_an_identifier_whatever_the_circuit_is_called(name: str) -> None:
    assert IDENTIFIER.fullmatch(function_name(single_gate_circuit(name=name)))


def test_a_readable_name_is_kept() -> None:
    assert function_name(single_gate_circuit(name="Day & Night")) == "ca_day_night"
    source = render_c(single_gate_circuit(inputs=("west", "east"), outputs=("next",)))
    assert "const uint64_t g0 = west & east;" in source
    assert "in: west, east; out: next." in source


@settings(deadline=None)
@given(names=st.lists(st.one_of(st.text(), st.sampled_from(ODD_NAMES)), min_size=2, max_size=8, unique=True))
def test_declared_names_are_distinct_identifiers(names: list[str]) -> None:
    conjunctions = len(names) - 1
    circuit = Circuit(
        name="n",
        inputs=tuple(names),
        outputs=("y",),
        gates=np.ones(conjunctions, dtype=np.uint8),
        fanins=np.array([[1, 2], *([len(names) + k, 2 + k] for k in range(1, conjunctions))], dtype=np.int32),
        drivers=np.array([len(names) + conjunctions], dtype=np.int32),
    )
    declared = re.findall(r"const uint64_t (.*) = ", render_c(circuit))
    assert len(declared) == len(names) + conjunctions
    assert len(set(declared)) == len(declared)
    assert all(IDENTIFIER.fullmatch(name) for name in declared)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("comment", ODD_COMMENTS)
def test_odd_comments_neither_break_nor_inject(comment: str, compiler: str) -> None:
    circuit = single_gate_circuit()
    library = load_functions([circuit], compiler=compiler, comments=["before", comment, "after"])
    words = random_words(circuit)
    np.testing.assert_array_equal(call_function(library, circuit, words), simulate(circuit, words))


@settings(deadline=None)
@given(comments=st.lists(st.text(alphabet=st.characters(codec="utf-8"))))
def test_comments_change_nothing_but_the_comment(comments: list[str]) -> None:
    circuit = single_gate_circuit()
    plain, commented = render_c(circuit), render_c(circuit, comments=comments)
    assert commented.split("*/", 1)[1] == plain.split("*/", 1)[1]
    assert commented.startswith("/*")


def test_the_text_is_one_gate_a_line() -> None:
    lines = render_c(wide_circuit(30)).splitlines()
    assert sum(line.startswith("    const uint64_t g") for line in lines) == 30
    assert all(len(line) <= 120 for line in lines)


def wide_circuit(num_gates: int) -> Circuit:
    return Circuit(
        name="chain",
        inputs=("a", "b"),
        outputs=("y",),
        gates=np.full(num_gates, 0b0110, dtype=np.uint8),
        fanins=np.array([[1 + k, 2 + k] for k in range(num_gates)], dtype=np.int32),
        drivers=np.array([2 + num_gates], dtype=np.int32),
    )
