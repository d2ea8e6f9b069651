"""A success-rate study: many rules, many seeds, each exact or not, in one process and resumable.

Results are appended to `results.jsonl`, a line for each rule and seed as it is done; what is there already is
not done again.
"""

import dataclasses
import hashlib
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ca_logic import __version__, result_lines
from ca_logic.errors import LearningError, UsageError
from ca_logic.learning import Progress
from ca_logic.learning.recipe import RECIPES
from ca_logic.pipeline import learn_rule
from ca_logic.reporting import png_of
from ca_logic.synthesis import PassResult
from ca_logic.tasks import Rule, list_rules, load_rule, require_learnable
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.neighbourhood import NUM_NEIGHBOURHOODS, all_neighbourhoods, transitions_of

RESULTS = "results.jsonl"

_VERSION = f"{__version__} {hashlib.sha256(repr(RECIPES).encode()).hexdigest()[:8]}"
"""What results depend on: with other recipes they are made anew."""

_SPARSEST, _DENSEST = 0.002, 0.5
_SET = re.compile(r"(?P<name>[a-z]+)(?::(?P<count>[0-9]{1,5}))?$")
_DEFAULT_COUNT = 100
_LABELLED_RULES = 60


@dataclass(frozen=True)
class Outcome:
    """What became of one rule and seed.

    Attributes:
        rule: its name.
        slug: the rule as a file name; equal rules have equal ones.
        seed: of the network.
        exact: whether a network became exact, and the circuit was proved.
        attempts: how many networks were trained.
        steps: training steps over all attempts.
        train_seconds: wall time of training.
        seconds: wall time of training, synthesis and proof.
        gates: of the circuit, 0 if there is none.
        rows: over how many rows it was proved.
        device: what trained it.
        version: of this program and its recipes.
    """

    rule: str
    slug: str
    seed: int
    exact: bool
    attempts: int
    steps: int
    train_seconds: float
    seconds: float
    gates: int
    rows: int
    device: str
    version: str


def select_rules(words: Sequence[str]) -> list[tuple[str, Rule]]:
    """Returns the rules that the words name, each once, with a name for tables.

    A word is a rule, or a set: `catalogue`, `constants`, `parity`, and with a number such as `random:20`
    `minterms`, `random` and `sparse` (tables of density 0.002 to 0.5).

    Raises:
        RuleError: if a word names neither, or a rule that cannot be learned.
        UsageError: if no rule is named, or a set is given a number that has none.
    """
    chosen: list[tuple[str, Rule]] = []
    for word in words:
        match = _SET.match(word)
        if match and match["name"] in _SETS:
            if match["count"] and match["name"] not in _COUNTED_SETS:
                raise UsageError(f"{word!r}: the set {match['name']} has no number; leave out :{match['count']}.")
            chosen += _SETS[match["name"]](int(match["count"] or _DEFAULT_COUNT))
        else:
            rule = load_rule(word)
            require_learnable(rule)
            chosen.append((rule.name, rule))
    if not chosen:
        raise UsageError(f"{' '.join(words)} names no rule; ask for at least one.")
    first = {rule.slug: (name, rule) for name, rule in reversed(chosen)}
    return [first[slug] for slug in dict.fromkeys(rule.slug for _, rule in chosen)]


def run_study(
    rules: Sequence[tuple[str, Rule]],
    seeds: Sequence[int],
    folder: Path,
    *,
    on_begin: Callable[[str, int, Rule], None] = lambda *_: None,
    on_outcome: Callable[[Outcome], None] = lambda _: None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_pass: Callable[[PassResult], None] = lambda _: None,
) -> list[Outcome]:
    """Learns each rule from each seed, except those that the folder has results of; returns all of these.

    Args:
        rules: with their names.
        seeds: of the networks.
        folder: where the results are, and are written to.
        on_begin: called with name, seed and rule before each training.
        on_outcome: called with each outcome, known ones included.
        on_progress: called every few training steps.
        on_pass: called after each synthesis pass.

    Raises:
        OutputError: if the results cannot be read or written.
    """
    path = folder / RESULTS
    known = {(outcome.slug, outcome.seed): outcome for outcome in read_results(path)}
    outcomes = []
    for name, rule in rules:
        for seed in seeds:
            outcome = known.get((rule.slug, seed))
            if outcome is None:
                on_begin(name, seed, rule)
                outcome = _outcome_of(name, rule, seed, on_progress, on_pass)
                known[rule.slug, seed] = outcome
                result_lines.append_result(path, outcome)
            # Equal rules may have several names.
            outcomes.append(dataclasses.replace(outcome, rule=name))
            on_outcome(outcomes[-1])
    return outcomes


def read_results(path: Path) -> list[Outcome]:
    """Returns the results of this version in a file; a line that was cut short is passed over.

    Raises:
        OutputError: if the file cannot be read.
    """
    return [outcome for outcome in result_lines.read_results(path, Outcome) if outcome.version == _VERSION]


def summarize(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Returns the figures over all outcomes, ready for JSON."""
    exact = [outcome for outcome in outcomes if outcome.exact]
    steps = [outcome.steps for outcome in exact] or [0]
    train_seconds = [outcome.train_seconds for outcome in exact] or [0.0]
    return {
        "trainings": len(outcomes),
        "exact": len(exact),
        "exact_at_first_attempt": sum(outcome.attempts == 1 for outcome in exact),
        "restarts": sum(outcome.attempts - 1 for outcome in outcomes),
        "steps_median": statistics.median(steps),
        "steps_p95": float(np.percentile(steps, 95)),
        "train_seconds_mean": round(statistics.mean(train_seconds), 3),
        "train_seconds_median": round(statistics.median(train_seconds), 3),
        "seconds": round(sum(outcome.seconds for outcome in outcomes), 1),
        "gates_median": statistics.median([outcome.gates for outcome in exact] or [0]),
    }


def by_rule(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Returns the outcomes of each rule, in the order in which the rules come."""
    grouped: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.rule, []).append(outcome)
    return grouped


