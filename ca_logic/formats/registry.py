"""The formats by name: which file belongs to which, and circuits read from files and rendered for them."""

import dataclasses
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ca_logic.circuit.netlist import Circuit, Netlist
from ca_logic.errors import CircuitError, UsageError
from ca_logic.formats import aiger, bench, blif, c_source, dot, python_source, verilog
from ca_logic.formats.names import NameRule, renamed, require_names

MAX_BYTES = 1 << 26
"""Larger files are refused; a million gates take 45 MB as BLIF."""


@dataclass(frozen=True)
class Format:
    """One format of circuits.

    Attributes:
        suffixes: how its files end, the usual one first.
        description: what it is, for people.
        writer: returns the content of a file of the circuit with comments.
        reader: returns the circuit that the content of a file describes, by default under the given name; None if
            the format can only be written.
        names: which names of inputs and outputs it can hold; None if any.
        is_binary: whether a terminal cannot show it.
    """

    suffixes: tuple[str, ...]
    description: str
    writer: Callable[[Netlist, Sequence[str]], bytes]
    reader: Callable[[bytes, str], Circuit] | None = None
    names: NameRule | None = None
    is_binary: bool = False


FORMATS: dict[str, Format] = {
    "blif": Format(
        (".blif",),
        "Berkeley Logic Interchange Format, which this program stores circuits in",
        lambda circuit, comments: blif.write_blif(_named_for_blif(circuit), comments=comments).encode(),
        lambda data, _: blif.read_blif(_text_of(data)),
        blif.NAMES,
    ),
    "aag": Format(
        (".aag",),
        "AIGER, an and-inverter graph, in ASCII",
        lambda circuit, comments: aiger.write_aiger(circuit, comments=comments).encode(),
        lambda data, name: aiger.read_aiger(data, name=name),
        aiger.NAMES,
    ),
    "aig": Format(
        (".aig",),
        "AIGER, an and-inverter graph, in binary",
        lambda circuit, comments: aiger.write_binary_aiger(circuit, comments=comments),
        lambda data, name: aiger.read_aiger(data, name=name),
        aiger.NAMES,
        is_binary=True,
    ),
    "bench": Format(
        (".bench",),
        "ISCAS benchmark netlist",
        lambda circuit, comments: bench.write_bench(circuit, comments=comments).encode(),
        lambda data, name: bench.read_bench(_text_of(data), name=name),
        bench.NAMES,
    ),
    "verilog": Format(
        (".v",),
        "structural Verilog-2001, one module",
        lambda circuit, comments: verilog.write_verilog(circuit, comments=comments).encode(),
        names=verilog.NAMES,
    ),
    "dot": Format(
        (".dot", ".gv"),
        "drawing for Graphviz",
        lambda circuit, comments: dot.write_dot(circuit, comments=comments).encode(),
    ),
    "svg": Format(
        (".svg",),
        "drawing, made by Graphviz",
        lambda circuit, comments: dot.render_svg(circuit, comments=comments),
    ),
    "c": Format(
        (".c",),
        "C11 function of 64 lanes",
        lambda circuit, comments: c_source.render_c(circuit, comments=comments).encode(),
        names=c_source.NAMES,
    ),
    "python": Format(
        (".py",),
        "Python function of any number of lanes",
        lambda circuit, comments: python_source.write_python(circuit, comments=comments).encode(),
        names=python_source.NAMES,
    ),
}
"""Every format by its name."""


def format_of_path(path: Path) -> str:
    """Returns the name of the format that files with this suffix have.

    Raises:
        CircuitError: if there is none.
    """
    for name, format_ in FORMATS.items():
        if path.suffix.lower() in format_.suffixes:
            return name
    suffixes = ", ".join(suffix for format_ in FORMATS.values() for suffix in format_.suffixes)
    raise CircuitError(f"{path} ends in none of {suffixes}; rename it, or say its format by --from or --to.")


def read_circuit(path: Path, format: str | None = None) -> Circuit:  # noqa: A002
    """Returns the circuit in a file; where the format has no place for a name, it bears that of the file.

    Args:
        path: the file, at most `MAX_BYTES` long.
        format: its format; by default its suffix says it.

    Raises:
        CircuitError: naming the file, if it cannot be read, is too large, or holds no such circuit.
        UsageError: if there is no such format.
    """
    name = format or format_of_path(path)
    reader = _known(name).reader
    if reader is None:
        readable = ", ".join(name for name, known in FORMATS.items() if known.reader)
        raise CircuitError(f"{path}: {name} can be written but not read; formats that can be read are {readable}.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CircuitError(f"cannot read {path}: {error.strerror}; choose another file.") from None
    if len(data) > MAX_BYTES:
        raise CircuitError(f"{path} has more than {MAX_BYTES} bytes; circuits of up to that size are read.")
    if not data:
        raise CircuitError(f"{path} is empty; choose another file.")
    try:
        return reader(data, blif.NAMES.nearest(path.stem))
    except CircuitError as error:
        raise CircuitError(f"{path}: {error}") from None


def render_circuit(
    circuit: Netlist,
    format: str,  # noqa: A002
    *,
    comments: Sequence[str] = (),
    rename: bool = False,
) -> bytes:
    """Returns the content of a file of the circuit, in UTF-8 if it is text.

    Args:
        circuit: a `Circuit` or a `LookupCircuit`; its own name is made valid where the format must have one.
        format: the name of the format.
        comments: lines such as where the circuit comes from.
        rename: whether to change names of inputs and outputs that the format cannot hold.

    Raises:
        CircuitError: if the format cannot hold a name, or so many gates cannot be drawn.
        ToolchainError: if Graphviz, which draws, is missing or fails.
        UsageError: if there is no such format.
    """
    known = _known(format)
    if known.names:
        circuit = renamed(circuit, known.names) if rename else require_names(circuit, known.names)
    return known.writer(circuit, comments)


def _known(name: str) -> Format:
    if name in FORMATS:
        return FORMATS[name]
    close = difflib.get_close_matches(name, FORMATS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(FORMATS)}."
    raise UsageError(f"unknown format {name!r}; {hint}")


def _text_of(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CircuitError(f"byte {error.start} is no UTF-8 text; is it another format?") from None


def _named_for_blif(circuit: Netlist) -> Netlist:
    return dataclasses.replace(circuit, name=blif.NAMES.nearest(circuit.name))
