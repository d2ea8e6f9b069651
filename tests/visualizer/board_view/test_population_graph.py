"""The graph: bounded memory over any number of generations, and steps back are forgotten."""

import pygame

from ca_logic.visualizer.board_view.population_graph import PopulationGraph
from tests.visualizer.drawn import num_other_pixels, painter_of


def test_a_million_points_take_no_more_memory_than_a_thousand() -> None:
    graph = PopulationGraph()
    for generation in range(100_000):
        graph.add(generation, generation % 7)
    assert 256 <= graph.num_points <= 1024


def test_after_a_step_back_later_points_are_gone() -> None:
    graph = PopulationGraph()
    for generation in (0, 1, 2, 3):
        graph.add(generation, 10)
    graph.add(1, 12)
    assert graph.num_points == 2


def test_it_draws_a_curve_within_its_area() -> None:
    graph, painter = PopulationGraph(), painter_of(400, 200)
    area = pygame.Rect(50, 40, 300, 120)
    graph.draw(painter, area)
    empty = num_other_pixels(painter)
    for generation in range(100):
        graph.add(generation, generation * generation)
    graph.draw(painter, area)
    assert num_other_pixels(painter) > empty + 200
    assert num_other_pixels(painter, pygame.Rect(0, 0, 400, 40)) == 0
