"""Where the parts of the panel are, from 640x400 on."""

from dataclasses import dataclass

import pygame

_SMALL = 560
"""Windows that are lower have narrow margins."""

_WIDE = 1000
"""From this width on gates have a column of their own."""

_FEW_CLASSES = 5
"""Under the bars of so few there is room for gates."""

_SUBJECT_SHARE, _TABLE_SHARE = 0.54, 0.58
_WIDE_SUBJECT_SHARE, _WIDE_SCORES_SHARE = 0.44, 0.5
_LOWEST_SCORES, _LINE_OF_SCORES, _STACKED_SHARE = 80, 17, 0.8
_THUMBNAIL_SHARE, _LOWEST_THUMBNAIL, _HIGHEST_THUMBNAIL = 0.09, 34, 84
_BAR = 26
LINE = 18
"""The height of a line of text where there are no samples."""

_MARKS = 26
_NUM_LINES = 2


@dataclass(frozen=True)
class PanelLayout:
    """The parts, none of which overlaps another.

    Attributes:
        header: the name, what runs it, and how fast.
        subject: what is classified.
        scores: the scores of the classes.
        gates: the gates, if they are shown.
        strip: small pictures and marks of samples; lines of text where there are none.
        controls: buttons and figures.
    """

    header: pygame.Rect
    subject: pygame.Rect
    scores: pygame.Rect
    gates: pygame.Rect | None
    strip: pygame.Rect
    controls: pygame.Rect


def arrange(area: pygame.Rect, *, num_classes: int, is_image: bool, has_samples: bool, has_gates: bool) -> PanelLayout:
    """Returns the parts of an area.

    Args:
        area: all there is.
        num_classes: how many bars there are to be.
        is_image: whether what is classified is a picture, else it is a table.
        has_samples: whether there are samples to step through.
        has_gates: whether gates are to be shown.
    """
    margin = 8 if area.height < _SMALL else 16
    inner = area.inflate(-2 * margin, -2 * margin)
    header = pygame.Rect(inner.left, inner.top, inner.width, 22 if area.height < _SMALL else 28)
    strip_height, controls_height = _NUM_LINES * LINE, 0
    if has_samples:
        thumbnail = min(max(int(area.height * _THUMBNAIL_SHARE), _LOWEST_THUMBNAIL), _HIGHEST_THUMBNAIL)
        strip_height, controls_height = _MARKS + (thumbnail if is_image else 0), _BAR
    controls = pygame.Rect(inner.left, inner.bottom - controls_height, inner.width, controls_height)
    gap = margin // 2 if has_samples else 0
    strip = pygame.Rect(inner.left, controls.top - gap - strip_height, inner.width, strip_height)
    top = header.bottom + margin
    body = pygame.Rect(inner.left, top, inner.width, max(1, strip.top - margin - top))
    if has_gates and inner.width >= _WIDE and num_classes > _FEW_CLASSES:
        subject, rest = _split_across(body, _WIDE_SUBJECT_SHARE, 2 * margin)
        scores, gates = _split_across(rest, _WIDE_SCORES_SHARE, 2 * margin)
        return PanelLayout(header, subject, scores, gates, strip, controls)
    subject, scores = _split_across(body, _SUBJECT_SHARE if is_image else _TABLE_SHARE, 2 * margin)
    if not has_gates:
        return PanelLayout(header, subject, scores, None, strip, controls)
    height = min(_LOWEST_SCORES + _LINE_OF_SCORES * num_classes, int(scores.height * _STACKED_SHARE))
    gates = pygame.Rect(scores.left, scores.top + height + margin, scores.width, scores.height - height - margin)
    scores = pygame.Rect(scores.topleft, (scores.width, height))
    return PanelLayout(header, subject, scores, gates, strip, controls)


def _split_across(area: pygame.Rect, share: float, gap: int) -> tuple[pygame.Rect, pygame.Rect]:
    width = int((area.width - gap) * share)
    return (
        pygame.Rect(area.left, area.top, width, area.height),
        pygame.Rect(area.left + width + gap, area.top, max(1, area.width - width - gap), area.height),
    )
