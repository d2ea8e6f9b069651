"""`optimize`: write a smaller circuit that computes the same, proved."""

import argparse
import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ca_logic.circuit import Circuit, LookupCircuit, Netlist
from ca_logic.circuit.lookup import gates_of
from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, parse_count, print_json, warn
from ca_logic.cli.circuit_files import (
    FORMATS_HELP,
    add_care,
    add_input_format,
    add_output,
    is_stream,
    read_care,
    read_input,
    require_output,
    require_renderable,
    source_name,
    write_output,
)
from ca_logic.cli.learn_results import print_summary
from ca_logic.errors import UsageError
from ca_logic.formats import render_circuit
from ca_logic.formats.aiger import num_ands
from ca_logic.interrupts import deferred_interrupts
from ca_logic.synthesis import Optimized, PassResult, optimize
from ca_logic.synthesis.flow import ANNEALING_GATES, MAX_EXACT_INPUTS, WORK_OF_EFFORT
from ca_logic.synthesis.row_sharing import fold_rows, is_neighbourhood

_NOT_SEARCHED = f"none: it takes a C compiler, and up to {MAX_EXACT_INPUTS} inputs or a care set"
_FORMATS_OF_GATES = ("aag", "aig", "bench")
_COSTS = {"gates": "two-input gates", "tables": "three-input tables"}

_EXAMPLES = f"""\
examples:
  ca-logic optimize adder.blif -o smaller.blif
  ca-logic optimize adder.aig -o smaller.v --effort 3 --seed 7
  ca-logic optimize adder.blif -o adder.blif --seconds 60 --effort 3
  ca-logic optimize adder.blif -o tables.blif --cost tables
  ca-logic optimize rule.blif -o rule.c --share-rows --care states.blif
  ca-logic optimize adder.blif -o - --to aag > smaller.aag            the summary goes to standard error

Up to 16 inputs every row is compared, and --effort decides how long is searched; larger circuits go through passes that
look at their structure only, and a SAT solver compares. Ctrl-C ends the search, and the best so far is written.

{FORMATS_HELP}
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "optimize", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument("file", type=Path, metavar="FILE", help="circuit to read; - is standard input")
    add_input_format(parser)
    add_output(parser, required=True)
    parser.add_argument(
        "--cost",
        choices=tuple(_COSTS),
        default="gates",
        help="what is written: the circuit of the fewest two-input gates, or three-input tables (default: gates)",
    )
    parser.add_argument(
        "--effort",
        type=int,
        choices=range(len(WORK_OF_EFFORT)),
        default=1,
        help="how long to search: about 0.1, 2, 8 or 50 seconds of a core (default: 1)",
    )
    parser.add_argument(
        "--seconds",
        type=_parse_seconds,
        metavar="S",
        help="stop the search after so long with the best so far, which then depends on the machine",
    )
    parser.add_argument("--seed", type=parse_count, default=0, help="decides the random walks (default: 0)")
    parser.add_argument(
        "--share-rows",
        action="store_true",
        help="gates that are alike up to rows of a board count once, as a stepping kernel computes them once; only "
        "for circuits that read neighbourhoods of 3x3 cells",
    )
    add_care(parser)
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if args.json and is_stream(args.out):
        raise UsageError("--json and the circuit cannot both go to standard output; name a file with -o FILE.")
    format_name = require_output(args.out, args.output_format)
    circuit = read_input(args.file, args.input_format)
    if args.share_rows and not is_neighbourhood(circuit):
        raise UsageError(
            f"--share-rows is for neighbourhoods of 9 inputs for each bit of a cell, but circuit {circuit.name!r} has "
            f"{len(circuit.inputs)} inputs; leave it out."
        )
    care = read_care(args.care, circuit) if args.care else None
    require_renderable(circuit, format_name, rename=args.rename)
    with deferred_interrupts() as check_interrupt:
        stop = _Stop(check_interrupt, args.seconds, args.cost)
        with _search_display() as show:

            def on_pass(done: PassResult) -> None:
                stop.note_pass(done)
                show(done)

            optimized = optimize(
                circuit,
                care=care,
                effort=args.effort,
                share_rows=args.share_rows,
                seed=args.seed,
                on_pass=on_pass,
                on_warning=warn,
                should_stop=stop.is_wanted,
            )
        result: Netlist = optimized.gates if args.cost == "gates" else optimized.tables
        if isinstance(result, LookupCircuit) and format_name in _FORMATS_OF_GATES:
            result = gates_of(result)
        comments = [
            f"{circuit.name}: {result.num_gates} {_unit_of(result)}, optimized from {source_name(args.file)}.",
            f"{'Compared with it' if optimized.proof.is_complete else 'NOT PROVED equal to it'}: {optimized.proof}.",
        ]
        write_output(args.out, render_circuit(result, format_name, comments=comments, rename=args.rename))
        stop.note_interrupt()
    report = _report(args, circuit, optimized, stop) | {
        "format": format_name,
        "out": str(args.out),
        "written": f"{result.num_gates} {_unit_of(result)}",
    }
    if args.json:
        print_json(report)
    else:
        with contextlib.redirect_stdout(sys.stderr if is_stream(args.out) else sys.stdout):
            print_summary(_summary(report))
    if not optimized.proof.is_complete:
        warn(f"the result is not proved equal to {args.file}; `equivalent` with more --conflicts may decide it.")
    if stop.is_interrupted:
        print("ca-logic: interrupted; the best so far is written", file=sys.stderr)
        return 130
    return 0


class _Stop:
    """Whether the search is to end: because its time is up, or because of Ctrl-C, of which it takes note.

    Where gates are wanted, the search for tables, which comes first and from which that for gates sets out, gets half
    the time.

    Attributes:
        is_interrupted: whether there was a Ctrl-C.
        is_late: whether a search was ended because its time was up.
    """

    def __init__(self, check_interrupt: Callable[[], None], seconds: float | None, cost: str) -> None:
        """Starts the clock.

        Args:
            check_interrupt: raises KeyboardInterrupt if the user wants it.
            seconds: how long the search may take; None if as long as it likes.
            cost: `gates` or `tables`, whichever are wanted.
        """
        self._check_interrupt = check_interrupt
        self._began = time.monotonic()
        self._seconds = math.inf if seconds is None else seconds
        self._share_of_tables = 0.5 if cost == "gates" else 1
        self._is_at_tables = False
        self.is_interrupted = self.is_late = False

    def note_pass(self, done: PassResult) -> None:
        """Takes note of the pass that is under way."""
        self._is_at_tables = done.unit == "tables" and done.proof is None

    def is_wanted(self) -> bool:
        """Tells whether to end the search that is under way."""
        self.note_interrupt()
        is_late = self.elapsed >= self._seconds * (self._share_of_tables if self._is_at_tables else 1)
        self.is_late |= is_late
        return self.is_interrupted or is_late

    def note_interrupt(self) -> None:
        """Takes note of a Ctrl-C that is held back."""
        try:
            self._check_interrupt()
        except KeyboardInterrupt:
            self.is_interrupted = True

    @property
    def elapsed(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self._began


@contextlib.contextmanager
def _search_display() -> Iterator[Callable[[PassResult], None]]:
    """Yields what shows a pass on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("first pass", total=None)
        yield lambda done: progress.update(task, description=f"{done.name}: {done.size} {done.unit}")


