import json
import re
import shlex
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ca_logic.circuit import Circuit, truth_tables
from ca_logic.cli import build_parser
from ca_logic.gates import Gate
from tests.cli.circuits_on_disk import BEFORE_CALL, INTERRUPTED, save, two_input_circuit
from tests.command_line import call, command, run_command, run_script
from tests.strategies import circuits
from tests.synthesis.arithmetic import multiplier, prefix_adder, ripple_adder

pytestmark = pytest.mark.usefixtures("folder")

DECIDABLE_BITS = 3
SAT_BITS = 11
"""The product of two such words has more rows than are enumerated, and no proof within a few conflicts."""


@pytest.fixture
def folder(in_empty_folder: Path) -> Path:
    save(ripple_adder(DECIDABLE_BITS), Path("ripple.blif"))
    save(prefix_adder(DECIDABLE_BITS), Path("prefix.aig"))
    for gate in (Gate.AND, Gate.OR, Gate.XOR, Gate.FALSE):
        save(two_input_circuit(gate), Path(f"{gate.name.lower()}.blif"))
    return in_empty_folder


def test_equal_circuits_are_said_to_be_with_the_proof(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "equivalent", "ripple.blif", "prefix.aig")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "ripple.blif and prefix.aig are equal: 64 of 64 rows right (exhaustive)\n"


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "equivalent", "ripple.blif", "prefix.aig", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads(outcome.out) == {
        "first": "ripple.blif",
        "second": "prefix.aig",
        "equal": True,
        "proof": "64 of 64 rows right (exhaustive)",
    }


def test_different_circuits_are_named_by_their_files_with_the_first_difference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    message = "circuits 'and.blif' and 'or.blif' differ on 2 of 4 rows, first at 0b01 (a b): output 'y' is 0 and 1."
    outcome = call(capsys, "equivalent", "and.blif", "or.blif")
    outcome.assert_one_complaint()
    assert (outcome.code, outcome.err) == (1, f"ca-logic: error: {message}\n")
    outcome = call(capsys, "equivalent", "and.blif", "or.blif", "--json")
    assert (outcome.code, outcome.err) == (1, "")
    report = json.loads(outcome.out)
    assert (report["equal"], report["difference"]) == (False, message)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=circuits(max_inputs=3, max_gates=4, max_outputs=1), other=circuits(max_inputs=3, max_gates=4, max_outputs=1))
def test_the_exit_code_is_whether_the_truth_tables_are_equal(
    one: Circuit, other: Circuit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = save(one, tmp_path / "one.blif"), save(other, tmp_path / "other.aag")
    equal = one.inputs == other.inputs and (truth_tables(one) == truth_tables(other)).all()
    assert call(capsys, "equivalent", *paths).code == (0 if equal else 1)


def test_what_the_solver_cannot_decide_is_no_proof_and_the_remedy_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    save(multiplier(SAT_BITS, newest_first=False), Path("oldest.blif"))
    save(multiplier(SAT_BITS, newest_first=True, by_majority=True), Path("newest.blif"))
    words = ["equivalent", "oldest.blif", "newest.blif", "--conflicts", "5"]
    outcome = call(capsys, *words)
    outcome.assert_one_complaint()
    assert outcome.code == 1
    assert "not decided whether oldest.blif and newest.blif are equal: " in outcome.err
    assert outcome.err.endswith("; allow more than 5 conflicts with --conflicts N.\n")
    outcome = call(capsys, *words, "--json")
    assert (outcome.code, outcome.err) == (1, "")
    report = json.loads(outcome.out)
    assert report["equal"] is None
    assert "not a proof" in report["proof"]


def test_with_a_care_set_only_its_rows_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "equivalent", "and.blif", "or.blif", "--care", "xor.blif")
    assert outcome.code == 1
    assert "differ on 2 of 2 rows that matter, first at 0b01" in outcome.err
    outcome = call(capsys, "equivalent", "xor.blif", "or.blif", "--care", "xor.blif")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "xor.blif and or.blif are equal: 2 of 2 rows right (all rows that matter)\n"


