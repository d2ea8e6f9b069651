"""Kernels: compiled, in place and in tiles, with every instruction set, and NumPy's, all against plain look-ups."""

import functools
import hashlib
import io
import itertools
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend import kernel as kernel_module
from ca_logic.backend.bands import BandLayout, Bands, Cells
from ca_logic.backend.kernel import CompiledKernel, Kernel, NumpyKernel, compile_kernel
from ca_logic.backend.row_source import render_row
from ca_logic.circuit import Circuit, CircuitBuilder, Netlist
from ca_logic.gates import Gate
from ca_logic.resources import resource_folder
from ca_logic.synthesis.row_sharing import fold_rows
from ca_logic.tasks import load_rule
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE
from ca_logic.toolchain import compiler as compiler_module
from ca_logic.toolchain import library as library_module
from ca_logic.toolchain.compiler import NoCompilerError
from tests.oracles import (
    STRICT_C,
    board_sizes,
    circuit_of_table,
    circuit_of_transitions,
    next_by_circuit,
    next_generation,
    next_states,
    random_cell_circuit,
    random_neighbourhood_circuit,
    random_states,
    random_table,
    random_transitions,
    seeds,
    sparse_transitions,
    use_tiles,
)

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed")

TORUS = {"torus": True, "plane": False}


def born_from_nothing(transitions: np.ndarray, state: int) -> np.ndarray:
    """Returns transitions by which dead cells without a live neighbour come into a state."""
    following = transitions.copy()
    following[0, 0] = state
    return following


def cell_circuit(build: Callable[[CircuitBuilder], int]) -> Circuit:
    """Returns a circuit of the nine cells, which are signals 1 to 9."""
    builder = CircuitBuilder(CELLS, name="cells")
    return builder.build({NEXT_STATE: build(builder)})


TABLES = {
    "life": load_rule("life").table,
    "random table": random_table(1, row_0=0),
    "random table with B0": random_table(2, row_0=1, row_511=0),
    "random table with B0 and S8": random_table(3, row_0=1, row_511=1),
    "all die": np.zeros(512, dtype=np.uint8),
    "all live": np.ones(512, dtype=np.uint8),
}

TRANSITIONS = {
    "3 states": random_transitions(1, 3),
    "4 states": sparse_transitions(4, 4),
    "5 states": sparse_transitions(5, 5),
    "8 states": sparse_transitions(8, 8),
    "3 states with B0": born_from_nothing(sparse_transitions(3, 3), 2),
    "8 states with B0": born_from_nothing(sparse_transitions(9, 8), 7),
}

CIRCUITS: dict[str, Callable[[], Netlist]] = {
    "every cell becomes its northern neighbour": lambda: cell_circuit(lambda _: 2),
    "every cell stays": lambda: cell_circuit(lambda _: 5),
    "always 1": lambda: cell_circuit(lambda builder: builder.negate(0)),
    "the row above": lambda: cell_circuit(lambda builder: builder.add(Gate.AND, builder.add(Gate.XNOR, 1, 2), 3)),
    "all rows but the cell's own": lambda: cell_circuit(lambda builder: builder.add(Gate.A_OR_NOT_B, 1, 9)),
    "gates that ignore what they read": lambda: random_cell_circuit(1),
    "any circuit of two planes": lambda: random_neighbourhood_circuit(3, 2),
}

SUBJECTS = [*TABLES, *TRANSITIONS, *CIRCUITS]
OF_ALL_PLANES = ["random table with B0", "3 states with B0", "8 states with B0"]


@dataclass(frozen=True)
class Subject:
    """A circuit, the kernels that are to step by it, and the plain look-up that they are judged by."""

    compiled: CompiledKernel
    interpreted: NumpyKernel
    next_states: Callable[[np.ndarray, bool], np.ndarray]

    @property
    def num_planes(self) -> int:
        return self.compiled.num_planes

    def states(self, width: int, height: int, seed: int) -> np.ndarray:
        return random_states(width, height, 1 << self.num_planes, seed)

    def later(self, states: np.ndarray, *, torus: bool, generations: int) -> np.ndarray:
        for _ in range(generations):
            states = self.next_states(states, torus)
        return states


def circuit_named(name: str) -> Netlist:
    if name in TABLES:
        return circuit_of_table(TABLES[name], name=name)
    return circuit_of_transitions(TRANSITIONS[name], name=name) if name in TRANSITIONS else CIRCUITS[name]()


