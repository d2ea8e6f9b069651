"""Speeds of stepping, for pytest-benchmark: `make bench`. In `make test` each is run once, to see that it works."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ca_logic.backend.kernel import CompiledKernel, compile_kernel
from ca_logic.runtime import Board, load_automaton
from ca_logic.stepping_benchmark.naive import compile_naive
from ca_logic.stepping_benchmark.rule_benchmark import baseline_circuit
from ca_logic.tasks import load_rule

RULES = ("life", "daynight", "brians-brain", "wireworld")
CELL_GENERATIONS = 1 << 31

Benchmark = Callable[..., Any]
"""The fixture of pytest-benchmark, which has no types."""


def make_soup(rule: str, side: int, threads: int = 1) -> Board:
    automaton = load_automaton(load_rule(rule))
    assert isinstance(automaton.kernel, CompiledKernel)
    board = automaton.board(side, side)
    board.threads = threads
    board.fill_randomly(0.5, seed=0)
    return board


@pytest.mark.parametrize("side", [64, 512, 4096])
@pytest.mark.parametrize("rule", RULES)
def test_stepping(rule: str, side: int, benchmark: Benchmark) -> None:
    board = make_soup(rule, side)
    generations = max(24, CELL_GENERATIONS // side**2)
    benchmark.extra_info["cell_generations"] = side**2 * generations  # type: ignore[attr-defined]
    benchmark(board.advance, generations)


@pytest.mark.parametrize("threads", [1, 2])
def test_stepping_beyond_the_cache(threads: int, benchmark: Benchmark) -> None:
    benchmark(make_soup("life", 8192, threads).advance, 48)


def test_stepping_naively(benchmark: Benchmark) -> None:
    words = np.random.default_rng(0).integers(0, 1 << 63, (512, 8), dtype=np.uint64)
    benchmark(compile_naive(baseline_circuit()).advance, words, 500)


def test_stepping_the_gates_of_the_baseline(benchmark: Benchmark) -> None:
    board = Board(512, 512, kernel=compile_kernel(baseline_circuit()))
    board.fill_randomly(0.5, seed=0)
    benchmark(board.advance, 5000)


def test_counting(benchmark: Benchmark) -> None:
    board = make_soup("life", 4096)
    assert benchmark(lambda: board.population) > 0
