"""The files that verbs about circuits read and write: which format, standard input and output, rows that matter."""

import argparse
import sys
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit import Circuit, output_functions
from ca_logic.circuit.simulation import unpack_bits
from ca_logic.errors import CircuitError, UsageError
from ca_logic.files import require_writable_file, write_atomically
from ca_logic.formats import FORMATS, format_of_path, read_circuit, render_circuit
from ca_logic.runtime.classifier import find_model, is_model
from ca_logic.synthesis.adders import with_adders
from ca_logic.synthesis.equivalence import spell_names
from ca_logic.synthesis.sampling import block_size, complete_blocks
from ca_logic.tasks import list_rules

MAX_CARE_INPUTS = 16
"""A care set is enumerated row by row, which is done for at most so many inputs."""

READABLE = tuple(name for name, format_ in FORMATS.items() if format_.reader)
"""The formats that circuits are read in."""

FORMATS_HELP = "formats:\n" + "\n".join(
    f"  {name:8} {format_.description} ({', '.join(format_.suffixes)}){'' if format_.reader else ', written only'}"
    for name, format_ in FORMATS.items()
)
"""The formats, for the end of a verb's help."""

_STREAM = Path("-")


def add_input_format(parser: argparse.ArgumentParser) -> None:
    """Adds --from."""
    parser.add_argument(
        "--from", dest="input_format", choices=READABLE, help="format that is read (default: by the file's suffix)"
    )


def add_output(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Adds --out, --to and --rename."""
    default = "" if required else " (default: -)"
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="FILE",
        required=required,
        default=_STREAM,
        help=f"file to write; - is standard output{default}",
    )
    parser.add_argument(
        "--to", dest="output_format", choices=tuple(FORMATS), help="format that is written (default: by FILE's suffix)"
    )
    parser.add_argument(
        "--rename", action="store_true", help="change names of inputs and outputs that the format cannot hold"
    )


def add_care(parser: argparse.ArgumentParser) -> None:
    """Adds --care."""
    parser.add_argument(
        "--care",
        type=Path,
        metavar="FILE",
        help="a circuit of the same inputs whose one output is 1 in the rows that matter; the others may differ "
        f"(up to {MAX_CARE_INPUTS} inputs)",
    )


def add_argmax(parser: argparse.ArgumentParser) -> None:
    """Adds --argmax."""
    parser.add_argument(
        "--argmax",
        action="store_true",
        help="of a classifier: an output a class, 1 for the one that wins, instead of the scores' digits",
    )


def names_model(text: str) -> bool:
    """Tells whether a word stands for a classifier: a .logic file, or a model's name that is no rule's."""
    return is_model(text) and not any(text in (rule.name, *rule.aliases) for rule in list_rules())


def is_stream(path: Path) -> bool:
    """Tells whether this is - for standard input or output."""
    return path == _STREAM


def source_name(path: Path) -> str:
    """Returns what to call a file that was read, without its folder."""
    return "standard input" if is_stream(path) else path.name


def read_input(path: Path, format_name: str | None) -> Circuit:
    """Returns the circuit in a file or, if it is -, on standard input; of a classifier that of its scores.

    Raises:
        CircuitError: if there is none.
        UsageError: if the format of standard input is not said.
    """
    if not is_stream(path):
        if format_name is None and names_model(str(path)):
            return with_adders(find_model(str(path)).model.head)
        return read_circuit(path, format_name)
    if format_name is None:
        raise UsageError("standard input has no suffix; say its format with --from.")
    return read_circuit(Path("/dev/stdin"), format_name)


def require_output(path: Path, format_name: str | None) -> str:
    """Makes sure, before any work is done, that the format is known and `path` can be written; returns the format.

    Raises:
        CircuitError: if the suffix is that of no format.
        UsageError: if the format of standard output is not said, or is not for terminals.
        OutputError: if the file cannot be written.
    """
    if not is_stream(path):
        name = format_name or format_of_path(path)
        require_writable_file(path)
        return name
    if format_name is None:
        raise UsageError("standard output has no suffix; say the format with --to, or name a file with -o FILE.")
    if FORMATS[format_name].is_binary and sys.stdout.isatty():
        raise UsageError(f"{format_name} is binary and not for terminals; name a file for it with -o FILE.")
    return format_name


def require_renderable(circuit: Circuit, format_name: str, *, rename: bool) -> None:
    """Makes sure, before any work is done, that the format holds the names, and that what writes it is installed.

    Raises:
        CircuitError: if it cannot hold a name.
        ToolchainError: if Graphviz is needed and missing.
    """
    interface = Circuit(
        name=circuit.name,
        inputs=circuit.inputs,
        outputs=circuit.outputs,
        gates=np.empty(0, np.uint8),
        fanins=np.empty((0, 2), np.int32),
        drivers=np.zeros(len(circuit.outputs), np.int32),
    )
    render_circuit(interface, format_name, rename=rename)


def write_output(path: Path, content: bytes) -> None:
    """Writes the very bytes to a file or, if it is -, to standard output.

    Raises:
        OutputError: if it cannot be written.
    """
    if is_stream(path):
        sys.stdout.buffer.write(content)
    else:
        write_atomically(path, content)


def read_care(path: Path, circuit: Circuit) -> UInt8[np.ndarray, "inputs rows"]:
    """Returns the rows in which the circuit in a file is 1, one a column, inputs in the order of `circuit`.

    Raises:
        CircuitError: if the file has no such circuit, of the same inputs and one output, or it is 0 in all rows.
    """
    if len(circuit.inputs) > MAX_CARE_INPUTS:
        raise CircuitError(
            f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs; --care is for up to {MAX_CARE_INPUTS}."
        )
    care = read_circuit(path)
    if len(care.outputs) != 1:
        raise CircuitError(f"{path} has {len(care.outputs)} outputs; --care needs one, 1 in the rows that matter.")
    missing = [name for name in circuit.inputs if name not in care.inputs]
    unknown = [name for name in care.inputs if name not in circuit.inputs]
    if missing or unknown:
        faults = [f"{what} {spell_names(names)}" for what, names in (("lacks", missing), ("has", unknown)) if names]
        raise CircuitError(
            f"{path} must have the inputs of circuit {circuit.name!r}, but {' and '.join(faults)}; rename its inputs."
        )
    rows = _rows_of_ones(care)
    if rows.shape[1] == 0:
        raise CircuitError(f"{path} is 0 in every row, so none would matter; it must be 1 in those that do.")
    return rows[[care.inputs.index(name) for name in circuit.inputs]]


def _rows_of_ones(circuit: Circuit) -> UInt8[np.ndarray, "inputs rows"]:
    """Returns the rows in which the only output is 1, one a column; block by block, so that large circuits fit."""
    found = []
    for block in complete_blocks(len(circuit.inputs), block_size(circuit.num_signals)):
        num_rows = block.ones.bit_length()
        (function,) = output_functions(circuit, block)
        inputs = np.array([unpack_bits(values, num_rows) for values in block.functions], dtype=np.uint8)
        found.append(inputs.reshape(-1, num_rows)[:, unpack_bits(function, num_rows) == 1])
    return np.concatenate(found, axis=1)
