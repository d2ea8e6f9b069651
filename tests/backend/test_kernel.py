import dataclasses
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend import kernel as kernel_module
from ca_logic.backend.kernel import CompiledKernel, Kernel, NumpyKernel, compile_kernel, words_of
from ca_logic.circuit import Circuit, truth_tables
from ca_logic.formats.c_source import function_name, render_c
from ca_logic.resources import resource_folder
from ca_logic.runtime import Board
from ca_logic.tasks import load_rule
from ca_logic.tasks.neighbourhood import input_names
from ca_logic.toolchain import library as library_module
from ca_logic.toolchain.compiler import NoCompilerError, find_compiler
from tests.oracles import (
    STRICT_C,
    board_sizes,
    circuit_of_table,
    circuit_of_transitions,
    later_generation,
    later_states,
    random_cell_circuit,
    random_cells,
    random_states,
    random_table,
    random_transitions,
    seeds,
    sparse_transitions,
)

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed")

TORUS = {"torus": True, "plane": False}

TABLES = {2: random_transitions(2, 2), 3: sparse_transitions(3, 3), 8: sparse_transitions(8, 8)}
"""Random transitions of 2, 3 and 8 states: one, two and three planes."""


@dataclass(frozen=True)
class Subject:
    """A table and the two kernels that are to step by it."""

    table: np.ndarray
    compiled: CompiledKernel
    interpreted: NumpyKernel


def make_subject(circuit: Circuit) -> Subject:
    return Subject(truth_tables(circuit)[0], compile_kernel(circuit), NumpyKernel(circuit))


@pytest.fixture(scope="module")
def subjects() -> list[Subject]:
    circuits = [
        circuit_of_table(load_rule("life").table, name="life"),
        circuit_of_table(random_table(1, row_0=0), name="random table"),
        circuit_of_table(random_table(2, row_0=1, row_511=0), name="random table with B0"),
        circuit_of_table(random_table(3, row_0=1, row_511=1), name="random table with B0 and S8"),
        circuit_of_table(np.zeros(512, dtype=np.uint8), name="all die"),
        circuit_of_table(np.ones(512, dtype=np.uint8), name="all live"),
        *(random_cell_circuit(seed) for seed in range(3)),
    ]
    return [make_subject(circuit) for circuit in circuits]


def packed(cells: np.ndarray) -> np.ndarray:
    """Packs the cells of a two-state board."""
    return packed_states(cells, 1)


