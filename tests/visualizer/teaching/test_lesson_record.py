import math
from itertools import pairwise

import pytest

from ca_logic.visualizer.teaching.lesson_record import LessonRecord, Stage
from ca_logic.visualizer.teaching.messages import (
    Begun,
    Exact,
    Failed,
    Message,
    PassDone,
    PassUnderWay,
    Progress,
    Proved,
    Stored,
)


def progress(step: int, wrong_rows: int, *, part: str = "", attempt: int = 1, num_rows: int = 512) -> Progress:
    return Progress(part, attempt, step, 100 / step, wrong_rows, num_rows)


def record_of(*messages: Message) -> LessonRecord:
    record = LessonRecord()
    for message in messages:
        record.add(message)
    return record


STORED = Stored("life", 26, 17, "compiled C (gcc 13, AVX-512)", "life.blif")


@pytest.mark.parametrize(
    ("messages", "stage", "heading", "detail"),
    [
        ([], Stage.STARTING, "Starting", "A process of its own is started; the board goes on."),
        ([Begun("cpu: one")], Stage.STARTING, "Compiling the training step", "cpu: one"),
        ([progress(1200, 37)], Stage.TRAINING, "Training, step 1,200", "37 of 512 rows wrong"),
        ([progress(4, 1, attempt=2)], Stage.TRAINING, "Training, step 4", "1 of 512 rows wrong, attempt 2"),
        (
            [progress(84, 3, part="ring", num_rows=256)],
            Stage.TRAINING,
            "Training the part 'ring', step 84",
            "3 of 256 rows wrong",
        ),
        ([Exact(1130)], Stage.SHRINKING, "Exact", "No row is wrong after 1,130 steps."),
        (
            [PassDone(1, "structural hashing", 1151, 1061, "gates", 0.1)],
            Stage.SHRINKING,
            "Shrinking: 1,061 gates",
            "structural hashing",
        ),
        ([Proved(262144)], Stage.COMPILING, "Proved", "Right on all 262,144 neighbourhoods; now it is compiled."),
        (
            [Proved(512), STORED],
            Stage.DONE,
            "Compiled: 26 gates, 17 a row",
            "Proved on all 512 neighbourhoods, and kept. Run by compiled C (gcc 13, AVX-512).",
        ),
        (
            [Proved(512), Stored("life", 26, 17, "", "life.blif")],
            Stage.DONE,
            "Compiled: 26 gates, 17 a row",
            "Proved on all 512 neighbourhoods, and kept. It could not be compiled.",
        ),
        ([Failed("no luck.")], Stage.FAILED, "Not learned", "no luck."),
    ],
)
def test_what_is_done_is_said_in_words(messages: list[Message], stage: Stage, heading: str, detail: str) -> None:
    record = record_of(*messages)
    assert (record.stage, record.heading, record.detail) == (stage, heading, detail)


def test_steps_go_on_over_attempts_and_parts() -> None:
    record = record_of(
        progress(2, 2, part="live", num_rows=4),
        progress(4, 0, part="live", num_rows=4),
        progress(2, 200, part="ring", num_rows=256),
        progress(8, 100, part="ring", num_rows=256),
        progress(3, 90, part="ring", attempt=2, num_rows=256),
        progress(1, 5, part="centre", num_rows=12),
    )
    assert [point.step for point in record.points] == [2, 4, 6, 12, 15, 16]
    assert record.starts == [4, 12, 15]
    assert (record.num_rows, record.most_rows) == (12, 256)


def test_curves_of_long_trainings_keep_their_shape_in_few_points() -> None:
    record = record_of(*(progress(step, 1 + step % 7) for step in range(1, 20_000)), progress(20_000, 0))
    assert len(record.points) <= 1024
    steps = [point.step for point in record.points]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (1, 20_000)
    assert max(after - before for before, after in pairwise(steps)) <= 20_000 / 200


def test_a_pass_under_way_is_replaced_by_what_it_left() -> None:
    record = LessonRecord()
    for size in (149, 44):
        record.add(PassUnderWay(1, "annealing", 323, size, "tables", 0.1))
    assert [done.after for done in record.passes] == [44]
    record.add(PassDone(1, "annealing", 323, 10, "tables", 2.0))
    record.add(PassUnderWay(1, "annealing of gates", 323, 27, "gates", 0.1))
    assert [done.after for done in record.passes] == [10, 27]


def test_a_search_that_begins_anew_takes_the_place_of_the_one_before() -> None:
    record = record_of(
        PassDone(1, "sweep", 100, 50, "gates", 0.1),
        PassDone(2, "sweep", 100, 60, "gates", 0.1),
        PassDone(2, "annealing", 60, 20, "tables", 0.1),
        PassDone(3, "sweep", 20, 19, "gates a row", 0.1),
        PassDone(4, "sweep", 20, 18, "gates a row", 0.1),
    )
    assert [(done.search, done.after) for done in record.passes] == [(2, 60), (2, 20), (4, 18)]


def test_nothing_changes_after_the_end() -> None:
    record = record_of(Proved(512), STORED, Failed("too late"), progress(5, 1))
    record.cancel()
    assert (record.stage, record.points) == (Stage.DONE, [])


@pytest.mark.parametrize(
    ("messages", "detail"), [([], "Nothing was kept."), ([Proved(512)], "The circuit may have been kept.")]
)
def test_a_cancelled_lesson_says_whether_anything_is_left_of_it(messages: list[Message], detail: str) -> None:
    record = record_of(*messages)
    record.cancel()
    record.add(progress(2, 1))
    assert (record.is_over, record.heading, record.detail) == (True, "Cancelled", detail)


def test_a_loss_that_is_no_number_is_kept_as_one() -> None:
    record = record_of(Progress("", 1, 2, math.nan, 3, 512))
    assert math.isnan(record.points[0].loss)
