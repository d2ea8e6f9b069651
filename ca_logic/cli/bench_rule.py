"""`bench RULE`: the network on JAX's device against the circuit in C, NumPy and on the device, and a naive baseline."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import (
    format_ratio,
    format_speed,
    parse_count,
    parse_positive_count,
    parse_size,
    print_json,
)
from ca_logic.cli.status_display import status_display
from ca_logic.cli.table_console import table_console
from ca_logic.files import require_writable_file, write_atomically
from ca_logic.machine import available_cores, processor_name
from ca_logic.tasks import Rule, load_rule
from ca_logic.toolchain.compiler import find_compiler

if TYPE_CHECKING:
    from ca_logic.stepping_benchmark.measuring import Timing
    from ca_logic.stepping_benchmark.rule_benchmark import RuleBenchmark

DEFAULTS: dict[str, Any] = {"seed": 0, "size": None, "threads": None, "device": None, "chart": None}
"""The options, by name."""

EXAMPLES = """\
  ca-logic bench life
  ca-logic bench brians-brain --json
  ca-logic bench B36/S23 --size 1024x1024 4096x4096 --device cpu --chart highlife.png

Learns the rule, and steps the same soups on a torus with the network on JAX's device, as it was trained and with hard
gates; with the circuit on that device, in NumPy, and as compiled C on one and on all cores; and with a naive C program
that ratios refer to. Each result is compared with NumPy's. Speeds are medians of interleaved repetitions without
compilation; with transfers means 100 generations and the way of the board to the device and back.
"""


def add_options(group: "argparse._ArgumentGroup") -> None:
    """Adds the options; those not given are absent afterwards."""
    group.add_argument("--seed", type=parse_count, default=argparse.SUPPRESS, help="of the network (default: 0)")
    group.add_argument(
        "--size",
        type=parse_size,
        nargs="+",
        default=argparse.SUPPRESS,
        metavar="WxH",
        help="boards, for RULE widths a multiple of 64 (default: 512x512 4096x4096 16384x16384; of `peers`: 512x512)",
    )
    group.add_argument(
        "--threads",
        type=parse_positive_count,
        default=argparse.SUPPRESS,
        metavar="N",
        help="of the C on all cores (default: one a core)",
    )
    group.add_argument("--device", default=argparse.SUPPRESS, help="cpu, gpu or what JAX knows (default: its best)")
    group.add_argument(
        "--chart",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="FILE.png",
        help="where to draw the bar chart (default: benchmark-RULE.png)",
    )


def execute(args: argparse.Namespace) -> int:
    """Runs the benchmark; returns the exit code."""
    rule = load_rule(args.subject)
    chart = args.chart or Path(f"benchmark-{rule.folder_name}.png")
    require_writable_file(chart)
    find_compiler()
    with status_display("starting JAX") as show:
        from ca_logic.backend.device import use_device
        from ca_logic.learning.device import compiled_programs_kept
        from ca_logic.pipeline import learn_rule
        from ca_logic.stepping_benchmark.chart import draw_chart
        from ca_logic.stepping_benchmark.rule_benchmark import SIZES, benchmark_rule, require_sizes

        sizes = args.size or SIZES
        require_sizes(sizes)
        if args.device is not None:
            use_device(args.device)
        with compiled_programs_kept():
            learned = learn_rule(rule, seed=args.seed, on_progress=lambda _: show(f"learning {rule.name}"))
            benchmark = benchmark_rule(learned, sizes, threads=args.threads or available_cores(), on_progress=show)
        write_atomically(chart, draw_chart(rule, benchmark))
    if args.json:
        print_json(_json_of(rule, args.seed, benchmark, chart))
    else:
        _print_tables(rule, benchmark)
        print(f"chart: {chart}")
    return 0


def _json_of(rule: Rule, seed: int, benchmark: "RuleBenchmark", chart: Path) -> dict[str, Any]:
    contenders = [{"name": c.name, "where": c.where, "gates": c.gates} for c in benchmark.contenders]
    return {
        "rule": rule.name,
        "rulestring": rule.rulestring,
        "seed": seed,
        "machine": {
            "processor": processor_name(),
            "cores": available_cores(),
            "device": benchmark.device,
            "compiler": benchmark.compiler,
            "instruction_set": benchmark.instruction_set,
        },
        "contenders": contenders,
        "timings": [vars(timing) | {"ratio": benchmark.ratio(timing)} for timing in benchmark.timings],
        "chart": str(chart),
        "note": _note(),
    }


def _print_tables(rule: Rule, benchmark: "RuleBenchmark") -> None:
    from rich.markup import escape
    from rich.table import Table

    console = table_console()
    by_name = {contender.name: contender for contender in benchmark.contenders}
    for size in dict.fromkeys((timing.width, timing.height) for timing in benchmark.timings):
        table = Table(title=escape(f"{rule.title} on a torus of {size[0]}x{size[1]}"), title_justify="left")
        table.add_column("what")
        for heading in ("gates", "speed", "ratio", "with transfers"):
            table.add_column(heading, justify="right")
        table.add_column("as NumPy")
        for timing in benchmark.timings:
            if (timing.width, timing.height) == size:
                gates = f"{by_name[timing.contender].gates:,}"
                table.add_row(escape(timing.contender), gates, *_cells_of(timing, benchmark.ratio(timing)))
        console.print(table)
    for timing in benchmark.timings:
        if timing.reason:
            print(f"{timing.contender} on {timing.width}x{timing.height} is not measured: {timing.reason}")
    for contender in benchmark.contenders:
        print(f"{contender.name}: {contender.where}")
    print(f"{processor_name()}, {available_cores()} cores; device {benchmark.device}; {benchmark.compiler}")
    print(_note())


def _cells_of(timing: "Timing", ratio: float | None) -> list[str]:
    if timing.cells_per_second is None:
        return ["not measured", "", "", ""]
    return [
        format_speed(timing.cells_per_second),
        format_ratio(ratio),
        format_speed(timing.cells_per_second_with_transfers),
        "yes" if timing.agrees else "NO",
    ]


def _note() -> str:
    from ca_logic.stepping_benchmark.rule_benchmark import NOTE

    return " ".join(NOTE.split())