def test_the_inputs_of_a_care_set_are_matched_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    # b and not a, its inputs in the other order.
    save(two_input_circuit(Gate.A_AND_NOT_B, inputs=("b", "a")), Path("care.blif"))
    save(two_input_circuit(Gate.B), Path("b.blif"))
    save(two_input_circuit(Gate.A), Path("a.blif"))
    assert call(capsys, "equivalent", "or.blif", "b.blif", "--care", "care.blif").code == 0
    outcome = call(capsys, "equivalent", "or.blif", "a.blif", "--care", "care.blif")
    assert "differ on 1 of 1 rows that matter, first at 0b01 (a b)" in outcome.err


ERRORS = [
    (["and.blif", "missing.blif"], 1, "cannot read missing.blif: No such file or directory; choose another file."),
    (["and.blif", "folder.blif"], 1, "cannot read folder.blif: Is a directory; choose another file."),
    (["empty.blif", "and.blif"], 1, "empty.blif is empty; choose another file."),
    (["and.blif", "and.txt"], 1, "and.txt ends in none of .blif,"),
    (["and.blif", "and.v"], 1, "verilog can be written but not read"),
    (["-", "and.blif"], 2, "standard input has no suffix; say its format with --from."),
    (["and.blif", "ripple.blif"], 1, "circuit 'and.blif' has 2 inputs and circuit 'ripple.blif' 6"),
    (["and.blif"], 2, "the following arguments are required: B"),
    (["and.blif", "or.blif", "--conflicts", "0"], 2, "0 is too few; it must be at least 1"),
    (["and.blif", "or.blif", "--conflicts", "few"], 2, "'few' is no whole number"),
    (["and.blif", "or.blif", "--care", "missing.blif"], 1, "cannot read missing.blif"),
    (["and.blif", "or.blif", "--care", "false.blif"], 1, "false.blif is 0 in every row, so none would matter; it must"),
    (["and.blif", "or.blif", "--care", "ripple.blif"], 1, "ripple.blif has 4 outputs; --care needs one, 1 in the rows"),
    (
        ["ripple.blif", "prefix.aig", "--care", "and.blif"],
        1,
        "and.blif must have the inputs of circuit 'ripple.blif', but lacks a0 a1 a2 b0 and 2 more and has a b; rename",
    ),
    (
        ["wide.blif", "wide.blif", "--care", "wide.blif"],
        1,
        "circuit 'wide.blif' has 18 inputs; --care is for up to 16.",
    ),
]


@pytest.mark.parametrize(("words", "code", "message"), ERRORS, ids=[" ".join(words) for words, _, _ in ERRORS])
def test_what_cannot_be_compared_is_one_line(
    words: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder.blif").mkdir()
    Path("empty.blif").touch()
    save(ripple_adder(9), Path("wide.blif"))
    outcome = call(capsys, "equivalent", *words)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err


def test_a_circuit_may_come_through_a_pipe(folder: Path) -> None:
    script = f"cat and.blif | {shlex.join(command('equivalent', '-', 'and.blif', '--from', 'blif'))}"
    outcome = run_command(["sh", "-c", script], cwd=folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "- and and.blif are equal: 4 of 4 rows right (exhaustive)\n"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("ca_logic.cli.equivalent", "prove_same_function"),
        ("ca_logic.cli.equivalent", "read_input"),
        ("ca_logic.synthesis.circuit_equivalence", "prove_zero"),
    ],
)
def test_ctrl_c_is_one_line(module: str, name: str, in_empty_folder: Path) -> None:
    save(multiplier(SAT_BITS, newest_first=False), Path("oldest.blif"))
    save(multiplier(SAT_BITS, newest_first=True), Path("newest.blif"))
    script = INTERRUPTED.format(module=module, times=1, moment=BEFORE_CALL.format(name=name))
    outcome = run_script(script, "equivalent", "oldest.blif", "newest.blif", "--json", cwd=in_empty_folder)
    assert outcome.code in (130, -signal.SIGINT)
    assert (outcome.out, outcome.err) == ("", "ca-logic: interrupted\n")


def test_the_examples_are_commands_that_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "equivalent", "--help").out
    examples = re.findall(r"^  ca-logic (.*?)(?:   .*| [|>] .*)?$", text, re.MULTILINE)
    assert {build_parser().parse_args(shlex.split(example)).execute.__module__ for example in examples} == {
        "ca_logic.cli.equivalent"
    }
