"""`bench synthesis`: our synthesis against ABC's, as a table or as JSON."""

import argparse
import contextlib
import json
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ca_logic.cli.arguments import parse_count, parse_positive_count, parse_seeds, print_json, warn
from ca_logic.cli.status_display import status_display
from ca_logic.cli.table_console import table_console
from ca_logic.files import require_writable_file, write_atomically
from ca_logic.toolchain.berkeley_abc import MISSING, Abc, find_abc

if TYPE_CHECKING:
    from rich.table import Table

    from ca_logic.synthesis_benchmark import LargeRow, Row, SharedSize

DEFAULTS: dict[str, Any] = {
    "rules": ["learned", "life", "highlife", "daynight", "seeds", "replicator", "2x2", "morley", "tlife", "random"],
    "shipped": False,
    "seeds": range(5),
    "effort": 2,
    "shared": True,
    "abc": True,
    "abc_seconds": 0,
    "large": None,
    "out": None,
}
"""The options, by name."""

_REPORTED = ("rules", "shipped", "seeds", "effort", "shared", "abc_seconds")
_MAX_ABC_SECONDS = 600
_LARGE_GATES = 100_000

EXAMPLES = """\
  ca-logic bench synthesis                             ten starts, five seeds: half an hour
  ca-logic bench synthesis --rules learned life --seeds 0 --effort 1
  ca-logic bench synthesis --abc-seconds 10 --json --out bench.json
  ca-logic bench synthesis --large 1000000

Rows are truth tables of two-state rules, `random` one of 512 random entries, and networks that have just learned
a rule (`learned`: Life, `learned:RULE`). Columns are ours and those of ABC (berkeley-abc), if it is installed, from
the same start, for both costs: gates of two inputs, and tables of three. Ours is the median over the seeds, the best
in parentheses; ABC's is the best of many scripts, and with --abc-seconds of &deepsyn as well; the ratio is our
median to the smaller of these. `shared` are circuits for kernels that compute alike gates once for all rows of
cells: all gates, in parentheses the best as those of one row + those of the cell. And-inverter nodes are there for
comparison only. Every circuit of either is checked against the rule before it counts. After Ctrl-C there is a table
of what is done.
"""


def add_options(group: "argparse._ArgumentGroup") -> None:
    """Adds the options; those not given are absent afterwards."""

    def add(*names: str, **options: Any) -> None:
        group.add_argument(*names, default=argparse.SUPPRESS, **options)

    rules = " ".join(DEFAULTS["rules"])
    add("--rules", nargs="+", metavar="WORD", help=f"rules, `random`, `learned` or `learned:RULE` (default: {rules})")
    add("--shipped", action="store_true", help="the shipped circuits of these rules as starts, too")
    add("--seeds", type=parse_seeds, metavar="A..B", help="of our synthesis (default: 0..4)")
    add("--effort", type=int, choices=range(4), help="of our synthesis (default: 2, a few seconds for each seed)")
    add("--no-shared", dest="shared", action="store_false", help="leave out the circuits that share rows")
    add("--no-abc", dest="abc", action="store_false", help="leave out ABC")
    add("--abc-seconds", type=_parse_abc_seconds, metavar="N", help="run &deepsyn for N seconds, too, e.g. 10")
    add(
        "--large",
        nargs="?",
        const=_LARGE_GATES,
        type=parse_positive_count,
        metavar="GATES",
        help=f"instead the quick passes on random networks of {_LARGE_GATES} or GATES gates",
    )
    add("--out", type=Path, metavar="FILE", help="keep the JSON object of what is done in a file, too")


def _parse_abc_seconds(text: str) -> int:
    seconds = parse_count(text)
    if seconds > _MAX_ABC_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} seconds are too many; up to {_MAX_ABC_SECONDS} are possible")
    return seconds


def execute(args: argparse.Namespace) -> int:
    """Runs the benchmark; returns the exit code, 130 if it was interrupted, when all that is done was printed."""
    from ca_logic.synthesis_benchmark import build_report

    if args.out:
        require_writable_file(args.out)
    abc = find_abc() if args.abc else None
    if args.abc and abc is None:
        warn(f"{MISSING} All figures are ours.")
    reported = ("large",) if args.large else _REPORTED
    options = {name: list(value) if isinstance(value := getattr(args, name), range) else value for name in reported}
    rows: dict[str, Any] = {}
    code = 0
    try:
        with status_display("starting") as show:
            for name, row in (_large_rows if args.large else _automata_rows)(args, abc, show):
                rows[name] = row
                if args.out:
                    # What is done so far: much time has gone into it.
                    report = build_report(list(rows.values()), options, abc)
                    write_atomically(args.out, json.dumps(report, indent=1) + "\n")
    except KeyboardInterrupt:
        print("ca-logic: interrupted; this is what was done until then", file=sys.stderr)
        code = 130
    report = build_report(list(rows.values()), options, abc)
    if args.json:
        print_json(report)
    elif rows:
        _print_table(list(rows.values()), report["machine"], large=bool(args.large))
    return code


