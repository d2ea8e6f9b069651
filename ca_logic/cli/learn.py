"""`learn`: train a network on a rule, on frames or on data, then prove or compare, compile, measure and write it."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import (
    Verbs,
    add_json,
    add_verb_parser,
    parse_count,
    parse_positive_count,
    parse_seeds,
    print_json,
    warn,
)
from ca_logic.cli.data_options import add_data, given_options
from ca_logic.cli.learn_data import EXAMPLES, NOTES, learn_from_data, names_data, near_miss
from ca_logic.cli.learn_frames import add_frames, learn_from_frames
from ca_logic.cli.learn_results import FILES, finish, print_summary, recipe_of, summary_of, training_session
from ca_logic.cli.training_display import TrainingDisplay
from ca_logic.errors import LearningError, RuleError, RulestringError, ToolchainError, UsageError
from ca_logic.files import writable_folder
from ca_logic.interrupts import deferred_interrupts
from ca_logic.synthesis.flow import WORK_OF_EFFORT
from ca_logic.tasks import Rule, load_rule, require_learnable

if TYPE_CHECKING:
    from ca_logic.pipeline import LearnedRule

_SMALL_SEEDS = 8
_ATTEMPTS = 10

_EXAMPLES = f"""\
examples:
  ca-logic learn life
  ca-logic learn B36/S23 --seed 7 --out highlife
  ca-logic learn brians-brain wireworld 345/2/4
  ca-logic learn life --seeds 0..19
  ca-logic learn life --small
  ca-logic learn --frames film.npy            see also the verb `record`
  ca-logic learn life --json | jq .gates
{EXAMPLES}
learning from frames:
  FILE is a .npy array (frames, height, width), an animated GIF, or a folder of PNG or RLE files, each frame one
  generation after the other. Neighbourhoods that never occur are filled from the strongest hypothesis that what
  was seen does not contradict, or with --unseen dont-care left to whatever makes the circuit small. The report
  keeps apart what was seen, what was assumed, and what is free.

{NOTES}"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "learn", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument(
        "rules",
        metavar="RULE|DATA",
        nargs="*",
        help="a rule's name (see the verb `rules`), a rulestring such as B36/S23, 23/36, 345/2/4, W110, or a .toml "
        "file; or a data set or file of samples to learn a classifier of, see below",
    )
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seed", type=parse_count, default=0, help="decides wiring, start and search (default: 0)")
    seeds.add_argument("--seeds", type=parse_seeds, metavar="A..B", help="learn from each of these seeds, A to B")
    parser.add_argument(
        "--small", action="store_true", help=f"try {_SMALL_SEEDS} seeds, work longer, and keep the smallest circuit"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder for circuit, training and report (default: learned/NAME)"
    )
    parser.add_argument(
        "--attempts", type=parse_positive_count, help=f"how often to start from a new seed (default: {_ATTEMPTS})"
    )
    parser.add_argument(
        "--steps",
        type=parse_positive_count,
        help="training steps, of a rule for an attempt (default: 1500; by the data)",
    )
    parser.add_argument(
        "--effort",
        type=int,
        choices=range(len(WORK_OF_EFFORT)),
        default=1,
        help="how long to look for a smaller circuit: 0 not, 1 two seconds (default), 2 ten, 3 a minute",
    )
    add_frames(parser)
    add_data(parser)
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if data := [word for word in args.rules if names_data(word)]:
        _require_only_data(args, data[0])
        return learn_from_data(args, data[0])
    if given := given_options(args):
        raise UsageError(f"{' and '.join(given)}: only classifiers have that; name a data set or a file of samples.")
    args.attempts = args.attempts or _ATTEMPTS
    if args.frames is not None:
        if args.rules or args.seeds or args.small:
            raise UsageError("--frames says what to learn from; leave out RULE, --seeds and --small.")
        return learn_from_frames(args)
    if not args.rules:
        raise UsageError(
            "name a rule to learn, such as life, or frames to learn from: --frames FILE; or data for a classifier, "
            "such as iris."
        )
    if args.topology or args.unseen or args.invert or args.cell_size:
        raise UsageError(
            "--topology, --unseen, --invert and --cell-size say how to read frames; name these by --frames."
        )
    if args.small and args.seeds:
        raise UsageError(f"--small chooses its own {_SMALL_SEEDS} seeds, from --seed on; leave out --seeds.")
    named: dict[str, Rule] = {}
    for rule in map(_load_rule, args.rules):
        named.setdefault(rule.slug, rule)
    rules = list(named.values())
    for rule in rules:
        require_learnable(rule)
    if len(rules) == 1 and not args.seeds:
        return _learn_one(args, rules[0], args.seed)
    return _learn_many(args, [(rule, seed) for rule in rules for seed in (args.seeds or (args.seed,))])


