"""What frames say about a rule: counted in two plain loops, and without what noise made of them."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ca_logic.errors import FramesError
from ca_logic.tasks import load_rule
from ca_logic.tasks.isotropy import hensel_classes
from ca_logic.tasks.neighbourhood import CELLS, HEXAGONAL, VON_NEUMANN, all_neighbourhoods, ring_of
from ca_logic.tasks.observation import HYPOTHESES, UNKNOWN, Observation, complete, observe, restore
from tests.oracles import next_generation, random_cells, random_table, seeds

LIFE = load_rule("life").table
NEIGHBOURHOODS = [tuple(int(digit) for digit in f"{number:09b}") for number in range(512)]


def frames_of(table: np.ndarray, *, size: int = 64, num_frames: int, seed: int = 0, torus: bool = True) -> np.ndarray:
    """Returns a random board and what becomes of it."""
    frames = [random_cells(size, size, seed)]
    while len(frames) < num_frames:
        frames.append(next_generation(frames[-1], table, torus=torus))
    return np.array(frames, dtype=np.uint8)


def flipped(frames: np.ndarray, share: float) -> np.ndarray:
    noisy: np.ndarray = frames ^ (np.random.default_rng(99).random(frames.shape) < share).astype(np.uint8)
    return noisy


def wrong_rows(observation: Observation, table: np.ndarray) -> list[int]:
    """Returns the neighbourhoods of which the frames are taken to say what the rule does not."""
    return np.flatnonzero(observation.seen & (observation.table != table)).tolist()


def counts_by_hand(frames: np.ndarray, *, torus: bool) -> list[list[int]]:
    counts = [[0, 0] for _ in range(512)]
    _, height, width = frames.shape
    for before, after in zip(frames[:-1].tolist(), frames[1:].tolist(), strict=True):
        for y in range(height):
            for x in range(width):
                number = 0
                for dy in (-1, 0, 1):
                    for dx in (-1, 0, 1):
                        inside = 0 <= y + dy < height and 0 <= x + dx < width
                        live = before[(y + dy) % height][(x + dx) % width] if torus or inside else 0
                        number = 2 * number + live
                counts[number][after[y][x]] += 1
    return counts


@settings(deadline=None)
@given(seeds, st.integers(2, 4), st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_observations_are_counted_by_neighbourhood_and_next_state(
    seed: int, num_frames: int, height: int, width: int, torus: bool
) -> None:
    table = random_table(seed)
    boards = [random_cells(width, height, seed)]
    while len(boards) < num_frames:
        boards.append(next_generation(boards[-1], table, torus=torus))
    frames = np.array(boards, dtype=np.uint8)
    assume(frames.min() < frames.max())
    observation = observe(frames, torus=torus)
    assert observation.counts.tolist() == counts_by_hand(frames, torus=torus)
    assert (observation.num_frames, observation.height, observation.width) == (num_frames, height, width)
    assert observation.torus == torus
    assert observation.num_observations == (num_frames - 1) * height * width


@pytest.mark.parametrize("torus", [True, False])
def test_contradictions_are_those_of_the_frames_as_they_are(torus: bool) -> None:
    noisy = flipped(frames_of(LIFE, size=24, num_frames=20, torus=torus), 0.01)
    observation = observe(noisy, torus=torus)
    expected = counts_by_hand(noisy, torus=torus)
    assert observation.counts.tolist() == expected
    assert observation.contradictions == sum(min(pair) for pair in expected) > 0
    assert observation.contradicted == sum(min(pair) > 0 for pair in expected)


@given(seeds, st.integers(2, 5), st.booleans())
@settings(deadline=None, max_examples=30)
def test_frames_without_noise_say_the_rule_and_what_was_not_seen(seed: int, num_frames: int, torus: bool) -> None:
    table = random_table(seed).astype(np.int8)
    frames = frames_of(table, size=17, num_frames=num_frames, seed=seed, torus=torus)
    observation = observe(frames, torus=torus)
    seen = np.array(counts_by_hand(frames, torus=torus)).sum(axis=1) > 0
    assert np.array_equal(observation.seen, seen)
    assert np.array_equal(observation.table, np.where(seen, table, UNKNOWN))
    assert (observation.contradictions, observation.contradicted) == (0, 0)
    assert (observation.corrected, observation.contradictions_left) == (0, 0)


@pytest.mark.parametrize("torus", [True, False])
@pytest.mark.parametrize("table", [LIFE, random_table(5), random_table(6)], ids=["life", "random", "another"])
def test_the_topology_is_the_one_that_does_not_contradict_itself(table: np.ndarray, torus: bool) -> None:
    observation = observe(frames_of(table, num_frames=12, torus=torus))
    assert observation.torus == torus
    assert observation.contradictions == 0
    assert np.array_equal(observation.table[observation.seen], table[observation.seen])
    other = observe(frames_of(table, num_frames=12, torus=torus), torus=not torus)
    assert other.torus != torus
    assert other.contradictions > 0


def test_where_nothing_tells_it_the_topology_is_undecided_and_inner_cells_count() -> None:
    board = np.zeros((9, 9), dtype=bool)
    board[3:6, 4] = True
    frames = np.array([board, next_generation(board, LIFE, torus=True)], dtype=np.uint8)
    observation = observe(frames)
    assert observation.torus is None
    # What became of the cells at the edges is left out.
    assert observation.num_observations == observation.counts.sum() == 7 * 7
    assert observation.counts[0].tolist() == [34, 0]
    assert wrong_rows(observation, LIFE) == []


@pytest.mark.parametrize("torus", [True, False])
def test_of_tiny_boards_nothing_wrong_is_said_whatever_the_topology(torus: bool) -> None:
    undecided = 0
    for seed in range(51):
        observation = observe(frames_of(LIFE, size=8, num_frames=3, seed=seed, torus=torus))
        undecided += observation.torus is None
        assert wrong_rows(observation, LIFE) == [], seed
    assert undecided < 51


def test_the_majority_decides_and_a_tie_decides_nothing() -> None:
    # On a torus of one cell no neighbourhoods but 0 and 511 are ever seen.
    frames = np.array([1] * 40 + [0, 1] * 2 + [1] * 40, dtype=np.uint8).reshape(-1, 1, 1)
    observation = observe(frames, torus=True)
    assert observation.counts[511].tolist() == [2, 79]
    assert observation.counts[0].tolist() == [0, 2]
    assert (observation.contradictions, observation.contradicted) == (2, 1)
    assert observation.table[511] == 1
    # Both zeros were taken for flipped, so that nothing is left to say what follows a zero.
    assert observation.corrected == 2
    assert observation.table[0] == UNKNOWN
    assert np.flatnonzero(observation.seen).tolist() == [511]


def test_frames_of_no_rule_are_refused() -> None:
    unrelated = np.random.default_rng(0).integers(0, 2, (20, 30, 30)).astype(np.uint8)
    message = (
        r"the frames contradict themselves too much: \d+\.\d% of the cells would have to be wrong, and \d+\.\d% of"
    )
    with pytest.raises(FramesError, match=message):
        observe(unrelated)
    with pytest.raises(FramesError, match=message):
        observe(np.array([1, 1, 1, 0, 0, 1], dtype=np.uint8).reshape(-1, 1, 1))


def test_frames_of_every_second_generation_are_refused() -> None:
    with pytest.raises(FramesError, match="they must be consecutive generations of one two-state rule of 3x3 cells"):
        observe(frames_of(LIFE, num_frames=20)[::2])


@pytest.mark.parametrize("torus", [True, False])
@pytest.mark.parametrize(("table", "num_frames"), [(LIFE, 201), (random_table(5), 201)], ids=["life", "random"])
def test_a_rule_is_found_though_one_cell_of_a_hundred_is_flipped(
    table: np.ndarray, num_frames: int, torus: bool
) -> None:
    clean = frames_of(table, num_frames=num_frames, torus=torus)
    noisy = flipped(clean, 0.01)
    observation = observe(noisy)
    assert observation.torus == torus
    assert wrong_rows(observation, table) == []
    # What is seen often enough must not be given up as unknown.
    often = np.array(observe(clean, torus=torus).counts).sum(axis=1) > 100
    assert observation.seen[often].all()
    assert observation.contradictions > 0
    assert observation.contradictions_left < observation.contradictions / 2
    assert 0.5 < observation.corrected / (noisy != clean).sum() < 1.5


def test_restoring_frames_undoes_most_of_the_noise() -> None:
    clean = frames_of(LIFE, num_frames=60)
    noisy = flipped(clean, 0.005)
    restored, table = restore(noisy, torus=True)
    assert restored.shape == noisy.shape
    assert (restored != clean).sum() < (noisy != clean).sum() / 3
    assert (table == LIFE)[table != UNKNOWN].mean() > 0.9


def test_frames_without_noise_are_not_touched() -> None:
    clean = frames_of(LIFE, num_frames=30)
    restored, table = restore(clean, torus=True)
    assert np.array_equal(restored, clean)
    assert np.array_equal(table, observe(clean, torus=True).table)


@pytest.mark.parametrize("torus", [True, False, None])
@pytest.mark.parametrize("share", [0.002, 0.01])
def test_of_a_lonely_glider_in_noise_nothing_wrong_is_said(share: float, torus: bool | None) -> None:
    boards = [np.zeros((40, 40), dtype=bool)]
    boards[0][[4, 5, 6, 6, 6], [5, 6, 4, 5, 6]] = True
    while len(boards) < 60:
        boards.append(next_generation(boards[-1], LIFE, torus=True))
    observation = observe(flipped(np.array(boards, dtype=np.uint8), share), torus=torus)
    assert wrong_rows(observation, LIFE) == []
    # Each cell of the glider is seen often, and so is empty space.
    assert observation.seen.sum() >= 10


def test_progress_is_told() -> None:
    lines: list[str] = []
    observe(flipped(frames_of(LIFE, size=24, num_frames=20), 0.01), on_progress=lines.append)
    assert lines[0] == "counting neighbourhoods"
    assert lines[1] == "looking for flipped cells, round 1"


def number_of(cells: tuple[int, ...]) -> int:
    return int("".join(map(str, cells)), 2)


def turned(number: int, quarters: int) -> int:
    square = np.rot90(np.array(NEIGHBOURHOODS[number]).reshape(3, 3), quarters)
    return number_of(tuple(square.ravel().tolist()))


def mirrored(number: int) -> int:
    return number_of(tuple(np.fliplr(np.array(NEIGHBOURHOODS[number]).reshape(3, 3)).ravel().tolist()))


def counted(neighbours: tuple[str, ...]) -> Callable[[int], object]:
    places = [CELLS.index(cell) for cell in neighbours]
    return lambda number: (NEIGHBOURHOODS[number][4], sum(NEIGHBOURHOODS[number][place] for place in places))


KINDS: dict[str, Callable[[int], object]] = {
    "outer-totalistic": counted(tuple(cell for cell in CELLS if cell != "c")),
    "hexagonal-totalistic": counted(HEXAGONAL),
    "von-neumann-totalistic": counted(VON_NEUMANN),
    "isotropic": lambda number: (number >> 4 & 1, hensel_classes()[int(ring_of(np.array([number]))[0])]),
    "rotation-symmetric": lambda number: min(turned(number, quarters) for quarters in range(4)),
    "mirror-symmetric": lambda number: min(number, mirrored(number)),
}
"""What neighbourhoods that a hypothesis holds for the same have in common."""

HYPOTHESIS = pytest.mark.parametrize("hypothesis", HYPOTHESES)


def classes_of(hypothesis: str) -> np.ndarray:
    """Returns for each neighbourhood the number of its class."""
    kinds = [repr(KINDS[hypothesis](number)) for number in range(512)]
    return np.array([sorted(set(kinds)).index(kind) for kind in kinds])


def table_of_kind(hypothesis: str, seed: int) -> np.ndarray:
    """Returns a random rule of that kind, and of no stronger one."""
    classes = classes_of(hypothesis)
    table: np.ndarray = np.random.default_rng(seed).integers(0, 2, classes.max() + 1)[classes].astype(np.int8)
    return table


def partly_seen(table: np.ndarray, seed: int, share: float = 0.5) -> np.ndarray:
    seen: np.ndarray = np.where(np.random.default_rng(seed).random(512) < share, table, UNKNOWN).astype(np.int8)
    return seen


def test_hypotheses_are_ordered_from_strong_to_weak() -> None:
    assert set(KINDS) == set(HYPOTHESES)
    numbers = [classes_of(hypothesis).max() + 1 for hypothesis in HYPOTHESES]
    assert numbers == [18, 14, 10, 102, 140, 288]
    assert [len(set(numbers[:3])), *numbers[3:]] == [3, *sorted(numbers[3:])]


@HYPOTHESIS
def test_a_hypothesis_completes_what_was_seen_of_each_class(hypothesis: str) -> None:
    table, classes = table_of_kind(hypothesis, seed=3), classes_of(hypothesis)
    partial = partly_seen(table, seed=4, share=0.3)
    completion = complete(partial, hypothesis)
    told = np.isin(classes, classes[partial != UNKNOWN])
    assert completion.hypothesis == hypothesis
    assert np.array_equal(completion.table, np.where(told, table, UNKNOWN))
    assert np.array_equal(completion.assumed, told & (partial == UNKNOWN))
    assert completion.assumed.any()


@HYPOTHESIS
def test_without_a_name_the_strongest_hypothesis_that_holds_is_taken(hypothesis: str) -> None:
    partial = partly_seen(table_of_kind(hypothesis, seed=3), seed=5)
    completion = complete(partial)
    assert completion.hypothesis == hypothesis
    assert np.array_equal(completion.table, complete(partial, hypothesis).table)


@HYPOTHESIS
def test_a_hypothesis_that_is_contradicted_is_refused(hypothesis: str) -> None:
    partial = table_of_kind(hypothesis, seed=3)
    classes = classes_of(hypothesis)
    one = int(np.flatnonzero(np.bincount(classes)[classes] > 1)[0])
    partial[one] ^= 1
    message = f"the rule is not {hypothesis}: equal neighbourhoods were followed by different states"
    with pytest.raises(FramesError, match=message):
        complete(partial, hypothesis)
    assert complete(partial).hypothesis == ""


def test_a_rule_without_symmetry_is_completed_by_nothing() -> None:
    partial = partly_seen(random_table(1).astype(np.int8), seed=2)
    completion = complete(partial)
    assert completion.hypothesis == ""
    assert np.array_equal(completion.table, partial)
    assert not completion.assumed.any()


def test_nothing_is_assumed_where_that_is_asked() -> None:
    partial = partly_seen(LIFE.astype(np.int8), seed=2)
    completion = complete(partial, "")
    assert completion.hypothesis == ""
    assert np.array_equal(completion.table, partial)
    assert not completion.assumed.any()


def test_nothing_is_assumed_of_a_table_that_is_complete() -> None:
    completion = complete(LIFE.astype(np.int8))
    assert completion.hypothesis == ""
    assert not completion.assumed.any()


def test_a_hypothesis_is_not_taken_untested() -> None:
    partial = np.full(512, UNKNOWN, dtype=np.int8)
    partial[[0, 1]] = [0, 1]
    assert complete(partial).hypothesis == ""
    # Two of one count that agree are a test.
    partial[2] = 1
    assert complete(partial).hypothesis == "outer-totalistic"


def test_life_is_complete_after_few_generations_if_it_may_be_taken_for_totalistic() -> None:
    # Seven and eight live neighbours are rare, and unseen here.
    observation = observe(frames_of(LIFE, size=16, num_frames=3))
    assert not observation.seen.all()
    completion = complete(observation.table)
    assert completion.hypothesis == "outer-totalistic"
    counts = all_neighbourhoods().sum(axis=0) - all_neighbourhoods()[4]
    unknown = set(counts[completion.table == UNKNOWN].tolist())
    assert unknown <= {7, 8}
    known = completion.table != UNKNOWN
    assert np.array_equal(completion.table[known], LIFE[known])
    assert np.array_equal(known, observation.seen | completion.assumed)
    assert not (observation.seen & completion.assumed).any()


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((0, 4, 4)), r"frames of shape \(0, 4, 4\) tell no rule; at least two frames with cells are needed"),
        (np.zeros((1, 4, 4)), r"frames of shape \(1, 4, 4\) tell no rule"),
        (np.zeros((3, 0, 4)), r"frames of shape \(3, 0, 4\) tell no rule"),
        (np.zeros((3, 4, 0)), r"frames of shape \(3, 4, 0\) tell no rule"),
        (np.zeros((4, 4)), r"frames of shape \(4, 4\) tell no rule"),
        (np.zeros((2, 4, 4, 1)), "tell no rule"),
        (np.zeros((5, 4, 4)), "all cells of all frames are the same; that tells no rule"),
        (np.ones((5, 4, 4)), "all cells of all frames are the same"),
        (np.arange(32).reshape(2, 4, 4) % 3, "frames must hold states 0 and 1 only"),
        (np.full((2, 4, 4), 255), "frames must hold states 0 and 1 only"),
    ],
)
def test_frames_that_tell_no_rule_are_refused(frames: np.ndarray, message: str) -> None:
    with pytest.raises(FramesError, match=message):
        observe(frames.astype(np.uint8))
