import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.tasks.datasets import Samples
from ca_logic.visualizer.classifying.judging import Judging
from ca_logic.visualizer.classifying.playthrough import Playthrough
from ca_logic.visualizer.classifying.sample_stepper import SampleStepper
from ca_logic.visualizer.classifying.speed_meter import SpeedMeter, shown_rate


class SlowClassifier:
    """Takes a sample's feature for its class, and a while of a clock of its own for each sample."""

    def __init__(self, seconds_a_sample: float = 1e-6) -> None:
        self.now = 0.0
        self.portions: list[int] = []
        self._seconds = seconds_a_sample

    def predict(self, rows: np.ndarray) -> np.ndarray:
        self.now += self._seconds * len(rows)
        self.portions.append(len(rows))
        return rows[:, 0].astype(np.int32)

    def judging(self, labels: list[int], taken_for: list[int]) -> Judging:
        samples = Samples(np.array(taken_for, np.float32)[:, None], np.array(labels, np.int32))
        return Judging(self.predict, samples, meter=SpeedMeter(), clock=lambda: self.now)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=700), st.floats(1e-7, 1e-4))
def test_all_samples_are_predicted_sooner_or_later(pairs: list[tuple[int, int]], seconds: float) -> None:
    labels, taken_for = map(list, zip(*pairs, strict=True))
    judging = SlowClassifier(seconds).judging(labels, taken_for)
    for _ in range(100):
        judging.work(0.004)
    assert judging.is_complete
    assert [judging.predicted(index) for index in range(len(labels))] == taken_for
    right = [label == taken for label, taken in pairs]
    assert judging.is_right.tolist() == right
    assert [judging.num_right(count) for count in range(len(right) + 1)] == np.cumsum([0, *right]).tolist()


def test_a_portion_is_known_before_the_rest_is() -> None:
    judging = SlowClassifier(1e-5).judging([1] * 5000, [1] * 5000)
    judging.work(0.004)
    assert 0 < judging.num_known < 5000
    assert judging.predicted(judging.num_known - 1) == 1
    assert judging.predicted(judging.num_known) is None


@pytest.mark.parametrize("seconds", [1e-7, 1e-6, 1e-5, 3e-5])
def test_frames_are_not_held_up(seconds: float) -> None:
    classifier = SlowClassifier(seconds)
    judging = classifier.judging([0] * 20_000, [0] * 20_000)
    for frame in range(30):
        begin = classifier.now
        judging.work(0.004)
        if frame > 5:
            assert classifier.now - begin <= 0.0041
    assert judging.num_known == min(20_000, sum(classifier.portions))


def test_few_samples_are_measured_by_many_at_a_time() -> None:
    classifier = SlowClassifier()
    judging = classifier.judging([0, 1, 1], [0, 1, 0])
    for _ in range(10):
        judging.work(0.004)
    assert max(classifier.portions) >= 1000
    assert judging.num_known == 3


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.data())
def test_the_next_wrong_sample_is_found_whatever_is_shown(right: list[bool], data: st.DataObject) -> None:
    judging = SlowClassifier().judging([0] * len(right), [0 if is_right else 1 for is_right in right])
    after = data.draw(st.integers(0, len(right) - 1))
    assert judging.next_wrong(after) is None
    judging.work(0.004)
    expected = [index for index in [*range(after + 1, len(right)), *range(after + 1)] if not right[index]]
    assert judging.next_wrong(after) == (expected[0] if expected else None)


def stepper_of(labels: list[int], taken_for: list[int], seconds: float = 1e-6) -> tuple[SampleStepper, list[int]]:
    """Returns a stepper, and the samples that it has shown."""
    shown: list[int] = []
    judging = SlowClassifier(seconds).judging(labels, taken_for)
    stepper = SampleStepper(judging, on_show=lambda: shown.append(stepper.index))
    return stepper, shown


def test_steps_go_round() -> None:
    stepper, shown = stepper_of([0, 0, 0], [0, 0, 0])
    stepper.previous()
    stepper.next()
    stepper.next()
    assert shown == [2, 0, 1]


def test_chance_leads_to_all_samples_and_always_the_same_way() -> None:
    stepper, shown = stepper_of([0] * 5, [0] * 5)
    other, others = stepper_of([0] * 5, [0] * 5)
    for _ in range(60):
        stepper.random()
        other.random()
    assert set(shown) == set(range(5))
    assert shown == others


def test_a_wrong_sample_that_is_not_known_yet_is_waited_for() -> None:
    labels = [0] * 9000
    stepper, shown = stepper_of(labels, [*labels[:-1], 1], seconds=1e-5)
    stepper.next_wrong()
    assert stepper.is_seeking
    for _ in range(100):
        stepper.advance(0.016, 0.004)
    assert shown == [8999]
    assert not stepper.is_seeking


def test_where_nothing_is_wrong_the_search_ends() -> None:
    stepper, shown = stepper_of([0, 1], [0, 1])
    stepper.next_wrong()
    stepper.advance(0.016, 0.004)
    assert not shown
    assert not stepper.is_at_work


def test_playing_shows_samples_in_order_and_stops_behind_the_last() -> None:
    stepper, shown = stepper_of([0] * 1000, [0] * 1000)
    stepper.toggle_playing()
    for _ in range(400):
        stepper.advance(1 / 60, 0.004)
    assert shown == sorted(shown)
    assert shown[-1] == 999
    assert stepper.playing.num_played == 1000
    assert not stepper.playing.is_running
    assert not stepper.is_at_work


def test_a_step_pauses_what_is_played_and_it_goes_on_from_there() -> None:
    stepper, _ = stepper_of([0] * 1000, [0] * 1000)
    stepper.toggle_playing()
    for _ in range(30):
        stepper.advance(1 / 60, 0.004)
    played = stepper.playing.num_played
    stepper.next()
    stepper.advance(1, 0.004)
    assert stepper.playing.num_played == played
    stepper.toggle_playing()
    stepper.advance(1 / 60, 0.004)
    assert stepper.playing.num_played > played


def test_nothing_is_played_that_is_not_predicted() -> None:
    playing = Playthrough(1000)
    playing.toggle()
    playing.advance(0.1, 10)
    assert playing.num_played == 10
    assert playing.is_running


def test_all_is_played_within_seconds_and_again_if_asked() -> None:
    playing = Playthrough(10_000)
    playing.toggle()
    for _ in range(250):
        playing.advance(1 / 60, 10_000)
    assert playing.num_played == 10_000
    playing.toggle()
    assert (playing.num_played, playing.is_running) == (0, True)


def test_a_long_pause_is_not_made_up_for() -> None:
    playing = Playthrough(10_000)
    playing.toggle()
    playing.advance(3600, 10_000)
    assert playing.num_played < 1000


def test_speed_is_of_late() -> None:
    meter = SpeedMeter()
    assert np.isnan(meter.rate)
    meter.record(1000, 0.001)
    assert meter.rate == pytest.approx(1e6)
    for _ in range(200):
        meter.record(500, 0.001)
    assert meter.rate == pytest.approx(5e5, rel=0.01)
    assert meter.total == 101_000


@pytest.mark.parametrize(
    ("rate", "text"), [(7.0884e6, "7.09 M"), (999_999.0, "1 M"), (52_340.0, "52.3 k"), (812.4, "812"), (2.1e9, "2.1 G")]
)
def test_rates_are_short(rate: float, text: str) -> None:
    assert shown_rate(rate) == text
