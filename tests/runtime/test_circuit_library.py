from pathlib import Path

import numpy as np
import pytest

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.circuit import Circuit
from ca_logic.errors import CircuitNotFoundError, OutputError
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.resources import resource_folder
from ca_logic.runtime import Board
from ca_logic.runtime.circuit_library import find_circuit, list_learned_rules, store_circuit
from ca_logic.synthesis import prove_rule
from ca_logic.synthesis.row_sharing import fold_rows
from ca_logic.synthesis.structural_hashing import simplify
from ca_logic.tasks import Rule, list_rules, load_rule
from ca_logic.tasks.rule import rule_of_transitions
from tests.oracles import (
    circuit_of_rule,
    circuit_of_table,
    circuit_of_transitions,
    later_states,
    random_states,
    random_table,
    single_gate_circuit,
)

LIFE, HIGHLIFE = load_rule("life"), load_rule("highlife")
UNNAMED = load_rule("B3678/S0235678")


def found_silently(rule: Rule) -> tuple[str, Path]:
    stored = find_circuit(rule, on_warning=pytest.fail)
    return stored.origin, stored.path


def learned_path(home: Path) -> Path:
    return home / "ca_logic" / "circuits" / "b3_s23.blif"


def rows_file(path: Path) -> Path:
    """Returns where the circuit of few gates a row is, of which the smallest is at `path`."""
    return path.with_name(f"{path.stem}.rows.blif")


def plant(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.name)
def test_every_named_rule_has_a_shipped_circuit(rule: Rule) -> None:
    stored = find_circuit(rule, on_warning=pytest.fail)
    assert stored.origin == "shipped"
    assert rule.path is not None
    assert stored.path == rule.path.with_suffix(".blif")
    states = random_states(65, 33, rule.num_states, seed=1)
    board = Board(65, 33, kernel=NumpyKernel(stored.circuit), num_states=rule.num_states)
    board.set_states(states)
    board.advance(3)
    expected = later_states(states, rule.transitions, torus=True, generations=3)
    np.testing.assert_array_equal(board.states(), expected)
    gates_a_row = fold_rows(stored.row_circuit).num_gates
    assert gates_a_row <= fold_rows(stored.circuit).num_gates
    assert f"shipped circuit of {stored.circuit.num_gates} gates, {gates_a_row} a row (" in stored.description


SHIPPED_ROWS = sorted(resource_folder("rules").glob("*.rows.blif"))


@pytest.mark.parametrize("path", SHIPPED_ROWS, ids=lambda path: path.name)
def test_every_shipped_circuit_of_rows_is_its_rule_and_has_fewer_gates_a_row(path: Path) -> None:
    rule = load_rule(path.name.removesuffix(".rows.blif"))
    text = path.read_text(encoding="utf-8")
    circuit = read_blif(text)
    assert prove_rule(circuit, rule).rows_right == rule.num_states**9
    gates_a_row = fold_rows(circuit).num_gates
    smallest = read_blif(path.with_name(f"{rule.name}.blif").read_text(encoding="utf-8"))
    assert gates_a_row < fold_rows(smallest).num_gates
    assert smallest.num_gates <= circuit.num_gates
    assert circuit.name == smallest.name
    assert text.startswith(f"# {rule.full_name}, {circuit.num_gates} gates, {gates_a_row} a row.\n")


@pytest.mark.usefixtures("nothing_learned")
def test_most_shipped_rules_have_a_circuit_of_few_gates_a_row() -> None:
    assert len(SHIPPED_ROWS) >= len(list_rules()) / 2
    assert find_circuit(LIFE).num_gates_a_row <= 17


def test_what_was_learned_is_preferred(nothing_learned: Path) -> None:
    assert found_silently(LIFE)[0] == "shipped"
    circuit = circuit_of_table(LIFE.table)
    path = store_circuit(LIFE, circuit, comments=["mine"])
    assert path == learned_path(nothing_learned)
    stored = find_circuit(LIFE, on_warning=pytest.fail)
    assert (stored.origin, stored.path) == ("learned", path)
    assert stored.circuit.num_gates == circuit.num_gates
    assert path.read_text(encoding="utf-8").startswith("# mine\n")
    assert found_silently(HIGHLIFE)[0] == "shipped"


