"""Coverage-guided fuzzing of everything that reads text or files; runs as long as one lets it, outside CI.

make fuzz                          one minute
make fuzz ARGS="rulestring -runs=1000000"
make fuzz ARGS="gif corpus/ -max_total_time=3600"

The first argument is a reader, or `all`; the rest goes to libFuzzer. A reader may return or raise an error for
users, in one line; anything else is a finding.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ca_logic"]):
    from ca_logic.circuit import Circuit
    from ca_logic.errors import CaLogicError
    from ca_logic.formats import read_circuit, render_circuit
    from ca_logic.formats.aiger import read_aiger
    from ca_logic.formats.bench import read_bench
    from ca_logic.formats.blif import read_blif
    from ca_logic.runtime.frames import read_frames
    from ca_logic.runtime.pattern import read_rle
    from ca_logic.tasks.grid import parse_grid
    from ca_logic.tasks.naming import simplest_rulestring
    from ca_logic.tasks.rule import load_rule, rule_of_slug
    from ca_logic.tasks.rulestring import parse_rulestring

_FOLDER = Path(tempfile.mkdtemp(prefix="ca_logic-fuzz-"))
_DEFAULT_OPTIONS = ["-max_total_time=60", "-max_len=2048", "-rss_limit_mb=4096"]


def _text(data: bytes) -> str:
    text: str = atheris.FuzzedDataProvider(data).ConsumeUnicodeNoSurrogates(len(data))
    return text


def _rulestring(data: bytes) -> None:
    parsed = parse_rulestring(_text(data))
    again = parse_rulestring(parsed.canonical)
    assert again.canonical == parsed.canonical, "the canonical form is stable"
    assert (again.transitions == parsed.transitions).all(), "the canonical form means the same"
    plainest = simplest_rulestring(parsed.transitions)
    assert plainest is not None, "whatever a rulestring says, some rulestring says"
    assert (parse_rulestring(plainest).transitions == parsed.transitions).all(), "the plainest form means the same"


def _exchanged(circuit: Circuit) -> None:
    for name in ("blif", "aag", "aig", "bench"):
        path = _FOLDER / name
        path.write_bytes(render_circuit(circuit, name, rename=True))
        again = read_circuit(path, name)
        assert len(again.inputs) == len(circuit.inputs), f"{name} keeps the inputs"
        assert len(again.outputs) == len(circuit.outputs), f"{name} keeps the outputs"
    for name in ("verilog", "dot", "c", "python"):
        render_circuit(circuit, name, rename=True)


def _file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        path = _FOLDER / name
        path.write_bytes(data)
        read(path)

    return run


READERS: dict[str, Callable[[bytes], object]] = {
    "rulestring": _rulestring,
    "grid": lambda data: parse_grid(_text(data)),
    "slug": lambda data: rule_of_slug(_text(data)),
    "rle": lambda data: read_rle(_text(data)),
    "blif": lambda data: _exchanged(read_blif(data.decode(errors="replace"))),
    "bench": lambda data: _exchanged(read_bench(data.decode(errors="replace"))),
    "aiger": lambda data: _exchanged(read_aiger(data)),
    "toml": _file("rule.toml", lambda path: load_rule(str(path))),
    "npy": _file("frames.npy", read_frames),
    "gif": _file("frames.gif", read_frames),
    "png": _file("frames/0.png", lambda path: read_frames(path.parent)),
}


def _run_one(name: str) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        complaint = ""
        try:
            READERS[name](data)
        except CaLogicError as error:
            complaint = str(error)
        assert "\n" not in complaint, "an error is one line"

    return run


def _run_all(data: bytes) -> None:
    """Takes the first byte for the choice of a reader."""
    if data:
        _run_one(list(READERS)[data[0] % len(READERS)])(data[1:])


def main() -> None:
    """Fuzzes what the command line asks for."""
    name = sys.argv[1] if len(sys.argv) > 1 else "all"
    if name != "all" and name not in READERS:
        sys.exit(f"unknown reader {name!r}; known are all, {', '.join(READERS)}")
    (_FOLDER / "frames").mkdir()
    atheris.Setup([sys.argv[0], *(sys.argv[2:] or _DEFAULT_OPTIONS)], _run_all if name == "all" else _run_one(name))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
