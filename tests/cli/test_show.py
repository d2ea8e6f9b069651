import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ca_logic.cli import main
from ca_logic.formats import FORMATS, format_of_path, read_circuit
from ca_logic.formats.aiger import read_aiger
from ca_logic.formats.blif import read_blif
from ca_logic.runtime.circuit_library import find_circuit, store_circuit
from ca_logic.synthesis import prove_equivalent
from ca_logic.tasks import load_rule
from ca_logic.tasks.neighbourhood import CELLS
from tests.command_line import call
from tests.oracles import STRICT_C, circuit_of_table

pytestmark = pytest.mark.usefixtures("nothing_learned")

LIFE = load_rule("life")


def test_the_figures_say_what_the_circuit_is(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "show", "life")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Conway's Game of Life (B3/S23)" in outcome.out
    assert "shipped circuit of" in outcome.out
    assert "equal to the rule on all 512 rows" in outcome.out
    assert " ".join(CELLS) in outcome.out
    stored = find_circuit(LIFE)
    row_gates, gates = stored.num_gates_a_row, stored.row_circuit.num_gates
    assert f"\nkernel   {row_gates} gates for each row of cells, of a circuit of {gates} gates\n" in outcome.out


def test_json_is_one_object_with_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "show", "life", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert len(outcome.out.splitlines()) == 1
    stats = json.loads(outcome.out)
    assert (stats["rule"], stats["rulestring"], stats["origin"]) == ("life", "B3/S23", "shipped")
    assert stats["rows_proved"] == 512
    assert stats["inputs"] == list(CELLS)
    assert sum(stats["gate_counts"].values()) == stats["gates"] <= 150
    assert 0 < stats["depth"] <= stats["gates"]
    assert 0 < stats["gates_a_row"] < stats["gates"]


@pytest.mark.parametrize("format_", ["c", "blif", "dot", "aag", "bench", "verilog", "python"])
def test_json_holds_the_very_text_that_is_printed(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "show", "life", "--format", format_).out
    stats = json.loads(call(capsys, "show", "life", "--format", format_, "--json").out)
    assert stats[format_] == text
    assert text.endswith("\n")


def test_the_blif_is_the_rule(capsys: pytest.CaptureFixture[str]) -> None:
    for rule in ("life", "highlife", "B3678/S34678", "seeds"):
        circuit = read_blif(call(capsys, "show", rule, "--format", "blif").out)
        assert prove_equivalent(circuit, load_rule(rule).table[None, :]).rows_right == 512


@pytest.mark.skipif(shutil.which("cc") is None, reason="cc is not installed")
def test_the_c_compiles_alone_and_strictly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for rule in ("life", "highlife", "daynight", "seeds"):
        source = tmp_path / "circuit.c"
        source.write_text(call(capsys, "show", rule, "--format", "c").out, encoding="utf-8")
        command = ["cc", *STRICT_C, "-c", str(source), "-o", str(tmp_path / "circuit.o")]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (result.returncode, result.stderr) == (0, "")


def test_the_drawing_has_a_node_for_each_gate_and_each_input(capsys: pytest.CaptureFixture[str]) -> None:
    drawing = call(capsys, "show", "life", "--format", "dot").out
    gates = json.loads(call(capsys, "show", "life", "--json").out)["gates"]
    assert drawing.splitlines()[1] == 'digraph "life" {'
    assert drawing.rstrip().endswith("}")
    assert drawing.count("->") >= gates
    assert [cell for cell in CELLS if not re.search(rf"\b{cell}\b", drawing)] == []


def test_a_learned_circuit_is_shown_before_the_shipped_one(capsys: pytest.CaptureFixture[str]) -> None:
    path = store_circuit(LIFE, circuit_of_table(LIFE.table))
    stats = json.loads(call(capsys, "show", "conway", "--json").out)
    assert (stats["origin"], stats["path"]) == ("learned", str(path))


@pytest.mark.parametrize("suffix", [".blif", ".aag", ".aig", ".bench"])
def test_a_file_by_its_suffix_is_the_rule(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new folder" / f"life{suffix}"
    outcome = call(capsys, "show", "life", "--out", str(path))
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == f"written  {path}: {format_of_path(path)}, {_gates(capsys)} gates\n"
    assert prove_equivalent(read_circuit(path), LIFE.table[None, :]).rows_right == 512
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "svg"])
def test_the_file_says_what_was_proved_of_which_rule(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "anything"
    stats = json.loads(call(capsys, "show", "life", "--format", name, "--out", str(path), "--json").out)
    assert (stats["format"], stats["out"]) == (name, str(path))
    assert name not in stats
    proof = f"Conway's Game of Life (B3/S23), {stats['gates']} gates, proved on all 512 rows."
    assert proof.encode() in path.read_bytes()
    if not FORMATS[name].is_binary:
        assert call(capsys, "show", "life", "--format", name).out.encode() == path.read_bytes()


def _gates(capsys: pytest.CaptureFixture[str]) -> int:
    gates: int = json.loads(call(capsys, "show", "life", "--json").out)["gates"]
    return gates


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")
def test_the_drawing_can_be_had_as_svg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "show", "parity", "--out", str(tmp_path / "parity.svg")).code == 0
    assert "</svg>" in (tmp_path / "parity.svg").read_text()


def test_without_graphviz_the_remedy_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outcome = call(capsys, "show", "life", "--format", "svg")
    assert (outcome.code, outcome.out) == (1, "")
    assert "install it (Debian: apt install graphviz" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--format", "aig", "--json"), 2, "aig is binary and no text for --json; name a file for it with -o FILE"),
        (("--out", "life.txt"), 1, "life.txt ends in none of .blif,"),
        (("--format", "pdf"), 2, "invalid choice: 'pdf'"),
        (("--out", "/dev/null/life.c"), 1, "cannot write /dev/null/life.c"),
    ],
)
def test_what_cannot_be_written_is_one_line(
    arguments: tuple[str, ...], code: int, message: str, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
) -> None:
    outcome = call(capsys, "show", "life", *arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert list(in_empty_folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [("--format", "aig"), ("--format", "aig", "--out", "-")])
def test_binary_may_be_piped(arguments: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["show", "life", *arguments]) == 0
    outcome = capfdbinary.readouterr()
    assert outcome.err == b""
    assert prove_equivalent(read_aiger(outcome.out), LIFE.table[None, :]).rows_right == 512


def test_binary_does_not_go_to_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    outcome = call(capsys, "show", "life", "--format", "aig")
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert "aig is binary and not for terminals; name a file for it with -o FILE." in outcome.err


def test_the_help_lists_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "show", "--help").out
    for name, format_ in FORMATS.items():
        assert re.search(rf"^  {name} +{re.escape(format_.description)}", text, re.MULTILINE)


def test_figures_may_go_to_a_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.txt"
    assert call(capsys, "show", "life", "--format", "stats", "--out", str(path)).code == 0
    assert path.read_text() == call(capsys, "show", "life").out


def test_a_word_that_is_neither_rule_nor_model_tells_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "show", "nosuch")
    assert outcome.err.startswith("ca-logic: error: unknown rule 'nosuch'; list the known ones with")
    assert "; nor is it a model, of which known are: " in outcome.err
    assert "iris" in outcome.err
