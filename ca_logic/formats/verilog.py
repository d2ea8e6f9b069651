"""Circuit to structural Verilog-2001, one `assign` a gate, which simulators and synthesis tools read.

Source: IEEE Std 1364-2001, "Verilog Hardware Description Language".
"""

import re
from collections.abc import Iterator, Sequence

from ca_logic.circuit.netlist import Netlist
from ca_logic.formats.functions import function_text, live_part, reduced_nodes
from ca_logic.formats.names import NameRule, comment_lines, require_names, signal_names

_ZERO, _ONE = "1'b0", "1'b1"
_LINE_WIDTH = 110

# Words of Verilog-2001, and of SystemVerilog, as which many tools read any file.
# fmt: off
_RESERVED = frozenset([
    "accept_on", "alias", "always", "always_comb", "always_ff", "always_latch", "and", "assert", "assign",
    "assume", "automatic", "before", "begin", "bind", "bins", "binsof", "bit", "break", "buf", "bufif0", "bufif1",
    "byte", "case", "casex", "casez", "cell", "chandle", "checker", "class", "clocking", "cmos", "config",
    "const", "constraint", "context", "continue", "cover", "covergroup", "coverpoint", "cross", "deassign",
    "default", "defparam", "design", "disable", "dist", "do", "edge", "else", "end", "endcase", "endchecker",
    "endclass", "endclocking", "endconfig", "endfunction", "endgenerate", "endgroup", "endinterface", "endmodule",
    "endpackage", "endprimitive", "endprogram", "endproperty", "endspecify", "endsequence", "endtable", "endtask",
    "enum", "event", "eventually", "expect", "export", "extends", "extern", "final", "first_match", "for",
    "force", "foreach", "forever", "fork", "forkjoin", "function", "generate", "genvar", "global", "highz0",
    "highz1", "if", "iff", "ifnone", "ignore_bins", "illegal_bins", "implements", "implies", "import", "incdir",
    "include", "initial", "inout", "input", "inside", "instance", "int", "integer", "interconnect", "interface",
    "intersect", "join", "join_any", "join_none", "large", "let", "liblist", "library", "local", "localparam",
    "logic", "longint", "macromodule", "matches", "medium", "modport", "module", "nand", "negedge", "nettype",
    "new", "nexttime", "nmos", "nor", "noshowcancelled", "not", "notif0", "notif1", "null", "or", "output",
    "package", "packed", "parameter", "pmos", "posedge", "primitive", "priority", "program", "property",
    "protected", "pull0", "pull1", "pulldown", "pullup", "pulsestyle_ondetect", "pulsestyle_onevent", "pure",
    "rand", "randc", "randcase", "randsequence", "rcmos", "real", "realtime", "ref", "reg", "reject_on",
    "release", "repeat", "restrict", "return", "rnmos", "rpmos", "rtran", "rtranif0", "rtranif1", "s_always",
    "s_eventually", "s_nexttime", "s_until", "s_until_with", "scalared", "sequence", "shortint", "shortreal",
    "showcancelled", "signed", "small", "soft", "solve", "specify", "specparam", "static", "string", "strong",
    "strong0", "strong1", "struct", "super", "supply0", "supply1", "sync_accept_on", "sync_reject_on", "table",
    "tagged", "task", "this", "throughout", "time", "timeprecision", "timeunit", "tran", "tranif0", "tranif1",
    "tri", "tri0", "tri1", "triand", "trior", "trireg", "type", "typedef", "union", "unique", "unique0",
    "unsigned", "until", "until_with", "untyped", "use", "uwire", "var", "vectored", "virtual", "void", "wait",
    "wait_order", "wand", "weak", "weak0", "weak1", "while", "wildcard", "wire", "with", "within", "wor", "xnor",
    "xor",
])
# fmt: on

NAMES = NameRule(
    "Verilog",
    "a letter or underscore, then letters, digits and underscores, and no word of Verilog",
    forbidden=re.compile("[^A-Za-z0-9_]"),
    refused=re.compile("[0-9].*"),
    reserved=_RESERVED,
    one_space=True,
)


def write_verilog(circuit: Netlist, *, comments: Sequence[str] = ()) -> str:
    """Returns the circuit as one Verilog module; its name is made valid, others must be.

    Args:
        circuit: the circuit.
        comments: lines to put on top, such as where the circuit comes from.

    Raises:
        CircuitError: if a name of an input or output is no identifier, or would mean two things.
    """
    circuit = live_part(require_names(circuit, NAMES))
    signals = signal_names(circuit, zero=_ZERO)
    ports = (*circuit.inputs, *circuit.outputs)
    outputs = set(circuit.outputs)
    inner = [name for name in signals[circuit.first_gate :] if name not in outputs]
    lines = [f"// {line}".rstrip(" \\") for line in comment_lines(comments)]
    lines += _list(f"module {NAMES.nearest(circuit.name)}(", ports, ");")
    for keyword, names in (("input", circuit.inputs), ("output", circuit.outputs), ("wire", inner)):
        if names:
            lines += _list(f"  {keyword} ", names, ";")
    for signal, table, fanins in reduced_nodes(circuit):
        value = function_text(table, [signals[fanin] for fanin in fanins], zero=_ZERO, ones=_ONE)
        lines.append(f"  assign {signals[signal]} = {value};")
    for output, driver in zip(circuit.outputs, circuit.drivers.tolist(), strict=True):
        if signals[driver] != output:
            lines.append(f"  assign {output} = {signals[driver]};")
    return "\n".join([*lines, "endmodule", ""])


def _list(start: str, names: Sequence[str], end: str) -> Iterator[str]:
    """Yields names separated by commas, in lines of limited width."""
    line = start
    for position, name in enumerate(names):
        item = name + (end if position == len(names) - 1 else ",")
        if len(line) + len(item) > _LINE_WIDTH and line.strip():
            yield line.rstrip()
            line = "    "
        line += item if line.endswith((" ", "(")) else f" {item}"
    yield line if names else start + end
