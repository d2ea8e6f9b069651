"""The confusion matrix as a picture."""

import io

import numpy as np

from ca_logic.runtime.classifier.evaluation import Evaluation

_MAX_CLASSES_WITH_NUMBERS = 25
_INCHES_A_CLASS, _INCHES_AROUND = 0.5, 2.5
_MAX_INCHES = 20
_MAX_LABEL = 20


def draw_confusion(evaluation: Evaluation, title: str) -> bytes:
    """Returns a PNG: a row for each class, shaded by the share of its samples that were taken for each class."""
    # pyplot would look for a window system; a bare figure does not. The import is heavy, so it comes late.
    from matplotlib.figure import Figure

    confusion, num_classes = evaluation.confusion, len(evaluation.classes)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    side = min(_MAX_INCHES, _INCHES_AROUND + _INCHES_A_CLASS * num_classes)
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    axes = figure.add_subplot()
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    labels = [name if len(name) <= _MAX_LABEL else f"{name[: _MAX_LABEL - 3]}..." for name in evaluation.classes]
    # A dollar would begin a formula.
    labels = [label.replace("$", r"\$") for label in labels]
    axes.set_xticks(range(num_classes), labels, rotation=90)
    axes.set_yticks(range(num_classes), labels)
    axes.set_xlabel("taken for")
    axes.set_ylabel("class")
    axes.set_title(title.replace("$", r"\$"), wrap=True)
    figure.colorbar(picture, label="share of the class")
    if num_classes <= _MAX_CLASSES_WITH_NUMBERS:
        for row, column in np.argwhere(confusion):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(confusion[row, column]), ha="center", va="center", color=colour, size=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
