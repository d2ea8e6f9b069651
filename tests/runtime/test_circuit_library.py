from pathlib import Path

import numpy as np
import pytest

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.errors import CircuitNotFoundError, OutputError
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.runtime import Board
from ca_logic.runtime.circuit_library import find_circuit, list_learned_rules, store_circuit
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
    assert f"shipped circuit of {stored.circuit.num_gates} gates" in stored.description


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
    assert found_silently(rule) == ("learned", path)
    (listed,) = list_learned_rules()
    np.testing.assert_array_equal(listed.transitions, rule.transitions)
    assert listed.name == rule_of_transitions(rule.transitions).name


@pytest.mark.usefixtures("nothing_learned")
def test_rules_that_differ_never_share_a_file_even_where_case_does_not_count() -> None:
    rules = [load_rule(text) for text in KINDS_OF_RULES]
    paths = {str(store_circuit(rule, circuit_of_rule(rule))).lower() for rule in rules}
    assert len(paths) == len(rules)


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
