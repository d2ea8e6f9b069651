"""What `show` and `convert` do with a classifier's model: figures, its circuit in any format, C that stands alone."""

import argparse
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ca_logic.backend.classifier import render_standalone
from ca_logic.backend.classifier.inputs import used_inputs
from ca_logic.circuit import Circuit
from ca_logic.cli.arguments import print_json
from ca_logic.cli.circuit_files import is_stream, require_output, write_output
from ca_logic.cli.provenance_rows import provenance_rows
from ca_logic.errors import UsageError
from ca_logic.files import require_writable_file
from ca_logic.formats import FORMATS, format_of_path, render_circuit
from ca_logic.formats.c_source import NAMES as C_NAMES
from ca_logic.runtime.classifier import ClassifierModel, StoredModel, find_model
from ca_logic.synthesis.adders import score_ranges, with_adders, with_argmax
from ca_logic.tasks.datasets import ColumnKind
from ca_logic.tasks.encoding import Encoder

STATS = "stats"
C = "c"

_MAX_CLASSES_NAMED = 20
_LABEL_WIDTH = 10
_TEXT_WIDTH = 100
_PLURALS: dict[ColumnKind, str] = {"number": "numbers", "category": "categories", "pixel": "pixels"}


def execute(args: argparse.Namespace) -> int:
    """Shows the model `args.rule`; returns the exit code."""
    to_file = not is_stream(args.out)
    name = args.format or (format_of_path(args.out) if to_file else STATS)
    if name == STATS and args.argmax:
        raise UsageError("--argmax is about circuits; say a format, or name a file with -o FILE.")
    if name != STATS:
        require_model_output(args.out, name, argmax=args.argmax)
        if args.json and not to_file and FORMATS[name].is_binary:
            raise UsageError(f"{name} is binary and no text for --json; name a file for it with -o FILE.")
    stored = find_model(args.rule)
    files = {args.out: _stats_text(stored).encode()} if name == STATS else _rendered(stored, name, args)
    if to_file or not args.json:
        for path, content in files.items():
            write_output(path, content)
    if args.json:
        where: dict[str, Any] = {"format": name, "out": list(map(str, files))} if to_file else {}
        shown = {} if to_file or name == STATS else {name: files[args.out].decode()}
        print_json(stats_of(stored) | where | shown)
    elif to_file:
        print(f"written  {' and '.join(map(str, files))}: {name}, {stored.model.head.circuit.num_gates} gates")
    return 0


def require_model_output(path: Path, format_name: str, *, argmax: bool) -> None:
    """Makes sure, before any work is done, that a model can be written there in this format.

    Raises:
        UsageError: if --argmax makes no sense, or the format is not for terminals.
        OutputError: if a file cannot be written.
    """
    require_output(path, format_name)
    if format_name == C:
        if argmax:
            raise UsageError("the C of a classifier tells the class with the largest score anyway; leave out --argmax.")
        if not is_stream(path):
            require_writable_file(_header_path(path))


def standalone_files(model: ClassifierModel, path: Path, *, name: str | None = None) -> dict[Path, bytes]:
    """Returns a classifier as a C file and a header beside it; for standard output there is none.

    Args:
        model: of the classifier.
        path: of the C file.
        name: what names in C begin with; by default the model's, as far as C allows it.
    """
    dtype = np.uint8 if model.has_only_pixels else np.float32
    source, header = render_standalone(
        model.encoder,
        model.head,
        C_NAMES.nearest(name or model.name),
        dtype=dtype,
        comments=[visible(line) for line in _interface_lines(model)],
    )
    files = {path: source.encode()}
    return files if is_stream(path) else files | {_header_path(path): header.encode()}


def circuit_of_model(model: ClassifierModel, *, argmax: bool = False) -> Circuit:
    """Returns the circuit from the bits of the encoder to scores in binary digits, or to a bit for the winning class.

    See `with_adders` and `with_argmax` for the outputs.
    """
    return with_argmax(model.head) if argmax else with_adders(model.head)


def describe_circuit(model: ClassifierModel, *, argmax: bool = False) -> list[str]:
    """Returns lines about `circuit_of_model` for the beginning of a file."""
    outputs = (
        "Output class<c> is 1 where class c has the largest score, of equal ones the first."
        if argmax
        else "Output class<c>_bit<k> has the weight 2 ** k in the score of class c; the largest score wins."
    )
    return [
        f"{model.name}: a classifier of {len(model.classes)} classes and {model.head.circuit.num_gates} gates, and "
        f"{'sums and their comparison' if argmax else 'sums'} in gates.",
        outputs,
        *(f"class{place} is {name}." for place, name in enumerate(model.classes)),
    ]