def _report(args: argparse.Namespace, circuit: Circuit, optimized: Optimized, stop: _Stop) -> dict[str, Any]:
    report: dict[str, Any] = {
        "circuit": circuit.name,
        "file": str(args.file),
        "inputs": list(circuit.inputs),
        "outputs": list(circuit.outputs),
        "gates_before": circuit.num_gates,
        "gates": optimized.gates.num_gates,
        "tables": optimized.tables.num_gates,
        "and_nodes_before": num_ands(circuit),
        "and_nodes": num_ands(optimized.gates),
        "passes": [
            {"pass": done.name, "size": done.size, "unit": done.unit, "seconds": round(done.seconds, 3)}
            for done in optimized.passes
        ],
        "is_searched": any(done.name == ANNEALING_GATES for done in optimized.passes),
        "proof": str(optimized.proof),
        "is_proved": optimized.proof.is_complete,
        "effort": args.effort,
        "seed": args.seed,
        "seconds": round(stop.elapsed, 3),
        "stopped": "interrupt" if stop.is_interrupted else "time limit" if stop.is_late else None,
        "cost": args.cost,
    }
    if is_neighbourhood(circuit):
        folded = {"gates": fold_rows(optimized.gates), "tables": fold_rows(optimized.tables)}
        report["rows_shared"] = {
            cost: {"gates": shared.num_gates, "of_one_row": shared.num_row_gates} for cost, shared in folded.items()
        }
    return report


def _summary(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns labels and texts that say what was achieved."""
    interface = ", ".join(_counted(len(report[f"{kind}s"]), kind) for kind in ("input", "output"))
    passes = [
        f"{done['size']:7d} {done['unit']:6}  {done['seconds']:7.2f} s  {done['pass']}" for done in report["passes"]
    ]
    shared = [
        f"{figures['gates']} {cost} for each row of cells, {figures['of_one_row']} of them read one row only"
        for cost, figures in report.get("rows_shared", {}).items()
    ]
    proof = report["proof"] if report["is_proved"] else f"NOT PROVED: {report['proof']}"
    return [
        ("circuit", f"{report['circuit']}: {interface}, {_counted(report['gates_before'], 'gate')}"),
        *zip(["passes", *[""] * (len(passes) - 1)], passes, strict=True),
        ("gates", f"{report['gates']} two-input gates, from {report['gates_before']}"),
        (
            "ANDs",
            f"{report['and_nodes']} as an and-inverter graph, from {report['and_nodes_before']}; for comparison only",
        ),
        ("tables", f"{report['tables']} three-input tables"),
        *zip(["rows", *[""] * (len(shared) - 1)], shared, strict=False),
        ("proof", proof),
        *([] if report["is_searched"] else [("search", _NOT_SEARCHED)]),
        ("seconds", f"{report['seconds']:.2f}{', stopped by the ' + report['stopped'] if report['stopped'] else ''}"),
        ("written", f"{report['out']}: {report['format']}, {report['written']}"),
    ]


def _unit_of(circuit: Netlist) -> str:
    return _COSTS["tables" if isinstance(circuit, LookupCircuit) else "gates"]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _parse_seconds(text: str) -> float:
    """Returns a number of seconds above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; it must be a number of seconds above 0")
    return seconds