def look_up(name: str) -> Callable[[np.ndarray, bool], np.ndarray]:
    """Returns what gives the states of the next generation, on a torus or not, without a kernel."""
    if name in TABLES:
        return lambda states, torus: next_generation(states, TABLES[name], torus=torus).astype(np.uint8)
    circuit = circuit_named(name)
    if name in CIRCUITS:
        return lambda states, torus: next_by_circuit(states, circuit, torus=torus)
    # States that the bits can hold but the rule does not have become 0.
    missing = (1 << len(circuit.outputs)) - len(TRANSITIONS[name])
    transitions = np.pad(TRANSITIONS[name], ((0, missing), (0, 0)))
    return lambda states, torus: next_states(states, transitions, torus=torus)


@functools.cache
def subject(name: str) -> Subject:
    """Returns the subject of that name; it is compiled once."""
    circuit = circuit_named(name)
    return Subject(compile_kernel(circuit), NumpyKernel(circuit), look_up(name))


class Soup(NamedTuple):
    """Random states, and what they are some generations later."""

    states: np.ndarray
    later: np.ndarray


@functools.cache
def soup_of(name: str, width: int, height: int, torus: bool, generations: int) -> Soup:
    """Returns states of a subject; looking the later ones up takes longer than most kernels are compiled."""
    states = subject(name).states(width, height, seed=width + 1000 * height)
    return Soup(states, subject(name).later(states, torus=torus, generations=generations))


def bands_of(states: np.ndarray, num_planes: int) -> Bands:
    height, width = states.shape
    bands = Bands(BandLayout(width, height, num_planes))
    bands.set_states(0, 0, states)
    return bands


def states_of(bands: Bands) -> np.ndarray:
    return bands.states(0, bands.layout.height, 0, bands.layout.width)


def finish(advancing: Iterator[int]) -> int:
    """Lets a kernel do its work; returns how many generations that were."""
    done = 0
    for told in advancing:
        assert done <= told
        done = told
    return done


def assert_advances(
    kernel: Kernel, states: np.ndarray, expected: np.ndarray, *, torus: bool, generations: int, threads: int = 1
) -> None:
    bands = bands_of(states, kernel.num_planes)
    assert finish(kernel.advance(bands, torus=torus, generations=generations, threads=threads)) == generations
    # Comparing bytes also shows that rows in two bands are alike in both.
    np.testing.assert_array_equal(bands.cells, bands_of(expected, kernel.num_planes).cells)


class Tiling(NamedTuple):
    """How large tiles are at most."""

    rows: int
    columns: int
    generations: int


tilings = st.builds(Tiling, st.integers(1, 30), st.integers(1, 150), st.integers(1, 9))


@settings(deadline=None, max_examples=250)
@given(
    name=st.sampled_from(SUBJECTS), size=board_sizes, torus=st.booleans(), generations=st.integers(0, 30), seed=seeds
)
def test_both_kernels_equal_the_reference(
    name: str, size: tuple[int, int], torus: bool, generations: int, seed: int
) -> None:
    states = subject(name).states(*size, seed)
    expected = subject(name).later(states, torus=torus, generations=generations)
    assert_advances(subject(name).compiled, states, expected, torus=torus, generations=generations)
    generations %= 4
    expected = subject(name).later(states, torus=torus, generations=generations)
    assert_advances(subject(name).interpreted, states, expected, torus=torus, generations=generations)


