"""What `learn` leaves behind: the circuit as BLIF and C, the training as CSV and picture, a report as JSON."""

import csv
import io
import json
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ca_logic import __version__
from ca_logic.circuit import Netlist
from ca_logic.files import write_atomically
from ca_logic.formats.blif import write_blif
from ca_logic.formats.c_source import render_c
from ca_logic.gates import NUM_GATES, Gate, depends_on_a, depends_on_b, name_of
from ca_logic.learning.training import History
from ca_logic.pipeline import LearnedRule
from ca_logic.synthesis.row_sharing import fold_rows, num_gates_a_row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GATE_GROUPS = {
    "pass-through": (Gate.A, Gate.B),
    "inverter": (Gate.NOT_A, Gate.NOT_B),
    "constant": (Gate.FALSE, Gate.TRUE),
    "exclusive or": (Gate.XOR, Gate.XNOR),
}


def describe_origin(learned: LearnedRule) -> list[str]:
    """Returns lines that say what the circuit is, where it comes from and what was proved of it."""
    sizes = f"{learned.circuit.num_gates} gates or {learned.tables.num_gates} three-input tables"
    return _describe_origin(learned, sizes)


def describe_rows_origin(learned: LearnedRule) -> list[str]:
    """Returns the same lines about the circuit of few gates a row."""
    gates = learned.row_circuit.num_gates
    return _describe_origin(learned, f"{gates} gates, {num_gates_a_row(learned.row_circuit)} a row")


def _describe_origin(learned: LearnedRule, sizes: str) -> list[str]:
    training = learned.training
    return [
        f"{learned.rule.full_name}, {sizes}.",
        f"Learned by ca_logic {__version__}: seed {training.seed}, attempts {training.attempts}, "
        f"steps {training.steps}.",
        f"Proved: {learned.proof}.",
    ]


def describe_passes(learned: LearnedRule) -> list[dict[str, Any]]:
    """Returns what each synthesis pass left, and its seconds, the extracted circuit first."""
    first = {"pass": "extracted", "size": learned.extracted.num_gates, "unit": "gates", "seconds": 0.0}
    rest = [
        {"pass": done.name, "size": done.size, "unit": f"{done.unit}{what}", "seconds": round(done.seconds, 4)}
        for passes, what in ((learned.passes, ""), (learned.row_passes, " a row"))
        for done in passes
    ]
    return [first, *rest]


def shared_cost(circuit: Netlist) -> dict[str, int]:
    """Returns how many gates a kernel evaluates for each row of a board, and how many of them read one row only."""
    folded = fold_rows(circuit)
    return {"total": folded.num_gates, "of_one_row": folded.num_row_gates}


def build_report(learned: LearnedRule) -> dict[str, Any]:
    """Returns all that is known of the run before its circuit is compiled, ready for JSON."""
    training, proof = learned.training, learned.proof
    return {
        "rule": learned.rule.name,
        "rulestring": learned.rule.rulestring,
        "states": learned.rule.num_states,
        "exact": proof.rows_right == proof.rows,
        "rows": proof.rows,
        "rows_right": proof.rows_right,
        "proof": str(proof),
        "seed": training.seed,
        "attempts": training.attempts,
        "steps": training.steps,
        "device": training.device,
        "seconds": {
            "train": round(training.seconds, 3),
            "synthesis": round(learned.synthesis_seconds, 3),
            "compile": None,
            "total": None,
        },
        "gates_extracted": learned.extracted.num_gates,
        "gates": learned.circuit.num_gates,
        "tables": learned.tables.num_gates,
        "row_circuit": {"gates": learned.row_circuit.num_gates} | shared_cost(learned.row_circuit),
        "depth": learned.circuit.depth,
        "passes": describe_passes(learned),
        "version": __version__,
        "python": platform.python_version(),
    }


def write_circuit(learned: LearnedRule, *, blif: Path, c: Path, tables: Path, rows: Path) -> None:
    """Writes the circuit as BLIF and as C that compiles alone; as BLIF those of tables, and of few gates a row.

    Raises:
        OutputError: if one cannot be written.
    """
    comments = describe_origin(learned)
    write_atomically(blif, write_blif(learned.circuit, comments=comments))
    write_atomically(c, render_c(learned.circuit, comments=comments))
    write_atomically(tables, write_blif(learned.tables, comments=comments))
    write_atomically(rows, write_blif(learned.row_circuit, comments=describe_rows_origin(learned)))