def _print_table(rows: Sequence[Any], machine: dict[str, Any], *, large: bool) -> None:
    table_console().print(_large_table(rows) if large else _automata_table(rows))
    print(f"{machine['processor']}, {machine['compiler'] or 'no C compiler'}, {machine['abc'] or 'no ABC'}")


def _automata_rows(
    args: argparse.Namespace, abc: Abc | None, show: Callable[[str], None]
) -> Iterator[tuple[str, "Row"]]:
    """Yields rows by name, each again whenever there is more of it."""
    from ca_logic.synthesis_benchmark import measure, select_starts

    starts = select_starts(args.rules, shipped=args.shipped)
    with contextlib.ExitStack() as stack:
        if any(start.kind == "learned network" for start in starts):
            show("starting JAX")
            from ca_logic.learning.device import compiled_programs_kept

            stack.enter_context(compiled_programs_kept())
        for start in starts:
            rows = measure(
                start,
                seeds=args.seeds,
                effort=args.effort,
                share_rows=args.shared,
                abc=abc,
                abc_seconds=args.abc_seconds,
                on_warning=warn,
                on_progress=show,
            )
            yield from ((start.name, row) for row in rows)


def _large_rows(
    args: argparse.Namespace, abc: Abc | None, show: Callable[[str], None]
) -> Iterator[tuple[str, "LargeRow"]]:
    """Yields the rows of each kind of network, with what tells them apart."""
    from ca_logic.synthesis_benchmark import NETWORK_KINDS, measure_large

    for kind in NETWORK_KINDS:
        for row in measure_large(kind, args.large, abc=abc, on_progress=show):
            yield f"{kind} {row.tool} {row.step}", row


def _automata_table(rows: Sequence["Row"]) -> "Table":
    from rich.box import SIMPLE
    from rich.markup import escape
    from rich.table import Table

    from ca_logic.synthesis_benchmark import compare

    with_abc = any(row.abc_fast for row in rows)
    with_deep = any(row.abc_deep for row in rows)
    with_shared = any(ours.shared_gates for row in rows for ours in row.ours)
    both = ["ABC"] * with_abc + ["&deep"] * with_deep + ["ratio"] * with_abc + ["shared"] * with_shared
    headings = ["gates", *both, "tables", *both, "ANDs", *["ABC"] * with_abc, "s", *["ABC s"] * with_abc]
    # All columns at once are as wide as 120 columns are.
    table = Table(box=SIMPLE, padding=(0, 0 if with_deep else 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("start", max_width=16, no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        cells = [escape(row.start.name)]
        costs: tuple[Literal["gates", "tables"], ...] = ("gates", "tables")
        for cost in costs:
            sizes = compare(row, cost)
            cells.append(_with_best(sizes.median, str(sizes.best) if sizes.best != sizes.median else ""))
            cells += [_number(sizes.fast)] * with_abc + [_number(sizes.deep)] * with_deep
            cells += ["-" if sizes.ratio is None else f"{sizes.ratio:.2f}"] * with_abc
            cells += [_shared([getattr(ours, f"shared_{cost}") for ours in row.ours])] * with_shared
        ands = compare(row, "ands")
        cells.append(_number(ands.median))
        cells += [_number(min(filter(None, (ands.fast, ands.deep)), default=ands.fast))] * with_abc
        cells.append(f"{statistics.median(ours.seconds for ours in row.ours):.1f}")
        if with_abc:
            results = (*row.abc_fast, *row.abc_deep)
            cells.append(f"{sum(result.seconds for result in results) / max(1, len(row.abc_fast)):.1f}")
        table.add_row(*cells)
    return table


def _shared(sizes: Sequence["SharedSize | None"]) -> str:
    """Returns the median of all gates, and the best as those of one row + those of the cell."""
    made = [size for size in sizes if size]
    if not made:
        return "-"
    best = min(made, key=lambda size: size.total)
    return _with_best(statistics.median(size.total for size in made), f"{best.rows}+{best.total - best.rows}")


def _with_best(median: float, best: str) -> str:
    return f"{_number(median)} ({best})" if best else _number(median)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _large_table(rows: Sequence["LargeRow"]) -> "Table":
    from rich.box import SIMPLE
    from rich.table import Table

    memory = max((row.peak_memory or 0 for row in rows), default=0)
    caption = "seconds of ABC include reading and writing files"
    if memory:
        caption = f"peak memory of this process: {memory / 1e6:,.0f} MB; {caption}"
    table = Table(box=SIMPLE, caption=caption, caption_justify="left", show_edge=False, pad_edge=False)
    for heading in ("network", "tool", "pass"):
        table.add_column(heading, no_wrap=True)
    for heading in ("size", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("compared by", no_wrap=True)
    for row in rows:
        cells = (
            f"{row.num_gates:,}, {row.network}",
            row.tool,
            row.step,
            f"{row.size:,} {row.unit}",
            f"{row.seconds:.2f}",
        )
        table.add_row(*cells, (row.proof.method if row.proof.is_complete else "simulation") if row.proof else "-")
    return table