@settings(deadline=None, max_examples=250)
@given(
    name=st.sampled_from(SUBJECTS),
    size=board_sizes,
    torus=st.booleans(),
    generations=st.integers(0, 30),
    tiling=tilings,
    threads=st.integers(1, 3),
    seed=seeds,
)
def test_a_board_in_tiles_equals_the_reference(
    name: str, size: tuple[int, int], torus: bool, generations: int, tiling: Tiling, threads: int, seed: int
) -> None:
    states = subject(name).states(*size, seed)
    expected = subject(name).later(states, torus=torus, generations=generations)
    with pytest.MonkeyPatch.context() as patch:
        use_tiles(patch, **tiling._asdict())
        kernel = subject(name).compiled
        assert_advances(kernel, states, expected, torus=torus, generations=generations, threads=threads)


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
@pytest.mark.parametrize("height", [1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 40])
@pytest.mark.parametrize("name", OF_ALL_PLANES)
def test_every_kernel_equals_the_reference_at_every_seam(name: str, height: int, torus: bool) -> None:
    kernels = subject(name)
    for width in (1, 2, 3, 8, 62, 63, 64, 65, 66, 129):
        states = kernels.states(width, height, seed=width)
        expected = kernels.later(states, torus=torus, generations=3)
        assert_advances(kernels.compiled, states, expected, torus=torus, generations=3)
        if width in (1, 2, 3, 65):
            assert_advances(kernels.interpreted, states, expected, torus=torus, generations=3)
        with pytest.MonkeyPatch.context() as patch:
            use_tiles(patch, rows=2, columns=33, generations=2)
            assert_advances(kernels.compiled, states, expected, torus=torus, generations=3, threads=2)


@settings(deadline=None, max_examples=5)
@given(bits=st.integers(1, 3), size=board_sizes, torus=st.booleans(), seed=seeds)
def test_any_circuit_compiles_to_what_it_computes(bits: int, size: tuple[int, int], torus: bool, seed: int) -> None:
    circuit = random_neighbourhood_circuit(seed, bits)
    states = random_states(*size, 1 << bits, seed)
    expected = next_by_circuit(next_by_circuit(states, circuit, torus=torus), circuit, torus=torus)
    for kernel in (compile_kernel(circuit), NumpyKernel(circuit)):
        assert_advances(kernel, states, expected, torus=torus, generations=2)


@pytest.mark.parametrize("num_states", [2, 3, 4, 5, 8])
def test_a_kernel_has_as_many_planes_as_a_state_has_bits(num_states: int) -> None:
    circuit = circuit_of_transitions(sparse_transitions(num_states, num_states))
    num_planes = {2: 1, 3: 2, 4: 2, 5: 3, 8: 3}[num_states]
    assert compile_kernel(circuit).num_planes == NumpyKernel(circuit).num_planes == num_planes


def test_inputs_may_have_any_name() -> None:
    named = ("PLANES", "kept", "row", "next", "cells", "in", "west0", "int", "*/")
    builder = CircuitBuilder(named)
    circuit = builder.build({"next_row": builder.add(Gate.XOR, builder.add(Gate.AND, 1, 6), 8)})
    states = random_states(70, 11, 2, seed=1)
    expected = next_by_circuit(states, circuit, torus=True)
    assert_advances(compile_kernel(circuit), states, expected, torus=True, generations=1)


def test_boards_of_another_number_of_planes_are_refused() -> None:
    for num_planes in (1, 3):
        bands = Bands(BandLayout(64, 4, num_planes))
        with pytest.raises(ValueError, match=f"a board of {num_planes} planes is none for a circuit of 2"):
            subject("4 states").compiled.advance(bands, torus=True, generations=1)


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
@pytest.mark.parametrize("name", OF_ALL_PLANES)
def test_numpy_steps_boards_of_several_blocks(name: str, torus: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_module, "_NUMPY_CELLS_PER_BLOCK", 8 * 300)
    for height in (1, 2, 3, 7, 23, 40):
        states = subject(name).states(130, height, seed=height)
        expected = subject(name).later(states, torus=torus, generations=3)
        assert_advances(subject(name).interpreted, states, expected, torus=torus, generations=3)


