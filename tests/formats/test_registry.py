"""All formats alike: files by their suffix, round trips, names, and every file that is none."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit
from ca_logic.errors import CaLogicError, CircuitError, UsageError
from ca_logic.formats import FORMATS, MAX_BYTES, format_of_path, read_circuit, render_circuit
from ca_logic.gates import Gate
from tests.formats.lookups import lookup_circuits, outputs_of
from tests.plain_evaluation import same_function
from tests.strategies import circuits

READABLE = [name for name, format_ in FORMATS.items() if format_.reader]
NAMED = [name for name, format_ in FORMATS.items() if format_.names]
SPELLED = ["blif", "bench", "verilog", "c", "python"]
"""Formats that have a narrow idea of a name."""


def half_adder(*, name: str = "half adder", inputs: tuple[str, str] = ("x", "y"), total: str = "sum") -> Circuit:
    builder = CircuitBuilder(inputs, name=name)
    return builder.build({total: builder.add(Gate.XOR, 1, 2), "carry": builder.add(Gate.AND, 1, 2)})


def test_the_formats_are_those_that_are_promised() -> None:
    assert list(FORMATS) == ["blif", "aag", "aig", "bench", "verilog", "dot", "svg", "c", "python"]
    assert READABLE == ["blif", "aag", "aig", "bench"]
    assert [name for name, format_ in FORMATS.items() if format_.is_binary] == ["aig"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_suffix_names_its_format_in_either_case(name: str) -> None:
    for suffix in FORMATS[name].suffixes:
        assert format_of_path(Path(f"some.folder/file{suffix}")) == name
        assert format_of_path(Path(f"FILE{suffix.upper()}")) == name


@pytest.mark.parametrize("path", ["file", "file.", "file.txt", "blif", ".blif", "file.blif.gz", "folder.blif/file"])
def test_other_suffixes_are_refused(path: str) -> None:
    with pytest.raises(CircuitError, match=r"ends in none of \.blif, .*\.py; rename it, or say its format"):
        format_of_path(Path(path))


@pytest.mark.parametrize("name", READABLE)
def test_what_is_rendered_is_read_back(name: str, tmp_path: Path) -> None:
    @settings(deadline=None, max_examples=20)
    @given(circuits())
    def check(circuit: Circuit) -> None:
        path = tmp_path / f"random{FORMATS[name].suffixes[0]}"
        path.write_bytes(render_circuit(circuit, name, comments=["a comment", "生命"]))
        again = read_circuit(path)
        assert again.name == "random"
        assert same_function(again, circuit)
        assert render_circuit(read_circuit(path, name), name) == render_circuit(again, name)

    check()


@pytest.mark.parametrize("name", READABLE)
def test_tables_are_read_back_as_gates(name: str, tmp_path: Path) -> None:
    @settings(deadline=None, max_examples=20)
    @given(lookup_circuits())
    def check(circuit: LookupCircuit) -> None:
        path = tmp_path / "tables"
        path.write_bytes(render_circuit(circuit, name))
        assert outputs_of(read_circuit(path, name)) == outputs_of(circuit)

    check()


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "svg"])
def test_comments_reach_the_file(name: str) -> None:
    data = render_circuit(half_adder(), name, comments=["Proved: on all rows.", "Learned."])
    assert b"Proved: on all rows." in data
    assert b"Learned." in data


@pytest.mark.parametrize(("name", "stem"), [("aag", "life"), ("aig", "a b#c"), ("bench", "day-night")])
def test_a_file_without_a_name_lends_its_own(name: str, stem: str, tmp_path: Path) -> None:
    path = tmp_path / f"{stem}{FORMATS[name].suffixes[0]}"
    path.write_bytes(render_circuit(half_adder(), name))
    circuit = read_circuit(path)
    assert circuit.name == stem.replace(" ", "_").replace("#", "_")
    assert f".model {circuit.name}\n".encode() in render_circuit(circuit, "blif")


@pytest.mark.parametrize("name", FORMATS)
def test_any_name_of_a_circuit_is_made_valid_silently(name: str) -> None:
    for odd in ("game-of-life", "2x2", "", "a b", "def", "module", "*/", '"""', "\n.end", "\ud800", "é"):
        data = render_circuit(half_adder(name=odd), name)
        assert data.endswith(b"\n")
        assert data.isascii() or "é" in data.decode()


