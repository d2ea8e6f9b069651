"""Synthesis of cellular automata, ours and ABC's, each from the same start and each checked against the rule."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit import Circuit, Netlist, truth_tables
from ca_logic.errors import EquivalenceError, LearningError, RuleError, UsageError
from ca_logic.formats.aiger import num_ands
from ca_logic.formats.registry import read_circuit
from ca_logic.synthesis import Optimized, PassResult, optimize
from ca_logic.synthesis.decision_diagram import PartialTable, decision_diagram
from ca_logic.synthesis.row_sharing import fold_rows, unfold_rows
from ca_logic.synthesis_benchmark.abc_flow import (
    AbcResult,
    run_deep_scripts,
    run_fast_scripts,
    start_of_circuit,
    start_of_table,
)
from ca_logic.tasks import Rule, load_rule, rule_of_transitions
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE, NUM_NEIGHBOURHOODS, transitions_of
from ca_logic.toolchain.berkeley_abc import Abc

RANDOM = "random"
"""The word for the rule of 512 random entries."""

_LEARNED = "learned"
_LEARNED_RULE = "life"

Kind = Literal["truth table", "learned network", "shipped circuit"]


@dataclass(frozen=True)
class Start:
    """What both programs set out from.

    Attributes:
        name: for tables.
        rule: what it computes.
        kind: of a learned network each seed has its own.
    """

    name: str
    rule: Rule
    kind: Kind


@dataclass(frozen=True)
class SharedSize:
    """The size of a circuit of which gates that are alike up to rows count once.

    Attributes:
        total: how many gates a kernel evaluates for each row of cells.
        rows: of these, how many depend on one row only.
    """

    total: int
    rows: int


@dataclass(frozen=True)
class Ours:
    """What our synthesis made of a start with one seed; all of it is proved equal to the rule.

    Attributes:
        seed: of the random walks, and of the network if it is a learned one.
        gates: two-input gates.
        tables: three-input tables, of another circuit.
        ands: nodes of the gates as an and-inverter graph, for comparison only.
        seconds: wall time for both circuits.
        shared_gates: of a circuit made for sharing rows; None if none was made.
        shared_tables: likewise.
        shared_seconds: wall time for both of these.
    """

    seed: int
    gates: int
    tables: int
    ands: int
    seconds: float
    shared_gates: SharedSize | None = None
    shared_tables: SharedSize | None = None
    shared_seconds: float = 0.0


@dataclass(frozen=True)
class Row:
    """What was measured from one start, perhaps not yet all of it.

    Attributes:
        start: the start.
        ours: one for each seed.
        abc_fast: of scripts of a second or so; of learned networks one for each seed, else one.
        abc_deep: of `&deepsyn`, likewise; empty if it was left out.
    """

    start: Start
    ours: tuple[Ours, ...]
    abc_fast: tuple[AbcResult, ...] = ()
    abc_deep: tuple[AbcResult, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """One cost of one row.

    Attributes:
        median: ours over all seeds.
        best: ours.
        fast: ABC's fast scripts, the median if there are several networks; None if there is no result.
        deep: `&deepsyn`, likewise.
        ratio: our median to the smaller of ABC's; None without ABC, and where ABC needs nothing.
    """

    median: float
    best: int
    fast: float | None
    deep: float | None
    ratio: float | None


def select_starts(words: Sequence[str], *, shipped: bool = False) -> list[Start]:
    """Returns the starts that the words name, each once.

    A word is a two-state rule, taken as its truth table; `random`, a table of 512 random entries; or `learned`,
    a network that has just learned Life, or as `learned:RULE` another rule.

    Args:
        words: one or more.
        shipped: whether the shipped circuit of each rule is a start as well.

    Raises:
        RuleError: if a word names none, or a rule of more states.
        UsageError: if there are no words.
    """
    if not words:
        raise UsageError("no rule was named; ask for at least one.")
    starts: dict[str, Start] = {}
    for word in words:
        head, _, tail = word.partition(":")
        if head == _LEARNED:
            rule = _load(tail or _LEARNED_RULE)
            start = Start(f"{_LEARNED} {rule.name}", rule, "learned network")
        elif word == RANDOM:
            table = np.random.default_rng(0).integers(0, 2, NUM_NEIGHBOURHOODS).astype(np.uint8)
            start = Start(RANDOM, rule_of_transitions(transitions_of(table)), "truth table")
        else:
            rule = _load(word)
            start = Start(rule.name, rule, "truth table")
        starts[start.name] = start
    if shipped:
        for rule in {start.rule.name: start.rule for start in starts.values() if start.rule.is_shipped}.values():
            name = f"shipped {rule.name}"
            starts[name] = Start(name, rule, "shipped circuit")
    return list(starts.values())


def measure(
    start: Start,
    *,
    seeds: Sequence[int],
    effort: int,
    share_rows: bool,
    abc: Abc | None,
    abc_seconds: int,
    on_warning: Callable[[str], None] = lambda _: None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Row]:
    """Yields the row again and again, each time with one figure more.

    Args:
        start: what to make small.
        seeds: of our synthesis.
        effort: of our synthesis, as for `optimize`.
        share_rows: whether to make circuits for sharing rows as well.
        abc: whom to compare with, if anybody.
        abc_seconds: for how long `&deepsyn` runs each time; 0 leaves it out.
        on_warning: told of seeds from which nothing was learned, and of wrong results of ABC's, which do not count.
        on_progress: told several times a second what is being done; it may raise KeyboardInterrupt.

    Raises:
        EquivalenceError: if a circuit of ours is not the rule, which would be a bug.
    """
    row = Row(start, ())
    circuits: dict[int, Circuit] = {}
    for seed in seeds:
        doing = f"{start.name}, seed {seed}"
        show = _prefixed(doing, on_progress)
        try:
            circuits[seed] = _circuit_of(start, seed, show)
        except LearningError as error:
            on_warning(f"leaving out {doing}: {error}")
            continue
        ours = _measure_ours(start.rule, circuits[seed], seed, effort, show)
        row = replace(row, ours=(*row.ours, ours))
        yield row
        if share_rows:
            shared = _measure_shared(start.rule, circuits[seed], ours, effort, show)
            row = replace(row, ours=(*row.ours[:-1], shared))
            yield row
    if abc is None:
        return
    if start.kind == "truth table":
        abc_starts = [start_of_table(start.rule.table)]
    else:
        chosen = circuits.values() if start.kind == "learned network" else list(circuits.values())[:1]
        abc_starts = [start_of_circuit(circuit) for circuit in chosen]

    def show_abc() -> None:
        on_progress(f"{start.name}: ABC")

    show_abc()
    for abc_start in abc_starts:
        row = replace(row, abc_fast=(*row.abc_fast, run_fast_scripts(abc, abc_start, on_script=show_abc)))
        yield row
        if abc_seconds:
            deep = run_deep_scripts(abc, abc_start, abc_seconds, on_script=show_abc)
            row = replace(row, abc_deep=(*row.abc_deep, deep))
            yield row
    if num_wrong := sum(result.num_wrong for result in (*row.abc_fast, *row.abc_deep)):
        on_warning(f"{start.name}: {num_wrong} results of ABC's are too wide or not the rule; they are not counted.")


def compare(row: Row, cost: Literal["gates", "tables", "ands"]) -> Comparison:
    """Returns one cost of a row that has results of ours."""
    ours = [getattr(result, cost) for result in row.ours]
    fast, deep = (
        [size for result in results if (size := getattr(result, cost)) is not None]
        for results in (row.abc_fast, row.abc_deep)
    )
    medians = [statistics.median(sizes) if sizes else None for sizes in (fast, deep)]
    median = statistics.median(ours)
    theirs = min((size for size in medians if size is not None), default=None)
    return Comparison(median, min(ours), medians[0], medians[1], median / theirs if theirs else None)


def _load(text: str) -> Rule:
    rule = load_rule(text)
    if rule.num_states > 2:
        raise RuleError(f"{rule.name} has {rule.num_states} states; only two-state rules can be benchmarked so far.")
    return rule


def _prefixed(doing: str, on_progress: Callable[[str], None]) -> Callable[[str], None]:
    return lambda what: on_progress(f"{doing}: {what}")


def _circuit_of(start: Start, seed: int, on_progress: Callable[[str], None]) -> Circuit:
    rule = start.rule
    on_progress("start")
    if start.kind == "truth table":
        shape = (2,) * len(CELLS)
        table = PartialTable(rule.table.reshape(shape).astype(bool), np.ones(shape, dtype=bool))
        return decision_diagram(rule.folder_name, CELLS, {NEXT_STATE: table})
    if start.kind == "shipped circuit":
        assert rule.path is not None, "shipped rules have a file"
        return read_circuit(rule.path.with_suffix(".blif"))
    from ca_logic.pipeline import learn_rule

    return learn_rule(rule, seed=seed, effort=0, on_progress=lambda _: on_progress("training")).extracted


def _measure_ours(rule: Rule, circuit: Circuit, seed: int, effort: int, on_progress: Callable[[str], None]) -> Ours:
    began = time.perf_counter()
    optimized = _optimize(circuit, seed, effort, on_progress, share_rows=False)
    seconds = time.perf_counter() - began
    for made in (optimized.gates, optimized.tables):
        _require_rule(made, rule.table)
    ands = num_ands(optimized.gates)
    return Ours(seed, optimized.gates.num_gates, optimized.tables.num_gates, ands, seconds)


def _measure_shared(rule: Rule, circuit: Circuit, ours: Ours, effort: int, on_progress: Callable[[str], None]) -> Ours:
    began = time.perf_counter()
    optimized = _optimize(circuit, ours.seed, effort, on_progress, share_rows=True)
    seconds = time.perf_counter() - began
    sizes = []
    for made in (optimized.gates, optimized.tables):
        folded = fold_rows(made)
        # What is counted is the folded circuit, so it is that which must be right.
        _require_rule(unfold_rows(folded, made), rule.table)
        sizes.append(SharedSize(folded.num_gates, folded.num_row_gates))
    return replace(ours, shared_gates=sizes[0], shared_tables=sizes[1], shared_seconds=seconds)


def _optimize(
    circuit: Circuit, seed: int, effort: int, on_progress: Callable[[str], None], *, share_rows: bool
) -> Optimized:
    doing = ""

    def show(done: PassResult) -> None:
        nonlocal doing
        doing = f"{done.name}, {done.size} {done.unit}"
        on_progress(doing)

    def should_stop() -> bool:
        on_progress(doing)
        return False

    return optimize(circuit, effort=effort, share_rows=share_rows, seed=seed, on_pass=show, should_stop=should_stop)


def _require_rule(circuit: Netlist, table: UInt8[np.ndarray, "512"]) -> None:
    """Makes sure that a circuit computes the rule.

    Raises:
        EquivalenceError: if not.
    """
    wrong = int((truth_tables(circuit)[0] != table).sum())
    if wrong:
        raise EquivalenceError(f"circuit {circuit.name!r} differs from its rule in {wrong} rows, which is a bug.")