@pytest.mark.parametrize("height", [3, 20])
def test_a_rule_with_b0_fills_an_empty_board_and_keeps_the_world_beyond_a_plane_dead(
    height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # B0/S8 on an empty plane: all are born, then only those with eight live neighbours survive.
    table = np.zeros(512, dtype=np.uint8)
    table[[0, 511]] = 1
    circuit = circuit_of_table(table, name="b0 s8")
    inner = np.zeros((height, 70), dtype=np.uint8)
    inner[1:-1, 1:-1] = 1
    for kernel in (compile_kernel(circuit), NumpyKernel(circuit)):
        assert_advances(kernel, np.zeros_like(inner), np.ones_like(inner), torus=False, generations=1)
        assert_advances(kernel, np.zeros_like(inner), inner, torus=False, generations=2)
    use_tiles(monkeypatch, rows=1, columns=20, generations=2)
    assert_advances(compile_kernel(circuit), np.zeros_like(inner), inner, torus=False, generations=2)


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
def test_generations_in_one_call_equal_generations_one_by_one(torus: bool) -> None:
    kernel = subject("life").compiled
    at_once = bands_of(random_states(131, 17, 2, seed=4), 1)
    one_by_one = bands_of(states_of(at_once), 1)
    finish(kernel.advance(at_once, torus=torus, generations=50))
    for _ in range(50):
        finish(kernel.advance(one_by_one, torus=torus, generations=1))
    np.testing.assert_array_equal(at_once.cells, one_by_one.cells)


@pytest.mark.parametrize(("width", "height"), [(1501, 6007), (6011, 1499), (70_001, 90), (90, 70_001)])
def test_a_board_that_is_large_enough_for_tiles_equals_the_one_advanced_in_place(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernels = subject("life")
    layout = BandLayout(width, height, 1)
    in_tiles, in_place = Bands(layout), Bands(layout)
    cells = np.random.default_rng(1).integers(0, 2, (height, width), dtype=np.uint8)
    for torus in TORUS.values():
        for bands in (in_tiles, in_place):
            bands.set_states(0, 0, cells)
        assert kernel_module.is_tiled(layout)
        finish(kernels.compiled.advance(in_tiles, torus=torus, generations=53, threads=2))
        with monkeypatch.context() as patch:
            patch.setattr(kernel_module, "_CACHED_BYTES", layout.num_bytes)
            assert not kernel_module.is_tiled(layout)
            finish(kernels.compiled.advance(in_place, torus=torus, generations=53))
        np.testing.assert_array_equal(in_tiles.cells, in_place.cells)
    expected = kernels.next_states(states_of(in_tiles), torus)
    finish(kernels.compiled.advance(in_tiles, torus=torus, generations=1))
    np.testing.assert_array_equal(states_of(in_tiles), expected)


MANNERS = ("in place", "in tiles", "NumPy")


def kernel_for(manner: str, name: str, patch: pytest.MonkeyPatch) -> Kernel:
    """Returns the kernel that advances boards in one of three manners, and yields as often as it can."""
    patch.setattr(kernel_module, "_CELLS_PER_CALL", 1)
    if manner == "in tiles":
        use_tiles(patch, rows=3, columns=20, generations=3)
    return subject(name).interpreted if manner == "NumPy" else subject(name).compiled


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
@pytest.mark.parametrize("name", ["life", *OF_ALL_PLANES])
@pytest.mark.parametrize("manner", MANNERS)
def test_a_board_is_a_whole_generation_whenever_a_kernel_yields(
    manner: str, name: str, torus: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = kernel_for(manner, name, monkeypatch)
    states = subject(name).states(70, 50, seed=3)
    told = []
    bands = bands_of(states, kernel.num_planes)
    for done in kernel.advance(bands, torus=torus, generations=9, threads=2):
        told.append(done)
        expected = subject(name).later(states, torus=torus, generations=done)
        np.testing.assert_array_equal(states_of(bands), expected)
    assert told == sorted(told)
    assert told[-1] == 9
    assert set(told) == {"in place": {2, 4, 6, 8, 9}, "in tiles": {0, 3, 6, 9}, "NumPy": set(range(1, 10))}[manner]


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("yields", [1, 2, 6, 11])
def test_who_has_had_enough_may_stop_and_go_on_later(manner: str, yields: int, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = kernel_for(manner, "life", monkeypatch)
    states = subject("life").states(70, 50, seed=5)
    bands = bands_of(states, 1)
    generation = 0
    advancing = kernel.advance(bands, torus=True, generations=30, threads=2)
    for _ in range(yields):
        generation = next(advancing)
    del advancing
    assert generation < 30
    expected = subject("life").later(states, torus=True, generations=generation)
    np.testing.assert_array_equal(states_of(bands), expected)
    finish(kernel.advance(bands, torus=True, generations=7, threads=2))
    expected = subject("life").later(expected, torus=True, generations=7)
    np.testing.assert_array_equal(states_of(bands), expected)


@pytest.mark.parametrize("manner", MANNERS)
def test_no_generations_are_no_work(manner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = kernel_for(manner, "life", monkeypatch)
    bands = bands_of(random_states(70, 9, 2, seed=0), 1)
    before = bands.copy_cells()
    assert list(kernel.advance(bands, torus=True, generations=0, reference=before)) == []
    np.testing.assert_array_equal(bands.cells, before)


@settings(deadline=None, max_examples=120)
@given(
    manner=st.sampled_from(MANNERS),
    name=st.sampled_from(["life", "3 states", "every cell becomes its northern neighbour", *OF_ALL_PLANES]),
    size=st.tuples(st.integers(1, 12), st.integers(1, 20)),
    torus=st.booleans(),
    age=st.integers(0, 12),
    cells_per_call=st.sampled_from([1, 1 << 31]),
    seed=seeds,
)
def test_the_first_generation_that_equals_the_reference_is_the_last(
    manner: str, name: str, size: tuple[int, int], torus: bool, age: int, cells_per_call: int, seed: int
) -> None:
    states = subject(name).states(*size, seed)
    generations = [states]
    for _ in range(10):
        generations.append(subject(name).later(generations[-1], torus=torus, generations=1))
    target = subject(name).later(states, torus=torus, generations=age)
    expected = next((k for k in range(1, 11) if np.array_equal(generations[k], target)), 10)
    bands = bands_of(states, subject(name).num_planes)
    reference: Cells = bands_of(target, subject(name).num_planes).cells
    with pytest.MonkeyPatch.context() as patch:
        kernel = kernel_for(manner, name, patch)
        patch.setattr(kernel_module, "_CELLS_PER_CALL", cells_per_call)
        done = finish(kernel.advance(bands, torus=torus, generations=10, threads=2, reference=reference))
    assert done == expected
    np.testing.assert_array_equal(states_of(bands), generations[done])


def test_kernels_say_what_they_are() -> None:
    compiled = subject("life").compiled
    assert compiled.description == f"compiled C ({compiled.library.compiler.version}, {compiled.instruction_set})"
    assert subject("life").interpreted.description.startswith("NumPy")


class InstructionSet(NamedTuple):
    """What a processor may have, by its name in Linux, and how to compile for no more than that."""

    feature: str
    flags: tuple[str, ...]


X86_64 = {
    "SSE2": InstructionSet("sse2", ("-march=x86-64",)),
    "AVX2": InstructionSet("avx2", ("-march=x86-64", "-mavx2")),
    "AVX-512": InstructionSet("avx512f", ("-march=x86-64", "-mavx512f")),
}


def processor_features() -> set[str]:
    """Returns what Linux says about the processor, or nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), set())


def flags_for(name: str) -> tuple[str, ...]:
    """Returns the flags for an instruction set; skips the test where the processor is not known to have it."""
    if name not in X86_64:
        return ("-DPLAIN_WORDS",) if name == "plain words" else ()
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"{name} is for x86-64, this machine is {platform.machine()}")
    if X86_64[name].feature not in processor_features():
        pytest.skip(f"this processor has no {name}, or does not say so in /proc/cpuinfo")
    return X86_64[name].flags


@pytest.mark.parametrize("name", ["random table with B0", "8 states with B0"])
@pytest.mark.parametrize("instruction_set", ["plain words", *X86_64, "native"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_instruction_set_of_either_compiler_equals_the_reference(
    compiler: str, instruction_set: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_compiler(compiler)
    monkeypatch.setenv("CC", compiler)
    flags = flags_for(instruction_set)
    kernel = compile_kernel(circuit_named(name), flags=flags)
    if instruction_set == "native":
        assert kernel.instruction_set in ("plain words", *X86_64, "NEON")
    else:
        assert kernel.instruction_set == instruction_set
    assert Path(kernel.library.compiler.command[0]).name == compiler
    sizes = [(1, 1), (2, 2), (1, 40), (40, 1), (7, 1025), (1025, 7), (62, 9), (63, 16), (64, 17), (65, 8), (129, 23)]
    for width, height in sizes:
        for torus in TORUS.values():
            soup = soup_of(name, width, height, torus, 7)
            assert_advances(kernel, *soup, torus=torus, generations=7)
            with monkeypatch.context() as patch:
                use_tiles(patch, rows=5, columns=70, generations=4)
                assert_advances(kernel, *soup, torus=torus, generations=7, threads=2)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # Quick to compile; the flags are part of what is looked up.
    monkeypatch.setattr(compiler_module, "_FLAGS", ("-std=c11", "-O0", "-fPIC", "-shared", "-fvisibility=hidden"))
    return tmp_path / "cache" / "ca_logic" / "kernels"


@pytest.fixture(scope="module")
def life() -> Circuit:
    return circuit_of_table(TABLES["life"], name="life")


def assert_steps(kernel: CompiledKernel) -> None:
    states = random_states(70, 9, 2, seed=0)
    expected = subject("life").later(states, torus=True, generations=2)
    assert_advances(kernel, states, expected, torus=True, generations=2)


def only_library(folder: Path) -> Path:
    (library,) = folder.glob("*.so")
    return library


def replace_content(library: Path, content: bytes) -> None:
    """Puts a new file in the library's place; writing into a loaded library would crash this process."""
    library.unlink()
    library.write_bytes(content)


def test_what_was_compiled_before_comes_from_the_cache(empty_cache: Path, life: Circuit) -> None:
    assert not compile_kernel(life).library.cached
    library = only_library(empty_cache)
    before = library.stat().st_mtime_ns
    again = compile_kernel(life)
    assert again.library.cached
    assert library.stat().st_mtime_ns == before
    assert_steps(again)
    assert [path.name for path in empty_cache.iterdir()] == [library.name]


def test_another_circuit_is_another_entry(empty_cache: Path, life: Circuit) -> None:
    compile_kernel(life)
    other = compile_kernel(circuit_of_table(load_rule("highlife").table, name="life"))
    assert not other.library.cached
    assert len(list(empty_cache.glob("*.so"))) == 2


def test_another_compiler_is_another_entry(empty_cache: Path, life: Circuit, monkeypatch: pytest.MonkeyPatch) -> None:
    compile_kernel(life)
    monkeypatch.setenv("CC", "cc -DANYTHING")
    assert not compile_kernel(life).library.cached
    assert len(list(empty_cache.glob("*.so"))) == 2


@pytest.mark.parametrize("kept", [0, 100, 4096])
def test_a_truncated_entry_is_rebuilt(kept: int, empty_cache: Path, life: Circuit) -> None:
    compile_kernel(life)
    library = only_library(empty_cache)
    replace_content(library, library.read_bytes()[:kept])
    rebuilt = compile_kernel(life)
    assert not rebuilt.library.cached
    assert_steps(rebuilt)
    assert compile_kernel(life).library.cached


def test_an_entry_with_one_flipped_bit_is_rebuilt(empty_cache: Path, life: Circuit) -> None:
    compile_kernel(life)
    library = only_library(empty_cache)
    content = bytearray(library.read_bytes())
    content[len(content) // 2] ^= 1
    replace_content(library, bytes(content))
    assert not compile_kernel(life).library.cached
    assert compile_kernel(life).library.cached


def test_the_library_of_another_circuit_under_this_name_is_not_used(empty_cache: Path, life: Circuit) -> None:
    compile_kernel(life)
    library = only_library(empty_cache)
    compile_kernel(circuit_of_table(random_table(5), name="other"))
    (other,) = set(empty_cache.glob("*.so")) - {library}
    replace_content(library, other.read_bytes())
    rebuilt = compile_kernel(life)
    assert not rebuilt.library.cached
    assert_steps(rebuilt)


def test_an_entry_that_cannot_be_loaded_is_rebuilt(empty_cache: Path, life: Circuit) -> None:
    compile_kernel(life)
    library = only_library(empty_cache)
    key = library.stem.split("-")[0]
    garbage = b"intact by its hash, but no library"
    library.rename(library.with_name(f"{key}-{hashlib.sha256(garbage).hexdigest()[:32]}.so"))
    replace_content(only_library(empty_cache), garbage)
    rebuilt = compile_kernel(life)
    assert not rebuilt.library.cached
    assert_steps(rebuilt)
    assert only_library(empty_cache).name == library.name


@pytest.fixture
def fresh_process_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this process's own cache goes if the user's cannot be had."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    library_module._folder_of_process.cache_clear()
    yield folder
    library_module._folder_of_process.cache_clear()


def test_a_file_in_place_of_the_cache_folder_does_not_matter(
    empty_cache: Path, fresh_process_folder: Path, life: Circuit
) -> None:
    empty_cache.parent.mkdir(parents=True)
    empty_cache.write_text("in the way", encoding="utf-8")
    kernel = compile_kernel(life)
    assert not kernel.library.cached
    assert_steps(kernel)
    assert compile_kernel(life).library.cached
    assert empty_cache.read_text(encoding="utf-8") == "in the way"
    assert list(fresh_process_folder.rglob("*.so"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_cache_folder_does_not_matter(empty_cache: Path, fresh_process_folder: Path, life: Circuit) -> None:
    empty_cache.parent.mkdir(parents=True)
    empty_cache.parent.chmod(0o500)
    assert_steps(compile_kernel(life))
    assert list(fresh_process_folder.rglob("*.so"))


def test_without_a_compiler_nothing_is_compiled(
    empty_cache: Path, life: Circuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoCompilerError):
        compile_kernel(life)
    assert not list(empty_cache.rglob("*"))


def test_other_flags_are_another_entry(empty_cache: Path, life: Circuit) -> None:
    compile_kernel(life)
    plain = compile_kernel(life, flags=("-DPLAIN_WORDS",))
    assert not plain.library.cached
    assert plain.instruction_set == "plain words"
    assert len(list(empty_cache.glob("*.so"))) == 2
    assert compile_kernel(life, flags=("-DPLAIN_WORDS",)).library.cached
    assert_steps(plain)


def require_compiler(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")


def native_command(compiler: str, circuit: Netlist, folder: Path, *more: str) -> list[str]:
    (folder / "row.c").write_text(render_row(fold_rows(circuit)), encoding="utf-8")
    return [compiler, *more, f"-DPLANES={len(circuit.outputs)}", f"-I{folder}", f"-I{resource_folder('native')}"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimization", ["-O0", "-O3"])
def test_the_kernel_compiles_without_a_warning(compiler: str, optimization: str, tmp_path: Path) -> None:
    require_compiler(compiler)
    for name in ("life", "all die", "8 states with B0", *CIRCUITS):
        circuit = circuit_named(name)
        source = str(resource_folder("native") / "board.c")
        command = native_command(compiler, circuit, tmp_path, *STRICT_C, "-Wpedantic", optimization)
        result = subprocess.run(
            [*command, "-c", source, "-o", str(tmp_path / "board.o")], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr[:1500]
        assert result.stderr == ""


MAIN = r"""
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "board.h"

enum { GARBAGE = 0xA5 };

/* Of two rows above and one below each plane, and a byte more than a column of 64 before the first cell. */
static size_t bytes_before(const board_shape *shape) { return 2 * shape->pitch + 65; }

static uint8_t *new_memory(size_t bytes) {
    uint8_t *memory = aligned_alloc(64, bytes);
    if (!memory) exit(3);
    memset(memory, GARBAGE, bytes);
    return memory;
}

/* Reads a board into memory that ends where board.h says. */
static uint8_t *read_board(const board_shape *shape) {
    uint8_t *cells = new_memory(PLANES * shape->plane) + bytes_before(shape);
    for (size_t p = 0; p < PLANES; p++)
        for (size_t r = 0; r < shape->rows; r++)
            if (fread(cells + p * shape->plane + r * shape->pitch, 1, shape->width, stdin) != shape->width) exit(2);
    return cells;
}

static void write_board(const uint8_t *cells, const board_shape *shape) {
    for (size_t p = 0; p < PLANES; p++)
        for (size_t r = 0; r < shape->rows; r++)
            fwrite(cells + p * shape->plane + r * shape->pitch, 1, shape->width, stdout);
}

static void sweep(const uint8_t *cells, uint8_t *next, const board_shape *shape, const board_tiling *tiling) {
    const size_t num_tiles = board_num_tiles(shape, tiling), cuts[] = {0, num_tiles / 2, num_tiles};
    for (size_t half = 0; half < 2; half++) {
        uint8_t *scratch = new_memory(board_scratch_bytes(tiling));
        board_sweep(cells, next, shape, tiling, cuts[half], cuts[half + 1], scratch);
        free(scratch);
    }
}

/* Reads numbers and two boards, advances the first until it equals the second, or for all generations, or in tiles;
 * writes how many generations that were, and the board. */
int main(void) {
    size_t n[12];
    while (fread(n, sizeof n, 1, stdin) == 1) {
        const board_shape shape = {n[0], n[1], n[2], n[3], (uint8_t)n[4], (uint8_t)n[5], (uint8_t)n[6]};
        const board_tiling tiling = {n[9], n[10], n[11]};
        const size_t generations = n[7];
        uint8_t *board = read_board(&shape), *other = read_board(&shape);
        size_t done = 0;
        if (tiling.generations == 0) done = board_advance(board, &shape, generations, n[8] ? other : NULL);
        else
            for (; done < generations; done += tiling.generations) {
                sweep(board, other, &shape, &tiling);
                uint8_t *const swapped = board;
                board = other;
                other = swapped;
            }
        fwrite(&done, sizeof done, 1, stdout);
        write_board(board, &shape);
        free(board - bytes_before(&shape));
        free(other - bytes_before(&shape));
    }
    return 0;
}
"""


class Case(NamedTuple):
    """What the program is asked, and what it is to answer."""

    request: bytes
    answer: bytes


def case_of(
    states: np.ndarray,
    later: np.ndarray,
    other: np.ndarray,
    *,
    num_planes: int,
    torus: bool,
    generations: int,
    until: int | None = None,
    tiling: Tiling | None = None,
) -> Case:
    """Returns the case of a board that becomes `later` after so many generations, or until it is the other one."""
    bands = bands_of(states, num_planes)
    layout = bands.layout
    shape = (layout.width, layout.rows, layout.pitch, layout.plane, layout.whole_bands, layout.has_same_bands)
    numbers = [*shape, torus, generations, until is not None, *(tiling or (0, 0, 0))]
    boards = [bands_of(cells, num_planes).cells.tobytes() for cells in (states, other, later)]
    done = generations if until is None else until
    return Case(_sizes(*numbers) + boards[0] + boards[1], _sizes(done) + boards[2])


def _sizes(*numbers: int) -> bytes:
    return np.array(numbers, dtype=np.uintp).tobytes()


@functools.cache
def cases_for(name: str) -> list[Case]:
    """Returns boards advanced in place, until they equal another one, and in tiles."""
    cases = []
    for width, height, torus in itertools.product((1, 2, 63, 64, 65, 129), (1, 2, 7, 8, 9, 17, 40), TORUS.values()):
        case = functools.partial(case_of, num_planes=subject(name).num_planes, torus=torus)
        states, second = soup_of(name, width, height, torus, 2)
        other = subject(name).states(width, height, seed=0)
        first, third, fourth = (soup_of(name, width, height, torus, k).later for k in (1, 3, 4))
        cases += [case(states, later, other, generations=k) for later, k in ((states, 0), (second, 2), (third, 3))]
        if len({cells.tobytes() for cells in (first, second, third)}) == 3:
            cases.append(case(second, third, third, generations=9, until=1))
            cases.append(case(states, second, third, generations=2, until=2))
        for rows, columns, at_once in ((1, 7, 1), (3, 64, 2), (256, 976, 4), (1, 1, 4)):
            if at_once <= max(1, BandLayout(width, height, 1).rows - 1):
                cases.append(case(states, fourth, other, generations=4, tiling=Tiling(rows, columns, at_once)))
    return cases


@pytest.mark.parametrize("name", OF_ALL_PLANES)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_kernel_stays_within_its_memory(compiler: str, name: str, tmp_path: Path) -> None:
    require_compiler(compiler)
    sanitize = ("-std=c11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    (tmp_path / "trivial.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    trivial = [compiler, *sanitize, str(tmp_path / "trivial.c"), "-o", str(tmp_path / "trivial")]
    if subprocess.run(trivial, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"{compiler} has no address and undefined-behaviour sanitizer (libasan, libubsan) here")
    (tmp_path / "main.c").write_text(MAIN, encoding="utf-8")
    command = native_command(compiler, circuit_named(name), tmp_path, *sanitize)
    sources = [str(resource_folder("native") / "board.c"), str(tmp_path / "main.c")]
    built = subprocess.run(
        [*command, *sources, "-o", str(tmp_path / "main")], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[:1500]
    request = b"".join(case.request for case in cases_for(name))
    result = subprocess.run([str(tmp_path / "main")], input=request, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr[:1500]
    assert result.stderr == b""
    answer = io.BytesIO(result.stdout)
    assert all(answer.read(len(case.answer)) == case.answer for case in cases_for(name))
    assert not answer.read()
