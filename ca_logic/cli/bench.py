"""`bench`: how fast boards are stepped and samples classified, by what; ours beside others' ways to do it."""

import argparse
from types import ModuleType

from ca_logic.cli import bench_model, bench_peers, bench_rule, bench_synthesis, bench_training
from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser
from ca_logic.cli.circuit_files import names_model
from ca_logic.errors import UsageError

_RULE, _MODEL = "RULE", "MODEL"
_BENCHMARKS: dict[str, ModuleType] = {
    _RULE: bench_rule,
    _MODEL: bench_model,
    "peers": bench_peers,
    "synthesis": bench_synthesis,
    "training": bench_training,
}

_EXAMPLES = "examples:\n" + "\n".join(benchmark.EXAMPLES for benchmark in _BENCHMARKS.values())


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "bench", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument(
        "subject",
        metavar="|".join(_BENCHMARKS),
        help="a rule, as a name (see the verb `rules`), a rulestring or a .toml file; a classifier, as a name or a "
        ".logic file; or one of these words",
    )
    add_json(parser)
    # Options that were not given are absent, so that those for another benchmark can be refused.
    for name, benchmark in _BENCHMARKS.items():
        benchmark.add_options(parser.add_argument_group(f"options of `bench {name}`"))


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    benchmark = _BENCHMARKS.get(args.subject) or (bench_model if names_model(args.subject) else bench_rule)
    for name, other in _BENCHMARKS.items():
        for option in other.DEFAULTS:
            if option not in benchmark.DEFAULTS and hasattr(args, option):
                raise UsageError(f"--{option.replace('_', '-')} belongs to `bench {name}`; leave it out.")
    code: int = benchmark.execute(argparse.Namespace(**benchmark.DEFAULTS | vars(args)))
    return code