def study_picture(outcomes: Sequence[Outcome]) -> bytes:
    """Returns a PNG: training steps and gates of each rule, one dot a seed, rules with fewer steps first."""
    from matplotlib.figure import Figure

    grouped = sorted(by_rule(outcomes).items(), key=lambda item: statistics.median(own.steps for own in item[1]))
    summary = summarize(outcomes)
    figure = Figure(figsize=(max(7, min(16, 0.22 * len(grouped) + 3)), 7), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    figure.suptitle(
        f"{summary['exact']} of {summary['trainings']} exact, {summary['exact_at_first_attempt']} at the first attempt"
    )
    kinds = (
        ("exact at the first attempt", "tab:blue", lambda own: own.exact and own.attempts == 1),
        ("exact after restarts", "tab:orange", lambda own: own.exact and own.attempts > 1),
        ("not exact", "tab:red", lambda own: not own.exact),
    )
    for label, colour, belongs in kinds:
        points = [(x, own) for x, (_, group) in enumerate(grouped) for own in group if belongs(own)]
        if points:
            places = [x for x, _ in points]
            top.scatter(places, [own.steps for _, own in points], s=12, color=colour, label=label)
            bottom.scatter(places, [own.gates for _, own in points], s=12, color=colour)
    top.set_yscale("log")
    top.set_ylabel("training steps, restarts included")
    top.legend(fontsize="small")
    bottom.set_ylabel("two-input gates after synthesis")
    bottom.set_ylim(bottom=0)
    if len(grouped) <= _LABELLED_RULES:
        names = [name if len(name) <= 20 else f"{name[:17]}..." for name, _ in grouped]
        bottom.set_xticks(range(len(grouped)), names, rotation=90, fontsize="small")
    else:
        bottom.set_xlabel(f"{len(grouped)} rules, by training steps")
    return png_of(figure)


def _outcome_of(
    name: str, rule: Rule, seed: int, on_progress: Callable[[Progress], None], on_pass: Callable[[PassResult], None]
) -> Outcome:
    started = time.perf_counter()
    taken: dict[tuple[str, int], int] = {}

    def count(progress: Progress) -> None:
        taken[progress.part, progress.attempt] = progress.step
        on_progress(progress)

    try:
        learned = learn_rule(rule, seed=seed, on_progress=count, on_pass=on_pass)
    except LearningError:
        seconds = round(time.perf_counter() - started, 3)
        steps = sum(taken.values())
        return Outcome(name, rule.slug, seed, False, len(taken), steps, seconds, seconds, 0, 0, "", _VERSION)
    training = learned.training
    return Outcome(
        rule=name,
        slug=rule.slug,
        seed=seed,
        exact=True,
        attempts=training.attempts,
        steps=training.steps,
        train_seconds=round(training.seconds, 3),
        seconds=round(time.perf_counter() - started, 3),
        gates=learned.circuit.num_gates,
        rows=learned.proof.rows_right,
        device=training.device,
        version=_VERSION,
    )


def _named(name: str, table: np.ndarray) -> tuple[str, Rule]:
    transitions = transitions_of(np.asarray(table, dtype=np.uint8))
    rulestring = simplest_rulestring(transitions)
    assert rulestring is not None, "every two-state rule has a rulestring"
    return name, Rule(rulestring, rulestring, transitions, title=name)


def _catalogue(_: int) -> Iterator[tuple[str, Rule]]:
    yield from ((rule.name, rule) for rule in list_rules())


def _constants(_: int) -> Iterator[tuple[str, Rule]]:
    yield _named("constant 0", np.zeros(NUM_NEIGHBOURHOODS))
    yield _named("constant 1", np.ones(NUM_NEIGHBOURHOODS))


def _parity(_: int) -> Iterator[tuple[str, Rule]]:
    yield _named("parity", all_neighbourhoods().sum(axis=0) % 2)


def _minterms(count: int) -> Iterator[tuple[str, Rule]]:
    chosen = np.random.default_rng(0).permutation(NUM_NEIGHBOURHOODS)[:count]
    yield from (_named(f"minterm {row}", np.arange(NUM_NEIGHBOURHOODS) == row) for row in chosen.tolist())


def _random(count: int) -> Iterator[tuple[str, Rule]]:
    for number in range(count):
        yield _named(f"random {number}", np.random.default_rng([1, number]).integers(0, 2, NUM_NEIGHBOURHOODS))


def _sparse(count: int) -> Iterator[tuple[str, Rule]]:
    taken: set[bytes] = set()
    for number, density in enumerate(np.geomspace(_SPARSEST, _DENSEST, count)):
        rng = np.random.default_rng([2, number])
        table = rng.random(NUM_NEIGHBOURHOODS) < density
        # Of the sparsest tables there are few, and the empty one is no table to learn.
        while not table.any() or table.tobytes() in taken:
            table = rng.random(NUM_NEIGHBOURHOODS) < density
        taken.add(table.tobytes())
        yield _named(f"sparse {number}, {density:.4f}", table)


_COUNTED_SETS = ("minterms", "random", "sparse")
_SETS: dict[str, Callable[[int], Iterator[tuple[str, Rule]]]] = {
    "catalogue": _catalogue,
    "constants": _constants,
    "parity": _parity,
    "minterms": _minterms,
    "random": _random,
    "sparse": _sparse,
}
