"""What a model says of how it was made, as labelled lines for people; a stranger may have written any of it."""

import textwrap
from collections.abc import Mapping

from ca_logic.runtime.classifier.split_choice import UNUSED_KEYS

_TEXT_WIDTH = 100
_COLUMN_WIDTH = 12
_LABELS = {"ca_logic": "version", "origins": "files"}


def provenance_rows(provenance: Mapping[str, object]) -> list[tuple[str, str]]:
    """Returns labels and texts; the label of a line that goes on is empty.

    What `learn` writes is told in its own words, anything else as plain words one beside the other.
    """
    rows: list[tuple[str, str]] = []
    for key, value in provenance.items():
        if key == "is_proved" and value is True and provenance.get("proof"):
            continue  # the line of the proof says it
        lines = [line for line in _lines_of(key, value, provenance) if line]
        rows += zip([_LABELS.get(key, _words(key)), *[""] * (len(lines) - 1)], lines, strict=False)
    return rows


def _lines_of(key: str, value: object, provenance: Mapping[str, object]) -> list[str]:
    match key, value:
        case "accuracies", Mapping() if all(isinstance(figures, Mapping) for figures in value.values()):
            return _accuracy_lines(value)
        case "origins", list():
            return [_told(item) for item in value]
        case "recipe", Mapping():
            # Numbers that have a line of their own are not told again.
            told = {name: item for name, item in value.items() if name != "steps" or item != provenance.get("steps")}
            return textwrap.wrap(_told(told), _TEXT_WIDTH)
        case "split", Mapping():
            return [_told(_split_for_people(value, provenance.get("seed")))]
    return [_told(value)]


def _accuracy_lines(accuracies: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Returns a table: a line for each way to compute, a column for each part of the data."""
    engines = list(dict.fromkeys(engine for figures in accuracies.values() for engine in figures))
    width = max(map(len, engines), default=0)
    lines = [" " * width + "".join(f"{part:>{_COLUMN_WIDTH}}" for part in accuracies)]
    for engine in engines:
        cells = [_percent(figures.get(engine)) for figures in accuracies.values()]
        lines.append(f"{engine:{width}}" + "".join(f"{cell:>{_COLUMN_WIDTH}}" for cell in cells))
    return lines


def _split_for_people(split: Mapping[str, object], seed: object) -> dict[str, object]:
    """Returns what the split goes by: folds are counted from 1, and the seed is left out if another line says it."""
    left_out = {*UNUSED_KEYS.get(str(split.get("method")), ()), *(["seed"] if split.get("seed") == seed else [])}
    told = {name: value for name, value in split.items() if name not in left_out}
    if isinstance(fold := told.get("fold"), int) and (folds := told.pop("folds", None)) is not None:
        told["fold"] = f"{fold + 1} of {_told(folds)}"
    return told


def _percent(value: object) -> str:
    return f"{100 * value:.2f} %" if isinstance(value, float | int) else "-"


def _words(key: str) -> str:
    return key.removeprefix("is_").replace("_", " ")


def _told(value: object) -> str:
    """Returns a plain value for people: what is in a list or a table one beside the other."""
    match value:
        case Mapping():
            return ", ".join(f"{_words(key)} {_told(item)}".strip() for key, item in value.items() if item is not None)
        case list():
            return "; ".join(map(_told, value))
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.6g}"
    return str(value)
