"""What ABC makes of a truth table or a circuit, at its best: several scripts, the smallest of all results.

Each script makes an and-inverter graph small; then follow rounds of choices (`dch`), mapping by area (`if -a`) and
optimization with don't-cares (`mfs2`), to gates of two inputs and to tables of three. What ABC wrote is read back,
and counts only if it has no wider nodes and computes what is wanted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit import Circuit, Netlist, truth_tables
from ca_logic.errors import CircuitError
from ca_logic.formats.aiger import read_aiger
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE
from ca_logic.toolchain.berkeley_abc import Abc, run_abc

_ROUNDS = 15
_REPEATS = 10
_TIMEOUT_SECONDS = 300

# `lutpack` would make tables of four inputs, and mfs2 with -C 20000 crashes after it.
_DONT_CARES = "mfs2 -W 20 -L 100 -D 0 -M 0"

FAST_SCRIPTS = (
    ("strash",),
    ("resyn2",) * 3,
    ("compress2rs",) * _REPEATS,
    ("dch", "dc2", "resyn2rs") * _REPEATS,
    ("&get", "&syn3", "&syn4", "&syn3", "&syn4", "&put"),
)
"""What takes a second or so, each from every start."""

_START_FILE = "start.blif"
_GRAPH_FILE = "graph.aig"


@dataclass(frozen=True)
class AbcStart:
    """What ABC sets out from.

    Attributes:
        blif: the file that it reads.
        prologues: the commands that make it an and-inverter graph; each way is tried.
        wanted: what it computes, by rows.
    """

    blif: str
    prologues: tuple[tuple[str, ...], ...]
    wanted: UInt8[np.ndarray, "outputs rows"]


@dataclass(frozen=True)
class AbcResult:
    """The smallest that ABC came to by any script.

    Attributes:
        gates: nodes of two inputs; None if there was no result that is right. Inverters are not counted.
        tables: nodes of two or three inputs.
        ands: nodes of an and-inverter graph.
        seconds: wall time of all scripts together.
        num_cut_short: how many of them crashed or were stopped; what they wrote until then counts.
        num_wrong: how many results were too wide, or did not compute what is wanted.
    """

    gates: int | None
    tables: int | None
    ands: int | None
    seconds: float
    num_cut_short: int
    num_wrong: int


def start_of_table(table: UInt8[np.ndarray, "512"]) -> AbcStart:
    """Returns a truth table over the nine cells as a start: multiplexers of a decision diagram, and factored cubes."""
    is_constant = table.min() == table.max()
    # A constant has no fan-ins, and a single cube, an empty one, or none.
    fanins = () if is_constant else CELLS
    rows = np.flatnonzero(table[:1] if is_constant else table).tolist()
    cubes = ["1" if is_constant else f"{row:0{len(CELLS)}b} 1" for row in rows]
    lines = [".model table", f".inputs {' '.join(CELLS)}", f".outputs {NEXT_STATE}"]
    lines += [" ".join([".names", *fanins, NEXT_STATE]), *cubes, ".end", ""]
    prologues = (("collapse", "reorder", "muxes", "strash"), ("collapse", "sop", "fx", "strash"))
    return AbcStart("\n".join(lines), (("strash",),) if is_constant else prologues, table[None, :])


def start_of_circuit(circuit: Circuit) -> AbcStart:
    """Returns a circuit as a start, gate for gate."""
    return AbcStart(write_blif(circuit), (("strash",),), truth_tables(circuit))


def run_fast_scripts(abc: Abc, start: AbcStart, *, on_script: Callable[[], None] = lambda: None) -> AbcResult:
    """Returns the best of `FAST_SCRIPTS`.

    Args:
        abc: the tool.
        start: what to make small.
        on_script: called after each script.
    """
    return _best_of(abc, start, FAST_SCRIPTS, on_script)


def run_deep_scripts(
    abc: Abc, start: AbcStart, seconds: int, *, on_script: Callable[[], None] = lambda: None
) -> AbcResult:
    """Returns the best of `&deepsyn`, for so many seconds each with and without two-input nodes in between."""
    return _best_of(
        abc, start, [("&get", f"&deepsyn -T {seconds}{option}", "&put") for option in ("", " -t")], on_script
    )


def widths_of_nodes(blif: str) -> list[int]:
    """Returns the number of fan-ins of each node of a BLIF file."""
    lines = blif.replace("\\\n", " ").splitlines()
    return [len(line.split()) - 2 for line in lines if line.startswith(".names ")]


def num_ands(aiger: bytes) -> int:
    """Returns the number of nodes that the header of an AIGER file states."""
    return int(aiger.split(b"\n", 1)[0].split()[-1])


def _best_of(abc: Abc, start: AbcStart, scripts: Iterable[Sequence[str]], on_script: Callable[[], None]) -> AbcResult:
    best: dict[int, int] = {}
    seconds, num_cut_short, num_wrong = 0.0, 0, 0
    for script in scripts:
        for prologue in start.prologues:
            commands = [f"read_blif {_START_FILE}", *prologue, *script, "strash", f"write_aiger {_GRAPH_FILE}"]
            names = {}
            for arity in (2, 3):
                # Each cost from the same graph.
                commands.append(f"read_aiger {_GRAPH_FILE}")
                for number in range(_ROUNDS):
                    name = f"{arity}-{number}.blif"
                    names[name] = arity
                    commands += ["strash", "dch", f"if -K {arity} -a", _DONT_CARES, f"write_blif {name}"]
            run = run_abc(abc, commands, {_START_FILE: start.blif.encode()}, timeout=_TIMEOUT_SECONDS)
            on_script()
            seconds += run.seconds
            num_cut_short += not run.ended
            for name in (_GRAPH_FILE, *names):
                if name in run.files:
                    num_wrong += not _judge(best, names.get(name, 0), run.files[name], start.wanted)
    return AbcResult(best.get(2), best.get(3), best.get(0), seconds, num_cut_short, num_wrong)


def _judge(best: dict[int, int], arity: int, content: bytes, wanted: np.ndarray) -> bool:
    """Notes the size of a result if it is the smallest of its kind, 0 being graphs; returns whether it is right.

    A result that is not smaller is not looked at closely.
    """
    try:
        if arity:
            widths = widths_of_nodes(content.decode())
            size = sum(width >= 2 for width in widths)
            if max(widths, default=0) > arity:
                return False
        else:
            size = num_ands(content)
        if size >= best.get(arity, size + 1):
            return True
        if not _computes(read_blif(content.decode()) if arity else read_aiger(content), wanted):
            return False
    except (CircuitError, UnicodeDecodeError, ValueError):  # A file that a crash cut short.
        return False
    best[arity] = size
    return True


def _computes(circuit: Netlist, wanted: np.ndarray) -> bool:
    return 1 << len(circuit.inputs) == wanted.shape[1] and np.array_equal(truth_tables(circuit), wanted)
