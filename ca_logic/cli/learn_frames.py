"""`learn --frames`: the rule that frames follow, and what is seen, assumed, and free of it."""

import argparse
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import parse_positive_count, print_json
from ca_logic.cli.learn_results import FILES, finish, print_summary, recipe_of, summary_of, training_session
from ca_logic.files import writable_folder
from ca_logic.interrupts import deferred_interrupts
from ca_logic.runtime.frames import Recording, read_frames
from ca_logic.tasks.observation import HYPOTHESES, Observation, observe

if TYPE_CHECKING:
    from ca_logic.pipeline import LearnedFrames

_DONT_CARE = "dont-care"


def add_frames(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that say what frames to learn from, and how to read them."""
    frames = parser.add_argument_group("learning from frames")
    frames.add_argument("--frames", type=Path, metavar="FILE", help="learn the rule that these frames follow")
    frames.add_argument(
        "--topology", choices=("torus", "plane"), help="of the frames (default: what contradicts itself less)"
    )
    frames.add_argument(
        "--unseen",
        choices=(*HYPOTHESES, _DONT_CARE),
        metavar="HYPOTHESIS",
        help=f"what to assume of neighbourhoods never seen: {', '.join(HYPOTHESES)}, or {_DONT_CARE} "
        "(default: the first of these that is not contradicted)",
    )
    frames.add_argument(
        "--cell-size",
        type=parse_positive_count,
        metavar="PIXELS",
        help="how large cells are drawn in pictures (default: as large as possible; recordings of our own know it)",
    )
    frames.add_argument("--invert", action="store_true", help="take the darker colour for live")


def learn_from_frames(args: argparse.Namespace) -> int:
    """Reads, observes, learns, reports; returns the exit code."""
    from rich.console import Console

    started = time.perf_counter()
    out = args.out or Path("learned") / f"{re.sub('[^A-Za-z0-9-]', '_', args.frames.stem)}-frames"
    with writable_folder(out, names=FILES) as folder, deferred_interrupts() as check_interrupt:
        with Console(stderr=True).status(f"reading {args.frames.name}") as status:

            def show(doing: str) -> None:
                check_interrupt()
                status.update(doing)

            recording = read_frames(args.frames, invert=args.invert, cell_size=args.cell_size)
            torus = {"torus": True, "plane": False}.get(args.topology, recording.torus)
            observation = observe(recording.frames, torus=torus, on_progress=show)
        with training_session(check_interrupt) as display:
            from ca_logic.pipeline import learn_frames

            display.begin(args.frames.stem, int(observation.seen.sum()))
            found = learn_frames(
                observation,
                hypothesis={_DONT_CARE: ""}.get(args.unseen, args.unseen),
                seed=args.seed,
                recipe=recipe_of(args),
                max_attempts=args.attempts,
                effort=args.effort,
                on_progress=display.show,
                on_pass=display.show_pass,
            )
        # What nobody saw or assumed is the circuit's accident, and no rule that anybody wants listed.
        keep = not len(found.free)
        frames = _report_of(recording, found)
        report = finish(found.learned, folder, started, check_interrupt, keep=keep, frames=frames)
    if args.json:
        print_json(report)
    else:
        rows = summary_of(found.learned, report, folder)[2:]
        print_summary([*_summary_of(recording, found), *(rows if keep else rows[:-1])])
    return 0


def _topology_of(observation: Observation) -> str:
    return {True: "torus", False: "plane", None: "undecided"}[observation.torus]


def _report_of(recording: Recording, found: "LearnedFrames") -> dict[str, Any]:
    observation, completion = found.observation, found.completion
    return {
        "source": recording.description,
        "num_frames": observation.num_frames,
        "width": observation.width,
        "height": observation.height,
        "topology": _topology_of(observation),
        "observations": observation.num_observations,
        "seen": found.num_seen,
        "unseen": [int(row) for row in (~observation.seen).nonzero()[0]],
        "observations_of_neighbourhood": observation.counts.sum(axis=1).tolist(),
        "contradictions": observation.contradictions,
        "contradicted_neighbourhoods": observation.contradicted,
        "cells_taken_for_flipped": observation.corrected,
        "contradictions_left": observation.contradictions_left,
        "hypothesis": completion.hypothesis or None,
        "rows_proved": found.num_seen,
        "rows_assumed": found.num_assumed,
        "rows_free": found.free.tolist(),
        "agreeing_rules": [rule.name for rule in found.agreeing],
    }


def _summary_of(recording: Recording, found: "LearnedFrames") -> list[tuple[str, str]]:
    observation, rule = found.observation, found.learned.rule
    rarest = int(observation.counts.sum(axis=1)[observation.seen].min())
    size = f"{observation.num_frames} of {observation.width}x{observation.height}, {_topology_of(observation)}"
    rows = [
        ("frames", f"{recording.description}: {size}"),
        (
            "seen",
            f"{found.num_seen} of 512 neighbourhoods in {observation.num_observations:,} observations, "
            f"the rarest {rarest} times",
        ),
        ("unseen", _list_rows((~observation.seen).nonzero()[0].tolist())),
    ]
    if observation.contradictions:
        rows.append(
            (
                "noise",
                f"{observation.contradictions:,} observations of {observation.contradicted} neighbourhoods contradict "
                f"the majority; {observation.corrected:,} cells taken for flipped, "
                f"{observation.contradictions_left:,} contradictions left",
            )
        )
    seen = "the majority says" if observation.contradictions else "seen"
    proved = f"{found.num_seen} rows proved to be as {seen}"
    condition = ""
    if found.num_assumed:
        proved += f"; {found.num_assumed} rows assumed: {found.completion.hypothesis}"
        condition = ", if what was not seen is as assumed"
    if len(found.free):
        proved += f"; rows neither seen nor assumed {_list_rows(found.free.tolist())}"
        condition = ", if what was not seen is as the circuit has it"
    rows += [("proof", proved), ("rule", f"{rule.full_name}{condition}")]
    others = [other.name for other in found.agreeing if other.name != rule.name]
    if others and found.num_seen < 512:
        rows.append(("also", f"what was seen agrees with {', '.join(others)}"))
    return rows


def _list_rows(rows: list[int]) -> str:
    """Returns the numbers of neighbourhoods, NW most significant, as many as fit on a line."""
    shown = " ".join(str(row) for row in rows[:12])
    return f"{len(rows)}: {shown}{' ...' if len(rows) > 12 else ''}" if rows else "none"
