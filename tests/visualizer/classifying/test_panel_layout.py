import itertools

import pygame
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.classifying.panel_layout import arrange


@given(
    st.integers(640, 4000),
    st.integers(400, 2200),
    st.integers(1, 300),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_parts_never_overlap_and_never_leave_the_area(
    width: int, height: int, num_classes: int, is_image: bool, has_samples: bool, has_gates: bool
) -> None:
    area = pygame.Rect(7, 9, width, height)
    layout = arrange(area, num_classes=num_classes, is_image=is_image, has_samples=has_samples, has_gates=has_gates)
    parts = [layout.header, layout.subject, layout.scores, layout.strip, layout.controls]
    parts += [layout.gates] if layout.gates else []
    assert (layout.gates is not None) == has_gates
    assert all(area.contains(part) for part in parts)
    assert not any(first.colliderect(second) for first, second in itertools.combinations(parts, 2))
    assert min(layout.subject.width, layout.subject.height, layout.scores.width) >= 150
    assert layout.scores.height >= 80
    assert not has_samples or layout.controls.height >= 20


@given(st.integers(0, 300), st.integers(0, 200))
def test_no_window_is_too_small(width: int, height: int) -> None:
    layout = arrange(pygame.Rect(0, 0, width, height), num_classes=10, is_image=True, has_samples=True, has_gates=True)
    assert layout.subject.height >= 1
