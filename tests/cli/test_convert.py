import re
import shlex
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ca_logic.circuit import Circuit
from ca_logic.cli import build_parser
from ca_logic.formats import FORMATS, read_circuit
from ca_logic.gates import Gate
from ca_logic.synthesis import prove_same_function
from tests.cli.circuits_on_disk import BEFORE_CALL, INTERRUPTED, save, two_input_circuit
from tests.command_line import call, command, run_command, run_script
from tests.oracles import single_gate_circuit
from tests.strategies import circuits
from tests.synthesis.arithmetic import ripple_adder

pytestmark = pytest.mark.usefixtures("in_empty_folder")

READABLE = [name for name, format_ in FORMATS.items() if format_.reader]
TEXTS = [name for name, format_ in FORMATS.items() if not format_.is_binary and name != "svg"]

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")


@pytest.fixture
def adder(in_empty_folder: Path) -> Path:
    return save(ripple_adder(3, name="my_adder"), in_empty_folder / "adder.blif")


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs_dot if name == "svg" else ()) for name in FORMATS])
def test_every_format_can_be_written_and_those_that_can_be_read_are_equal(
    name: str, adder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = adder.with_suffix(FORMATS[name].suffixes[0])
    outcome = call(capsys, "convert", adder, "-o", path)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    if name in READABLE:
        assert call(capsys, "equivalent", adder, path).code == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(circuit=circuits())
def test_there_and_back_through_every_readable_format_keeps_the_function(
    circuit: Circuit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(circuit, tmp_path / "circuit.blif")
    for name in READABLE:
        following = tmp_path / f"to{FORMATS[name].suffixes[0]}"
        assert call(capsys, "convert", path, "-o", following).code == 0
        assert prove_same_function(circuit, read_circuit(following)).is_complete
        path = following


def test_nothing_is_optimized(capsys: pytest.CaptureFixture[str]) -> None:
    Path("wasteful.blif").write_text(
        ".model wasteful\n.inputs a b\n.outputs y\n.names a b both\n11 1\n.names a both y\n10 1\n.end\n"
    )
    for name in READABLE:
        assert call(capsys, "convert", "wasteful.blif", "-o", "same", "--to", name).code == 0
        assert read_circuit(Path("same"), name).num_gates == 2


@pytest.mark.parametrize("name", TEXTS)
def test_the_file_says_what_it_was_converted_from_without_the_folder(
    name: str, adder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "convert", adder, "--to", name)
    gates = ripple_adder(3).num_gates
    assert f"my_adder: {gates} two-input gates, converted from adder.blif." in outcome.out
    assert str(adder.parent) not in outcome.out


@pytest.mark.parametrize("name", TEXTS)
def test_standard_output_has_the_very_bytes_of_the_file(
    name: str, adder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(capsys, "convert", adder, "-o", "file", "--to", name).code == 0
    assert call(capsys, "convert", adder, "--to", name).out.encode() == Path("file").read_bytes()
    assert call(capsys, "convert", adder, "--to", name, "-o", "-").out.encode() == Path("file").read_bytes()


def test_the_circuit_can_be_called_something_else(adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ".model other\n" in call(capsys, "convert", adder, "--to", "blif", "--name", "other").out
    assert "module other(" in call(capsys, "convert", adder, "--to", "verilog", "--name", "other").out


def test_a_file_may_replace_the_one_that_is_read(adder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = read_circuit(adder)
    assert call(capsys, "convert", adder, "-o", adder).code == 0
    assert read_circuit(adder) == before
    assert list(adder.parent.iterdir()) == [adder]


def test_names_that_the_format_cannot_hold_are_changed_only_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    save(single_gate_circuit(inputs=("a[0]", "wire")), Path("names.blif"))
    outcome = call(capsys, "convert", "names.blif", "-o", "names.v")
    outcome.assert_one_complaint()
    assert "cannot be a name in Verilog" in outcome.err
    assert not Path("names.v").exists()
    assert call(capsys, "convert", "names.blif", "-o", "names.v", "--rename").code == 0
    assert "input a_0_, x_wire;" in Path("names.v").read_text()


def test_pipes_carry_binary_and_text_and_a_closed_one_is_no_complaint(adder: Path) -> None:
    words = shlex.join(command())
    back = f"{words} convert adder.blif --to aig | {words} convert - --from aig --to blif -o -"
    done = run_command(["sh", "-c", f"{back}; {words} convert adder.blif --to c | true"])
    assert (done.code, done.err) == (0, "")
    assert "converted from standard input." in done.out
    Path("back.blif").write_text(done.out)
    assert prove_same_function(read_circuit(adder), read_circuit(Path("back.blif"))).is_complete


def test_binary_does_not_go_to_a_terminal(
    adder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    outcome = call(capsys, "convert", adder, "--to", "aig")
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert "aig is binary and not for terminals; name a file for it with -o FILE." in outcome.err


ERRORS = [
    (["adder.blif"], 2, "standard output has no suffix; say the format with --to, or name a file with -o FILE."),
    (["-", "--to", "c"], 2, "standard input has no suffix; say its format with --from."),
    (["adder.blif", "-o", "x.txt"], 1, "x.txt ends in none of .blif,"),
    (["adder.blif", "-o", "x"], 1, "x ends in none of .blif,"),
    (["adder.txt", "-o", "x.v"], 1, "adder.txt ends in none of .blif,"),
    (["adder.v", "-o", "x.blif"], 1, "verilog can be written but not read; formats that can be read are blif,"),
    (["adder.blif", "-o", "x.v", "--from", "verilog"], 2, "invalid choice: 'verilog'"),
    (["adder.blif", "--to", "pdf"], 2, "invalid choice: 'pdf'"),
    (["adder.blif", "--to", "c", "--name", " "], 2, "' ' is no name; it needs characters, and only visible ones"),
    (["adder.blif", "--to", "c", "--name", "a\nb"], 2, "is no name"),
    (["missing.blif", "-o", "x.v"], 1, "cannot read missing.blif: No such file or directory; choose another file."),
    (["folder.blif", "-o", "x.v"], 1, "cannot read folder.blif: Is a directory; choose another file."),
    (["empty.blif", "-o", "x.v"], 1, "empty.blif is empty; choose another file."),
    (["adder.blif", "-o", "x.v", "--from", "aag"], 1, "adder.blif: AIGER line 1:"),
    (["adder.blif", "-o", "folder.blif"], 1, "cannot write folder.blif: Is a directory; choose another place."),
    (["adder.blif", "-o", "/dev/null/x.v"], 1, "cannot write /dev/null/x.v: Not a directory; choose another place."),
    ([], 2, "the following arguments are required: FILE"),
]


@pytest.mark.parametrize(("words", "code", "message"), ERRORS, ids=[" ".join(words) for words, _, _ in ERRORS])
def test_what_cannot_be_done_is_one_line(
    words: list[str], code: int, message: str, adder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder.blif").mkdir()
    Path("empty.blif").touch()
    before = sorted(adder.parent.iterdir())
    outcome = call(capsys, "convert", *words)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err
    assert sorted(adder.parent.iterdir()) == before


def test_ctrl_c_is_one_line_and_leaves_nothing_behind(in_empty_folder: Path) -> None:
    save(two_input_circuit(Gate.AND), Path("and.blif"))
    moment = BEFORE_CALL.format(name="render_circuit")
    script = INTERRUPTED.format(module="ca_logic.cli.convert", times=1, moment=moment)
    outcome = run_script(script, "convert", "and.blif", "-o", "and.v", cwd=in_empty_folder)
    assert outcome.code in (130, -signal.SIGINT)
    assert (outcome.out, outcome.err) == ("", "ca-logic: interrupted\n")
    assert [path.name for path in in_empty_folder.iterdir()] == ["and.blif"]


def test_the_examples_are_commands_that_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "convert", "--help").out
    examples = re.findall(r"^  ca-logic (.*?)(?:   .*| [|>] .*)?$", text, re.MULTILINE)
    assert {build_parser().parse_args(shlex.split(example)).execute.__module__ for example in examples} == {
        "ca_logic.cli.convert"
    }
    assert [name for name in FORMATS if f"\n  {name} " not in text] == []


@pytest.mark.parametrize("suffix", ["blif", "aag", "bench"])
def test_what_can_be_read_is_read_back_and_the_file_says_so(
    suffix: str, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(two_input_circuit(Gate.XOR), in_empty_folder / "in.blif")
    assert call(capsys, "convert", "in.blif", "-o", f"out.{suffix}").code == 0
    assert "Read back and compared: 4 of 4 rows right (exhaustive)." in Path(f"out.{suffix}").read_text()
