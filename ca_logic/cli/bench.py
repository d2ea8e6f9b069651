"""`bench`: the network on JAX's device against its compiled circuit; or our synthesis against ABC's."""

import argparse

from ca_logic.cli import bench_synthesis
from ca_logic.cli.arguments import (
    Verbs,
    add_json,
    add_verb_parser,
    format_speed,
    parse_count,
    parse_size,
    print_json,
    warn,
)
from ca_logic.errors import BoardError, RuleError, UsageError
from ca_logic.interrupts import deferred_interrupts
from ca_logic.tasks import load_rule

_SYNTHESIS = "synthesis"
_RULE_DEFAULTS = {"seed": 0, "size": (512, 512)}

_EXAMPLES = f"""\
examples:
  ca-logic bench life
  ca-logic bench life --size 1024x1024 --json

Every contender steps the same torus and is checked against NumPy. The network evaluates every neuron for
every cell, the soft one in 32-bit floats, the hard one on words of 32 cells, both on all cores that JAX
takes; the circuit is what is left of that network after synthesis, and runs on one core. Times include
moving the board to the device and back, but no compilation.

{bench_synthesis.EXAMPLES}"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "bench", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument(
        "rule",
        metavar=f"RULE|{_SYNTHESIS}",
        help="a rule, as a name (see the verb `rules`), a rulestring or a .toml file; or the word `synthesis`",
    )
    add_json(parser)
    # Options that were not given are absent, so that those for the other benchmark can be refused.
    of_rule = parser.add_argument_group("options of `bench RULE`")
    of_rule.add_argument("--seed", type=parse_count, default=argparse.SUPPRESS, help="of the network (default: 0)")
    of_rule.add_argument(
        "--size",
        type=parse_size,
        default=argparse.SUPPRESS,
        metavar="WxH",
        help="width a multiple of 32 (default: 512x512)",
    )
    bench_synthesis.add_options(parser.add_argument_group(f"options of `bench {_SYNTHESIS}`"))


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    is_synthesis = args.rule == _SYNTHESIS
    own, other = _RULE_DEFAULTS, bench_synthesis.DEFAULTS
    if is_synthesis:
        own, other = other, own
    for name in other:
        if hasattr(args, name):
            wanted = "RULE" if is_synthesis else _SYNTHESIS
            raise UsageError(f"--{name.replace('_', '-')} belongs to `bench {wanted}`; leave it out.")
    options = argparse.Namespace(**own | vars(args))
    return bench_synthesis.execute(options) if is_synthesis else _bench_rule(options)


def _bench_rule(args: argparse.Namespace) -> int:
    rule = load_rule(args.rule)
    if rule.num_states > 2:
        raise RuleError(f"{rule.name} has {rule.num_states} states; only two-state rules can be benchmarked so far.")
    width, height = args.size
    if width % 32:
        raise BoardError(
            f"a width of {width} is no multiple of 32, as the packed network needs it; choose another --size."
        )
    from rich.console import Console
    from rich.table import Table

    with deferred_interrupts() as check_interrupt, Console(stderr=True).status("starting JAX") as status:
        from ca_logic.benchmark import benchmark_rule, require_network_memory
        from ca_logic.learning.device import compiled_programs_kept
        from ca_logic.pipeline import learn_rule

        def show(doing: str) -> None:
            check_interrupt()
            status.update(doing)

        require_network_memory(width, height)
        with compiled_programs_kept():
            learned = learn_rule(rule, seed=args.seed, on_progress=lambda _: show(f"learning {rule.name}"))
            contenders = benchmark_rule(learned, width=width, height=height, on_warning=warn, on_progress=show)
    slowest = contenders[0].cells_per_second
    if args.json:
        rows = [vars(contender) | {"ratio": contender.cells_per_second / slowest} for contender in contenders]
        print_json({"rule": rule.name, "seed": args.seed, "width": width, "height": height, "contenders": rows})
        return 0
    table = Table(title=f"{rule.title} on a {width}x{height} torus", title_justify="left")
    table.add_column("what")
    for heading in ("gates a cell", "speed", "ratio"):
        table.add_column(heading, justify="right")
    table.add_column("same board as NumPy")
    for row in contenders:
        ratio = row.cells_per_second / slowest
        table.add_row(
            row.name,
            f"{row.gates:,}",
            format_speed(row.cells_per_second),
            f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.3g}x",
            "yes" if row.agrees else "NO",
        )
    Console(highlight=False).print(table)
    for row in contenders:
        print(f"{row.name}: {row.where}")
    return 0
