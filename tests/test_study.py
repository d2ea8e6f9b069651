"""The success-rate study: which rules a word means, resuming, and what the figures say."""

import io
import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ca_logic.errors import LearningError, OutputError, RuleError, UsageError
from ca_logic.learning import Progress
from ca_logic.study import (
    RESULTS,
    Outcome,
    by_rule,
    read_results,
    run_study,
    select_rules,
    study_picture,
    summarize,
)
from ca_logic.tasks import Rule, list_rules, load_rule

Learn = list[tuple[str, int]]

VERSION = "this version and these recipes"
LIFE = ("life", load_rule("life"))
SEEDS = ("seeds", load_rule("seeds"))
PROGRESS = Progress(part="life", attempt=1, step=20, max_steps=100, loss=1.0, wrong_rows=3, num_rows=512)


def outcome(rule: str = "life", seed: int = 0, **changes: Any) -> Outcome:
    """Returns an outcome of a training that was exact at once."""
    plain = Outcome(
        rule=rule,
        slug=rule,
        seed=seed,
        exact=True,
        attempts=1,
        steps=100,
        train_seconds=1.0,
        seconds=2.0,
        gates=50,
        rows=512,
        device="cpu: made",
        version=VERSION,
    )
    return replace(plain, **changes)


@pytest.fixture(autouse=True)
def version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results shall not depend on what the version is today."""
    monkeypatch.setattr("ca_logic.study._VERSION", VERSION)


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> Learn:
    """Replaces the training by a list of what would have been trained; seed 13 never becomes exact."""
    asked: Learn = []

    def learn_rule(rule: Rule, *, seed: int, on_progress: Any, on_pass: Any) -> SimpleNamespace:
        asked.append((rule.name, seed))
        on_progress(PROGRESS)
        if seed == 13:
            on_progress(replace(PROGRESS, attempt=2, step=20))
            on_progress(replace(PROGRESS, attempt=2, step=40))
            raise LearningError("not exact")
        on_pass("pass")
        return SimpleNamespace(
            training=SimpleNamespace(attempts=1, steps=100 + seed, seconds=1.23456, device="cpu: made"),
            circuit=SimpleNamespace(num_gates=40 + seed),
            proof=SimpleNamespace(rows_right=512),
        )

    monkeypatch.setattr("ca_logic.study.learn_rule", learn_rule)
    return asked


def test_a_word_is_a_rule_or_a_set() -> None:
    assert [(name, rule.rulestring) for name, rule in select_rules(["life", "B2/S", "/2/3"])] == [
        ("life", "B3/S23"),
        ("seeds", "B2/S"),
        (load_rule("/2/3").name, load_rule("/2/3").rulestring),
    ]


def test_the_catalogue_is_all_rules_with_a_name() -> None:
    catalogue = select_rules(["catalogue"])
    assert [name for name, _ in catalogue] == [rule.name for rule in list_rules() if rule.num_states <= 8]


def test_constants_and_parity_are_what_they_say() -> None:
    chosen = {name: rule.table.tolist() for name, rule in select_rules(["constants", "parity"])}
    parity = [bin(row).count("1") % 2 for row in range(512)]
    assert chosen == {"constant 0": [0] * 512, "constant 1": [1] * 512, "parity": parity}


def test_minterms_are_ones_in_different_rows() -> None:
    chosen = select_rules(["minterms:20"])
    rows = [np.flatnonzero(rule.table).tolist() for _, rule in chosen]
    assert [name for name, _ in chosen] == [f"minterm {row}" for (row,) in rows]
    assert len({row for (row,) in rows}) == 20


def test_random_tables_are_different_and_half_ones_and_the_same_every_time() -> None:
    chosen = select_rules(["random:20"])
    assert [name for name, _ in chosen] == [f"random {number}" for number in range(20)]
    assert len({rule.slug for _, rule in chosen}) == 20
    assert all(200 < rule.table.sum() < 312 for _, rule in chosen)
    assert [rule.slug for _, rule in select_rules(["random:3"])] == [rule.slug for _, rule in chosen[:3]]


def test_sparse_tables_become_denser_up_to_one_half() -> None:
    chosen = select_rules(["sparse:10"])
    assert [name.split(", ")[0] for name, _ in chosen] == [f"sparse {number}" for number in range(10)]
    densities = [float(name.split(", ")[1]) for name, _ in chosen]
    assert densities == sorted(densities)
    assert (densities[0], densities[-1]) == (0.002, 0.5)
    for density, (_, rule) in zip(densities, chosen, strict=True):
        assert rule.table.mean() == pytest.approx(density, abs=4 * np.sqrt(density / 512))


def test_sparse_tables_are_all_different_and_none_is_empty() -> None:
    # At this density one table in three would be empty, and most others one of 512.
    chosen = [rule for _, rule in select_rules(["sparse:400"])]
    assert len({rule.slug for rule in chosen}) == 400
    assert all(rule.table.any() for rule in chosen)


def test_equal_rules_are_taken_once_at_their_first_place_and_by_their_first_name() -> None:
    assert [name for name, _ in select_rules(["life", "B/S", "seeds", "23/3", "constants", "conway"])] == [
        "life",
        load_rule("B/S").name,
        "seeds",
        "constant 1",
    ]


@pytest.mark.parametrize(("word", "count"), [("sparse", 100), ("sparse:7", 7), ("minterms:2", 2)])
def test_a_set_has_as_many_rules_as_are_asked_for(word: str, count: int) -> None:
    assert len(select_rules([word])) == count


def test_a_word_that_is_neither_is_an_error() -> None:
    with pytest.raises(RuleError, match=r"unknown rule 'lif'; did you mean 'life'\?"):
        select_rules(["life", "lif"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["random:0"], r"^random:0 names no rule; ask for at least one\.$"),
        (["12/34/9"], r"^12/34/9 has 9 states; rules of up to 8 are learned, "),
        (["life", "12/34/9"], r"^12/34/9 has 9 states; rules of up to 8 are learned, "),
        (["parity:5"], r"^'parity:5': the set parity has no number; leave out :5\.$"),
    ],
)
def test_words_that_mean_no_rule_that_can_be_learned_are_an_error(words: list[str], message: str) -> None:
    with pytest.raises((UsageError, RuleError), match=message):
        select_rules(words)


def test_each_rule_is_learned_from_each_seed_and_written_down_at_once(tmp_path: Path, learned: Learn) -> None:
    begun: list[tuple[str, int, str]] = []
    lines: list[int] = []

    def count_lines(_: Outcome) -> None:
        lines.append(len((tmp_path / RESULTS).read_text().splitlines()))

    outcomes = run_study(
        [LIFE, SEEDS],
        [0, 5],
        tmp_path,
        on_begin=lambda name, seed, rule: begun.append((name, seed, rule.rulestring)),
        on_outcome=count_lines,
    )
    assert learned == [("life", 0), ("life", 5), ("seeds", 0), ("seeds", 5)]
    assert begun == [("life", 0, "B3/S23"), ("life", 5, "B3/S23"), ("seeds", 0, "B2/S"), ("seeds", 5, "B2/S")]
    assert lines == [1, 2, 3, 4]
    assert outcomes == read_results(tmp_path / RESULTS)
    found = outcomes[1]
    assert replace(found, seconds=0) == outcome(
        seed=5, slug="b3_s23", steps=105, train_seconds=1.235, seconds=0, gates=45
    )


def test_a_training_that_does_not_become_exact_is_a_result_too(tmp_path: Path, learned: Learn) -> None:
    (found,) = run_study([LIFE], [13], tmp_path)
    assert (found.exact, found.attempts, found.steps) == (False, 2, 20 + 40)
    assert (found.gates, found.rows, found.device) == (0, 0, "")
    assert run_study([LIFE], [13], tmp_path) == [found]
    assert learned == [("life", 13)]


def test_progress_and_passes_are_passed_on(tmp_path: Path, learned: Learn) -> None:
    seen: list[Any] = []
    run_study([LIFE], [0], tmp_path, on_progress=seen.append, on_pass=seen.append)
    assert seen == [PROGRESS, "pass"]
    assert len(learned) == 1


def test_what_is_there_is_not_done_again(tmp_path: Path, learned: Learn) -> None:
    first = run_study([LIFE], [0, 1], tmp_path)
    begun: list[int] = []
    seen: list[Outcome] = []
    again = run_study(
        [LIFE, SEEDS],
        [0, 1, 2],
        tmp_path,
        on_begin=lambda _, seed, __: begun.append(seed),
        on_outcome=seen.append,
    )
    assert learned[2:] == [("life", 2), ("seeds", 0), ("seeds", 1), ("seeds", 2)]
    assert begun == [2, 0, 1, 2]
    assert again[:2] == first
    assert seen == again
    # In the order of the file, that is, as they were done.
    assert read_results(tmp_path / RESULTS) == again


def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path: Path, learned: Learn) -> None:
    def interrupt(name: str, seed: int, _: Rule) -> None:
        if (name, seed) == ("seeds", 0):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study([LIFE, SEEDS], [0, 1], tmp_path, on_begin=interrupt)
    assert len(read_results(tmp_path / RESULTS)) == 2
    outcomes = run_study([LIFE, SEEDS], [0, 1], tmp_path)
    assert learned == [("life", 0), ("life", 1), ("seeds", 0), ("seeds", 1)]
    assert read_results(tmp_path / RESULTS) == outcomes


@pytest.mark.parametrize("kept", [0, 1, 40, -2, -1])
def test_a_last_line_that_was_cut_short_costs_that_training_only(tmp_path: Path, learned: Learn, kept: int) -> None:
    first = run_study([LIFE], [0, 1], tmp_path)
    path = tmp_path / RESULTS
    whole, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(whole + last[:kept])
    # A line that lacks nothing but its end is whole.
    is_whole = kept == -1
    assert read_results(path) == (first if is_whole else first[:1])
    outcomes = run_study([LIFE], [0, 1, 2], tmp_path)
    assert learned[2:] == [("life", 2)] if is_whole else [("life", 1), ("life", 2)]
    assert read_results(path) == outcomes
    assert path.read_bytes().startswith(whole + last[:kept])


def test_lines_that_are_no_results_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / RESULTS
    good = asdict(outcome())
    less = {field: value for field, value in good.items() if field != "gates"}
    wrong: list[dict[str, Any]] = [{"gates": "50"}, {"exact": 1}, {"seed": None}, {"seconds": True}, {"rule": [1]}]
    others: list[Any] = [
        less,
        good | {"more": 1},
        *(good | one for one in wrong),
        good | {"version": "0.0"},
        [],
        3,
        None,
        "text",
    ]
    lines = ["", "{", "nonsense", *map(json.dumps, others), json.dumps(good)]
    path.write_text("\n".join(lines) + "\n")
    assert read_results(path) == [outcome()]


def test_results_of_other_recipes_are_made_anew(
    tmp_path: Path, learned: Learn, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study([LIFE], [0], tmp_path)
    monkeypatch.setattr("ca_logic.study._VERSION", "this version and other recipes")
    (found,) = run_study([LIFE], [0], tmp_path)
    assert (found.version, len(learned)) == ("this version and other recipes", 2)


def test_a_rule_under_another_name_is_known(tmp_path: Path, learned: Learn) -> None:
    run_study([LIFE], [0], tmp_path)
    (found,) = run_study(select_rules(["23/3"]), [0], tmp_path)
    assert (found.rule, len(learned)) == ("life", 1)


def test_without_a_file_there_are_no_results(tmp_path: Path) -> None:
    assert read_results(tmp_path / RESULTS) == []


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / RESULTS
    path.mkdir()
    with pytest.raises(OutputError, match=r"^cannot read .*results\.jsonl: "):
        read_results(path)
    path.rmdir()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(OutputError, match=r"^cannot read .*results\.jsonl: "):
        read_results(path)


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path, learned: Learn) -> None:
    with pytest.raises(OutputError, match=r"^cannot write .*results\.jsonl: No such file.*; choose another --out\.$"):
        run_study([LIFE], [0], tmp_path / "missing")
    assert len(learned) == 1


def test_the_summary_counts_and_takes_figures_over_what_became_exact() -> None:
    outcomes = [
        outcome(seed=0, steps=100, train_seconds=1.0, seconds=1.5, gates=40),
        outcome(seed=1, steps=200, train_seconds=2.0, seconds=2.5, gates=50),
        outcome(seed=2, steps=900, train_seconds=6.0, seconds=7.0, gates=90, attempts=3),
        outcome(seed=3, exact=False, steps=5000, train_seconds=50.0, seconds=50.0, gates=0, attempts=10),
    ]
    assert summarize(outcomes) == {
        "trainings": 4,
        "exact": 3,
        "exact_at_first_attempt": 2,
        "restarts": 2 + 9,
        "steps_median": 200,
        "steps_p95": pytest.approx(830),
        "train_seconds_mean": 3.0,
        "train_seconds_median": 2.0,
        "seconds": 61.0,
        "gates_median": 50,
    }


def test_a_summary_without_anything_exact_is_zeros() -> None:
    summary = summarize([outcome(exact=False, gates=0)])
    assert (summary["trainings"], summary["exact"], summary["steps_median"], summary["gates_median"]) == (1, 0, 0, 0)
    json.dumps(summary)


def test_outcomes_are_grouped_by_rule_in_order() -> None:
    outcomes = [outcome("seeds"), outcome("life"), outcome("seeds", 1)]
    assert by_rule(outcomes) == {"seeds": [outcomes[0], outcomes[2]], "life": [outcomes[1]]}


@pytest.mark.parametrize(
    "outcomes",
    [
        [outcome()],
        [outcome(exact=False, gates=0)],
        [
            outcome(),
            outcome(seed=1, attempts=2, steps=700),
            outcome("a rule of a very long name", exact=False, gates=0),
        ],
        [outcome(f"rule {number}", steps=1 + number) for number in range(61)],
    ],
)
def test_the_picture_is_a_png(outcomes: list[Outcome]) -> None:
    with Image.open(io.BytesIO(study_picture(outcomes))) as image:
        assert image.format == "PNG"
        assert min(image.size) > 300
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 10


def test_a_rule_is_really_learned_and_its_result_kept(tmp_path: Path) -> None:
    rules = select_rules(["constants"])[:1]
    (found,) = run_study(rules, [0], tmp_path)
    assert (found.rule, found.slug, found.seed, found.exact) == ("constant 0", "b_s", 0, True)
    assert (found.attempts, found.gates, found.rows) == (1, 0, 512)
    assert 0 < found.train_seconds <= found.seconds
    assert found.steps > 0
    assert found.device.startswith("cpu: ")
    assert json.loads((tmp_path / RESULTS).read_text()) == asdict(found)
