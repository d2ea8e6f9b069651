import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ca_logic.circuit.blif import read_blif
from ca_logic.runtime.circuit_library import store_circuit
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


@pytest.mark.parametrize("format_", ["c", "blif", "dot"])
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
    assert drawing.lstrip().startswith("digraph")
    assert drawing.rstrip().endswith("}")
    assert drawing.count("->") >= gates
    assert [cell for cell in CELLS if not re.search(rf"\b{cell}\b", drawing)] == []


def test_a_learned_circuit_is_shown_before_the_shipped_one(capsys: pytest.CaptureFixture[str]) -> None:
    path = store_circuit(LIFE, circuit_of_table(LIFE.table))
    stats = json.loads(call(capsys, "show", "conway", "--json").out)
    assert (stats["origin"], stats["path"]) == ("learned", str(path))
