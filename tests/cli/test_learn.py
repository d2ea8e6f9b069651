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

import pytest

from ca_logic.circuit.blif import read_blif
from ca_logic.cli import main
from ca_logic.runtime.circuit_library import find_circuit
from ca_logic.synthesis import prove_equivalent
from ca_logic.tasks import load_rule
from tests.command_line import Outcome, call, run_script
from tests.oracles import STRICT_C

LIFE = load_rule("life")
FILES = ["circuit.blif", "circuit.c", "training.csv", "training.png", "report.json"]

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
    gates = [row["gates"] for row in learned.report["passes"]]
    assert gates == sorted(gates, reverse=True)
    assert gates[0] == learned.report["gates_extracted"]
    assert gates[-1] >= learned.report["gates"]


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
    for part in ("512 of 512 rows right", "seed 1", "cell/s", "0-resubstitution", "training.png", "run life"):
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
    outcome = call(capsys, "learn", "life", "--steps", "3", "--attempts", "2", "--out", "new/folder", "--json")
    outcome.assert_one_complaint()
    assert outcome.code == 1
    assert "not exact after 2 attempts" in outcome.err
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


PREAMBLE = """
import gc, os, signal, sys

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
WHILE_COMPILING_C = INTERRUPTED_CALL.format(module="ca_logic.cli.learn", name="best_kernel")
WHILE_DRAWING = INTERRUPTED_CALL.format(module="ca_logic.reporting", name="_picture_of")


@pytest.mark.parametrize(
    ("moment", "finished"),
    [
        (WHILE_JAX_IS_IMPORTED, []),
        (DURING_TRAINING, []),
        (DURING_SYNTHESIS, []),
        (WHILE_COMPILING_C, ["circuit.blif", "circuit.c"]),
        (WHILE_DRAWING, ["circuit.blif", "circuit.c"]),
    ],
    ids=["importing JAX", "training", "synthesis", "compiling C", "drawing"],
)
def test_ctrl_c_at_any_time_is_one_line_and_leaves_whole_files(
    moment: str, finished: list[str], in_empty_folder: Path
) -> None:
    outcome = run_script(PREAMBLE + moment + FINISH, "learn", "life", "--out", "out", cwd=in_empty_folder)
    # A process that ends by the signal itself has the exit status 130 in every shell.
    assert outcome.code in (130, -signal.SIGINT), outcome.err[-1000:]
    assert (outcome.out, outcome.err) == ("", "ca-logic: interrupted\n")
    written = {path.name for path in (in_empty_folder / "out").glob("*")}
    assert (in_empty_folder / "out").exists() == bool(finished)
    assert set(finished) <= written <= set(FILES)
    if finished:
        assert_circuit_of_life(in_empty_folder / "out" / "circuit.blif")
