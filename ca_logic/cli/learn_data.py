"""`learn DATA`: a classifier for a data set or a file of samples, with checkpoints, a report and pictures."""

import argparse
import contextlib
import difflib
import json
import re
import shlex
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import print_json, warn
from ca_logic.cli.classifier_display import ClassifierDisplay, classifier_session
from ca_logic.cli.classifier_summary import print_classifier, share
from ca_logic.cli.data_options import (
    baselines_of,
    command_of,
    load_data,
    missing_of,
    split_choice,
    task_options,
)
from ca_logic.errors import OutputError, RuleError, ToolchainError, UsageError
from ca_logic.files import writable_folder
from ca_logic.formats.names import shown
from ca_logic.interrupts import deferred_interrupts
from ca_logic.resources import resource_folder
from ca_logic.runtime.classifier import SUFFIX, save_model, store_model
from ca_logic.tasks import list_rules
from ca_logic.tasks.datasets import DATA_SETS, DATA_SUFFIXES, DataSet

if TYPE_CHECKING:
    from ca_logic.classifier_pipeline import LearnedClassifier

EXAMPLES = """\
  ca-logic learn iris
  ca-logic learn mnist --layers 2x4000 --baseline all
  ca-logic learn mnist --resume               after a Ctrl-C or a crash
  ca-logic learn customers.csv --target left --seeds 0..2
  ca-logic learn breast-cancer --fold 3/10
  ca-logic learn adult --difflogic
"""

NOTES = f"""\
learning a classifier:
  DATA is a data set ({", ".join(DATA_SETS)}),
  or a file ({", ".join(DATA_SUFFIXES)}). Layers of gates are trained on a part of the samples;
  what is best on another part is kept, extracted, made smaller, compared with the network sample for sample, and
  compiled; a third part judges. The folder gets NAME{SUFFIX}, which `evaluate`, `predict` and `show` read,
  report.json, two pictures and checkpoints. Ctrl-C stops training at a safe point, and --resume goes on from there.
"""

_CHECKPOINTS, _REPORT, _PICTURES = "checkpoints", "report.json", ("training.png", "confusion.png")
_MAX_NAME = 60


def names_data(word: str) -> bool:
    """Tells whether a word names a known data set, or a file of samples."""
    return word in DATA_SETS or Path(word).suffix.lower() in DATA_SUFFIXES


def near_miss(word: str, error: RuleError) -> RuleError:
    """Returns the error about a word that is no rule, or a better one if data may have been meant."""
    close = difflib.get_close_matches(word.lower(), DATA_SETS, n=1)
    if close:
        rules = [name for rule in list_rules() for name in (rule.name, *rule.aliases)]
        others = difflib.get_close_matches(word.lower(), rules, n=1)
        rule = f" or the rule {others[0]!r}" if others else ""
        return RuleError(f"unknown rule or data set {shown(word)}; did you mean the data set {close[0]!r}{rule}?")
    # What is too long for a name, or has zeros in it, is no file either.
    with contextlib.suppress(OSError, ValueError):
        if Path(word).is_file():
            return RuleError(
                f"{word} is neither a rule nor a file of samples; the names of those end in {', '.join(DATA_SUFFIXES)}."
            )
    return error


def learn_from_data(args: argparse.Namespace, word: str) -> int:
    """Learns a classifier, or one for each seed, and writes all about it; returns the exit code."""
    if args.seeds and hasattr(args, "resume"):
        raise UsageError("--resume goes on with one training; name it by --seed and its folder by --out.")
    data = load_data(args, word)
    # Contradictions are to be found before JAX is started.
    split_choice(args, args.seed)
    return _learn_many(args, word, data) if args.seeds else _learn_one(args, word, data)


