"""Names: what a format cannot hold is refused or replaced, and what it can is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import CircuitBuilder
from ca_logic.errors import CircuitError
from ca_logic.formats import FORMATS, render_circuit
from ca_logic.formats.names import NameRule, comment_lines, distinct_names, gate_prefix, renamed, require_names, shown

RULES = {name: format_.names for name, format_ in FORMATS.items() if format_.names}

names = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["a", "a b", "a_b", "a-b", "a_b_2", "int", "x_int", "module", "def", "vdd", ".a", "1", "None", ""]),
    st.text(alphabet="a_ é\n", max_size=4),
)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@given(wanted=st.lists(names, max_size=8))
def test_chosen_names_are_distinct_and_valid_and_good_ones_stay(rule: NameRule, wanted: list[str]) -> None:
    chosen = distinct_names(wanted, rule)
    assert len(chosen) == len(wanted) == len(set(chosen))
    assert all(map(rule.allows, chosen))
    for position, name in enumerate(wanted):
        if rule.allows(name) and name not in wanted[:position]:
            assert chosen[position] == name


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_names_of_a_renamed_circuit_are_accepted(rule: NameRule) -> None:
    circuit = CircuitBuilder(["a b", "a", "int", "\n"]).build({"a": 1, "module": 2, "def": 3, "": 4})
    with pytest.raises(CircuitError, match=f"cannot be a name in {rule.language}: .*; rename it"):
        require_names(circuit, rule)
    again = require_names(renamed(circuit, rule), rule)
    assert "a" in again.inputs
    assert not (rule.one_space and set(again.inputs) & set(again.outputs))


@pytest.mark.parametrize(("format_name", "name"), [("bench", "age_ge_4.5"), ("c", "age_ge_4_5"), ("blif", "age≥4.5")])
def test_a_threshold_stays_readable(format_name: str, name: str) -> None:
    assert RULES[format_name].nearest("age≥4.5") == name


@pytest.mark.parametrize("format_name", ["aag", "aig", "python", "c"])
def test_an_input_may_share_the_name_of_an_output_where_the_format_lets_it(format_name: str) -> None:
    circuit = CircuitBuilder(["a", "b c"]).build({"a": 2, "b c": 1})
    again = renamed(circuit, RULES[format_name])
    assert again.inputs == again.outputs
    assert again.inputs[0] == "a"
    assert render_circuit(circuit, format_name, rename=True)


@pytest.mark.parametrize(
    ("format_name", "bad"),
    [
        ("blif", ["a b", "a#", "a=b", "a\\", ".a", "a\u202e", "\ud800"]),
        ("bench", ["a(b", "a)b", "a,b", "a=b", "a b", "#a", "vdd", "gnd"]),
        ("aag", ["a\nb", "\r", "\x00", "a\u2028b"]),
        ("verilog", ["a-b", "1a", "reg", "wire", "logic", "endmodule", "a;b", "naïve", "a$", "`x", "\\a "]),
        ("python", ["a-b", "1a", "def", "None", "lambda", "__debug__", "naïve", "ﬁ", "a):\n import os"]),
        ("c", ["a-b", "1a", "int", "uint64_t", "NULL", "in", "out", "_x", "*/", "INT8_MAX", "naïve"]),
    ],
)
def test_what_would_break_the_text_is_no_name(format_name: str, bad: list[str]) -> None:
    rule = RULES[format_name]
    assert [name for name in ["", *bad] if rule.allows(name)] == []
    assert all(map(rule.allows, ["nw", "next", "x0", "a_b"]))


def test_gates_never_take_the_name_of_something_else() -> None:
    assert gate_prefix(["a", "g", "gx"]) == "g"
    assert gate_prefix(["g1", "g_7"]) == "g__"


@given(st.lists(st.text()))
def test_comment_lines_are_visible_lines(comments: list[str]) -> None:
    lines = comment_lines(comments)
    assert all(line.isprintable() for line in lines)
    assert lines == [line for comment in comments for line in comment_lines([comment])]


def test_long_text_is_shown_short() -> None:
    assert shown("x" * 10**6) == "'" + "x" * 37 + "..." + "x" * 38 + "'"
    assert "\n" not in shown("a\nb")
