import base64
import contextlib
import csv
import io
import json
import os
import shutil
import signal
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ca_logic import pipeline
from ca_logic.cli import main
from ca_logic.formats.blif import read_blif
from ca_logic.pipeline import LearnedRule
from ca_logic.runtime.circuit_library import find_circuit
from ca_logic.synthesis import prove_equivalent, prove_rule
from ca_logic.tasks import Rule, load_rule
from tests.command_line import Outcome, call, run_script
from tests.oracles import STRICT_C, later_states, next_states

LIFE = load_rule("life")
CONSTANTS = ["B/S", "B012345678/S012345678"]
"""What is learned fastest."""
CIRCUITS = ["circuit.blif", "circuit.c", "tables.blif", "rows.blif"]
FILES = [*CIRCUITS, "training.csv", "training.png", "report.json"]

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


@dataclass(frozen=True)
class Learned:
    """What one `learn life --json` left behind."""

    outcome: Outcome
    report: dict[str, Any]
    folder: Path
    home: Path


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learned]:
    home = tmp_path_factory.mktemp("home")
    folder = home / "new" / "folder"
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["learn", "life", "--seed", "3", "--out", str(folder), "--json"])
        assert code == 0, err.getvalue()[-2000:]
        yield Learned(Outcome(code, out.getvalue(), err.getvalue()), json.loads(out.getvalue()), folder, home)


def assert_circuit_of_life(path: Path) -> None:
    proof = prove_equivalent(read_blif(path.read_text(encoding="utf-8")), LIFE.table[None, :])
    assert proof.rows_right == proof.rows == 512


def test_json_is_one_object_with_the_keys_of_the_contract(learned: Learned) -> None:
    assert len(learned.outcome.out.splitlines()) == 1
    report = learned.report
    assert report.keys() >= {
        *("rule", "exact", "rows", "rows_right", "seed", "attempts", "steps", "device", "seconds"),
        *("gates_extracted", "gates", "files"),
    }
    assert (report["rule"], report["exact"], report["rows"], report["rows_right"]) == ("life", True, 512, 512)
    assert report["seed"] == 3
    assert report["attempts"] >= 1
    assert report["steps"] >= 1
    assert report["device"]
    assert 0 < report["gates"] <= 150 < report["gates_extracted"]
    seconds = report["seconds"]
    assert seconds.keys() >= {"train", "synthesis", "compile", "total"}
    assert seconds["train"] + seconds["synthesis"] + seconds["compile"] <= seconds["total"]
    assert min(seconds.values()) >= 0
    assert report["cells_per_second"] > 0


def test_nothing_is_said_on_standard_error_when_nobody_watches(learned: Learned) -> None:
    assert learned.outcome.err.strip() == ""


def test_all_files_are_written_and_listed(learned: Learned) -> None:
    assert sorted(path.name for path in learned.folder.iterdir()) == sorted(FILES)
    assert learned.report["files"] == [str(learned.folder / name) for name in FILES]
    assert all((learned.folder / name).stat().st_size > 100 for name in FILES)


def test_the_report_is_what_was_printed(learned: Learned) -> None:
    assert json.loads((learned.folder / "report.json").read_text(encoding="utf-8")) == learned.report


def test_gates_never_increase_from_pass_to_pass(learned: Learned) -> None:
    passes = learned.report["passes"]
    gates = [row["size"] for row in passes if row["unit"] == "gates"]
    assert gates == sorted(gates, reverse=True)
    assert (gates[0], gates[-1]) == (learned.report["gates_extracted"], learned.report["gates"])
    assert [row["size"] for row in passes if row["unit"] == "tables"] == [learned.report["tables"]]


def test_what_a_kernel_evaluates_for_each_row_is_reported(learned: Learned) -> None:
    rows = learned.report["row_circuit"]
    assert 0 < rows["of_one_row"] < rows["total"] < learned.report["gates"]
    assert rows["total"] < rows["gates"]
    passes = [row for row in learned.report["passes"] if row["unit"] == "gates a row"]
    assert passes[-1]["size"] == rows["total"]


