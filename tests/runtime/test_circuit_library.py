from pathlib import Path

import pytest

from ca_logic.circuit.blif import read_blif, write_blif
from ca_logic.errors import CircuitNotFoundError, OutputError
from ca_logic.runtime.circuit_library import find_circuit, store_circuit
from ca_logic.synthesis import prove_equivalent
from ca_logic.tasks import Rule, list_rules, load_rule
from tests.oracles import circuit_of_table, single_gate_circuit

LIFE, HIGHLIFE = load_rule("life"), load_rule("highlife")
UNNAMED = load_rule("B3678/S235678")


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
    assert prove_equivalent(stored.circuit, rule.table[None, :]).rows_right == 512
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
    assert path.name == "b3678_s235678.blif"
    assert found_silently(UNNAMED) == ("learned", path)


def test_without_a_circuit_the_error_says_how_to_learn_one(nothing_learned: Path) -> None:
    with pytest.raises(
        CircuitNotFoundError, match=r"learned for B3678/S235678 yet.*python -m ca_logic learn B3678/S235678"
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