@pytest.mark.usefixtures("nothing_learned")
def test_the_newest_replaces_the_older() -> None:
    store_circuit(LIFE, circuit_of_table(LIFE.table, name="older"))
    store_circuit(LIFE, circuit_of_table(LIFE.table, name="newer"))
    assert find_circuit(LIFE).circuit.name == "newer"


@pytest.mark.usefixtures("nothing_learned")
def test_a_circuit_of_fewer_gates_a_row_is_kept_beside_the_smallest() -> None:
    large, small = circuit_of_table(LIFE.table), find_circuit(LIFE).row_circuit
    path = store_circuit(LIFE, large, row_circuit=small, comments=["mine"], row_comments=["for rows"])
    rows_path = rows_file(path)
    assert sorted(path.parent.iterdir()) == [path, rows_path]
    assert rows_path.read_text(encoding="utf-8").startswith("# for rows\n")
    stored = find_circuit(LIFE, on_warning=pytest.fail)
    assert stored.path == path
    assert (stored.circuit.num_gates, stored.row_circuit.num_gates) == (large.num_gates, small.num_gates)
    assert stored.num_gates_a_row == fold_rows(small).num_gates < fold_rows(large).num_gates


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("row_circuit", [None, circuit_of_table(LIFE.table)], ids=["none", "one no better"])
def test_without_a_better_one_the_smallest_circuit_is_run(row_circuit: Circuit | None) -> None:
    path = store_circuit(LIFE, circuit_of_table(LIFE.table), row_circuit=row_circuit)
    assert list(path.parent.iterdir()) == [path]
    stored = find_circuit(LIFE, on_warning=pytest.fail)
    assert stored.row_circuit is stored.circuit


@pytest.mark.usefixtures("nothing_learned")
def test_a_circuit_of_rows_does_not_outlive_the_one_it_was_made_for() -> None:
    large, small = circuit_of_table(LIFE.table), find_circuit(LIFE).row_circuit
    path = store_circuit(LIFE, large, row_circuit=small)
    assert rows_file(path).exists()
    assert store_circuit(LIFE, large) == path
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.usefixtures("nothing_learned")
def test_a_folder_in_place_of_the_circuit_of_rows_is_one_line_and_no_harm() -> None:
    path = store_circuit(LIFE, circuit_of_table(LIFE.table))
    rows_file(path).mkdir()
    assert find_circuit(LIFE, on_warning=pytest.fail).path == path
    with pytest.raises(OutputError, match=r"^cannot remove .*b3_s23\.rows\.blif: "):
        store_circuit(LIFE, circuit_of_table(LIFE.table))


@pytest.mark.usefixtures("nothing_learned")
def test_a_circuit_of_rows_that_is_no_better_is_not_run() -> None:
    small = find_circuit(LIFE).row_circuit
    path = store_circuit(LIFE, small)
    rows_file(path).write_text(write_blif(circuit_of_table(LIFE.table)), encoding="utf-8")
    stored = find_circuit(LIFE, on_warning=pytest.fail)
    assert stored.row_circuit is stored.circuit


def test_a_circuit_of_rows_alone_is_no_circuit(nothing_learned: Path) -> None:
    plant(rows_file(learned_path(nothing_learned)), GOOD)
    assert found_silently(LIFE)[0] == "shipped"
    assert list_learned_rules() == []


@pytest.mark.usefixtures("nothing_learned")
def test_equal_rules_share_what_was_learned() -> None:
    store_circuit(load_rule("23/3"), circuit_of_table(LIFE.table))
    assert found_silently(load_rule("conway"))[0] == "learned"
    assert found_silently(load_rule("b3s23"))[0] == "learned"


@pytest.mark.usefixtures("nothing_learned")
def test_a_rule_without_a_name_is_stored_and_found() -> None:
    with pytest.raises(CircuitNotFoundError):
        find_circuit(UNNAMED)
    path = store_circuit(UNNAMED, circuit_of_table(UNNAMED.table))
    assert path.name == "b3678_s0235678.blif"
    assert found_silently(UNNAMED) == ("learned", path)


