from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import CircuitBuilder, truth_tables
from ca_logic.circuit.lookup import lookup_of
from ca_logic.errors import RuleError, UsageError
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.formats.registry import read_circuit
from ca_logic.gates import Gate, depends_on_a, depends_on_b
from ca_logic.synthesis_benchmark import (
    NETWORK_KINDS,
    Row,
    abc_flow,
    compare,
    measure,
    measure_large,
    random_network,
    select_starts,
)
from ca_logic.synthesis_benchmark.abc_flow import (
    AbcResult,
    run_deep_scripts,
    run_fast_scripts,
    start_of_circuit,
    start_of_table,
    widths_of_nodes,
)
from ca_logic.synthesis_benchmark.automata import Ours
from ca_logic.synthesis_benchmark.large import NUM_INPUTS
from ca_logic.tasks import load_rule
from ca_logic.toolchain.berkeley_abc import MISSING, Abc, AbcRun, find_abc
from tests.strategies import circuits

needs_abc = pytest.mark.skipif(find_abc() is None, reason=MISSING)

WITHOUT_ABC: dict[str, Any] = {"abc": None, "abc_seconds": 0}


def circuit_of_two_gates() -> Any:
    builder = CircuitBuilder(("a", "b", "c"), name="two")
    a, b, c = builder.inputs
    return builder.build({"y": builder.add(Gate.AND, builder.add(Gate.XOR, a, b), c)})


# Starts.


@given(st.integers(0, 2**512 - 1) | st.sampled_from([0, 2**512 - 1]))
def test_abc_is_given_the_very_table(number: int) -> None:
    table = np.array([number >> row & 1 for row in range(512)], dtype=np.uint8)
    start = start_of_table(table)
    assert (truth_tables(read_blif(start.blif)) == table).all()
    assert (start.wanted == table).all()


def test_words_name_starts() -> None:
    starts = select_starts(["learned", "learned:seeds", "life", "B3/S23", "random"], shipped=True)
    names = ["learned life", "learned seeds", "life", "random", "shipped life", "shipped seeds"]
    assert [start.name for start in starts] == names
    assert [start.kind for start in starts] == 2 * ["learned network"] + 2 * ["truth table"] + 2 * ["shipped circuit"]
    table = np.random.default_rng(0).integers(0, 2, 512)
    assert (starts[3].rule.table == table).all()
    assert starts[3].rule.rulestring.startswith("MAP")


def test_a_word_that_names_nothing_is_refused() -> None:
    with pytest.raises(RuleError, match="unknown rule 'lif'; did you mean 'life'"):
        select_starts(["learned:lif"])
    with pytest.raises(RuleError, match="has 3 states; only two-state rules"):
        select_starts(["brians-brain"])
    with pytest.raises(UsageError, match="no rule was named"):
        select_starts([])


# Ours.


def test_each_figure_is_reported_as_it_is_measured() -> None:
    (start,) = select_starts(["replicator"])
    rows = list(measure(start, seeds=[3, 4], effort=0, share_rows=True, **WITHOUT_ABC))
    assert [[ours.seed for ours in row.ours] for row in rows] == [[3], [3], [3, 4], [3, 4]]
    assert [row.ours[-1].shared_gates is None for row in rows] == [True, False, True, False]
    for ours in rows[-1].ours:
        assert (ours.gates, ours.tables) == (7, 4)
        assert ours.ands == 21
        assert ours.seconds > 0
        assert ours.shared_gates is not None
        assert 0 < ours.shared_gates.rows < ours.shared_gates.total < ours.gates


def test_a_shipped_circuit_is_a_start() -> None:
    start = select_starts(["seeds"], shipped=True)[1]
    (row,) = measure(start, seeds=[0], effort=0, share_rows=False, **WITHOUT_ABC)
    assert row.ours[0].gates <= 30


@pytest.mark.usefixtures("nothing_learned")
def test_a_learned_network_is_a_start() -> None:
    (start,) = select_starts(["learned:B/S"])
    told: list[str] = []
    (row,) = measure(start, seeds=[0], effort=0, share_rows=False, on_progress=told.append, **WITHOUT_ABC)
    assert row.ours[0].gates == 0
    assert "learned B/S, seed 0: training" in told


# Figures.


def test_the_ratio_is_our_median_to_the_best_of_abc() -> None:
    (start,) = select_starts(["life"])
    ours = tuple(Ours(seed, gates, 10, 40, 1.0) for seed, gates in enumerate([24, 30, 27]))
    fast = tuple(AbcResult(gates, None, 50, 1.0, 0, 0) for gates in (50, 60))
    deep = (AbcResult(54, 20, 36, 1.0, 0, 0), AbcResult(None, 22, 36, 1.0, 2, 0))
    gates = compare(Row(start, ours, fast, deep), "gates")
    assert (gates.median, gates.best, gates.fast, gates.deep, gates.ratio) == (27, 24, 55, 54, 0.5)
    tables = compare(Row(start, ours, fast, deep), "tables")
    assert (tables.median, tables.fast, tables.deep) == (10, None, 21)
    alone = compare(Row(start, ours), "ands")
    assert (alone.median, alone.fast, alone.deep, alone.ratio) == (40, None, None, None)


