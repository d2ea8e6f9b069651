"""A picture of a study: how often classifiers are right, and how many gates they have."""

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ca_logic.classifier_study.outcome import Outcome
from ca_logic.classifier_study.rows import Row, accuracies_by_seed, by_data, rows_of
from ca_logic.reporting import png_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_NAME = 20
_BASELINE_COLOURS = ("tab:orange", "tab:green", "tab:red", "tab:purple")


def study_picture(outcomes: Sequence[Outcome]) -> bytes:
    """Returns a PNG: accuracies of seeds and folds, and gates of circuits, a place for each data set."""
    # The import is heavy, so it comes late.
    from matplotlib.figure import Figure

    groups, rows = by_data(outcomes), rows_of(outcomes)
    figure = Figure(figsize=(max(6, min(16, 1.2 * len(rows) + 3)), 7), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    figure.suptitle("compiled classifiers, on samples that they were not trained on")
    _draw_accuracies(top, groups, rows)
    points = [(place, own.gates) for place, group in enumerate(groups) for own in group]
    _draw_dots(bottom, points, size=12, color="tab:blue")
    bottom.set_yscale("symlog", linthresh=1)
    bottom.set_ylim(bottom=0)
    bottom.set_ylabel("two-input gates after optimization")
    names = [row.data if len(row.data) <= _MAX_NAME else f"{row.data[: _MAX_NAME - 3]}..." for row in rows]
    bottom.set_xticks(range(len(rows)), [name.replace("$", r"\$") for name in names], rotation=30, fontsize="small")
    return png_of(figure)


def _draw_accuracies(axes: "Axes", groups: Sequence[Sequence[Outcome]], rows: Sequence[Row]) -> None:
    folds = [(place, 100 * own.accuracy) for place, group in enumerate(groups) for own in group if own.folds]
    if folds:
        _draw_dots(axes, folds, size=8, color="lightgrey", label="a fold")
    seeds = [
        (place, 100 * statistics.fmean(accuracies))
        for place, group in enumerate(groups)
        for accuracies in accuracies_by_seed(group)
    ]
    _draw_dots(axes, seeds, size=18, color="tab:blue", label="a seed")
    means = [100 * row.mean for row in rows]
    deviations = [100 * (row.deviation_over_seeds or 0) for row in rows]
    label = "mean, deviation over seeds"
    axes.errorbar(range(len(rows)), means, deviations, fmt="_", color="black", capsize=4, label=label)
    baselines = sorted({name for row in rows for name in row.baselines})
    for colour, name in zip(_BASELINE_COLOURS, baselines, strict=False):
        points = [(place, 100 * row.baselines[name]) for place, row in enumerate(rows) if name in row.baselines]
        _draw_dots(axes, points, size=24, marker="x", color=colour, label=name)
    axes.set_ylabel("samples right, %")
    axes.legend(fontsize="small")


def _draw_dots(axes: "Axes", points: Sequence[tuple[int, float]], *, size: int, **style: Any) -> None:
    axes.scatter([place for place, _ in points], [value for _, value in points], s=size, **style)