def packed_states(states: np.ndarray, num_planes: int) -> np.ndarray:
    """Packs states bit by bit, as the layout is described, not as the package does it."""
    height, width = states.shape
    planes = np.zeros((num_planes, height, -(-width // 64)), dtype=np.uint64)
    for plane in range(num_planes):
        for x in range(width):
            bits = states[:, x].astype(np.uint64) >> np.uint64(plane) & np.uint64(1)
            planes[plane, :, x // 64] |= bits << np.uint64(x % 64)
    return planes


def assert_steps_like_reference(
    kernel: Kernel, cells: np.ndarray, table: np.ndarray, *, torus: bool, generations: int
) -> None:
    board = packed(cells)
    kernel.advance(board, width=cells.shape[1], torus=torus, generations=generations)
    expected = later_generation(cells, table, torus=torus, generations=generations)
    # Comparing words, not cells, also shows that the bits past the width are 0.
    np.testing.assert_array_equal(board, packed(expected))


@settings(deadline=None, max_examples=120)
@given(
    which=st.integers(0, 8),
    size=board_sizes,
    torus=st.booleans(),
    generations=st.integers(0, 5),
    seed=seeds,
)
def test_both_kernels_equal_the_reference(
    subjects: list[Subject], which: int, size: tuple[int, int], torus: bool, generations: int, seed: int
) -> None:
    subject, cells = subjects[which], random_cells(*size, seed)
    for kernel in (subject.compiled, subject.interpreted):
        assert_steps_like_reference(kernel, cells, subject.table, torus=torus, generations=generations)


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
@pytest.mark.parametrize("width", [1, 2, 3, 63, 64, 65, 127, 128, 129])
@pytest.mark.parametrize("height", [1, 2, 3, 7])
def test_both_kernels_equal_the_reference_at_every_seam(
    subjects: list[Subject], width: int, height: int, torus: bool
) -> None:
    for subject in subjects:
        for kernel in (subject.compiled, subject.interpreted):
            cells = random_cells(width, height, seed=width)
            assert_steps_like_reference(kernel, cells, subject.table, torus=torus, generations=3)


@settings(deadline=None, max_examples=6)
@given(circuit=seeds.map(random_cell_circuit), size=board_sizes, torus=st.booleans(), seed=seeds)
def test_any_circuit_compiles_to_what_it_computes(
    circuit: Circuit, size: tuple[int, int], torus: bool, seed: int
) -> None:
    subject = make_subject(circuit)
    for kernel in (subject.compiled, subject.interpreted):
        assert_steps_like_reference(kernel, random_cells(*size, seed), subject.table, torus=torus, generations=2)


@dataclass(frozen=True)
class ManyStates:
    """A table of several states and the two kernels that are to step by it."""

    transitions: np.ndarray
    compiled: CompiledKernel
    interpreted: NumpyKernel

    def assert_steps_like_reference(self, states: np.ndarray, *, torus: bool, generations: int) -> None:
        expected = later_states(states, self.transitions, torus=torus, generations=generations)
        for kernel in (self.compiled, self.interpreted):
            board = packed_states(states, kernel.num_planes)
            kernel.advance(board, width=states.shape[1], torus=torus, generations=generations)
            np.testing.assert_array_equal(board, packed_states(expected, kernel.num_planes))


def many_states(transitions: np.ndarray) -> ManyStates:
    circuit = circuit_of_transitions(transitions, name=f"{len(transitions)} states")
    return ManyStates(transitions, compile_kernel(circuit), NumpyKernel(circuit))


@pytest.fixture(scope="module")
def rules_of_many_states() -> list[ManyStates]:
    tables = [random_transitions(1, 3), *(sparse_transitions(seed, seed) for seed in (2, 4, 5, 8))]
    born_from_nothing = sparse_transitions(9, 8)
    born_from_nothing[0, 0] = 7
    return [many_states(table) for table in (*tables, born_from_nothing)]


@settings(deadline=None, max_examples=80)
@given(which=st.integers(0, 5), size=board_sizes, torus=st.booleans(), generations=st.integers(0, 4), seed=seeds)
def test_both_kernels_step_several_states_like_the_reference(
    rules_of_many_states: list[ManyStates],
    which: int,
    size: tuple[int, int],
    torus: bool,
    generations: int,
    seed: int,
) -> None:
    subject = rules_of_many_states[which]
    states = random_states(*size, len(subject.transitions), seed)
    subject.assert_steps_like_reference(states, torus=torus, generations=generations)


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
@pytest.mark.parametrize("width", [1, 2, 63, 64, 65, 129])
def test_both_kernels_step_several_states_at_every_seam(
    rules_of_many_states: list[ManyStates], width: int, torus: bool
) -> None:
    for subject in rules_of_many_states:
        for height in (1, 2, 3, 5):
            states = random_states(width, height, len(subject.transitions), seed=height)
            subject.assert_steps_like_reference(states, torus=torus, generations=3)


@pytest.mark.parametrize("num_states", [2, 3, 4, 5, 8])
def test_a_kernel_has_as_many_planes_as_a_state_has_bits(num_states: int) -> None:
    subject = many_states(sparse_transitions(num_states, num_states))
    num_planes = {2: 1, 3: 2, 4: 2, 5: 3, 8: 3}[num_states]
    assert subject.compiled.num_planes == subject.interpreted.num_planes == num_planes


def test_a_plane_may_depend_on_every_input_of_every_plane() -> None:
    # Not every circuit is a rule's: here each output reads other planes of all nine cells.
    rng = np.random.default_rng(3)
    inputs = input_names(2)
    first = 1 + len(inputs)
    circuit = Circuit(
        name="any circuit of two planes",
        inputs=inputs,
        outputs=("next0", "next1"),
        gates=rng.integers(0, 16, 60).astype(np.uint8),
        fanins=np.array([rng.integers(max(0, gate - 12), first + gate, 2) for gate in range(60)], dtype=np.int32),
        drivers=np.array([first + 58, first + 59], dtype=np.int32),
    )
    compiled, interpreted = compile_kernel(circuit), NumpyKernel(circuit)
    for torus in TORUS.values():
        for width, height in ((1, 1), (64, 3), (70, 9), (129, 2)):
            board = packed_states(random_states(width, height, 4, seed=width), 2)
            other = board.copy()
            compiled.advance(board, width=width, torus=torus, generations=3)
            interpreted.advance(other, width=width, torus=torus, generations=3)
            np.testing.assert_array_equal(board, other)


def test_inputs_named_like_what_the_kernel_defines_do_not_collide() -> None:
    named = ("PLANES", "CIRCUIT", "INDEPENDENT", "words", "in", "out", "above", "board", "size_t")
    table = random_table(6, row_0=0)
    circuit = dataclasses.replace(circuit_of_table(table), inputs=named)
    cells = random_cells(70, 5, seed=1)
    assert_steps_like_reference(compile_kernel(circuit), cells, table, torus=True, generations=2)


def test_boards_of_another_number_of_planes_are_refused(rules_of_many_states: list[ManyStates]) -> None:
    for num_planes in (1, 3):
        board = np.zeros((num_planes, 4, 1), dtype=np.uint64)
        with pytest.raises(ValueError, match=f"a board of {num_planes} planes cannot be stepped by a circuit for 2"):
            rules_of_many_states[2].compiled.advance(board, width=64, torus=True, generations=1)


def test_numpy_steps_boards_of_several_blocks(
    subjects: list[Subject], rules_of_many_states: list[ManyStates], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_module, "_NUMPY_BLOCK_WORDS", 6)
    for torus in TORUS.values():
        for height in (1, 2, 3, 4, 7):
            cells = random_cells(130, height, seed=height)
            subject = subjects[2]
            assert_steps_like_reference(subject.interpreted, cells, subject.table, torus=torus, generations=3)
            states = random_states(130, height, 8, seed=height)
            rules_of_many_states[4].assert_steps_like_reference(states, torus=torus, generations=3)


def test_a_rule_with_b0_fills_an_empty_board_and_keeps_the_world_beyond_a_plane_dead() -> None:
    # B0/S8 on an empty 70x3 plane: all are born, then only those with eight live neighbours survive.
    table = np.zeros(512, dtype=np.uint8)
    table[[0, 511]] = 1
    subject = make_subject(circuit_of_table(table, name="b0 s8"))
    for kernel in (subject.compiled, subject.interpreted):
        board = packed(np.zeros((3, 70), dtype=bool))
        kernel.advance(board, width=70, torus=False, generations=1)
        np.testing.assert_array_equal(board, packed(np.ones((3, 70), dtype=bool)))
        kernel.advance(board, width=70, torus=False, generations=1)
        inner = np.zeros((3, 70), dtype=bool)
        inner[1, 1:-1] = True
        np.testing.assert_array_equal(board, packed(inner))


def test_generations_in_one_call_equal_generations_one_by_one(subjects: list[Subject]) -> None:
    for torus in TORUS.values():
        at_once = packed(random_cells(131, 17, seed=4))
        one_by_one = at_once.copy()
        subjects[0].compiled.advance(at_once, width=131, torus=torus, generations=50)
        for _ in range(50):
            subjects[0].compiled.advance(one_by_one, width=131, torus=torus, generations=1)
        np.testing.assert_array_equal(at_once, one_by_one)


def test_boards_of_a_wrong_type_are_refused(subjects: list[Subject]) -> None:
    kernel = subjects[0].compiled
    for board in (
        np.zeros((1, 4, 2), dtype=np.int32),
        np.zeros((1, 4, 2), dtype=np.int64),
        np.zeros((4, 2), dtype=np.uint64),
        np.zeros(8, dtype=np.uint64),
        np.zeros((1, 1, 4, 2), dtype=np.uint64),
        np.zeros((1, 4, 4), dtype=np.uint64)[:, :, ::2],
        np.asfortranarray(np.zeros((1, 4, 2), dtype=np.uint64)),
    ):
        with pytest.raises(TypeError, match="contiguous three-dimensional array of uint64"):
            kernel.advance(board, width=128, torus=True, generations=1)


@pytest.mark.parametrize(
    ("shape", "width", "generations"),
    [((4, 2), 129, 1), ((4, 2), 64, 1), ((0, 2), 128, 1), ((4, 0), 0, 1), ((4, 2), 0, 1), ((4, 2), 128, -1)],
)
def test_boards_of_a_wrong_shape_are_refused(
    subjects: list[Subject], shape: tuple[int, int], width: int, generations: int
) -> None:
    board = np.zeros((1, *shape), dtype=np.uint64)
    with pytest.raises(ValueError, match="does not hold rows of"):
        subjects[0].compiled.advance(board, width=width, torus=True, generations=generations)


def test_a_read_only_board_is_refused(subjects: list[Subject]) -> None:
    board = np.zeros((1, 4, 2), dtype=np.uint64)
    board.flags.writeable = False
    with pytest.raises((TypeError, ValueError, BufferError)):
        subjects[0].compiled.advance(board, width=128, torus=True, generations=1)


def test_words_of_rounds_up() -> None:
    assert [words_of(width) for width in (1, 63, 64, 65, 128, 129)] == [1, 1, 1, 2, 2, 3]


def test_kernels_say_what_they_are(subjects: list[Subject]) -> None:
    assert subjects[0].compiled.description == f"compiled C ({subjects[0].compiled.library.compiler.version})"
    assert subjects[0].interpreted.description.startswith("NumPy")


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "ca_logic" / "kernels"


@pytest.fixture(scope="module")
def life() -> Circuit:
    return circuit_of_table(load_rule("life").table, name="life")


def assert_steps(kernel: CompiledKernel) -> None:
    cells = random_cells(70, 9, seed=0)
    assert_steps_like_reference(kernel, cells, load_rule("life").table, torus=True, generations=2)


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


def native_command(compiler: str, circuit: Circuit, folder: Path, *more: str) -> list[str]:
    (folder / "circuit.c").write_text(render_c(circuit), encoding="utf-8")
    native = resource_folder("native")
    macros = (f"-DCIRCUIT={function_name(circuit)}", f"-DPLANES={len(circuit.outputs)}")
    return [compiler, *more, *macros, f"-I{folder}", f"-I{native}"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimization", ["-O0", "-O3"])
def test_the_kernel_compiles_without_a_warning(compiler: str, optimization: str, tmp_path: Path, life: Circuit) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    constant = circuit_of_table(np.zeros(512, dtype=np.uint8))
    for circuit in (life, constant, random_cell_circuit(1), *(circuit_of_transitions(t) for t in TABLES.values())):
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
#include "board.h"

/* Reads "width height torus generations" and the words of a board, steps it, writes the words. */
int main(void) {
    size_t width, height, generations;
    int torus;
    while (scanf("%zu %zu %d %zu", &width, &height, &torus, &generations) == 4) {
        const size_t words = (width + 63) / 64 * height * PLANES;
        uint64_t *board = malloc(words * sizeof *board);
        uint64_t *scratch = malloc(board_scratch_words(width) * sizeof *scratch);
        for (size_t i = 0; i < words; i++) {
            unsigned long long word;
            if (scanf("%llx", &word) != 1) return 2;
            board[i] = word;
        }
        board_advance(board, scratch, width, height, torus, generations);
        for (size_t i = 0; i < words; i++) printf("%llx ", (unsigned long long)board[i]);
        printf("\n");
        free(scratch);
        free(board);
    }
    return 0;
}
"""


@pytest.mark.parametrize("num_states", TABLES)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_kernel_stays_within_its_memory(compiler: str, num_states: int, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    sanitize = ("-std=c11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    (tmp_path / "trivial.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    trivial = [compiler, *sanitize, str(tmp_path / "trivial.c"), "-o", str(tmp_path / "trivial")]
    if subprocess.run(trivial, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"{compiler} has no address and undefined-behaviour sanitizer (libasan, libubsan) here")
    cases = [
        (random_states(width, height, num_states, seed=width), torus, generations)
        for width in (1, 2, 3, 62, 63, 64, 65, 127, 128, 129, 200)
        for height in (1, 2, 3, 4, 9)
        for torus in TORUS.values()
        for generations in (0, 1, 4)
    ]
    assert_program_steps_like_reference(compiler, sanitize, TABLES[num_states], cases, tmp_path)


@pytest.mark.parametrize("num_states", TABLES)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_fast_kernel_of_either_compiler_equals_the_reference(
    compiler: str, num_states: int, tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    # Wide enough for whole vectors of words, and odd enough for what is left over.
    cases = [
        (random_states(width, height, num_states, seed=width), torus, 3)
        for width in (1, 64, 65, 511, 512, 513, 1025, 2050)
        for height in (1, 2, 5)
        for torus in TORUS.values()
    ]
    fast = (*STRICT_C, *find_compiler().flags)
    flags = tuple(flag for flag in fast if flag not in ("-shared", "-fPIC", "-fvisibility=hidden"))
    assert_program_steps_like_reference(compiler, flags, TABLES[num_states], cases, tmp_path)


def assert_program_steps_like_reference(
    compiler: str,
    flags: tuple[str, ...],
    transitions: np.ndarray,
    cases: list[tuple[np.ndarray, bool, int]],
    folder: Path,
) -> None:
    """Asserts that `native/board.c` in a program of its own steps cells, on a torus or plane, so often."""
    circuit = circuit_of_transitions(transitions)
    num_planes = len(circuit.outputs)
    (folder / "main.c").write_text(MAIN, encoding="utf-8")
    command = native_command(compiler, circuit, folder, *flags)
    sources = [str(resource_folder("native") / "board.c"), str(folder / "main.c")]
    built = subprocess.run(
        [*command, *sources, "-o", str(folder / "main")], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[:1500]
    request = "\n".join(
        f"{states.shape[1]} {states.shape[0]} {torus:d} {generations} "
        + " ".join(f"{word:x}" for word in packed_states(states, num_planes).ravel())
        for states, torus, generations in cases
    )
    result = subprocess.run([str(folder / "main")], input=request, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[:1500]
    assert result.stderr == ""
    for (states, torus, generations), line in zip(cases, result.stdout.splitlines(), strict=True):
        expected = later_states(states, transitions, torus=torus, generations=generations)
        assert [int(word, 16) for word in line.split()] == packed_states(expected, num_planes).ravel().tolist()


def test_a_board_larger_than_a_block_agrees_with_numpy(subjects: list[Subject]) -> None:
    compiled = Board(1000, 5000, kernel=subjects[0].compiled)
    interpreted = Board(1000, 5000, kernel=subjects[0].interpreted)
    for board in (compiled, interpreted):
        board.fill_randomly(0.4, seed=1)
        board.advance(2)
    np.testing.assert_array_equal(compiled.planes, interpreted.planes)