@pytest.mark.parametrize("name", SPELLED)
@pytest.mark.parametrize("odd", ["a b", "", "x\ny", "(", "x = 1", "*/ int z;", '"""', "\u202e"])
def test_names_that_a_format_cannot_hold_are_refused_or_renamed(name: str, odd: str) -> None:
    if FORMATS[name].names and FORMATS[name].names.allows(odd):  # type: ignore[union-attr]
        return
    language = FORMATS[name].names.language  # type: ignore[union-attr]
    for circuit in (half_adder(inputs=("x", odd)), half_adder(total=odd)):
        with pytest.raises(CircuitError, match=f"cannot be a name in {language}: .*; rename it"):
            render_circuit(circuit, name)
        assert render_circuit(circuit, name, rename=True)


@pytest.mark.parametrize("name", NAMED)
def test_good_names_are_left_alone_when_others_are_renamed(name: str) -> None:
    assert render_circuit(half_adder(), name, rename=True) == render_circuit(half_adder(), name)


@pytest.mark.parametrize("name", READABLE)
def test_a_renamed_circuit_keeps_its_function(name: str, tmp_path: Path) -> None:
    path = tmp_path / "renamed"
    circuit = half_adder(inputs=("a b", "a_b"), total="a\nb")
    path.write_bytes(render_circuit(circuit, name, rename=True))
    assert outputs_of(read_circuit(path, name)) == outputs_of(circuit)


def test_unknown_formats_are_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown format 'verlog'; did you mean 'verilog'\?"):
        render_circuit(half_adder(), "verlog")
    with pytest.raises(UsageError, match="unknown format 'xyz'; known are blif, aag"):
        read_circuit(Path("file"), "xyz")


@pytest.mark.parametrize("name", ["verilog", "dot", "svg", "c", "python"])
def test_formats_that_are_only_written_are_not_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"file{FORMATS[name].suffixes[0]}"
    path.write_text("x")
    with pytest.raises(CircuitError, match=f"{name} can be written but not read; .* are blif, aag, aig, bench"):
        read_circuit(path)


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02\xff" * 100, b"\xff\xfe", b"\x89PNG\r\n\x1a\n", b"hello\n", b"\x7fELF", b"PK\x03\x04"]
)
def test_rubbish_is_one_line_that_names_the_file(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "rubbish"
    path.write_bytes(content)
    with pytest.raises(CircuitError, match=f"^{path}: ") as caught:
        read_circuit(path, name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 350


def test_text_that_is_not_utf8_is_refused_and_a_byte_order_mark_is_not(tmp_path: Path) -> None:
    path = tmp_path / "life.blif"
    path.write_bytes(render_circuit(half_adder(), "blif") + b"# na\xefve\n")
    with pytest.raises(CircuitError, match=r"life.blif: byte \d+ is no UTF-8 text; is it another format\?"):
        read_circuit(path)
    path.write_bytes(b"\xef\xbb\xbf" + render_circuit(half_adder(), "blif"))
    assert read_circuit(path).inputs == ("x", "y")


@pytest.mark.parametrize("name", READABLE)
def test_files_that_are_empty_missing_folders_or_huge_are_refused(name: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    for path, message in (
        (empty, "empty is empty"),
        (huge, f"huge has more than {MAX_BYTES} bytes"),
        (tmp_path / "missing", "cannot read .*missing: No such file"),
        (tmp_path, "cannot read .*: Is a directory"),
        (Path("/dev/zero"), f"/dev/zero has more than {MAX_BYTES} bytes"),
    ):
        with pytest.raises(CaLogicError, match=message) as caught:
            read_circuit(path, name)
        assert caught.value.exit_code == 1
