"""Running a study: one training after the other, each written down as it is done, and none done twice."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from ca_logic import __version__
from ca_logic.classifier_pipeline import BASELINES, LearningWatch, learn_classifier
from ca_logic.classifier_study.outcome import Outcome, outcome_of
from ca_logic.classifier_study.subject import Subject
from ca_logic.classifier_task import ClassifierTask
from ca_logic.errors import ToolchainError, UsageError
from ca_logic.learning.baselines import train_baseline
from ca_logic.learning.classification import build_classifier
from ca_logic.result_lines import append_result, read_results

RESULTS = "results.jsonl"

_DIGITS_OF_VERSION = 16


def run_study(
    subjects: Sequence[Subject],
    seeds: Sequence[int],
    folder: Path,
    *,
    effort: int = 1,
    max_seconds: float | None = None,
    baselines: Sequence[str] = (),
    on_begin: Callable[[ClassifierTask], LearningWatch] = lambda _: LearningWatch(),
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> list[Outcome]:
    """Learns each data set from each seed, but for what the folder has results of; returns the outcomes of all.

    Where only a baseline is missing, only that is trained.

    Args:
        subjects: of different names.
        seeds: of splits and networks.
        folder: where the results are, and are written to.
        effort: how long to search for a small circuit, 0 to 3.
        max_seconds: when each training stops with the best so far.
        baselines: names of `BASELINES` to train as well.
        on_begin: called before each training; returns who looks on, and may stop it.
        on_outcome: called with each outcome, known ones included.

    Raises:
        KeyboardInterrupt: if who looks on stopped a training, of which then nothing is written, or baselines; then
            the result is, without them.
        UsageError: if two subjects have one name, or a network cannot be built; before anything is trained.
        DataError: if data cannot be cut into parts; likewise.
        OutputError: if the results cannot be read or written.
        ToolchainError: if the compiler fails; the training's result is kept.
    """
    path = folder / RESULTS
    known = {outcome.version: outcome for outcome in read_results(path, Outcome)}
    _require_learnable(subjects, seeds)
    outcomes = []
    for task in (task for subject in subjects for task in subject.tasks(seeds)):
        version = _version_of(task, effort=effort, max_seconds=max_seconds)
        outcome, fault = known.get(version), None
        missing = [name for name in baselines if outcome is None or name not in outcome.baselines]
        if outcome is None or missing:
            watch = on_begin(task)
            if outcome is None:
                learned = learn_classifier(
                    task, effort=effort, max_seconds=max_seconds, keep_network=False, watch=watch
                )
                outcome, fault = outcome_of(learned, version), learned.compile_fault
                _append_unless_stopped(path, outcome, watch)
            if missing:
                # Of two lines of one version the last counts.
                outcome = _with_baselines(outcome, task, missing, watch)
                _append_unless_stopped(path, outcome, watch)
        if fault:
            raise ToolchainError(fault)
        outcomes.append(outcome)
        on_outcome(outcome)
    return outcomes


def _append_unless_stopped(path: Path, outcome: Outcome, watch: LearningWatch) -> None:
    if watch.should_stop():
        raise KeyboardInterrupt
    append_result(path, outcome)


def _require_learnable(subjects: Sequence[Subject], seeds: Sequence[int]) -> None:
    """Raises for what would otherwise come to light when the data sets before have been trained on for hours."""
    names = [subject.data.name for subject in subjects]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"two of the data sets are called {twice[0]}; study each in a folder of its own.")
    for subject in subjects:
        for seed in seeds[:1]:
            task = subject.task(seed)
            build_classifier(task.recipe, task.encoder, len(task.data.classes), seed=seed)


def _version_of(task: ClassifierTask, **others: object) -> str:
    plain = json.dumps(task.settings() | {"target": task.target} | others, sort_keys=True)
    return f"{__version__} {hashlib.sha256(plain.encode()).hexdigest()[:_DIGITS_OF_VERSION]}"


def _with_baselines(outcome: Outcome, task: ClassifierTask, names: Sequence[str], watch: LearningWatch) -> Outcome:
    """Returns the outcome with baselines trained on the same split; they may be fewer if somebody stops it."""
    found = dict(outcome.baselines)
    for name in names:
        if not watch.should_stop():
            watch.on_stage(f"baseline {name}")
            baseline = train_baseline(task.split, BASELINES[name], seed=task.seed, should_stop=watch.should_stop)
            assert baseline.test_accuracy is not None, "a test part or a fold is never empty"
            found[name] = baseline.test_accuracy
    return dataclasses.replace(outcome, baselines=found)
