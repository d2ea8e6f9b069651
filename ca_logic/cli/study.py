"""`study`: learn many rules or data sets from many seeds, and say how often networks became exact or are right."""

import argparse
import statistics
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, parse_positive_count, parse_seeds, print_json
from ca_logic.cli.study_data import EXAMPLES, NOTES, add_data_study, given_data_options, study_data
from ca_logic.cli.training_display import training_display
from ca_logic.errors import UsageError
from ca_logic.files import writable_folder, write_atomically
from ca_logic.interrupts import deferred_interrupts

if TYPE_CHECKING:
    from ca_logic.study import Outcome
    from ca_logic.tasks import Rule

_OUT = Path("study")
_PICTURE = "study.png"

_EXAMPLES = f"""\
examples:
  ca-logic study                                    every rule with a name, once
  ca-logic study --rules life seeds daynight random:1 --seeds 20
  ca-logic study --rules random:100 sparse:100 constants parity minterms:10 --json
{EXAMPLES}
A word after --rules is a rule or a set: catalogue, constants, parity, minterms:N, random:N (tables of 512 random
entries), sparse:N (of density 0.002 to 0.5). Results are kept in a folder, one line a training as it is done:
after Ctrl-C the same command goes on where it stopped, and more rules or seeds join what is there.

{NOTES}"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "study", execute, documentation=__doc__, examples=_EXAMPLES)
    subjects = parser.add_mutually_exclusive_group()
    subjects.add_argument("--rules", nargs="+", default=["catalogue"], metavar="WORD", help="default: catalogue")
    subjects.add_argument("--datasets", nargs="+", metavar="DATA", help="data sets, or files of samples")
    parser.add_argument(
        "--seeds", type=_parse_seeds, default=range(1), metavar="N|A..B", help="0 to N - 1, or A to B (default: 1)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="default: study, or study-data if data sets are studied"
    )
    add_data_study(parser)
    add_json(parser)


def _parse_seeds(text: str) -> range:
    return parse_seeds(text) if ".." in text else range(parse_positive_count(text))


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if args.datasets is not None:
        return study_data(args)
    if given := given_data_options(args):
        raise UsageError(f"{' and '.join(given)}: only classifiers have that; name data by --datasets.")
    return _study_rules(args, args.out or _OUT)


def _study_rules(args: argparse.Namespace, out: Path) -> int:
    from rich.console import Console

    with writable_folder(out) as folder, deferred_interrupts() as check_interrupt:
        with Console(stderr=True).status("starting JAX"):
            from ca_logic import study
            from ca_logic.learning.device import compiled_programs_kept
        rules = study.select_rules(args.rules)
        total = len(rules) * len(args.seeds)
        done = 0
        with compiled_programs_kept(), training_display(check_interrupt) as display:

            def begin(name: str, seed: int, rule: "Rule") -> None:
                display.begin(f"{done + 1}/{total} {name[:20]} seed {seed}", rule.transitions.size)

            def count(_: "Outcome") -> None:
                nonlocal done
                done += 1

            try:
                outcomes = study.run_study(
                    rules,
                    args.seeds,
                    folder,
                    on_begin=begin,
                    on_outcome=count,
                    on_progress=display.show,
                    on_pass=display.show_pass,
                )
            except KeyboardInterrupt:
                print(
                    f"ca-logic: interrupted after {done} of {total} trainings; the same command goes on from there",
                    file=sys.stderr,
                )
                return 130
        write_atomically(folder / _PICTURE, study.study_picture(outcomes))
        summary = study.summarize(outcomes)
        grouped = study.by_rule(outcomes)
    if args.json:
        print_json({"summary": summary, "outcomes": [asdict(outcome) for outcome in outcomes]})
    else:
        _print_table(grouped)
        _print_summary(summary, outcomes, out)
    return 0 if summary["exact"] == summary["trainings"] else 1


def _print_table(grouped: dict[str, list["Outcome"]]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    caption = "first: exact at the first attempt; most: attempts; steps, gates: median..largest"
    table = Table(caption=caption, caption_justify="left", box=SIMPLE)
    table.add_column("rule", max_width=24, no_wrap=True)
    for heading in ("exact", "first", "most", "steps", "seconds", "gates"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, outcomes in grouped.items():
        exact = [outcome for outcome in outcomes if outcome.exact]
        table.add_row(
            name,
            f"{len(exact)}/{len(outcomes)}",
            f"{sum(outcome.attempts == 1 for outcome in exact)}/{len(outcomes)}",
            str(max(outcome.attempts for outcome in outcomes)),
            _spread([outcome.steps for outcome in outcomes]),
            f"{statistics.median(outcome.train_seconds for outcome in outcomes):.2f}",
            _spread([outcome.gates for outcome in exact]),
        )
    Console(highlight=False).print(table)


def _spread(values: list[int]) -> str:
    """Returns median and largest, or only one where they are equal."""
    if not values:
        return "-"
    low, high = round(statistics.median(values)), max(values)
    return str(high) if low == high else f"{low}..{high}"


def _print_summary(summary: dict[str, float], outcomes: list["Outcome"], folder: Path) -> None:
    devices = ", ".join(sorted({outcome.device for outcome in outcomes if outcome.device}))
    first = summary["exact_at_first_attempt"]
    print(f"exact     {summary['exact']} of {summary['trainings']}, {first} at the first attempt")
    print(f"restarts  {summary['restarts']}")
    print(f"steps     median {summary['steps_median']:.0f}, 95th percentile {summary['steps_p95']:.0f}")
    print(f"training  {summary['train_seconds_mean']:.2f} s on average, median {summary['train_seconds_median']:.2f} s")
    print(f"device    {devices}")
    print(f"files     {folder}: results.jsonl, {_PICTURE}")