def write_training(learned: LearnedRule, *, csv_file: Path, picture: Path) -> None:
    """Writes the histories of all attempts as CSV, a row a step, and as a PNG.

    Raises:
        OutputError: if one cannot be written.
    """
    write_atomically(csv_file, _csv_of(learned.training.histories))
    write_atomically(picture, _picture_of(learned))


def write_report(report: dict[str, Any], path: Path) -> None:
    """Writes the report as JSON.

    Raises:
        OutputError: if it cannot be written.
    """
    write_atomically(path, json.dumps(report, indent=2) + "\n")


def _csv_of(histories: tuple[History, ...]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(
        ["part", "attempt", "step", "loss", "wrong_rows", "certainty", *(name_of(gate) for gate in range(NUM_GATES))]
    )
    for history in histories:
        for step, (loss, wrong, certainty, counts) in enumerate(
            zip(history.loss, history.wrong_rows, history.certainty, history.gate_counts, strict=True), 1
        ):
            writer.writerow(
                [history.part, history.attempt, step, f"{loss:.6g}", int(wrong), f"{certainty:.6g}", *counts.tolist()]
            )
    return buffer.getvalue()


def _picture_of(learned: LearnedRule) -> bytes:
    """Returns a PNG: loss and wrong rows over steps, and below how the choice of gates sharpens."""
    # pyplot would look for a window system; a bare figure does not. The import is heavy, so it comes late.
    from matplotlib.figure import Figure

    histories = learned.training.histories
    loss, wrong, certainty, counts = (
        np.concatenate([getattr(history, field) for history in histories])
        for field in ("loss", "wrong_rows", "certainty", "gate_counts")
    )
    steps = np.arange(1, len(loss) + 1)
    figure = Figure(figsize=(9, 7.5), layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, sharex=True)
    figure.suptitle(
        f"{learned.rule.full_name}: exact after {learned.training.steps} steps, {learned.circuit.num_gates} gates"
    )
    top.plot(steps, loss, color="tab:blue")
    top.set_yscale("log")
    top.set_ylabel("loss of the soft network")
    # Logarithmic down to 1 and linear below, so that the last row and its end are both seen.
    middle.plot(steps, wrong, color="tab:red")
    middle.set_yscale("symlog", linthresh=1)
    middle.set_ylim(bottom=0)
    middle.set_ylabel("wrong rows\n(hard network)")
    groups = {name: counts[:, list(members)].sum(axis=1) for name, members in _GATE_GROUPS.items()}
    others = [
        g for g in range(NUM_GATES) if depends_on_a(g) and depends_on_b(g) and g not in _GATE_GROUPS["exclusive or"]
    ]
    groups["and / or"] = counts[:, others].sum(axis=1)
    bottom.stackplot(steps, *groups.values(), labels=list(groups), alpha=0.7)
    bottom.set_ylabel("neurons by hard gate")
    bottom.set_xlabel("training step")
    bottom.legend(loc="lower left", ncols=len(groups), fontsize="small")
    sharpness = bottom.twinx()
    sharpness.plot(steps, certainty, color="black", linewidth=1)
    sharpness.set_ylim(0, 1)
    sharpness.set_ylabel("certainty of the gates (line)")
    boundaries = np.cumsum([0, *(len(history.loss) for history in histories)])
    for axes in (top, middle, bottom):
        for boundary in boundaries[1:-1]:
            axes.axvline(boundary, color="grey", linestyle="--", linewidth=0.8)
        axes.margins(x=0)
    if len(histories) > 1:
        for history, start in zip(histories, boundaries[:-1], strict=True):
            label = f" {history.part}, attempt {history.attempt}"
            top.annotate(label, (start, 0.98), xycoords=("data", "axes fraction"), va="top", fontsize="small")
    return png_of(figure)


def png_of(figure: "Figure") -> bytes:
    """Returns a figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