def test_nothing_has_no_ratio() -> None:
    (start,) = select_starts(["B/S"])
    row = Row(start, (Ours(0, 0, 0, 0, 1.0),), (AbcResult(0, 0, 0, 1.0, 0, 0),))
    assert compare(row, "gates").ratio is None


# What ABC wrote.


@given(circuits())
def test_no_node_of_ours_is_wider_than_its_kind(circuit: Any) -> None:
    assert max(widths_of_nodes(write_blif(circuit)), default=0) <= 2
    assert max(widths_of_nodes(write_blif(lookup_of(circuit))), default=0) <= 2


def test_a_node_is_as_wide_as_its_line_goes_on() -> None:
    text = ".model m\n.names a b \\\n c y\n111 1\n.names z\n.names a n\n0 1\n# .names a b y\n.end\n"
    assert widths_of_nodes(text) == [3, 0, 1]


def test_only_what_is_right_and_narrow_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = circuit_of_two_gates()
    right = write_blif(circuit).encode()
    wide = b".model w\n.inputs a b c\n.outputs y\n.names a b c y\n101 1\n011 1\n.end\n"
    wrong = b".model w\n.inputs a b c\n.outputs y\n.names a b y\n11 1\n.end\n"
    files = {"2-0.blif": right, "2-1.blif": wide, "2-2.blif": wrong, "2-3.blif": b".model cut\n.inp", "3-0.blif": wide}
    run = AbcRun("", files, 0.25, ended=False)
    monkeypatch.setattr(abc_flow, "run_abc", lambda *_, **__: run)
    monkeypatch.setattr(abc_flow, "FAST_SCRIPTS", (("strash",),))
    result = run_fast_scripts(Abc("", ""), start_of_circuit(circuit))
    assert (result.gates, result.tables, result.ands) == (2, 1, None)
    assert (result.num_wrong, result.num_cut_short, result.seconds) == (3, 1, 0.25)


@needs_abc
def test_abc_finds_what_is_known_to_be_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    abc = find_abc()
    assert abc is not None
    monkeypatch.setattr(abc_flow, "_ROUNDS", 2)
    monkeypatch.setattr(abc_flow, "FAST_SCRIPTS", (("resyn2",),))
    rule = load_rule("replicator")
    assert rule.path is not None
    shipped = read_circuit(rule.path.with_suffix(".blif"))
    for result in (
        run_fast_scripts(abc, start_of_table(rule.table)),
        run_deep_scripts(abc, start_of_circuit(shipped), 1),
    ):
        assert (result.gates, result.tables, result.ands) == (7, 4, 21)
        assert (result.num_cut_short, result.num_wrong) == (0, 0)


@needs_abc
@pytest.mark.parametrize("rulestring", ["B/S", "B012345678/S012345678"])
def test_abc_is_given_constants_that_it_understands(rulestring: str, monkeypatch: pytest.MonkeyPatch) -> None:
    abc = find_abc()
    assert abc is not None
    monkeypatch.setattr(abc_flow, "_ROUNDS", 1)
    monkeypatch.setattr(abc_flow, "FAST_SCRIPTS", (("resyn2",),))
    result = run_fast_scripts(abc, start_of_table(load_rule(rulestring).table))
    assert (result.gates, result.tables, result.ands) == (0, 0, 0)
    assert (result.num_cut_short, result.num_wrong) == (0, 0)


# Large networks.


@pytest.mark.parametrize(("kind", "share"), NETWORK_KINDS.items())
def test_a_random_network_has_the_shape_of_a_classifier(kind: str, share: float) -> None:
    network = random_network(kind, 3_000)
    assert (network.num_gates, len(network.inputs), len(network.outputs)) == (3_000, NUM_INPUTS, 500)
    assert (network.fanins[:, 0] != network.fanins[:, 1]).all()
    assert (network.levels()[network.first_gate :] == np.repeat(np.arange(1, 7), 500)).all()
    binary = [depends_on_a(gate) and depends_on_b(gate) for gate in network.gates.tolist()]
    assert 1 - np.mean(binary) == pytest.approx(share, abs=0.05)
    assert random_network(kind, 3_000) == network


@pytest.mark.parametrize("num_gates", [6, 10**9])
def test_a_network_of_no_such_size_is_refused(num_gates: int) -> None:
    with pytest.raises(UsageError, match="cannot be made; choose 7 to"):
        random_network("all binary", num_gates)


def test_no_pass_makes_a_large_network_larger() -> None:
    rows = list(measure_large("30 % pass", 600, abc=None))
    sizes = [row.size for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0] < 600
    assert [row.unit for row in rows] == ["gates"] * 4 + ["tables"]
    assert rows[-1].proof.is_complete
    assert rows[-2].proof.is_complete


@needs_abc
def test_abc_maps_the_same_large_network() -> None:
    rows = [row for row in measure_large("all binary", 600, abc=find_abc()) if row.tool == "ABC"]
    assert [(row.step, row.unit) for row in rows] == [("if -K 2 -a", "gates"), ("if -K 3 -a", "tables")]
    assert all(row.proof.is_complete for row in rows)
    assert rows[1].size < rows[0].size < 600
