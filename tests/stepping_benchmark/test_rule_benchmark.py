"""The contenders of `bench RULE` on small boards, and the chart."""

import io

import numpy as np
import pytest
from PIL import Image

from ca_logic.circuit import truth_tables
from ca_logic.errors import BoardError
from ca_logic.pipeline import LearnedRule, learn_rule
from ca_logic.stepping_benchmark import measuring
from ca_logic.stepping_benchmark.chart import draw_chart
from ca_logic.stepping_benchmark.measuring import Timing
from ca_logic.stepping_benchmark.rule_benchmark import BASELINE, RuleBenchmark, baseline_circuit, benchmark_rule
from ca_logic.synthesis import prove_rule
from ca_logic.tasks import load_rule


@pytest.fixture(scope="module")
def learned() -> LearnedRule:
    return learn_rule(load_rule("highlife"), seed=1, effort=0)


@pytest.fixture(scope="module")
def raced(learned: LearnedRule) -> RuleBenchmark:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "_SECONDS_A_CALL", 0.005)
        return benchmark_rule(learned, [(64, 24), (128, 17)], threads=2)


def test_the_baseline_is_life_as_it_was_learned() -> None:
    circuit = baseline_circuit()
    assert 150 <= circuit.num_gates <= 200
    prove_rule(circuit, load_rule("life"))
    assert truth_tables(circuit).shape == (1, 512)


def test_every_contender_makes_the_board_that_numpy_makes(raced: RuleBenchmark) -> None:
    names = [contender.name for contender in raced.contenders]
    assert names == [
        BASELINE,
        "soft network",
        "hard network, packed",
        "circuit, packed",
        "circuit in NumPy",
        "our C, same gates",
        "our C",
        "our C, 2 threads",
    ]
    assert [timing.contender for timing in raced.timings] == 2 * names
    small = [timing for timing in raced.timings if timing.contender != names[-1]]
    assert all(timing.agrees for timing in small)
    assert all(timing.cells_per_second for timing in small)
    assert {timing.reason for timing in raced.timings if timing.contender == names[-1]} == {
        "boards that fit into a cache are stepped by one thread"
    }


def test_ratios_refer_to_the_baseline_on_the_same_board(raced: RuleBenchmark) -> None:
    for timing in raced.timings:
        if timing.reason:
            continue
        (base,) = [
            other
            for other in raced.timings
            if other.contender == BASELINE and (other.width, other.height) == (timing.width, timing.height)
        ]
        assert timing.cells_per_second is not None
        assert base.cells_per_second is not None
        assert raced.ratio(timing) == pytest.approx(timing.cells_per_second / base.cells_per_second)


def test_what_was_not_measured_has_no_ratio(raced: RuleBenchmark) -> None:
    assert raced.ratio(Timing("soft network", 64, 24, reason="too slow")) is None


def test_the_machine_is_named(raced: RuleBenchmark) -> None:
    assert raced.device.startswith("cpu")
    assert "-O3" in raced.compiler
    assert raced.instruction_set


def test_a_width_that_the_baseline_cannot_have_is_refused(learned: LearnedRule) -> None:
    with pytest.raises(BoardError, match="a width of 100 is no multiple of 64"):
        benchmark_rule(learned, [(64, 8), (100, 8)], threads=1)


def test_a_rule_of_three_states_has_no_network_in_the_race() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "_SECONDS_A_CALL", 0.005)
        raced = benchmark_rule(learn_rule(load_rule("brians-brain"), effort=0), [(64, 24)], threads=1)
    assert [timing.contender for timing in raced.timings] == [
        BASELINE,
        "circuit, packed",
        "circuit in NumPy",
        "our C, same gates",
        "our C",
    ]
    assert all(timing.agrees for timing in raced.timings)


def test_the_chart_is_a_picture_with_bars(raced: RuleBenchmark) -> None:
    image = Image.open(io.BytesIO(draw_chart(load_rule("highlife"), raced)))
    assert image.format == "PNG"
    assert image.width > 600
    colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or []}
    assert {(0xA6, 0xBD, 0xDB), (0x36, 0x90, 0xC0)} <= colours
    assert np.asarray(image.convert("L")).std() > 5


def test_the_chart_shows_what_was_not_measured(raced: RuleBenchmark) -> None:
    timings = tuple(
        Timing(timing.contender, timing.width, timing.height, reason="too slow")
        if timing.contender == "soft network"
        else timing
        for timing in raced.timings
    )
    partial = RuleBenchmark(raced.contenders, timings, "cpu: Fake", "cc", "AVX2")
    assert draw_chart(load_rule("highlife"), partial)
