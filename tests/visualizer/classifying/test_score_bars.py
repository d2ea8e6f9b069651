import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.classifying.lettering import legible, lines_of
from ca_logic.visualizer.classifying.score_bars import draw_scores
from ca_logic.visualizer.classifying.scores import Scores, ScoreScale, possible_scores
from ca_logic.visualizer.painter import DARK, LIGHT, Style
from tests.runtime.classifier.models import iris_model
from tests.visualizer.drawn import num_other_pixels, painter_of, pixels_of

SCALE = ScoreScale(0, 100)


def scores_of(*scores: int, truth: int | None = None, is_blank: bool = False) -> Scores:
    names = tuple(f"class {place}" for place in range(len(scores)))
    return Scores(names, np.array(scores, np.int32), 10.0, truth, is_blank)


@pytest.mark.parametrize(
    ("scores", "winner", "margin"),
    [
        (scores_of(10, 55, 40), 1, "15 ahead of class 2"),
        (scores_of(70, 55, 40), 0, "15 ahead of class 1"),
        (scores_of(7, 7), 0, "as many as class 1; the first wins"),
        (scores_of(3), 0, "the only class"),
        (scores_of(1, 5000), 1, "4,999 ahead of class 0"),
        (scores_of(1, 2, is_blank=True), 1, "scores of an empty image"),
    ],
)
def test_the_margin_is_that_over_the_next_class(scores: Scores, winner: int, margin: str) -> None:
    assert (scores.winner, scores.margin) == (winner, margin)


@given(st.lists(st.integers(-(1 << 31), (1 << 31) - 1), min_size=1, max_size=20))
def test_certainties_sum_to_one_whatever_the_scores_are(scores: list[int]) -> None:
    certainties = scores_of(*scores).certainties
    assert certainties.sum() == pytest.approx(1)
    assert certainties[int(np.argmax(scores))] == certainties.max()


def test_possible_scores_are_those_of_all_terms_and_of_none() -> None:
    assert possible_scores(iris_model().head) == ScoreScale(0, 1)


@pytest.mark.parametrize("style", [DARK, LIGHT])
@pytest.mark.parametrize(
    ("truth", "colour"), [(None, "accent"), (1, "good"), (0, "bad")], ids=["own", "right", "wrong"]
)
def test_the_winner_is_highlighted(style: Style, truth: int | None, colour: str) -> None:
    painter = painter_of(400, 300, style)
    draw_scores(painter, pygame.Rect(0, 0, 400, 300), scores_of(20, 90, 40, truth=truth), SCALE)
    pixels = pixels_of(painter).reshape(-1, 3)
    assert (pixels == np.array(getattr(style, colour))).all(axis=1).sum() > 1000


def test_an_empty_drawing_has_no_winner() -> None:
    painter = painter_of(400, 300)
    draw_scores(painter, pygame.Rect(0, 0, 400, 300), scores_of(20, 90, 40, is_blank=True), SCALE)
    assert not (pixels_of(painter).reshape(-1, 3) == np.array(DARK.accent)).all(axis=1).any()


@pytest.mark.parametrize("num_classes", [1, 2, 10, 300])
@pytest.mark.parametrize("size", [(200, 100), (300, 180), (900, 700), (30, 10)])
def test_scores_stay_in_their_area(num_classes: int, size: tuple[int, int]) -> None:
    painter = painter_of(size[0] + 100, size[1] + 100)
    area = pygame.Rect((50, 50), size)
    draw_scores(painter, area, scores_of(*range(num_classes)), SCALE)
    if size[1] >= 100:
        assert num_other_pixels(painter) == num_other_pixels(painter, area) > 0


def test_names_from_strangers_can_be_drawn() -> None:
    name = "a\0b\nc\t" + "x" * 100_000
    assert legible(name).startswith("a b c x")
    assert len(legible(name)) < 1000
    painter = painter_of(300, 200)
    scores = Scores((legible(name), legible("漢字")), np.array([1, 2], np.int32), 1.0)
    draw_scores(painter, pygame.Rect(0, 0, 300, 200), scores, SCALE)


def test_texts_are_cut_between_words() -> None:
    painter = painter_of(10, 10)
    lines = lines_of(painter, "one two three four five", 80)
    assert " ".join(lines) == "one two three four five"
    assert len(lines) > 1
    assert all(painter.width_of(line) <= 80 for line in lines)
    assert lines_of(painter, "", 80) == [""]