def _learn_one(args: argparse.Namespace, word: str, data: DataSet) -> int:
    out = args.out or _default_folder(args, word)
    with (
        writable_folder(out, names=_files(word)) as folder,
        deferred_interrupts() as check_interrupt,
        classifier_session(check_interrupt) as display,
    ):
        learned, report = _learn(args, word, data, args.seed, folder, display)
        is_interrupted = display.should_stop()
    if learned.compile_fault:
        raise ToolchainError(learned.compile_fault)
    # Neither a part of a training nor one of many folds should take the place of what was learned before.
    is_kept = not is_interrupted and not hasattr(args, "fold") and _keep(learned)
    if args.json:
        print_json(report)
    else:
        name = report["name"] if is_kept else str(folder / f"{report['name']}{SUFFIX}")
        hint = f"   (now the model called {name}{_hidden(name)})" if is_kept and args.out else ""
        print_classifier(report, learned.judgement, next_command=_next_command(args, word, name) + hint)
    return _exit_code(report, is_interrupted, command_of(args, word, resume=True))


def _learn_many(args: argparse.Namespace, word: str, data: DataSet) -> int:
    """Learns from each seed in this one process; the best on the samples that choose is kept.

    Where no samples choose, the first is.
    """
    base = args.out or _default_folder(args, word)
    reports: list[dict[str, Any]] = []
    best: tuple[float, LearnedClassifier] | None = None
    with (
        writable_folder(base),
        deferred_interrupts() as check_interrupt,
        classifier_session(check_interrupt) as display,
    ):
        for seed in args.seeds:
            with writable_folder(base / f"seed-{seed}", names=_files(word)) as folder:
                learned, report = _learn(args, word, data, seed, folder, display)
            reports.append(report)
            if learned.compile_fault:
                warn(learned.compile_fault)
            if not args.json:
                print(_row_of(report), flush=True)
            # Where nothing chooses, accuracy on what was trained on must not.
            has_choice = len(learned.task.split.validation_rows) > 0
            accuracy = learned.training.state.best_accuracy if has_choice else 0.0
            is_whole = report["complete"] or not display.should_stop()
            if is_whole and (best is None or accuracy > best[0]):
                best = (accuracy, learned)
            if display.should_stop():
                break
    is_kept = best is not None and not hasattr(args, "fold") and _keep(best[1])
    accuracies = [report["accuracy"] for report in reports]
    mean, deviation = statistics.fmean(accuracies), statistics.pstdev(accuracies)
    if args.json:
        print_json({"runs": reports, "interrupted": display.is_interrupted, "mean": mean, "deviation": deviation})
    else:
        gates = statistics.fmean(report["gates"] for report in reports)
        which = "the best on what chooses" if has_choice else "as no samples choose, the first"
        print(
            f"{len(reports)} of {len(args.seeds)} seeds, {reports[0]['judged']}: {share(mean)} ± {share(deviation)}, "
            f"{gates:,.0f} gates, in {base}{f'; {which} is kept.' if is_kept else ''}"
        )
    last = reports[-1]["seed"]
    go_on = command_of(args, word, seeds=None, seed=last, out=base / f"seed-{last}", resume=True)
    has_fault = any(report["compile_fault"] for report in reports)
    return _exit_code(reports[-1], display.is_interrupted, go_on) or int(has_fault)


def _learn(
    args: argparse.Namespace, word: str, data: DataSet, seed: int, folder: Path, display: ClassifierDisplay
) -> tuple["LearnedClassifier", dict[str, Any]]:
    """Learns from one seed, and writes model, report and pictures; returns the report, too."""
    from ca_logic.classifier_pipeline import learn_classifier
    from ca_logic.classifier_reporting import build_classifier_report, write_classifier_pictures
    from ca_logic.classifier_task import classifier_task
    from ca_logic.learning.classification.checkpoints import latest_step
    from ca_logic.reporting import write_report

    started = time.perf_counter()
    task = classifier_task(
        data,
        name=_model_name(word),
        choice=split_choice(args, seed, data),
        seed=seed,
        target=getattr(args, "target", ""),
        missing=missing_of(args, word),
        **task_options(args, word, data),
    )
    is_resumed = hasattr(args, "resume")
    command = command_of(args, word, resume=None, seeds=None, seed=seed)
    minutes = getattr(args, "minutes", None)
    model_path, report_path, *pictures = (folder / name for name in _files(word))
    if not is_resumed:
        _warn_of_unfinished(folder, report_path)
    try:
        learned = learn_classifier(
            task,
            effort=args.effort,
            max_seconds=minutes and 60 * minutes,
            baselines=baselines_of(args),
            checkpoints=folder / _CHECKPOINTS,
            resume=is_resumed,
            provenance={"command": command},
            watch=display.begin(f"{word}, seed {seed}" if args.seeds else word, task.recipe.steps),
        )
    except KeyboardInterrupt:
        # The second one, which does not wait for a safe point.
        step = latest_step(folder / _CHECKPOINTS)
        if step is not None:
            go_on = command_of(args, word, seeds=None, seed=seed, out=folder, resume=True)
            print(f"ca-logic: training is kept up to step {step:,}; go on with: {go_on}", file=sys.stderr)
        raise
    # The report of an earlier run must not stand beside the model of this one.
    report_path.unlink(missing_ok=True)
    save_model(learned.model, model_path)
    write_classifier_pictures(learned, training=pictures[0], confusion=pictures[1])
    files = [str(path) for path in (model_path, report_path, *pictures)]
    report = build_classifier_report(learned) | {"command": command, "resumed": is_resumed, "files": files}
    report["seconds"]["total"] = round(time.perf_counter() - started, 3)
    write_report(report, report_path)
    return learned, report