def stats_of(stored: StoredModel) -> dict[str, Any]:
    """Returns figures about a model, ready for JSON."""
    model = stored.model
    circuit, head = model.head.circuit, model.head
    terms = np.bincount(head.classes, minlength=head.num_classes)
    lowest, highest = score_ranges(head)
    return {
        "model": model.name,
        "origin": stored.origin,
        "path": str(stored.path),
        "sha256": stored.checksum,
        "bytes": stored.num_bytes,
        "data_set": model.data_set,
        "target": model.target,
        "classes": list(model.classes),
        "columns": [column.to_plain() for column in model.columns],
        "image_shape": model.image_shape,
        "missing": model.missing,
        "features": model.encoder.num_features,
        "bits": model.encoder.num_bits,
        "bits_read": int(used_inputs(circuit).sum()),
        "bit_counts": _bit_counts(model.encoder),
        "gates": circuit.num_gates,
        "depth": circuit.depth,
        "gate_counts": circuit.gate_counts(),
        "outputs": len(circuit.outputs),
        "terms": terms.tolist(),
        "lowest_score": int(lowest.min()),
        "highest_score": int(highest.max()),
        "tau": model.tau,
        "network": model.network and {name: list(array.shape) for name, array in model.network.arrays.items()},
        "provenance": model.provenance,
    }


def visible(text: str) -> str:
    """Returns a line of which a terminal shows each character, whatever a stranger has put into a model."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _rendered(stored: StoredModel, format_name: str, args: argparse.Namespace) -> dict[Path, bytes]:
    if format_name == C:
        return standalone_files(stored.model, args.out)
    circuit = circuit_of_model(stored.model, argmax=args.argmax)
    comments = describe_circuit(stored.model, argmax=args.argmax)
    return {args.out: render_circuit(circuit, format_name, comments=comments, rename=True)}


def _interface_lines(model: ClassifierModel) -> Iterator[str]:
    """Yields what somebody must know who gives features to C: the classes, the features, and what their numbers are."""
    yield from (f"class {place}: {name}" for place, name in enumerate(model.classes))
    if model.has_only_pixels and model.image_shape:
        channels, height, width = model.image_shape
        what = f"pixels from 0 to 255, of {channels} channels, each of {height} rows of {width}"
        yield f"features 0 to {len(model.columns) - 1}: {what}"
        return
    for place, column in enumerate(model.columns):
        kinds = " ".join(f"{number}={name!r}" for number, name in enumerate(column.categories))
        what = f"{column.kind}, one of {kinds}" if column.categories else column.kind
        line = f"feature {place}: {column.name}, a {what}"
        yield from textwrap.wrap(line, _TEXT_WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    if not model.has_only_pixels:
        yield "A feature that is NaN is missing; a category that is NaN or no such number is unknown."


def _header_path(path: Path) -> Path:
    return path.with_suffix(".h")


def _bit_counts(encoder: Encoder) -> dict[str, int]:
    """Returns how many bits of each kind an encoder makes."""
    has_low, has_high = encoder.lows > -np.inf, encoder.highs < np.inf
    kinds = np.select(
        [encoder.lows == encoder.highs, has_low & ~has_high, ~has_low & ~has_high],
        ["one-hot", "threshold", "given"],
        "interval",
    )
    return dict(Counter(kinds.tolist()).most_common())


def _stats_text(stored: StoredModel) -> str:
    model, stats = stored.model, stats_of(stored)
    circuit = model.head.circuit
    kinds = ", ".join(f"{count} {name}" for name, count in stats["gate_counts"].items())
    bits = ", ".join(f"{count} {name}" for name, count in stats["bit_counts"].items())
    columns = Counter(column.kind for column in model.columns)
    what = ", ".join(f"{count} {_PLURALS[kind]}" for kind, count in columns.most_common())
    image = f", images of {'x'.join(map(str, model.image_shape))}" if model.image_shape else ""
    named = ", ".join(model.classes[:_MAX_CLASSES_NAMED]) + (", ..." if len(model.classes) > _MAX_CLASSES_NAMED else "")
    terms = stats["terms"]
    rows = [
        ("model", f"{model.name} ({stored.description})"),
        ("data set", model.data_set or "not known"),
        ("columns", f"{what}{image}"),
        ("target", model.target),
        ("classes", f"{len(model.classes)}: {named}"),
        ("encoder", f"{stats['features']} features to {stats['bits']} bits: {bits}; {stats['bits_read']} are read"),
        ("gates", f"{circuit.num_gates}, at most {stats['depth']} on a path: {kinds or 'none'}"),
        (
            "sums",
            f"of {stats['outputs']} outputs, {_range(min(terms), max(terms))} a class; scores from "
            f"{stats['lowest_score']} to {stats['highest_score']}, tau {model.tau:g}",
        ),
        ("network", _network_text(model)),
        ("file", f"{stored.num_bytes} bytes, SHA-256 {stored.checksum}"),
        *provenance_rows(model.provenance),
    ]
    width = max(_LABEL_WIDTH, *(len(label) for label, _ in rows))
    return "\n".join([*(visible(f"{label:{width}} {text}") for label, text in rows if text), ""])


def _network_text(model: ClassifierModel) -> str:
    if model.network is None:
        return "not kept"
    arrays = model.network.arrays.values()
    return f"kept, {sum(array.size for array in arrays)} numbers"


def _range(lowest: int, highest: int) -> str:
    return str(lowest) if lowest == highest else f"{lowest} to {highest}"