def test_the_circuit_of_rows_is_proved_equal_to_the_rule(learned: Learned) -> None:
    assert_circuit_of_life(learned.folder / "rows.blif")
    text = (learned.folder / "rows.blif").read_text(encoding="utf-8")
    rows = learned.report["row_circuit"]
    assert text.splitlines()[0] == f"# {LIFE.full_name}, {rows['gates']} gates, {rows['total']} a row."
    assert read_blif(text).num_gates == rows["gates"]


def test_the_tables_are_proved_equal_to_the_rule(learned: Learned) -> None:
    assert_circuit_of_life(learned.folder / "tables.blif")
    text = (learned.folder / "tables.blif").read_text(encoding="utf-8")
    assert text.count(".names") == learned.report["tables"] < learned.report["gates"]


def test_the_blif_is_proved_equal_to_the_rule(learned: Learned) -> None:
    assert_circuit_of_life(learned.folder / "circuit.blif")
    circuit = read_blif((learned.folder / "circuit.blif").read_text(encoding="utf-8"))
    assert circuit.num_gates == learned.report["gates"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_c_compiles_alone_and_strictly(compiler: str, learned: Learned, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = shutil.copy(learned.folder / "circuit.c", tmp_path)
    command = [compiler, *STRICT_C, "-c", str(source), "-o", str(tmp_path / "circuit.o")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_csv_has_a_row_for_each_step_and_ends_exact(learned: Learned) -> None:
    with (learned.folder / "training.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    last_attempt = [row for row in rows if row["attempt"] == rows[-1]["attempt"]]
    if learned.report["attempts"] == 1:
        assert len(rows) == learned.report["steps"]
    assert [int(row["step"]) for row in last_attempt] == list(range(1, len(last_attempt) + 1))
    assert [int(row["wrong_rows"]) == 0 for row in last_attempt] == [False] * (len(last_attempt) - 1) + [True]
    assert all(float(row["loss"]) >= 0 and 0 <= float(row["certainty"]) <= 1 for row in rows)


def test_the_picture_is_a_png_of_some_size(learned: Learned) -> None:
    content = (learned.folder / "training.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width >= 600
    assert height >= 400


def test_what_was_learned_is_kept_for_run(learned: Learned) -> None:
    stored = find_circuit(LIFE, on_warning=pytest.fail)
    assert stored.origin == "learned"
    assert learned.home in stored.path.parents
    assert stored.circuit.num_gates == learned.report["gates"]
    assert stored.num_gates_a_row == learned.report["row_circuit"]["total"]


@pytest.fixture
def in_empty_folder(tmp_path: Path, nothing_learned: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "working directory"
    folder.mkdir()
    assert not nothing_learned.exists()
    monkeypatch.chdir(folder)
    return folder


def test_the_summary_and_the_default_folder(in_empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "learn", "conway", "--seed", "1")
    assert (outcome.code, outcome.err.strip()) == (0, "")
    assert sorted(path.name for path in (in_empty_folder / "learned" / "life").iterdir()) == sorted(FILES)
    annealed = "annealing of two-input gates"
    per_row = "gates for each row of cells"
    for part in ("512 of 512 rows right", "seed 1", "cell/s", annealed, per_row, "training.png", "run life"):
        assert part in outcome.out


def test_a_rule_file_of_the_users_is_learned_whatever_its_name(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = in_empty_folder / "my #1 rule = life.toml"
    path.write_text('title = "*/ int main(void) /* ??/"\nrulestring = "B3/S23"\n', encoding="utf-8")
    outcome = call(capsys, "learn", path, "--out", "out", "--json")
    assert outcome.code == 0, outcome.err
    assert_circuit_of_life(in_empty_folder / "out" / "circuit.blif")
    assert call(capsys, "run", path, "--size", "9x9").code == 0
    command = ["cc", *STRICT_C, "-c", str(in_empty_folder / "out" / "circuit.c"), "-o", os.devnull]
    if shutil.which("cc"):
        assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def test_a_failed_training_leaves_nothing_behind(in_empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "learn", "life", "--steps", "3", "--attempts", "1", "--out", "new/folder", "--json")
    outcome.assert_one_complaint()
    assert outcome.code == 1
    assert "not exact after 1 attempts" in outcome.err
    assert "--attempts" in outcome.err
    assert list(in_empty_folder.iterdir()) == []
    assert find_circuit(LIFE).origin == "shipped"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_found_out_before_training(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ca_logic.pipeline.learn_rule", lambda *_, **__: pytest.fail("the training began"))
    in_empty_folder.chmod(0o500)
    outcome = call(capsys, "learn", "life", "--out", "new")
    in_empty_folder.chmod(0o700)
    outcome.assert_one_complaint()
    assert "Permission denied" in outcome.err


def test_a_compiler_that_fails_is_shown_and_the_circuit_is_whole(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "false")
    outcome = call(capsys, "learn", "life", "--out", "out", "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("ca-logic: error: the C compiler failed with exit status 1")
    assert "command: " in outcome.err
    assert "Traceback" not in outcome.err
    assert_circuit_of_life(in_empty_folder / "out" / "circuit.blif")


def test_without_a_compiler_learning_ends_well_and_says_what_to_install(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    outcome = call(capsys, "learn", "life", "--out", "out", "--json")
    assert outcome.code == 0
    assert len(outcome.err.strip().splitlines()) == 1
    assert "apt install gcc" in outcome.err
    assert "NumPy" in json.loads(outcome.out)["kernel"]
    assert sorted(path.name for path in (in_empty_folder / "out").iterdir()) == sorted(FILES)


def test_a_library_that_cannot_be_written_is_only_a_warning(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (in_empty_folder / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(in_empty_folder / "file"))
    outcome = call(capsys, "learn", "life", "--out", "out", "--json")
    assert outcome.code == 0
    assert "the circuit is not kept for `run`" in outcome.err
    assert_circuit_of_life(in_empty_folder / "out" / "circuit.blif")


@dataclass(frozen=True)
class LearnedMany:
    """What one `learn` of several rules or seeds left behind."""

    result: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def seeds_learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LearnedMany]:
    """`learn life --seeds 0..2`, in a home of its own."""
    yield from learn_many(tmp_path_factory.mktemp("home"), "life", "--seeds", "0..2")


# Rule 30 in the table of the five cells of a cross: a cell becomes W xor (C or E).
WOLFRAM = "MAP" + base64.b64encode(
    np.packbits([(i >> 3 & 1) ^ ((i >> 2 & 1) | (i >> 1 & 1)) for i in range(32)]).tobytes()
).decode().rstrip("=")


@pytest.fixture(scope="module")
def rules_learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LearnedMany]:
    """`learn /2/3 MAP...`, in a home of its own."""
    yield from learn_many(tmp_path_factory.mktemp("home"), "/2/3", WOLFRAM)


def learn_many(home: Path, *words: str) -> Iterator[LearnedMany]:
    folder = home / "many"
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["learn", *words, "--out", str(folder), "--json"])
        assert (code, err.getvalue().strip()) == (0, "")
        assert len(out.getvalue().splitlines()) == 1
        yield LearnedMany(json.loads(out.getvalue()), folder)


def test_each_seed_has_its_folder_and_its_report(seeds_learned: LearnedMany) -> None:
    assert seeds_learned.result.keys() == {"runs", "failures", "interrupted"}
    assert (seeds_learned.result["failures"], seeds_learned.result["interrupted"]) == ([], False)
    runs = seeds_learned.result["runs"]
    assert [run["seed"] for run in runs] == [0, 1, 2]
    folders = [seeds_learned.folder / "life" / f"seed-{seed}" for seed in (0, 1, 2)]
    assert sorted((seeds_learned.folder / "life").iterdir()) == folders
    for run, folder in zip(runs, folders, strict=True):
        assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
        assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == run
        assert run["files"] == [str(folder / name) for name in FILES]
        assert (run["rule"], run["exact"], run["rows_right"]) == ("life", True, 512)
        assert_circuit_of_life(folder / "circuit.blif")
    assert len({(folder / "circuit.blif").read_bytes() for folder in folders}) == 3


def test_the_smallest_circuit_of_all_seeds_is_kept(seeds_learned: LearnedMany) -> None:
    gates = [run["gates"] for run in seeds_learned.result["runs"]]
    stored = find_circuit(LIFE, on_warning=pytest.fail)
    assert stored.origin == "learned"
    assert stored.circuit.num_gates == min(gates)


def test_each_rule_has_its_folder_and_its_circuit(rules_learned: LearnedMany) -> None:
    runs = rules_learned.result["runs"]
    rules = [load_rule("/2/3"), load_rule(WOLFRAM)]
    assert [run["rule"] for run in runs] == [rule.name for rule in rules]
    assert sorted(rules_learned.folder.iterdir()) == sorted(rules_learned.folder / rule.folder_name for rule in rules)
    for run, rule in zip(runs, rules, strict=True):
        assert sorted(path.name for path in (rules_learned.folder / rule.folder_name).iterdir()) == sorted(FILES)
        assert (run["states"], run["exact"], run["seed"]) == (rule.num_states, True, 0)
        assert run["rows"] == run["rows_right"] == rule.num_states**9
        assert find_circuit(rule, on_warning=pytest.fail).circuit.num_gates == run["gates"]


@pytest.mark.parametrize("text", ["/2/3", WOLFRAM])
def test_what_was_learned_runs_and_is_the_rule(
    text: str, rules_learned: LearnedMany, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rules_learned.folder.is_dir()
    words = [text, "--size", "67x31", "--seed", "4"]
    assert call(capsys, "record", *words, "--frames", "2", "--out", tmp_path / "film.npy").code == 0
    outcome = call(capsys, "run", *words, "--generations", "13", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    result = json.loads(outcome.out)
    assert result["circuit"].startswith("learned circuit of")
    rule = load_rule(text)
    first, second = np.load(tmp_path / "film.npy")
    np.testing.assert_array_equal(next_states(first, rule.transitions, torus=True), second)
    expected = later_states(first, rule.transitions, torus=True, generations=13)
    assert (result["states"], result["population"]) == (rule.num_states, np.count_nonzero(expected))


def test_a_circuit_of_three_states_is_shown(
    rules_learned: LearnedMany, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gates = rules_learned.result["runs"][0]["gates"]
    outcome = call(capsys, "show", "/2/3")
    assert (outcome.code, outcome.err) == (0, "")
    assert "19683 rows" in outcome.out
    stats = json.loads(call(capsys, "show", "/2/3", "--json").out)
    assert (stats["gates"], stats["rows_proved"], stats["origin"]) == (gates, 3**9, "learned")
    assert (len(stats["inputs"]), len(stats["outputs"])) == (18, 2)
    circuit = read_blif(call(capsys, "show", "/2/3", "--format", "blif").out)
    assert prove_rule(circuit, load_rule("/2/3")).rows_right == 3**9
    if shutil.which("cc"):
        (tmp_path / "circuit.c").write_text(call(capsys, "show", "/2/3", "--format", "c").out, encoding="utf-8")
        command = ["cc", *STRICT_C, "-c", str(tmp_path / "circuit.c"), "-o", os.devnull]
        assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def test_what_fails_among_many_is_named_and_the_others_are_kept(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # So few steps are enough for a constant, and too few for Life.
    words = ["learn", "life", "B/S", "--steps", "60", "--attempts", "1", "--out", "many"]
    outcome = call(capsys, *words, "--json")
    assert outcome.code == 1
    result = json.loads(outcome.out)
    assert [run["rulestring"] for run in result["runs"]] == ["B/S"]
    (failure,) = result["failures"]
    assert failure.startswith("life: not exact")
    assert outcome.err.strip() == f"ca-logic: warning: {failure}"
    assert [path.name for path in (in_empty_folder / "many").iterdir()] == [load_rule("B/S").folder_name]
    assert find_circuit(LIFE).origin == "shipped"
    outcome = call(capsys, *words)
    assert outcome.code == 1
    row, summary = outcome.out.splitlines()
    assert row.startswith(load_rule("B/S").name)
    assert "512 of 512 rows right" in row
    assert summary.startswith("1 of 2 exact and proved, in many")


def test_a_compiler_that_fails_for_one_rule_does_not_stop_the_others(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "false")
    outcome = call(capsys, "learn", *CONSTANTS, "--out", "many", "--json")
    assert outcome.code == 1
    result = json.loads(outcome.out)
    assert (result["runs"], result["interrupted"]) == ([], False)
    assert len(result["failures"]) == 2
    assert all(failure.startswith("the C compiler failed") for failure in result["failures"])
    for text in CONSTANTS:
        folder = in_empty_folder / "many" / load_rule(text).folder_name
        circuit = read_blif((folder / "circuit.blif").read_text(encoding="utf-8"))
        assert prove_rule(circuit, load_rule(text)).rows_right == 512


def test_rules_of_one_name_have_folders_of_their_own_and_equal_ones_are_learned_once(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, rulestring in zip("ab", CONSTANTS, strict=True):
        Path(folder).mkdir()
        Path(folder, "mine.toml").write_text(f'title = "mine"\nrulestring = "{rulestring}"\n', encoding="utf-8")
    outcome = call(capsys, "learn", "a/mine.toml", "b/mine.toml", "a/mine.toml", "--out", "many", "--json")
    assert outcome.code == 0
    runs = json.loads(outcome.out)["runs"]
    assert [run["rulestring"] for run in runs] == CONSTANTS
    folders = ["mine", f"mine-{load_rule(CONSTANTS[1]).slug}"]
    assert sorted(path.name for path in (in_empty_folder / "many").iterdir()) == folders
    assert [Path(run["files"][0]).parent.name for run in runs] == folders


def test_where_all_fail_nothing_is_left(in_empty_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["life", "--seeds", "0..2", "--steps", "3", "--attempts", "1", "--out", "new/folder"]
    outcome = call(capsys, "learn", *words, "--json")
    assert outcome.code == 1
    result = json.loads(outcome.out)
    assert (result["runs"], len(result["failures"])) == ([], 3)
    assert len(outcome.err.strip().splitlines()) == 3
    assert list(in_empty_folder.iterdir()) == []


@pytest.mark.parametrize("words", [["/2/9"], ["345/2/256", "--seeds", "0..2"]])
def test_more_states_than_can_be_proved_are_refused(
    words: list[str], in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "learn", *words)
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert "states; rules of up to 8 are learned" in outcome.err
    assert list(in_empty_folder.iterdir()) == []


def test_small_keeps_the_smallest_of_eight_seeds_and_works_longer_on_it(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = pipeline.learn_rule
    tried: dict[int, int] = {}

    def counted_learn_rule(rule: Rule, *, seed: int, **options: Any) -> LearnedRule:
        learned = original(rule, seed=seed, **options)
        tried[seed] = learned.circuit.num_gates
        return learned

    monkeypatch.setattr(pipeline, "learn_rule", counted_learn_rule)
    outcome = call(capsys, "learn", "W90", "--small", "--seed", "4", "--out", "out", "--json")
    assert (outcome.code, outcome.err.strip()) == (0, "")
    report = json.loads(outcome.out)
    assert sorted(tried) == list(range(4, 12))
    assert tried[report["seed"]] == min(tried.values())
    assert report["gates"] <= min(tried.values())
    assert report["passes"][-1]["pass"] == "annealing of two-input gates, longer"
    circuit = read_blif((in_empty_folder / "out" / "circuit.blif").read_text(encoding="utf-8"))
    assert prove_rule(circuit, load_rule("W90")).rows_right == 512
    assert circuit.num_gates == report["gates"]


PREAMBLE = """
import gc, os, signal, sys

# A shell that starts the tests in the background has Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
interrupted = False

def interrupt_once():
    global interrupted
    if not interrupted:
        interrupted = True
        os.kill(os.getpid(), signal.SIGINT)
"""

FINISH = """
from ca_logic.__main__ import main
sys.exit(main())
"""

DURING_TRAINING = """
import ca_logic.pipeline as pipeline
learn_rule = pipeline.learn_rule

def interrupted_learn_rule(rule, *, on_progress, **options):
    def report(progress):
        interrupt_once()
        on_progress(progress)
    return learn_rule(rule, on_progress=report, **options)

pipeline.learn_rule = interrupted_learn_rule
"""

# JAX installs a callback like this one; an exception raised within is printed and lost.
WHILE_JAX_IS_IMPORTED = """
gc.callbacks.append(lambda *_: "jax._src" in sys.modules and interrupt_once())
"""

INTERRUPTED_CALL = """
import {module} as module
original = module.{name}

def interrupt_and_call(*args, **options):
    interrupt_once()
    return original(*args, **options)

module.{name} = interrupt_and_call
"""

DURING_SYNTHESIS = INTERRUPTED_CALL.format(module="ca_logic.pipeline", name="optimize")
WHILE_COMPILING_C = INTERRUPTED_CALL.format(module="ca_logic.cli.learn_results", name="best_kernel")
WHILE_DRAWING = INTERRUPTED_CALL.format(module="ca_logic.reporting", name="_picture_of")


@pytest.mark.parametrize(
    ("moment", "finished"),
    [
        (WHILE_JAX_IS_IMPORTED, []),
        (DURING_TRAINING, []),
        (DURING_SYNTHESIS, []),
        (WHILE_COMPILING_C, CIRCUITS),
        (WHILE_DRAWING, CIRCUITS),
    ],
    ids=["importing JAX", "training", "synthesis", "compiling C", "drawing"],
)
def test_ctrl_c_at_any_time_is_one_line_and_leaves_whole_files(
    moment: str, finished: list[str], in_empty_folder: Path
) -> None:
    outcome = run_script(PREAMBLE + moment + FINISH, "learn", "B/S", "--out", "out", cwd=in_empty_folder)
    # A process that ends by the signal itself has the exit status 130 in every shell.
    assert outcome.code in (130, -signal.SIGINT), outcome.err[-1000:]
    assert (outcome.out, outcome.err) == ("", "ca-logic: interrupted\n")
    written = {path.name for path in (in_empty_folder / "out").glob("*")}
    assert (in_empty_folder / "out").exists() == bool(finished)
    assert set(finished) <= written <= set(FILES)
    if finished:
        circuit = read_blif((in_empty_folder / "out" / "circuit.blif").read_text(encoding="utf-8"))
        assert prove_rule(circuit, load_rule("B/S")).rows_right == 512


DURING_THE_SECOND = """
import ca_logic.pipeline as pipeline
learn_rule = pipeline.learn_rule
learned = []

def interrupted_learn_rule(rule, **options):
    if learned:
        interrupt_once()
    learned.append(learn_rule(rule, **options))
    return learned[-1]

pipeline.learn_rule = interrupted_learn_rule
"""


def test_ctrl_c_among_many_leaves_those_that_are_done(in_empty_folder: Path) -> None:
    words = ["learn", "B/S", "life", "--out", "out", "--json"]
    outcome = run_script(PREAMBLE + DURING_THE_SECOND + FINISH, *words, cwd=in_empty_folder)
    assert outcome.code == 130
    assert outcome.err == "ca-logic: interrupted after 1 of 2 trainings\n"
    result = json.loads(outcome.out)
    assert ([run["rulestring"] for run in result["runs"]], result["failures"]) == (["B/S"], [])
    assert result["interrupted"]
    assert [path.name for path in (in_empty_folder / "out").iterdir()] == [load_rule("B/S").folder_name]
    assert sorted(path.name for path in (in_empty_folder / "out").glob("*/*")) == sorted(FILES)
