import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, truth_tables
from ca_logic.errors import CircuitError
from ca_logic.formats.c_source import function_name, render_c
from ca_logic.resources import resource_folder
from ca_logic.stepping_benchmark.naive import NaiveKernel, compile_naive
from ca_logic.tasks import load_rule
from ca_logic.toolchain.compiler import find_compiler
from tests.oracles import (
    STRICT_C,
    circuit_of_rule,
    circuit_of_table,
    later_generation,
    random_cell_circuit,
    random_cells,
    random_table,
    seeds,
    single_gate_circuit,
)

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed")

CIRCUITS = [
    circuit_of_table(load_rule("life").table, name="life"),
    circuit_of_table(random_table(1, row_0=1), name="random table with B0"),
    circuit_of_table(np.ones(512, dtype=np.uint8), name="all live"),
    random_cell_circuit(4),
]


@dataclass(frozen=True)
class Subject:
    table: np.ndarray
    kernel: NaiveKernel


@pytest.fixture(scope="module")
def subjects() -> list[Subject]:
    return [Subject(truth_tables(circuit)[0], compile_naive(circuit)) for circuit in CIRCUITS]


def packed(cells: np.ndarray) -> np.ndarray:
    words: np.ndarray = np.packbits(cells, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    return words


@settings(deadline=None)
@given(
    which=st.integers(0, len(CIRCUITS) - 1),
    row_words=st.integers(1, 5),
    height=st.integers(1, 9),
    generations=st.integers(0, 5),
    seed=seeds,
)
def test_the_naive_kernel_equals_numpy(
    subjects: list[Subject], which: int, row_words: int, height: int, generations: int, seed: int
) -> None:
    subject, cells = subjects[which], random_cells(64 * row_words, height, seed)
    words = packed(cells)
    subject.kernel.advance(words, generations)
    expected = later_generation(cells, subject.table, torus=True, generations=generations)
    np.testing.assert_array_equal(words, packed(expected))


def test_it_says_what_it_is(subjects: list[Subject]) -> None:
    assert "64-bit words, gate for gate" in subjects[0].kernel.description


@pytest.mark.parametrize("circuit", [single_gate_circuit(), circuit_of_rule(load_rule("brians-brain"))])
def test_circuits_of_other_neighbourhoods_are_refused(circuit: Circuit) -> None:
    with pytest.raises(CircuitError, match=rf"has {len(circuit.inputs)} inputs .* needs 9 and 1: a rule of two states"):
        compile_naive(circuit)


@pytest.mark.parametrize(
    "words", [np.zeros((3, 2), np.int64), np.zeros(6, np.uint64), np.zeros((3, 4), np.uint64)[:, ::2]]
)
def test_only_words_in_rows_are_advanced(subjects: list[Subject], words: np.ndarray) -> None:
    with pytest.raises(TypeError, match="contiguous two-dimensional array of uint64"):
        subjects[0].kernel.advance(words, 1)


@pytest.mark.parametrize(("shape", "generations"), [((0, 2), 1), ((2, 0), 1), ((2, 2), -1)])
def test_no_cells_and_no_past_are_refused(subjects: list[Subject], shape: tuple[int, int], generations: int) -> None:
    with pytest.raises(ValueError, match="cannot be advanced"):
        subjects[0].kernel.advance(np.zeros(shape, np.uint64), generations)


def compile_with(compiler: str, folder: Path, *flags: str) -> str:
    """Compiles the kernel for Life to assembly, and returns it; anything that the compiler says is an error."""
    (folder / "circuit.c").write_text(render_c(CIRCUITS[0]), encoding="utf-8")
    define, source = f"-DCIRCUIT={function_name(CIRCUITS[0])}", str(resource_folder("native") / "naive.c")
    command = [compiler, *STRICT_C, *flags, define, f"-I{folder}", source, "-S", "-o", str(folder / "naive.s")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return (folder / "naive.s").read_text(encoding="utf-8")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("optimization", ["-O0", "-O3"])
def test_the_kernel_compiles_without_a_word(compiler: str, optimization: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    compile_with(compiler, tmp_path, "-Wpedantic", optimization)


def test_the_circuit_is_called_for_each_word(tmp_path: Path) -> None:
    compiler = find_compiler()
    flags = [flag for flag in compiler.flags if flag != "-shared"]
    assembly = compile_with(compiler.command[0], tmp_path, *flags)
    assert re.search(rf"\b(call|bl)\w*\s+_?{function_name(CIRCUITS[0])}\b", assembly)