def _keep(learned: "LearnedClassifier") -> bool:
    """Keeps the model for `evaluate` and the like; tells whether that could be done."""
    try:
        store_model(learned.model)
    except OutputError as error:
        warn(f"the model is not kept for `evaluate` and `predict`: {error}")
        return False
    return True


def _warn_of_unfinished(folder: Path, report_path: Path) -> None:
    """Warns that a training which somebody may want to go on with is replaced."""
    from ca_logic.learning.classification.checkpoints import latest_step

    step = latest_step(folder / _CHECKPOINTS)
    try:
        is_complete = json.loads(report_path.read_text(encoding="utf-8"))["complete"] is True
    except (OSError, ValueError, KeyError, TypeError):
        is_complete = False
    if step is not None and not is_complete:
        warn(f"{folder} holds a training that was stopped at step {step:,}; without --resume it is replaced.")


def _exit_code(report: dict[str, Any], is_interrupted: bool, go_on: str) -> int:
    """Says how to go on with a training that was stopped, and returns the exit code."""
    if not report["complete"]:
        how = "interrupted" if is_interrupted else "out of time"
        steps = f"{report['steps']:,} of {report['recipe']['steps']:,} steps"
        print(f"ca-logic: {how} after {steps}; the best so far is written; go on with: {go_on}", file=sys.stderr)
    elif is_interrupted:
        print("ca-logic: interrupted; what was trained is written", file=sys.stderr)
    return 130 if is_interrupted else 0


def _model_name(word: str) -> str:
    """Returns what a model of these data is called."""
    if word in DATA_SETS:
        return word
    name = re.sub("[^A-Za-z0-9_.+-]", "_", Path(word).stem)[:_MAX_NAME].lstrip("_.+-")
    return name or "model"


def _files(word: str) -> tuple[str, ...]:
    return (f"{_model_name(word)}{SUFFIX}", _REPORT, *_PICTURES)


def _default_folder(args: argparse.Namespace, word: str) -> Path:
    fold = "-fold-{}-of-{}".format(*args.fold) if hasattr(args, "fold") else ""
    return Path("learned") / f"{_model_name(word)}{fold}"


def _next_command(args: argparse.Namespace, word: str, model: str) -> str:
    words = ["ca-logic", "predict", model, "FILE"]
    if word in DATA_SETS:
        words = ["ca-logic", "evaluate", model, *(["--data", str(args.data)] if hasattr(args, "data") else [])]
    return shlex.join(words)


def _hidden(name: str) -> str:
    """Says where the model is that is shipped under a name, if there is one."""
    shipped = resource_folder("models") / f"{name}{SUFFIX}"
    return f"; the shipped one is {shipped}" if shipped.is_file() else ""


def _row_of(report: dict[str, Any]) -> str:
    accuracies = "  ".join(f"{part} {share(report['accuracies'][part]['hard'])}" for part in ("validation", "test"))
    return (
        f"{report['data']['name'][:24]:24}  seed {report['seed']:<4d} {accuracies}  {report['gates']:7,d} gates "
        f"{report['seconds']['training']:8.1f} s"
    )