def test_without_a_circuit_the_error_says_how_to_learn_one(nothing_learned: Path) -> None:
    with pytest.raises(
        CircuitNotFoundError, match=r"learned for B3678/S0235678 yet.*python -m ca_logic learn B3678/S0235678"
    ):
        find_circuit(UNNAMED)
    assert not list(nothing_learned.rglob("*.blif"))


GOOD = write_blif(circuit_of_table(LIFE.table))
DAMAGED = {
    "empty": "",
    "truncated": GOOD[: len(GOOD) // 2],
    "one cube changed": GOOD.replace("\n11 1\n", "\n10 1\n", 1),
    "binary": b"\xff\x00\x80" * 100,
    "no BLIF": "hello\n",
    "of another rule": write_blif(circuit_of_table(HIGHLIFE.table)),
    "of other inputs": write_blif(single_gate_circuit()),
    "of inputs in another order": GOOD.replace("nw n ne w c e sw s se", "n nw ne w c e sw s se"),
    "of two outputs": GOOD.replace(".outputs next", ".outputs next other").replace(
        ".end", ".names next other\n1 1\n.end"
    ),
    "of too many inputs": ".model m\n.inputs " + " ".join(f"i{k}" for k in range(40)) + "\n.outputs i0\n.end\n",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_or_wrong_circuit_is_passed_over_with_a_warning(content: str | bytes, nothing_learned: Path) -> None:
    path = learned_path(nothing_learned)
    plant(path, content)
    warnings: list[str] = []
    stored = find_circuit(LIFE, on_warning=warnings.append)
    assert stored.origin == "shipped"
    (warning,) = warnings
    assert warning.startswith(f"passing over {path}: ")
    assert len(warning.splitlines()) == 1


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_or_wrong_circuit_of_rows_is_passed_over_and_the_smallest_is_run(content: str | bytes) -> None:
    path = store_circuit(LIFE, circuit_of_table(LIFE.table))
    plant(rows_file(path), content)
    warnings: list[str] = []
    stored = find_circuit(LIFE, on_warning=warnings.append)
    assert (stored.origin, stored.path) == ("learned", path)
    assert stored.row_circuit is stored.circuit
    (warning,) = warnings
    assert warning.startswith(f"passing over {rows_file(path)}: ")
    assert len(warning.splitlines()) == 1


def test_long_proofs_are_noted_for_both_circuits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    proved: list[Circuit] = []
    monkeypatch.setattr("ca_logic.runtime.circuit_library.prove_rule", lambda circuit, _: proved.append(circuit))
    rule = load_rule("345/2/8")
    large = circuit_of_rule(rule)
    small = simplify(large)
    assert fold_rows(small).num_gates < fold_rows(large).num_gates
    store_circuit(rule, large, row_circuit=small)
    for _ in range(2):
        assert find_circuit(rule, on_warning=pytest.fail).row_circuit.num_gates == small.num_gates
    assert [circuit.num_gates for circuit in proved] == [large.num_gates, small.num_gates]


def test_a_folder_in_place_of_a_circuit_does_not_matter(nothing_learned: Path) -> None:
    learned_path(nothing_learned).mkdir(parents=True)
    assert find_circuit(LIFE).origin == "shipped"


def test_a_rule_file_has_its_circuit_beside_it(nothing_learned: Path, tmp_path: Path) -> None:
    (tmp_path / "maze.toml").write_text('rulestring = "B3/S12345"\n', encoding="utf-8")
    rule = load_rule(str(tmp_path / "maze.toml"))
    with pytest.raises(CircuitNotFoundError):
        find_circuit(rule)
    (tmp_path / "maze.blif").write_text(write_blif(circuit_of_table(rule.table)), encoding="utf-8")
    assert find_circuit(rule).path == tmp_path / "maze.blif"
    small = find_circuit(load_rule("maze")).row_circuit
    (tmp_path / "maze.rows.blif").write_text(write_blif(small), encoding="utf-8")
    assert find_circuit(rule).path == tmp_path / "maze.blif"
    assert find_circuit(rule).row_circuit.num_gates == small.num_gates
    assert not list(nothing_learned.rglob("*.blif"))


def test_without_a_folder_of_their_own_users_still_have_what_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    assert found_silently(LIFE)[0] == "shipped"
    with pytest.raises(OutputError, match="cannot use folder"):
        store_circuit(LIFE, circuit_of_table(LIFE.table))


@pytest.mark.usefixtures("nothing_learned")
def test_a_stored_circuit_is_read_back_as_it_was() -> None:
    circuit = find_circuit(LIFE).circuit
    path = store_circuit(LIFE, circuit)
    assert read_blif(path.read_text(encoding="utf-8")).num_gates == circuit.num_gates


KINDS_OF_RULES = [
    "B3678/S0235678",
    "B2-a5/S12",
    "B2/S34H",
    "B13/S0124V",
    "W22",
    "2346/2/3",
    "2/13/6V",
    "MAP" + "Fw" * 43,
    "MAP" + "fw" * 43,
    "MAPAwM/Pg",
    "MAPAwM/Pg/4",
]


@pytest.mark.parametrize("text", KINDS_OF_RULES)
def test_rules_of_every_kind_are_stored_found_and_listed(text: str, nothing_learned: Path) -> None:
    rule = load_rule(text)
    path = store_circuit(rule, circuit_of_rule(rule))
    assert path == nothing_learned / "ca_logic" / "circuits" / f"{rule.slug}.blif"
    plant(rows_file(path), path.read_bytes())
    assert found_silently(rule) == ("learned", path)
    (listed,) = list_learned_rules()
    np.testing.assert_array_equal(listed.transitions, rule.transitions)
    assert listed.name == rule_of_transitions(rule.transitions).name


@pytest.mark.usefixtures("nothing_learned")
def test_rules_that_differ_never_share_a_file_even_where_case_does_not_count() -> None:
    rules = [load_rule(text) for text in KINDS_OF_RULES]
    paths = [store_circuit(rule, circuit_of_rule(rule)) for rule in rules]
    names = {str(name).lower() for path in paths for name in (path, rows_file(path))}
    assert len(names) == 2 * len(rules)


@pytest.mark.usefixtures("nothing_learned")
def test_a_circuit_of_several_states_that_is_wrong_on_one_row_is_passed_over() -> None:
    rule = load_rule("345/26/3")
    wrong = rule.transitions.copy()
    wrong[2, 77] = 1
    store_circuit(rule, circuit_of_transitions(wrong))
    warnings: list[str] = []
    with pytest.raises(CircuitNotFoundError):
        find_circuit(rule, on_warning=warnings.append)
    assert len(warnings) == 1
    # What a circuit makes of states that the rule does not have is of no account.
    careless = np.vstack([rule.transitions, np.full((1, 256), 3, dtype=np.uint8)])
    store_circuit(rule, circuit_of_transitions(careless))
    assert found_silently(rule)[0] == "learned"


def test_files_of_no_rule_are_not_listed(nothing_learned: Path) -> None:
    folder = nothing_learned / "ca_logic" / "circuits"
    for name in ("nonsense", "map-xyz", "map-00-300", "4-states-0123", "b9_s"):
        plant(folder / f"{name}.blif", GOOD)
    store_circuit(LIFE, circuit_of_table(LIFE.table))
    assert [rule.name for rule in list_learned_rules()] == ["life"]


@pytest.mark.usefixtures("nothing_learned")
def test_a_rule_by_table_only_comes_back_from_its_file_name() -> None:
    rule = rule_of_transitions(random_table(3, row_0=0).reshape(512)[row_of_transitions()])
    store_circuit(rule, circuit_of_rule(rule))
    (listed,) = list_learned_rules()
    np.testing.assert_array_equal(listed.transitions, rule.transitions)
    assert rule.slug.startswith("map-")


def row_of_transitions() -> np.ndarray:
    """Returns the row of a table of 512 for each centre and ring."""
    centre, ring = np.meshgrid([0, 1], np.arange(256), indexing="ij")
    rows: np.ndarray = (ring >> 4 << 5) | (centre << 4) | (ring & 15)
    return rows
