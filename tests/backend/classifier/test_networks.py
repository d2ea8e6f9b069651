"""Programs and generated C: small pieces, few decisions, time that grows with the circuit and no faster."""

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ca_logic.backend.classifier import NumpyClassifier, compile_classifier, interpret_classifier
from ca_logic.backend.classifier import network as network_module
from ca_logic.backend.classifier.driver import Driver
from ca_logic.backend.classifier.inputs import InputPlan, plan_inputs
from ca_logic.backend.classifier.network import Network, compiled_network, interpreted_network
from ca_logic.backend.classifier.network_source import render_network
from ca_logic.backend.classifier.program import program_of, render_tables
from ca_logic.backend.classifier.samples import Features
from ca_logic.circuit import LookupCircuit, truth_tables
from ca_logic.circuit.lookup import lookup_of
from ca_logic.resources import resource_folder
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.toolchain import library as library_module
from tests.backend.classifier.classifiers import layered_head, pixel_encoder, random_features
from tests.oracles import STRICT_C

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


def test_the_interpreter_has_a_case_for_each_table_up_to_the_order_of_its_inputs() -> None:
    assert render_tables().count("TABLE(") == 80


def test_a_layer_takes_few_decisions() -> None:
    program = program_of(lookup_of(layered_head(100, (2000, 2000), 10).circuit))
    assert len(program.runs) <= 2 * 16
    assert program.runs[:, 1].sum() == len(program.steps)


def test_parts_are_short_and_each_is_called() -> None:
    circuit = map_to_lookup(layered_head(100, (1000, 500), 10).circuit)
    source = render_network(circuit, plan_inputs(pixel_encoder(100), np.ones(100, bool)))
    assert len(source.parts) == -(-circuit.num_gates // 80)
    # A gate is a line, and at most three loads and a store.
    assert max(part.count("\n") for part in source.parts) <= 2 + 80 * 5
    assert source.main("network").count("part_") == source.declarations().count("part_") == len(source.parts)


@needs_compiler
def test_a_network_may_take_many_translation_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "_PARTS_OF_UNIT", 2)
    encoder, head = pixel_encoder(50), layered_head(50, (300, 200), 10)
    features = random_features(100, 50, np.uint8)
    assert np.array_equal(
        compile_classifier(encoder, head).scores(features), NumpyClassifier(encoder, head).scores(features)
    )


def all_tables() -> LookupCircuit:
    """Every table of three inputs, with its fan-ins in every order, twice the same, and constant."""
    fanins = [(1, 2, 3), (3, 1, 2), (2, 2, 1), (0, 1, 2), (3, 0, 0)]
    gates = np.tile(np.arange(256), len(fanins))
    return LookupCircuit(
        name="tables",
        inputs=("a", "b", "c"),
        outputs=tuple(f"y{k}" for k in range(len(gates))),
        gates=gates,
        fanins=np.repeat(fanins, 256, axis=0),
        drivers=4 + np.arange(len(gates)),
    )


@needs_compiler
@pytest.mark.parametrize("make_network", [compiled_network, interpreted_network])
def test_every_table_is_right(make_network: Callable[[LookupCircuit, InputPlan], Network]) -> None:
    circuit = all_tables()
    plan = plan_inputs(pixel_encoder(3, threshold=1), np.ones(3, bool))
    rows = np.indices((2, 2, 2), dtype=np.uint8).reshape(3, 8).T
    # Each output is a score of a single digit.
    driver = Driver(plan, make_network(circuit, plan), num_classes=len(circuit.outputs), is_signed=False)
    assert np.array_equal(driver.scores(Features(rows), 1), truth_tables(circuit).T)


@needs_compiler
def test_the_same_network_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    encoder, head = pixel_encoder(9), layered_head(9, (30, 8), 4)
    compile_classifier(encoder, head)
    kept = sorted(tmp_path.rglob("*.so"))
    compile_classifier(encoder, replace(head, circuit=replace(head.circuit, name="renamed")))
    assert sorted(tmp_path.rglob("*.so")) == kept
    compile_classifier(encoder, layered_head(9, (30, 8), 4, seed=1))
    assert len(sorted(tmp_path.rglob("*.so"))) == len(kept) + 1


@pytest.mark.parametrize("name", ["board", "classifier", "interpreter"])
def test_the_width_of_vectors_is_part_of_what_is_looked_up(name: str) -> None:
    assert library_module._native_files(name).keys() == {f"{name}.c", f"{name}.h", "lanes.h"}


@pytest.mark.parametrize("flags", [("-march=native",), ("-DPLAIN_WORDS",)])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_compiler_finds_fault_with_the_interpreter(compiler: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    (tmp_path / "tables.c").write_text(render_tables(), encoding="utf-8")
    source = resource_folder("native") / "interpreter.c"
    command = [compiler, *STRICT_C, *flags, "-fsyntax-only", f"-I{tmp_path}", str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@needs_compiler
def test_the_interpreter_answers_at_once() -> None:
    encoder, head = pixel_encoder(784), layered_head(784, (8330,) * 6, 10)
    sample = random_features(1, 784, np.uint8)
    interpret_classifier(pixel_encoder(20), layered_head(20, (10,), 10))
    start = time.process_time()
    interpret_classifier(encoder, head).classes(sample)
    # A third of that where nothing else runs; 49,980 gates.
    assert time.process_time() - start < 2
