import dataclasses
import json
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from ca_logic.circuit import Circuit, LookupCircuit
from ca_logic.cli import build_parser
from ca_logic.formats import FORMATS, read_circuit
from ca_logic.gates import Gate
from ca_logic.synthesis import Optimized, PassResult, Proof, optimize, prove_same_function
from tests.cli.circuits_on_disk import INTERRUPTED, save, two_input_circuit
from tests.command_line import call, command, run_command, run_script
from tests.formats.abc_oracle import are_equivalent, needs_abc
from tests.oracles import circuit_of_table, random_table, single_gate_circuit
from tests.strategies import circuits
from tests.synthesis.arithmetic import ripple_adder

pytestmark = pytest.mark.usefixtures("in_empty_folder")

QUICK = ("--effort", "0")
BITS = 3

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")


@pytest.fixture
def adder(in_empty_folder: Path) -> Path:
    return save(ripple_adder(BITS, name="my_adder"), in_empty_folder / "adder.blif")


def report_of(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 0) -> dict[str, Any]:
    outcome = call(capsys, "optimize", *words, "--json")
    assert (outcome.code, outcome.err) == (code, "")
    assert len(outcome.out.splitlines()) == 1
    report: dict[str, Any] = json.loads(outcome.out)
    return report


@pytest.mark.parametrize("cost", ["gates", "tables"])
@pytest.mark.parametrize("name", [pytest.param(name, marks=needs_dot if name == "svg" else ()) for name in FORMATS])
def test_every_format_can_be_written_and_those_that_can_be_read_are_equal(
    name: str, cost: str, adder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = adder.with_name(f"smaller{FORMATS[name].suffixes[0]}")
    outcome = call(capsys, "optimize", adder, "-o", path, *QUICK, "--cost", cost)
    assert (outcome.code, outcome.err) == (0, "")
    if FORMATS[name].reader:
        assert call(capsys, "equivalent", adder, path).code == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(circuit=circuits())
def test_any_circuit_stays_equal_and_never_gets_more_gates(
    circuit: Circuit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(circuit, tmp_path / "circuit.blif")
    report = report_of(capsys, path, "-o", tmp_path / "out.blif", *QUICK)
    assert prove_same_function(circuit, read_circuit(tmp_path / "out.blif")).is_complete
    assert report["gates"] <= report["gates_before"]


@needs_abc
@pytest.mark.parametrize("suffix", [".blif", ".aig"])
def test_abc_finds_the_result_equal(suffix: str, adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = adder.with_name(f"out{suffix}")
    assert call(capsys, "optimize", adder, "-o", path, *QUICK, "--cost", "tables").code == 0
    assert are_equivalent([((".blif", adder.read_bytes()), (suffix, path.read_bytes()))]) == [True]


def test_json_is_one_object_with_all_figures(adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_of(capsys, adder, "-o", "out.aag", *QUICK, "--seed", "5")
    assert (report["circuit"], report["file"], report["out"]) == ("my_adder", str(adder), "out.aag")
    assert (report["format"], report["cost"], report["effort"], report["seed"]) == ("aag", "gates", 0, 5)
    assert (report["inputs"], report["outputs"]) == (list(ripple_adder(BITS).inputs), list(ripple_adder(BITS).outputs))
    assert report["gates"] <= report["gates_before"] == ripple_adder(BITS).num_gates
    assert (report["proof"], report["is_proved"]) == ("64 of 64 rows right (exhaustive)", True)
    assert report["stopped"] is None
    assert "rows_shared" not in report
    assert all(done.keys() == {"pass", "size", "unit", "seconds"} for done in report["passes"])
    assert sum(done["seconds"] for done in report["passes"]) <= report["seconds"] + 0.01
    last = {done["unit"]: done["size"] for done in report["passes"]}
    assert last == {"gates": report["gates"], "tables": report["tables"]}


def test_the_and_nodes_are_those_of_the_aiger_file(adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_of(capsys, adder, "-o", "out.aag", *QUICK)
    assert report["and_nodes"] == int(Path("out.aag").read_text().splitlines()[0].split()[-1])


def test_the_summary_lists_passes_sizes_and_the_proof(adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_of(capsys, adder, "-o", "out.blif", *QUICK)
    outcome = call(capsys, "optimize", adder, "-o", "out.blif", *QUICK)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"circuit   my_adder: 6 inputs, 4 outputs, {report['gates_before']} gates\n" in outcome.out
    for done in report["passes"]:
        assert re.search(rf"^.{{10}} *{done['size']} {done['unit']} .* s  {done['pass']}$", outcome.out, re.MULTILINE)
    assert f"gates     {report['gates']} two-input gates, from {report['gates_before']}\n" in outcome.out
    ands = f"ANDs      {report['and_nodes']} as an and-inverter graph, from {report['and_nodes_before']};"
    assert ands in outcome.out
    assert f"tables    {report['tables']} three-input tables\n" in outcome.out
    assert "proof     64 of 64 rows right (exhaustive)\n" in outcome.out
    assert outcome.out.endswith(f"written   out.blif: blif, {report['gates']} two-input gates\n")


@pytest.mark.parametrize("cost", ["gates", "tables"])
def test_the_file_says_what_it_is_and_what_was_proved(
    cost: str, adder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = report_of(capsys, adder, "-o", "out.blif", *QUICK, "--cost", cost)
    words = {"gates": "two-input gates", "tables": "three-input tables"}[cost]
    lines = Path("out.blif").read_text().splitlines()
    assert lines[0] == f"# my_adder: {report[cost]} {words}, optimized from adder.blif."
    assert lines[1] == "# Compared with it: 64 of 64 rows right (exhaustive)."
    assert Path("out.blif").read_text().count(".names") == report[cost]


def test_the_seed_decides_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    save(circuit_of_table(random_table(1)), Path("rule.blif"))
    for out in ("one.blif", "two.blif"):
        assert call(capsys, "optimize", "rule.blif", "-o", out, *QUICK, "--seed", "3").code == 0
    assert Path("one.blif").read_bytes() == Path("two.blif").read_bytes()


def test_a_file_may_replace_the_one_that_is_read(adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "optimize", adder, "-o", adder, *QUICK).code == 0
    assert prove_same_function(ripple_adder(BITS), read_circuit(adder)).is_complete
    assert list(adder.parent.iterdir()) == [adder]


def test_with_a_care_set_the_other_rows_may_differ(capsys: pytest.CaptureFixture[str]) -> None:
    save(two_input_circuit(Gate.XOR), Path("xor.blif"))
    save(two_input_circuit(Gate.A), Path("a.blif"))
    report = report_of(capsys, "xor.blif", "-o", "out.blif", *QUICK, "--care", "a.blif")
    # Where a is 1, the difference is the complement of b.
    assert report["proof"] == "2 of 2 rows right (all rows that matter)"
    assert call(capsys, "equivalent", "xor.blif", "out.blif", "--care", "a.blif").code == 0
    assert "all rows that matter" in Path("out.blif").read_text()


@needs_compiler
def test_shared_rows_are_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    save(circuit_of_table(random_table(2)), Path("rule.blif"))
    alone = report_of(capsys, "rule.blif", "-o", "alone.blif", *QUICK)
    shared = report_of(capsys, "rule.blif", "-o", "shared.blif", *QUICK, "--share-rows")
    for report in (alone, shared):
        for cost in ("gates", "tables"):
            figures = report["rows_shared"][cost]
            assert 0 <= figures["of_one_row"] <= figures["gates"] <= report[cost]
    last = {done["unit"]: done["size"] for done in shared["passes"]}
    assert last["tables"] >= shared["rows_shared"]["tables"]["gates"]
    assert call(capsys, "equivalent", "rule.blif", "shared.blif").code == 0
    outcome = call(capsys, "optimize", "rule.blif", "-o", "shared.blif", *QUICK, "--share-rows")
    figures = shared["rows_shared"]["gates"]
    line = (
        f"rows      {figures['gates']} gates for each row of cells, {figures['of_one_row']} of them read one row only"
    )
    assert line in outcome.out


def test_a_circuit_on_standard_output_has_the_summary_on_standard_error(
    adder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "optimize", adder, "-o", "-", "--to", "blif", *QUICK)
    assert outcome.code == 0
    assert "written   -: blif" in outcome.err
    Path("out.blif").write_text(outcome.out)
    assert prove_same_function(ripple_adder(BITS), read_circuit(Path("out.blif"))).is_complete


@pytest.mark.usefixtures("adder")
def test_circuits_go_through_pipes() -> None:
    words = shlex.join(command())
    optimized = f"cat adder.blif | {words} optimize - --from blif -o - --to aig --effort 0 2>/dev/null"
    done = run_command(["sh", "-c", f"{optimized} > out.aig; {words} equivalent adder.blif out.aig"])
    assert (done.code, done.err) == (0, "")


ERRORS = [
    (["adder.blif"], 2, "the following arguments are required: -o/--out"),
    (["adder.blif", "-o", "-"], 2, "standard output has no suffix; say the format with --to"),
    (["adder.blif", "-o", "-", "--to", "c", "--json"], 2, "--json and the circuit cannot both go to standard output"),
    (["-", "-o", "x.blif"], 2, "standard input has no suffix; say its format with --from."),
    (["adder.blif", "-o", "x.txt"], 1, "x.txt ends in none of .blif,"),
    (["adder.txt", "-o", "x.v"], 1, "adder.txt ends in none of .blif,"),
    (["adder.v", "-o", "x.v"], 1, "verilog can be written but not read; formats that can be read are blif,"),
    (["missing.blif", "-o", "x.v"], 1, "cannot read missing.blif: No such file or directory; choose another file."),
    (["folder.blif", "-o", "x.v"], 1, "cannot read folder.blif: Is a directory; choose another file."),
    (["empty.blif", "-o", "x.v"], 1, "empty.blif is empty; choose another file."),
    (["adder.blif", "-o", "folder.blif"], 1, "cannot write folder.blif: Is a directory; choose another place."),
    (["adder.blif", "-o", "none/x.v"], 1, "cannot write none/x.v: No such file or directory; choose another place."),
    (["adder.blif", "-o", "/dev/null/x.v"], 1, "cannot write /dev/null/x.v: Not a directory; choose another place."),
    (["adder.blif", "-o", "x.v", "--effort", "4"], 2, "invalid choice: 4 (choose from 0, 1, 2, 3)"),
    (["adder.blif", "-o", "x.v", "--effort", "much"], 2, "invalid int value: 'much'"),
    (["adder.blif", "-o", "x.v", "--cost", "area"], 2, "invalid choice: 'area'"),
    (["adder.blif", "-o", "x.v", "--seed", "-1"], 2, "'-1' is no whole number of at least 0"),
    (["adder.blif", "-o", "x.v", "--seconds", "0"], 2, "'0' is no time; it must be a number of seconds above 0"),
    (["adder.blif", "-o", "x.v", "--seconds", "inf"], 2, "'inf' is no time"),
    (["adder.blif", "-o", "x.v", "--seconds", "nan"], 2, "'nan' is no time"),
    (["adder.blif", "-o", "x.v", "--seconds", "long"], 2, "'long' is no time"),
    (
        ["adder.blif", "-o", "x.v", "--share-rows"],
        2,
        "--share-rows is for neighbourhoods of 9 inputs for each bit of a cell, but circuit 'my_adder' has 6 inputs; "
        "leave it out.",
    ),
    (["adder.blif", "-o", "x.v", "--care", "missing.blif"], 1, "cannot read missing.blif"),
    (["adder.blif", "-o", "x.v", "--care", "adder.blif"], 1, "adder.blif has 4 outputs; --care needs one, 1 in the"),
    (["adder.blif", "-o", "x.v", "--care", "and.blif"], 1, "must have the inputs of circuit 'my_adder', but lacks a0"),
    (["and.blif", "-o", "x.v", "--care", "false.blif"], 1, "false.blif is 0 in every row, so none would matter"),
    (["wide.blif", "-o", "x.v", "--care", "and.blif"], 1, "circuit 'wide' has 18 inputs; --care is for up to 16."),
]


@pytest.mark.parametrize(("words", "code", "message"), ERRORS, ids=[" ".join(words) for words, _, _ in ERRORS])
def test_what_cannot_be_done_is_one_line_before_any_work(
    words: list[str],
    code: int,
    message: str,
    adder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("folder.blif").mkdir()
    Path("empty.blif").touch()
    save(two_input_circuit(Gate.AND), Path("and.blif"))
    save(two_input_circuit(Gate.FALSE), Path("false.blif"))
    save(ripple_adder(9, name="wide"), Path("wide.blif"))
    before = sorted(adder.parent.iterdir())
    monkeypatch.setattr("ca_logic.cli.optimize.optimize", lambda *_, **__: pytest.fail("the work has begun"))
    outcome = call(capsys, "optimize", *words)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err
    assert sorted(adder.parent.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_one_line(adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adder.parent.chmod(0o500)
    outcome = call(capsys, "optimize", adder, "-o", "x.v")
    adder.parent.chmod(0o700)
    outcome.assert_one_complaint()
    assert "cannot write x.v: Permission denied; choose another place." in outcome.err


def test_names_that_the_format_cannot_hold_are_noticed_before_any_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save(single_gate_circuit(inputs=("a[0]", "wire")), Path("names.blif"))
    assert call(capsys, "optimize", "names.blif", "-o", "renamed.v", *QUICK, "--rename").code == 0
    assert "input a_0_, x_wire;" in Path("renamed.v").read_text()
    monkeypatch.setattr("ca_logic.cli.optimize.optimize", lambda *_, **__: pytest.fail("the work has begun"))
    outcome = call(capsys, "optimize", "names.blif", "-o", "names.v")
    outcome.assert_one_complaint()
    assert "cannot be a name in Verilog" in outcome.err


def test_without_graphviz_the_remedy_comes_before_any_work(
    adder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(adder.parent))
    monkeypatch.setattr("ca_logic.cli.optimize.optimize", lambda *_, **__: pytest.fail("the work has begun"))
    outcome = call(capsys, "optimize", adder, "-o", "x.svg")
    outcome.assert_one_complaint()
    assert "apt install graphviz" in outcome.err


def test_what_is_not_proved_is_said_on_the_screen_and_in_the_file(
    adder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unproved(circuit: Circuit, **options: Any) -> Optimized:
        proof = Proof("simulation on 5 vectors, not a proof", 5, 5, is_complete=False)
        return dataclasses.replace(optimize(circuit, **options), proof=proof)

    monkeypatch.setattr("ca_logic.cli.optimize.optimize", unproved)
    outcome = call(capsys, "optimize", adder, "-o", "out.blif", *QUICK)
    assert outcome.code == 0
    assert "proof     NOT PROVED: 5 of 5 rows right (simulation on 5 vectors, not a proof)\n" in outcome.out
    assert outcome.err.startswith(f"ca-logic: warning: the result is not proved equal to {adder}; ")
    assert outcome.err.count("\n") == 1
    assert "# NOT PROVED equal to it: 5 of 5 rows right" in Path("out.blif").read_text()
    assert not json.loads(call(capsys, "optimize", adder, "-o", "out.blif", *QUICK, "--json").out)["is_proved"]


def test_passes_under_way_are_no_passes(
    adder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    circuit = ripple_adder(BITS)
    tables = LookupCircuit(
        name="t", inputs=circuit.inputs, outputs=("y",), gates=np.empty(0), fanins=np.empty((0, 3)), drivers=np.zeros(1)
    )
    proof = Proof("exhaustive", 64, 64)

    def two_reports(_: Circuit, *, on_pass: Any, **__: Any) -> Optimized:
        on_pass(PassResult("walking", 9, "tables", 0.5, None))
        done = PassResult("walking", 7, "tables", 1.0, proof)
        on_pass(done)
        return Optimized(circuit, tables, (done,), proof)

    monkeypatch.setattr("ca_logic.cli.optimize.optimize", two_reports)
    report = report_of(capsys, adder, "-o", "out.blif")
    assert report["passes"] == [{"pass": "walking", "size": 7, "unit": "tables", "seconds": 1.0}]


@needs_compiler
def test_a_time_limit_ends_the_search_and_keeps_the_best(capsys: pytest.CaptureFixture[str]) -> None:
    save(circuit_of_table(random_table(1)), Path("rule.blif"))
    report = report_of(capsys, "rule.blif", "-o", "out.blif", "--effort", "3", "--seconds", "0.2")
    assert report["stopped"] == "time limit"
    assert report["is_proved"]
    assert report["seconds"] < 10
    assert call(capsys, "equivalent", "rule.blif", "out.blif").code == 0


@needs_compiler
def test_a_terminal_shows_the_pass_under_way(
    adder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    outcome = call(capsys, "optimize", adder, "-o", "out.blif", *QUICK, "--json")
    assert re.search(r"annealing of two-input gates: \d+ gates", outcome.err)
    assert json.loads(outcome.out)["passes"]


WHILE_ANNEALING = """
original = module.optimize

def watched_optimize(circuit, *, on_pass, **options):
    def watch(done):
        if done.proof is None:
            interrupt()
        on_pass(done)
    return original(circuit, on_pass=watch, **options)

module.optimize = watched_optimize
"""


@needs_compiler
@pytest.mark.parametrize("json_wanted", [True, False])
def test_the_first_ctrl_c_ends_the_search_and_writes_the_best_so_far(
    json_wanted: bool, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(circuit_of_table(random_table(1)), Path("rule.blif"))
    script = INTERRUPTED.format(module="ca_logic.cli.optimize", times=1, moment=WHILE_ANNEALING)
    words = ["optimize", "rule.blif", "-o", "out.blif", "--effort", "3", *(["--json"] if json_wanted else [])]
    outcome = run_script(script, *words, cwd=in_empty_folder)
    assert (outcome.code, outcome.err) == (130, "ca-logic: interrupted; the best so far is written\n")
    if json_wanted:
        assert json.loads(outcome.out)["stopped"] == "interrupt"
    else:
        assert ", stopped by the interrupt\n" in outcome.out
    assert sorted(path.name for path in in_empty_folder.iterdir()) == ["out.blif", "rule.blif"]
    assert call(capsys, "equivalent", "rule.blif", "out.blif").code == 0


@needs_compiler
def test_the_second_ctrl_c_ends_it_all_and_leaves_the_old_file(in_empty_folder: Path) -> None:
    path = save(circuit_of_table(random_table(1)), Path("rule.blif"))
    before = path.read_bytes()
    script = INTERRUPTED.format(module="ca_logic.cli.optimize", times=2, moment=WHILE_ANNEALING)
    script = script.replace("            interrupt()", "            interrupt(); interrupt()")
    outcome = run_script(script, "optimize", "rule.blif", "-o", "rule.blif", "--effort", "3", cwd=in_empty_folder)
    assert (outcome.code, outcome.out, outcome.err) == (130, "", "ca-logic: interrupted\n")
    assert [path.name for path in in_empty_folder.iterdir()] == ["rule.blif"]
    assert path.read_bytes() == before


def test_the_examples_are_commands_that_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "optimize", "--help").out
    examples = re.findall(r"^  ca-logic (.*?)(?:   .*| [|>] .*)?$", text, re.MULTILINE)
    assert {build_parser().parse_args(shlex.split(example)).execute.__module__ for example in examples} == {
        "ca_logic.cli.optimize"
    }