def _require_only_data(args: argparse.Namespace, word: str) -> None:
    """Raises UsageError if there is anything in the command that a classifier of these data does not have."""
    if len(args.rules) > 1:
        raise UsageError(f"{word} is data for a classifier, which is learned alone; leave out what else is named.")
    names = ("small", "attempts", "frames", "topology", "unseen", "cell_size", "invert")
    if given := [f"--{name.replace('_', '-')}" for name in names if getattr(args, name)]:
        raise UsageError(f"{' and '.join(given)}: only rules have that, and {word} is data for a classifier.")


def _load_rule(word: str) -> Rule:
    try:
        return load_rule(word)
    except RulestringError:
        raise
    except RuleError as error:
        raise near_miss(word, error) from None


def _learn_one(args: argparse.Namespace, rule: Rule, seed: int) -> int:
    started = time.perf_counter()
    out = args.out or Path("learned") / rule.folder_name
    # JAX prints and forgets a KeyboardInterrupt that reaches its garbage-collection callback.
    with writable_folder(out, names=FILES) as folder, deferred_interrupts() as check_interrupt:
        with training_session(check_interrupt) as display:
            learned = _learn(args, rule, seed, display)
        report = finish(learned, folder, started, check_interrupt)
    if args.json:
        print_json(report)
    else:
        print_summary(summary_of(learned, report, folder))
    return 0


def _learn_many(args: argparse.Namespace, jobs: list[tuple[Rule, int]]) -> int:
    """Learns each rule from each seed in this one process, where only the first has to compile."""
    base = args.out or Path("learned")
    folders = _folders_of([rule for rule, _ in jobs])
    reports: list[dict[str, Any]] = []
    failures: list[str] = []
    smallest: dict[str, int] = {}
    interrupted = False
    with writable_folder(base), deferred_interrupts() as check_interrupt, training_session(check_interrupt) as display:
        try:
            for rule, seed in jobs:
                started = time.perf_counter()
                out = base / folders[rule.slug] / (f"seed-{seed}" if args.seeds else "")
                try:
                    with writable_folder(out, names=FILES) as folder:
                        learned = _learn(args, rule, seed, display)
                        gates = learned.circuit.num_gates
                        keep = gates < smallest.get(rule.slug, gates + 1)
                        if keep:
                            smallest[rule.slug] = gates
                        report = finish(learned, folder, started, check_interrupt, keep=keep)
                except (LearningError, ToolchainError) as error:
                    failures.append(str(error))
                    warn(str(error))
                    continue
                reports.append(report)
                if not args.json:
                    print(_row_of(report), flush=True)
        except KeyboardInterrupt:
            interrupted = True
    if args.json:
        print_json({"runs": reports, "failures": failures, "interrupted": interrupted})
    else:
        print(f"{len(reports)} of {len(jobs)} exact and proved, in {base}; the smallest circuit of each rule is kept.")
    if interrupted:
        print(f"ca-logic: interrupted after {len(reports)} of {len(jobs)} trainings", file=sys.stderr)
        return 130
    return 1 if failures else 0


def _folders_of(rules: list[Rule]) -> dict[str, str]:
    """Returns a folder name for each rule by its slug; different rules of the same name get different ones."""
    folders: dict[str, str] = {}
    for rule in rules:
        if rule.slug not in folders:
            is_taken = rule.folder_name in folders.values()
            folders[rule.slug] = f"{rule.folder_name}-{rule.slug}" if is_taken else rule.folder_name
    return folders


def _row_of(report: dict[str, Any]) -> str:
    return (
        f"{report['rule'][:24]:24}  seed {report['seed']:<4d} {report['proof']:40} {report['attempts']} attempts "
        f"{report['steps']:5d} steps {report['seconds']['train']:6.2f} s {report['gates']:5d} gates "
        f"{report['row_circuit']['total']:4d} a row"
    )


def _learn(args: argparse.Namespace, rule: Rule, seed: int, display: TrainingDisplay) -> "LearnedRule":
    from ca_logic.pipeline import learn_rule, learn_small

    options: dict[str, Any] = {
        "recipe": recipe_of(args),
        "max_attempts": args.attempts,
        "effort": args.effort,
        "on_progress": display.show,
        "on_pass": display.show_pass,
    }
    display.begin(rule.name, rule.transitions.size)
    if args.small:
        return learn_small(rule, range(seed, seed + _SMALL_SEEDS), **options)
    return learn_rule(rule, seed=seed, **options)
